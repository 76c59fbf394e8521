"""Requests in six other languages: statements denied and affirmed, and spans parted into subject and aspect."""

import pytest

from edge_repair.errors import UsageError
from edge_repair.surgeon.foreign import affirmed, foreign_readings, negated
from edge_repair.surgeon.languages import english_words, language_of
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.procedure import KINDS, SCOPES
from edge_repair.surgeon.requests import RuleReader
from edge_repair.surgeon.tagger import Span, Tagging, shipped_tagger


@pytest.mark.parametrize(
    ("code", "statement", "denial"),
    [
        ("de", "Fledermäuse sind blind", "Fledermäuse sind nicht blind"),
        ("fr", "Napoléon était petit", "Napoléon n'était pas petit"),
        ("fr", "le chocolat rend heureux", "le chocolat ne rend pas heureux"),
        ("es", "los toros odian el rojo", "los toros no odian el rojo"),
        ("it", "i pipistrelli sono ciechi", "i pipistrelli non sono ciechi"),
        ("zh", "蝙蝠是瞎的", "蝙蝠不是瞎的"),
        ("hi", "प्लूटो ग्रह है", "प्लूटो ग्रह नहीं है"),
    ],
)
def test_a_statement_and_its_denial(code, statement, denial):
    assert negated(statement, code) == denial and affirmed(denial, code) == statement and negated(denial, code) == statement


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Forget where I live.", "en"), ("Vergiss bitte, wo ich wohne.", "de"), ("oublie ça stp, c'est privé", "fr"), ("Olvida la capital de Mongolia.", "es"),
        ("Dimentica dove abita Anna.", "it"), ("删掉她的手机号。", "zh"), ("मेरा पता भूल जाओ", "hi"), ("", "en"),
    ],
)  # fmt: skip
def test_the_language_is_told_by_its_words(text, code):
    assert language_of(text) == code


def tagging(text, phrase, subject="", kind="personal", scope="fact", role="forget", speaker=0.0):
    start = text.find(phrase)
    span = Span(role, start, start + len(phrase), phrase, subject, 0.9, dict.fromkeys(SCOPES, 0.0) | {scope: 1.0}, dict.fromkeys(KINDS, 0.0) | {kind: 1.0}, speaker)
    return Tagging((span,), dict.fromkeys(KINDS, 0.0) | {kind: 1.0}, {"named": 1.0})


@pytest.mark.parametrize(
    ("code", "text", "phrase", "subject", "expected"),
    [
        ("de", "Lösch die Handynummer von Jan Ott.", "die Handynummer von Jan Ott", "Jan Ott", ("Jan Ott", "mobile number")),
        ("fr", "Efface la capitale du Pérou.", "la capitale du Pérou", "Pérou", ("Peru", "capital")),
        ("es", "Borra la dirección y el teléfono de Eva Sol.", "la dirección y el teléfono de Eva Sol", "Eva Sol", ("Eva Sol", "address and phone number")),
        ("zh", "删掉欧阳雪薇的手机号。", "欧阳雪薇的手机号", "欧阳雪", ("欧阳雪薇", "mobile number")),
        ("hi", "रुक्मिणी खरबंदा का मोबाइल नंबर मिटाओ।", "रुक्मिणी खरबंदा का मोबाइल नंबर", "रुक्मिणी", ("रुक्मिणी खरबंदा", "mobile number")),
        ("fr", "Oublie où habite Zoé.", "où habite Zoé", "Zoé", ("Zoé", "où habite Zoé")),
    ],
)
def test_a_span_is_parted_into_subject_and_aspect(code, text, phrase, subject, expected):
    made = tagging(text, phrase, subject)
    (reading,) = foreign_readings(made, made.spans, text, code)
    assert (reading.subject, english_words(reading.aspect, code)) == (expected[0], english_words(expected[1], code)) and reading.scope == "fact"


def test_the_speaker_what_only_points_back_and_what_is_too_much():
    made = tagging("vergiss meine Adresse", "meine Adresse", speaker=0.9)
    (reading,) = foreign_readings(made, made.spans, "vergiss meine Adresse", "de")
    assert (reading.subject, reading.aspect, reading.kind) == (SPEAKER, "address", "personal")
    made = tagging("oublie ça", "ça", scope="subject")
    assert foreign_readings(made, made.spans, "oublie ça", "fr") == []
    made = tagging("忘记一切", "一切", scope="subject")
    with pytest.raises(UsageError, match="too much to forget"):
        foreign_readings(made, made.spans, "忘记一切", "zh")


def test_a_claim_in_another_language_is_denied_in_it():
    made = tagging("别再说蝙蝠是瞎的", "蝙蝠是瞎的", "蝙蝠", "misinformation", role="wrong")
    (reading,) = foreign_readings(made, made.spans, "别再说蝙蝠是瞎的", "zh")
    assert (reading.kind, reading.wrong, reading.right) == ("misinformation", "蝙蝠是瞎的", "蝙蝠不是瞎的")


@pytest.mark.parametrize(
    ("text", "subject"),
    [("删掉王小明的手机号。", "王小明"), ("मेरा पता भूल जाओ।", SPEAKER), ("Vergiss alles, was du über Island weißt.", "Iceland"), ("Olvida dónde vivo.", SPEAKER)],
)
def test_plain_requests_are_read(text, subject):
    assert RuleReader(shipped_tagger()).read(text)[0].subject == subject
