"""Writing under a grammar: the best token that fits, nothing that does not, and the patient as it was afterwards."""

import re

import numpy as np
import pytest

from edge_repair.patient import grammar as module
from edge_repair.patient.grammar import GrammarSampler

GRAMMAR = 'root ::= "{\\"n\\": " number ", \\"who\\": \\"" ("Ann" | "é 你") "\\"}"\nnumber ::= [1-9] [0-9]{0,3}\n'


@pytest.mark.parametrize("seed", range(5))
def test_the_token_chosen_is_the_likeliest_of_all_that_the_grammar_allows(patient, seed, monkeypatch):
    monkeypatch.setattr(module, "LIKELIEST", 8)
    logits = np.random.default_rng(seed).normal(size=patient.vocabulary.size).astype(np.float32)
    with GrammarSampler(patient._model, GRAMMAR) as sampler:
        for _ in range(6):
            token = sampler.choose(logits)
            allowed = sampler._allowed(np.arange(patient.vocabulary.size), logits)
            assert token == int(allowed.argmax()) and np.isfinite(allowed[token])
            sampler.accept(token)


def test_what_is_written_fits_and_the_talk_goes_on_as_before(patient):
    before = patient.answer("Hello!", 12)
    written = [patient.written("Hello!", GRAMMAR, 60) for _ in range(2)]
    assert re.fullmatch(r'\{"n": [1-9][0-9]{0,3}, "who": "(?:Ann|é 你)"\}', written[0]) and written[0] == written[1]
    assert patient.answer("Hello!", 12) == before


def test_a_reply_that_is_cut_off_is_a_beginning(patient):
    whole = patient.written("Hello!", GRAMMAR, 60)
    assert whole.startswith(patient.written("Hello!", GRAMMAR, 2).rstrip("\ufffd"))
