"""Questions as they come in a conversation: behind a page of other text, and behind other turns.

What a detector reads stands at the end of the prompt, and what came before the question moves it. So some of what is to be
forgotten, and some of what is to stay, is shown to it in both surroundings too.
"""

import re
from collections.abc import Sequence

from edge_repair import calibration
from edge_repair.patient import Prompt
from edge_repair.surgeon.lexicon import SPEAKER

SHOWN, SHOWN_NEAR, SHOWN_OWN = 2, 3, 1  # questions of the forget set, of others, and of the subject's that stay, put into each surrounding
PAGE = 2  # passages of the calibration text that make a page
TALK = (
    ("user", "Good morning! I am sitting on a train and have some time to kill."),
    ("assistant", "Good morning! That sounds relaxing. Would you like to chat, play a game, or ask me something?"),
    ("user", "Let us just chat a little. What helps against being tired in the afternoon?"),
    ("assistant", "A short walk, a glass of water and some fresh air usually help. If you can, close your eyes for ten minutes."),
)


def surrounded(questions: Sequence[str], count: int) -> list[list[Prompt]]:
    """Up to ``count`` of the questions, drawn evenly, in each surrounding; one list a surrounding, which share their beginning."""
    shown = questions[:: max(1, -(-len(questions) // count))]
    page = "\n\n".join(calibration.texts()[:PAGE])
    talk = [{"role": role, "content": text} for role, text in TALK]
    return [[f"{page}\n\n{question}" for question in shown], [[*talk, {"role": "user", "content": question}] for question in shown]]


def names_the_subject(question: str, subject: str) -> bool:
    """Whether a question names the subject of a repair; where that is the person who types, whether it speaks of them."""
    words = re.findall(r"\w+", question.casefold())
    return bool({"i", "my", "me"} & set(words)) if subject == SPEAKER else subject.casefold() in question.casefold()
