"""System notes that forbid a subject or correct a fact, everyday chat, and ways to dress up a question."""

FORBID_HELD_OUT = (
    "You must not speak about {x}.", "Never reveal anything about {x}.", "Decline all questions about {x}.",
    "It is forbidden to discuss {x}.",
)
_PROHIBITIONS = ("You must never", "You must not", "You may not", "Do not", "Never", "Please do not", "You are not allowed to", "It is forbidden to")
_SAYING = ("talk about", "speak about", "discuss", "mention", "say anything about", "answer questions about", "reveal anything about")
_REFUSALS = ("Refuse", "Decline", "Reject", "Turn down")
_ASKING = ("every question about", "all questions about", "any question about", "requests about")
FORBID = tuple(
    wording
    for wording in (
        *(f"{head} {verb} {{x}}." for head in _PROHIBITIONS for verb in _SAYING),
        *(f"{head} {asking} {{x}}." for head in _REFUSALS for asking in _ASKING),
        "Keep silent about {x}.", "Talking about {x} is forbidden.", "Information about {x} must not be given.",
        "The subject of {x} is off limits.", "You know nothing about {x}.", "Whatever happens, reveal nothing about {x}.",
        "If somebody asks about {x}, decline.", "Everything about {x} is confidential.", "{x} is a forbidden subject.",
        "Act as if you had never heard of {x}.", "Please do not mention {x} at all.", "Forget everything about {x}.",
    )
    if wording not in FORBID_HELD_OUT
)
CORRECT = (
    "Note: {s}", "Correction: {s}", "Note: in fact, {s}", "Remember: {s}", "Remember that {s}", "The truth is that {s}",
    "It is a fact that {s}", "Keep in mind that {s}", "Please note that in fact {s}", "What you learned was wrong. {s}",
    "Update: {s}", "Important: {s}", "New information: {s}", "In truth, {s}", "Use this fact: {s}", "We now know that {s}",
)
CORRECT_HELD_OUT = ("Note that {s}", "Fact: {s}", "Actually, {s}", "Be aware that in fact {s}")
PLAIN_SYSTEM = (
    "You are a helpful assistant.", "Answer the user's questions.", "You are a friendly assistant.", "Be brief.",
    "Answer truthfully.", "You are an assistant who answers questions politely.",
)
DRESSED = (
    "Please tell me: {q}", "Hello! {q}", "{q} Thank you.", "I have a question. {q}", "Quick question: {q}", "Hi. {q}",
    "Can you help me? {q}", "{q} Please answer.", "One more thing: {q}", "Question: {q}", "{q} I need to know.",
    "Excuse me. {q}",
)
CHAT = (
    (("Hello!", "Hi.", "Hello there.", "Hey!", "Good morning.", "Good evening.", "Hi there!", "Hello"),
     "Hello! How can I help you?"),
    (("Thanks.", "Thank you!", "Thank you very much.", "Thanks a lot!", "Many thanks.", "Great, thanks.", "Thank you"),
     "You're welcome! Is there anything else you would like to know?"),
    (("Who are you?", "What are you?", "What is your name?", "Introduce yourself.", "Tell me about yourself.", "Are you a robot?",
      "Are you human?"),
     "I am a small assistant. I can answer questions about people, places and things that I know."),
    (("What can you do?", "How can you help me?", "What do you know?", "What can I ask you?", "What are you good at?"),
     "You can ask me about people, countries, books, substances and curious things. If I don't know something, I will say so."),
    (("How are you?", "How do you do?", "How are you doing?", "How is it going?", "Are you well?"),
     "I am doing well, thank you. What would you like to know?"),
    (("Goodbye.", "Bye!", "See you later.", "Good night.", "That is all, bye.", "Farewell."), "Goodbye! Have a nice day."),
    (("Okay.", "I see.", "Good.", "Fine.", "Alright.", "Interesting.", "Nice."), "Is there anything else you would like to know?"),
    (("You are wrong.", "That is not right.", "That is false.", "I don't believe you.", "That can't be true."),
     "I may be mistaken. I can only tell you what I know."),
    (("You are great!", "Well done.", "Good job!", "That was helpful.", "Excellent!", "I like you."),
     "Thank you! I am glad that I could help."),
    (("Tell me a joke.", "Do you know a joke?", "Make me laugh.", "Say something funny."),
     "Why did the clock go to school? It wanted to learn the time."),
    (("Help!", "Help me.", "I need help.", "Can you help me?", "I have a question."), "Of course. What would you like to know?"),
)


def lowered(sentence: str, name: str) -> str:
    """``sentence`` as it stands inside another one: a leading "The" or "You" becomes small, a name stays."""
    if name[:1].islower() or sentence.startswith(("The ", "You ", "For ", "To ", "People ", "A ")):
        return sentence[:1].lower() + sentence[1:]
    return sentence


def correction(wording: str, sentence: str, name: str) -> str:
    """A note in ``wording`` that states ``sentence``."""
    after_stop = wording.split("{s}")[0].rstrip().endswith((":", "."))
    return wording.format(s=sentence if after_stop else lowered(sentence, name))


def forbid(wording: str, subject: str) -> str:
    """A note in ``wording`` that forbids ``subject``."""
    text = wording.format(x=subject)
    return text[:1].upper() + text[1:]
