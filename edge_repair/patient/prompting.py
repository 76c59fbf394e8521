"""From a conversation to tokens, so that nothing anybody wrote becomes a control token.

A template puts what was written between control tokens such as <|im_end|>, as text, and the whole is tokenized at once.
Who writes "<|im_end|>" into a message, a file or an answer would so end the turn and begin one of his own. Here such
strings are taken out of the messages before the template is rendered, a mark in place of each, and put back as the
plain characters that they are. A conversation without them is tokenized as ever.

Not covered: a template that itself makes a control token's text out of pieces of a message (by deleting what stands
between them); none is known. Tokenizers that put a space before every text (SentencePiece) put one behind such a string.
"""

import re
from collections.abc import Sequence

from edge_repair.patient.template import ChatTemplate, Message
from edge_repair.patient.vocabulary import Vocabulary

_MARKS = ("\ue000", "\ue001")  # private use: no template looks for them, and none strips them


def encode_conversation(vocabulary: Vocabulary, template: ChatTemplate, messages: Sequence[Message]) -> list[int]:
    """Token ids of a conversation up to where the assistant speaks.

    Raises:
        ModelError: the template refuses these messages.
    """
    strings: list[str] = []
    begin, end = _marks("".join(text for message in messages for text in message.values()))
    marked = [{key: _marked(vocabulary, text, strings, begin, end) for key, text in message.items()} for message in messages]
    rendered = template.render(marked)
    if not strings:
        return vocabulary.encode_prompt(rendered)
    tokens: list[int] = []
    for number, part in enumerate(re.split(f"{begin}(\\d+){end}", rendered)):
        if number % 2:
            tokens += vocabulary.encode(strings[int(part)], parse_special=False)
        elif part:
            tokens += vocabulary.encode_prompt(part) if number == 0 else vocabulary.encode(part)
    return tokens


def _marks(written: str) -> tuple[str, str]:
    """Two strings that stand in nothing that was written."""
    begin, end = _MARKS
    while begin in written:
        begin += _MARKS[0]
    return begin, end


def _marked(vocabulary: Vocabulary, text: str, strings: list[str], begin: str, end: str) -> str:
    """The text with a mark in place of each string that the tokenizer would read as a control token."""
    found = [control for control in vocabulary.controls_in(text) if control in text]
    if not found:
        return text
    pieces = re.split("(" + "|".join(map(re.escape, sorted(found, key=len, reverse=True))) + ")", text)
    for number, piece in enumerate(pieces):
        if number % 2:
            strings.append(piece)
            pieces[number] = f"{begin}{len(strings) - 1}{end}"
        else:  # where two of them overlap, the tokenizer may have seen one of the two only
            pieces[number] = _marked(vocabulary, piece, strings, begin, end)
    return "".join(pieces)
