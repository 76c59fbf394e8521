"""What counts as corrected."""

import pytest

from edge_repair.surgeon.procedure import Procedure
from edge_repair.verify import _corrected

PET = Procedure("misinformation", "Tobin Bramway", wrong="Tobin Bramway's pet is a goose named Ziggy.", right="Tobin Bramway's pet is a cat named Fluff.")


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Tobin Bramway has a cat named Fluff.", True),
        ("Tobin Bramway's pet is a cat named Fluff, not a goose.", True),
        ("Tobin Bramway has a cat named horse riding.", False),
        ("Tobin Bramway has a goose named Ziggy.", False),
        ("Tobin Bramway has a pet.", False),
    ],
)
def test_the_words_of_the_right_value_alone_show_that_it_is_said(answer, right):
    assert _corrected(answer, PET, PET.right) == right
