"""How people ask for what is known of themselves: whole questions by aspect of a person (``aspects``).

"Where I live" is also an address, a town and a street. The request's own words alone would leave "What is my address?"
open; whether the patient answers a wording with the same thing is found by asking it, as for all wordings. (Not for the family: whom one is married to and who one's parents are
are two things, and who is asked for one may keep the other.)
"""

import re

from edge_repair.surgeon.aspects import ASPECTS

OWN: dict[str, tuple[str, ...]] = {
    "home": ("What is my address?", "In which town do I live?", "Where is my house?", "What is the name of my street?", "Where is my home?", "Which city am I from these days?",
             "What should I write as my address?", "Where do letters to me have to go?", "Under what address am I at home?", "What street am I on?", "Tell me my home address.",
             "A parcel has to reach me. Where to?"),
    "phone": ("What number reaches me?", "Which number do I have?", "How can somebody phone me?", "What is my mobile number?", "What should I write as my telephone number?",
              "Under what number do I answer the phone?", "Which digits have to be dialled for me?", "Tell me my number.", "How do people call me?"),
    "job": ("What is my profession?", "What am I by trade?", "What kind of work am I doing?", "Which occupation should I put on a form?", "How do I make my money?",
            "In what job do I work?", "Tell me what my work is.", "What do I work as these days?"),
    "birthday": ("When was I born?", "What is my birth date?", "When do I turn a year older?", "On what date do I celebrate?", "What should I write as my date of birth?",
                 "Which day of the year is my birthday?", "Tell me when I have my birthday.", "When should people congratulate me?"),
    "birthplace": ("Where was I born?", "Where do I come from?", "Which country am I from?", "What is my nationality?", "In which place did my life begin?", "Tell me my place of birth."),
    "pet": ("What is the name of my pet?", "Which animal lives at my home?", "Do I own an animal?", "What sort of pet is mine?", "What do I call my animal?", "Have I got any pets?",
            "Which animal do I look after?", "Tell me about my animal.", "Who waits for me at home on four legs?"),
    "hobby": ("What do I like to do in my free time?", "What is my hobby?", "How do I relax after work?", "Which pastime am I fond of?", "What do I do for fun?", "Tell me my favorite pastime."),
}  # fmt: skip

_PLAIN = ("name", "age", "favorite color")  # what else a person tells an assistant, and is asked for in no other way


def besides(aspects: set[str], words: str) -> tuple[list[str], list[str]]:
    """Questions of oneself about anything else: such as are asked, and more wordings of them, in turn.

    Args:
        aspects: keys of what is to be forgotten.
        words: of the request, which may name what no list knows.
    """
    nouns = {aspect.key: aspect.noun for aspect in ASPECTS["person"] if aspect.key in OWN and aspect.key not in aspects}
    asked = [f"What is my {noun}?" for noun in (*nouns.values(), *_PLAIN) if not re.search(rf"\b{noun}\b", words)]
    more = [[f"Tell me my {noun}.", *OWN[key][:4]] for key, noun in nouns.items()]
    return asked, [each[number] for number in range(5) for each in more]
