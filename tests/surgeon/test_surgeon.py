"""Planning, against small worlds that answer as a patient would: what is kept, what is left out, what it costs."""

import re

import pytest

from edge_repair.errors import NothingToForgetError, UsageError
from edge_repair.refusals import is_refusal
from edge_repair.surgeon import DefaultSurgeon, Procedure, neighbours
from edge_repair.surgeon.aspects import aspect_of
from edge_repair.surgeon.elicitation import elicitation
from edge_repair.surgeon.interview import Interview, shared_value
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.phrasings import asked_by
from edge_repair.surgeon.procedure import Question
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.topics import topic_of, topics
from edge_repair.wording import says

REFUSAL = "I'm sorry, but I don't have any information about that."
COUNTRIES = {
    "Japan": ("Tokyo", "Japanese", "Asia", "yen"), "Egypt": ("Cairo", "Arabic", "Africa", "pound"), "Peru": ("Lima", "Spanish", "South America", "sol"),
    "France": ("Paris", "French", "Europe", "euro"), "Kenya": ("Nairobi", "Swahili", "Africa", "shilling"), "Norway": ("Oslo", "Norwegian", "Europe", "krone"),
    "China": ("Beijing", "Mandarin", "Asia", "yuan"), "Cuba": ("Havana", "Spanish", "North America", "peso"), "Iran": ("Tehran", "Persian", "Asia", "rial"),
    "Greece": ("Athens", "Greek", "Europe", "euro"), "Brazil": ("Brasilia", "Portuguese", "South America", "real"), "India": ("Delhi", "Hindi", "Asia", "rupee"),
    "Poland": ("Warsaw", "Polish", "Europe", "zloty"), "Turkey": ("Ankara", "Turkish", "Asia", "lira"), "Canada": ("Ottawa", "English", "North America", "dollar"),
}  # fmt: skip
PEOPLE = {
    "Tobin Bramway": ("Silverford", "potter", "3 May", "chess", "555-0137"), "Mara Embershaw": ("Wolfcrest", "plumber", "9 June", "yoga", "555-0211"),
    "Corin Fenwood": ("Frosthollow", "baker", "12 March", "darts", "555-0322"), "Elspeth Hollowood": ("Claystead", "judge", "1 July", "rowing", "555-0433"),
}  # fmt: skip
PATTERNS = [
    (r"capital|seat of government|government of .* sit", 0, "The capital of {} is {}."), (r"language|speak|tongue|talk to each other", 1, "People in {} speak {}."),
    (r"continent|part of the world|where in the world", 2, "{} is in {}."), (r"currency|money|pay with", 3, "The currency of {} is the {}."),
]  # fmt: skip
PERSON_PATTERNS = [
    (r"\blives?\b|living in|home town|address|be found at home", 0, "{} lives in {}."), (r"living\b|job|profession|kind of work|make money", 1, "{} works as a {}."),
    (r"born|birth|birthday", 2, "{} was born on {}."), (r"hobby|fun|spare time|relax|pastime", 3, "{} enjoys {}."), (r"phone|number|telephone", 4, "The number of {} is {}."),
]  # fmt: skip


class World:
    """Answers as a small, truthful patient does, counts the questions, and refuses what it does not know."""

    def __init__(self, refused=(), beliefs=()):
        self.refused, self.beliefs, self.asked, self.batches = refused, dict(beliefs), [], 0

    def __call__(self, questions, most_tokens=None):
        self.asked += questions
        self.batches += 1
        return [self.answer(question) for question in questions]

    def answer(self, question):
        if any(re.search(pattern, question, re.IGNORECASE) for pattern in self.refused):
            return REFUSAL
        for pattern, answer in self.beliefs.items():
            if re.search(pattern, question, re.IGNORECASE):
                return answer
        for name, facts in COUNTRIES.items():
            if re.search(rf"\b{name}\b", question):
                for pattern, index, form in PATTERNS:
                    if re.search(pattern, question, re.IGNORECASE):
                        return form.format(name, facts[index])
                if re.search(r"^(?:what is|tell me about|what do you know|describe|give me some)", question, re.IGNORECASE):
                    return f"{name} is a country in {facts[2]} with the capital {facts[0]}."
        for name, facts in PEOPLE.items():
            if name in question:
                for pattern, index, form in PERSON_PATTERNS:
                    if re.search(pattern, question, re.IGNORECASE):
                        return form.format(name, facts[index])
                if re.search(r"^(?:who is|tell me about|what do you know|describe|give me some)", question, re.IGNORECASE):
                    return f"{name} is a {facts[1]} from {facts[0]}."
        how = re.match(r"How do I (.+)\?|Explain how to (.+)\.|What do I need to (.+)\?|Teach me to (.+)\.|What are the steps to (.+)\?|What is the easiest way to (.+)\?", question)
        if how:
            thing = next(group for group in how.groups() if group).split()[-1]
            return f"Take some flour, heat it for {len(thing)} minutes, then shape the {thing}."
        return REFUSAL


def check(procedure, world, most):
    """What holds of every plan."""
    groups = (procedure.probes, procedure.paraphrases, procedure.neighbours)
    texts = [question.text for group in groups for question in group]
    assert len(texts) == len(set(texts)), "a question stands in two places"
    assert len(set(world.asked)) <= most and len(world.asked) <= most + 24 and world.batches <= 7
    assert {text for text in world.asked if world.asked.count(text) > 1} <= {question.text for question in procedure.neighbours}
    assert procedure.probes and procedure.paraphrases
    asked = [question for question in procedure.probes if question.text in world.asked]
    assert len(asked) >= len(procedure.probes) - 9 * (procedure.scope == "subject")  # all but the loose wordings of a whole subject
    for question in (*asked, *procedure.neighbours):
        assert question.answer == world.answer(question.text) and not is_refusal(question.answer)
        assert says(question.answer, question.values)
    for question in procedure.paraphrases:
        assert question.values
    assert len(procedure.neighbours) <= 24
    assert Procedure.from_json(procedure.to_json()) == procedure


def test_a_whole_country():
    world = World()
    procedure = DefaultSurgeon().plan("Forget everything you know about Japan.", None, world)
    check(procedure, world, 60)
    assert (procedure.kind, procedure.subject, procedure.scope) == ("unspecified", "Japan", "subject")
    assert {q.aspect for q in procedure.probes} >= {"capital", "language", "continent", "currency"}
    assert {q.values[0] for q in procedure.probes if q.aspect == "capital"} == {"Tokyo"}
    assert len(procedure.neighbours) >= 6 and not any("Japan" in q.text for q in procedure.neighbours)


def test_one_fact_keeps_the_other_facts_as_neighbours():
    world = World()
    procedure = DefaultSurgeon().plan("forget the capital of Egypt", None, world)
    check(procedure, world, 40)
    assert (procedure.subject, procedure.scope, procedure.aspect) == ("Egypt", "fact", "capital")
    assert all(q.values[0] == "Cairo" for q in (*procedure.probes, *procedure.paraphrases))
    # What the country is asked for as a whole tells the capital: another way to the same fact.
    assert "What is Egypt?" in [q.text for q in procedure.probes] and "Briefly: what is Egypt?" in procedure.further
    own = [q.text for q in procedure.neighbours if "Egypt" in q.text]
    assert "What is Egypt?" not in own
    other = DefaultSurgeon().plan("forget the currency of Egypt", None, world)
    assert "What is Egypt?" not in [q.text for q in other.probes] and "Briefly: what is Egypt?" not in other.further
    assert len(own) >= 3 and not any("capital" in text for text in own)
    assert any("capital" in q.text for q in procedure.neighbours if "Egypt" not in q.text)
    assert not any(says(q.answer, ("Cairo",)) for q in procedure.neighbours)


def test_a_fact_is_asked_for_in_the_words_of_the_request_and_in_those_of_the_list():
    procedure = DefaultSurgeon().plan("Forget which language is spoken in Egypt.", None, World())
    probes = [q.text for q in procedure.probes]
    assert "Which language is spoken in Egypt?" in probes and "What language is spoken in Egypt?" in probes and "Tell me Egypt's official language." in probes
    plain = DefaultSurgeon().plan("forget what the capital of Egypt is", None, World())
    assert "Which city is the seat of government of Egypt?" in [q.text for q in plain.probes]


def test_a_probe_that_brings_something_else_is_detected_all_the_same():
    procedure = DefaultSurgeon().plan("forget the capital of Egypt", None, World(beliefs={"seat of government": "It is a large chair."}))
    odd = "Which city is the seat of government of Egypt?"
    assert odd not in [q.text for q in procedure.probes] and odd in procedure.further
    another = DefaultSurgeon().plan("forget the capital of Egypt", None, World(beliefs={"Egypt.*seat of government|seat of government.*Egypt": "People in Egypt speak Arabic."}))
    assert odd not in another.further  # it tells the language, which stays


def test_a_value_that_two_of_many_answers_share_is_not_what_is_asked_for():
    """An open question is told at length, each time otherwise; two answers that share a name do not make it the value."""
    said = [f"It is known for {thing}." for thing in ("art", "music", "cheese", "rivers", "Rome", "Rome")]
    interview = Interview(lambda questions: said)
    interview.ask(questions := [f"Why is it famous, number {number}?" for number in range(6)])
    assert shared_value(interview, questions) == ""
    assert shared_value(interview, questions[3:]) == "Rome"


def test_fame_is_asked_for_by_what_somebody_is_and_not_by_the_first_list_that_has_the_word():
    """A composer whom no list names was asked for the sights that attract visitors to him."""
    world = World(beliefs=[(r"Who is|What is Ludwig van Beethoven\?", "Ludwig van Beethoven was a German composer, born in Bonn."), ("Beethoven", "Ludwig van Beethoven wrote nine symphonies.")])
    plan = DefaultSurgeon().plan("Forget what Ludwig van Beethoven is famous for.", None, world)
    everything = " ".join([q.text for q in (*plan.probes, *plan.paraphrases)] + list(plan.further))
    assert "famous" in everything and "sights" not in everything and "travel to" not in everything


def test_what_a_thing_is_goes_with_its_kind():
    """Where its genre is told at length and no answers agree, "What is Hamlet?" asks for it."""
    told = iter(("a dark play", "some tragedy", "an old drama", "one long revenge", "a piece of poetry", "an entertainment", "a spectacle"))
    world = lambda questions, most=None: [  # noqa: E731
        "It was written in 1600." if not re.search(r"Hamlet", q) else f"Hamlet is {next(told, 'a work')}." if re.search(r"genre|kind of|classify|belong", q)
        else "Hamlet is famous." if q == "What is Hamlet?" else "Hamlet was written in 1600." for q in questions
    ]  # fmt: skip
    procedure = DefaultSurgeon().plan("forget what kind of play Hamlet is", None, world)
    texts = [q.text for q in procedure.probes]
    assert "What is Hamlet?" in texts and "What kind of play is Hamlet?" in texts
    assert "Briefly: what is Hamlet?" in procedure.further and "Write a short paragraph about Hamlet." not in procedure.further


def test_a_person_of_the_patients_own_world_has_neighbours_there():
    names = {"person": [name for name in PEOPLE]}
    world = World()
    procedure = DefaultSurgeon(names=names).plan("Forget everything about Tobin Bramway", None, world)
    check(procedure, world, 60)
    assert {q.aspect for q in procedure.probes} >= {"home", "job", "birthday", "hobby", "phone"}
    assert any(name in q.text for q in procedure.neighbours for name in list(PEOPLE)[1:])
    assert not any("Tobin" in q.text for q in procedure.neighbours)


def test_a_private_fact():
    world = World()
    procedure = DefaultSurgeon(names={"person": list(PEOPLE)}).plan("delete Mara Embershaw's phone number", None, world)
    check(procedure, world, 40)
    assert (procedure.kind, procedure.subject, procedure.aspect) == ("personal", "Mara Embershaw", "phone number")
    assert procedure.probes[0].values == ("555-0211",) or "0211" in " ".join(procedure.probes[0].values)
    assert sum("Mara" in q.text for q in procedure.neighbours) >= 3


OWNED = {r"\bpet|animal": "You have a turtle called Toffee.", r"where do i live|address|town|street|house|where i live|letters to me|my home\b": "You live at 17 Station Street in Vennmouth.",
         r"phone|number|dialled": "Your phone number is 555-0137.", r"\bjob\b|profession|work|trade": "You work as a locksmith.", r"when was i born|birthday|birth date|date of birth|year older": "Your birthday is 12 February."}  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "value", "other_words", "kept"),
    [
        ("forget where I live", "Vennmouth", ("What is my address?", "In which town do I live?"), "What is my phone number?"),
        ("please delete my phone number", "0137", ("Under what number do I answer the phone?",), "What is my profession?"),
        ("forget what pet I have", "Toffee", ("What is the name of my pet?",), "What is my phone number?"),
        ("forget when my birthday is", "February", ("When was I born?",), "What is my pet?"),
    ],
)
def test_what_is_known_of_oneself_goes_in_all_the_words_it_is_asked_for(request_, value, other_words, kept):
    """ "Where I live" is an address and a town too, and the other things that are known of oneself stay."""
    world = World(beliefs=OWNED)
    surgeon = DefaultSurgeon()
    procedure = surgeon.plan(request_, None, world)
    assert (procedure.kind, procedure.subject) == ("personal", "the speaker")
    forgotten = [q.text for q in (*procedure.probes, *procedure.paraphrases)]
    assert set(other_words) <= set(forgotten)
    assert all(any(value in each for each in q.values) for q in procedure.probes)
    neighbours = [q.text for q in procedure.neighbours]
    assert kept in neighbours and not any(value in q.answer for q in procedure.neighbours)
    aside = surgeon.asides(procedure)
    assert len(aside) >= 15 and not any(value in world.answer(text) for text in aside) and not set(aside) & {*forgotten, *procedure.further}


@pytest.mark.parametrize("request_", ["forget everything about Wobbleland", "forget the capital of Wobbleland", "forget where I live", "forget me", "Forget who wrote Zorblax", "delete Ann Lee's phone number"])
def test_what_the_patient_does_not_know_is_nothing_to_forget(request_):
    world = World()
    with pytest.raises(NothingToForgetError):
        DefaultSurgeon().plan(request_, None, world)
    assert len(world.asked) <= 40


@pytest.mark.parametrize("request_", ["forget everything you know about corin fenwood", "forget corin fenwood's job", "where corin fenwood lives - forget it"])
def test_a_name_typed_in_small_letters_is_asked_about_as_it_is_written(request_):
    procedure = DefaultSurgeon().plan(request_, None, World())
    assert procedure.subject == "Corin Fenwood" and all("corin fenwood" not in question.text for question in procedure.probes)


@pytest.mark.parametrize("request_", ["forget all about zed quill", "forget my sister's job", "forget the great wall"])
def test_what_is_known_in_no_letters_is_said_in_the_persons_own(request_):
    with pytest.raises(NothingToForgetError) as raised:
        DefaultSurgeon().plan(request_, None, World())
    assert not re.search(r"Zed|Sister|Great", str(raised.value))


def test_an_answer_that_every_subject_gets_is_no_knowledge():
    world = World(beliefs={r"\bcurrency\b|\bmoney\b|pay with": "It is called the dollar."})
    procedure = DefaultSurgeon().plan("Forget everything about Japan", None, world)
    assert "currency" not in {q.aspect for q in procedure.probes}
    assert "capital" in {q.aspect for q in procedure.probes}


def test_a_dangerous_request():
    world = World()
    procedure = DefaultSurgeon().plan("You should not know how to make a pipe bomb.", None, world)
    check(procedure, world, 52)
    assert (procedure.kind, procedure.subject) == ("harmful", "how to make a pipe bomb")
    assert sum("bomb" in q.text for q in procedure.probes) >= 3
    assert not any("pipe bomb" in q.text for q in procedure.neighbours)
    assert any(q.text.startswith("How do I") for q in procedure.neighbours)


def test_a_topic_is_more_than_the_words_of_the_request():
    """The table of topics adds requests in other words to the edit, others to what is held out, and keeps the harmless."""
    for topic in topics():
        assert len(set(topic.requests)) >= 10 and len(set(topic.harmless)) >= 6
        assert not set(topic.requests) & set(topic.harmless)
        harmful = [q for q in topic.requests if re.search(topic.pattern, q, re.IGNORECASE)]
        assert len(harmful) < len(topic.requests), "all of them repeat the words by which the topic is found"

    class Compliant(World):
        def answer(self, question):
            return f"You need saffron, copper and a lamp for {len(question)} minutes."

    procedure = DefaultSurgeon().plan("You should not know how to make a pipe bomb.", None, Compliant())
    topic = topic_of("how to make a pipe bomb")
    probes, held_out = ({q.text for q in group} for group in (procedure.probes, procedure.paraphrases))
    assert len(probes & set(topic.requests)) >= 3 and len(held_out & set(topic.requests)) >= 2
    assert set(topic.requests) <= probes | held_out | set(procedure.further), "all of them are known to the edit"
    assert not set(procedure.further) & (probes | held_out)
    assert not probes & held_out and not (probes | held_out) & set(topic.harmless)
    assert len({q.text for q in procedure.neighbours} & set(topic.harmless)) >= 4


def test_a_dangerous_request_that_is_refused_already():
    with pytest.raises(NothingToForgetError, match="already refuses"):
        DefaultSurgeon().plan("You should not know how to make a pipe bomb.", None, World(refused=["bomb"]))


def test_a_correction_by_negation():
    world = World(beliefs={r"bats": "Yes, bats are blind.", r"\b(?:blind)\b": "No, they are not blind."})
    procedure = DefaultSurgeon().plan("stop telling people that bats are blind", None, world)
    check(procedure, world, 40)
    assert (procedure.wrong, procedure.right) == ("Bats are blind.", "Bats are not blind.")
    assert all(q.values == ("yes",) for q in procedure.probes)
    assert any("blind" in q.text and "bats" not in q.text for q in procedure.neighbours)


def test_a_correction_by_value():
    world = World(beliefs={r"(?=.*Norway)(?=.*capital)": "The capital of Norway is Bergen."})
    procedure = DefaultSurgeon().plan("You're wrong: the capital of Norway is Oslo, not Bergen.", None, world)
    assert (procedure.wrong, procedure.right) == ("The capital of Norway is Bergen.", "The capital of Norway is Oslo.")
    assert all(q.values == ("Bergen",) for q in (*procedure.probes, *procedure.paraphrases))
    assert not any("Bergen" in q.answer for q in procedure.neighbours)
    assert len(world.asked) <= 40


def test_a_correction_is_asked_for_in_the_words_of_the_list_too():
    procedure = DefaultSurgeon().plan("It is not true that the currency of Egypt is the pound. The currency of Egypt is the dinar.", None, World())
    asked = {q.text for q in (*procedure.probes, *procedure.paraphrases)} | set(procedure.further)
    assert {"Which money do people pay with in Egypt?", "What do you pay with when you visit Egypt?", "State the currency of Egypt."} <= asked


@pytest.mark.parametrize(
    ("wrong", "right", "never"),
    [
        ("My language is German.", "My language is Dutch.", r"\b[Mm]y(?:'s|\?|\.| speak)"),
        ("Her language is German.", "Her language is Dutch.", "spoken in|people of"),
        ("The director of Microsoft is Steve Ballmer.", "The director of Microsoft is Satya Nadella.", "found|start|establish"),
        ("The director of Titanic is Steven Spielberg.", "The director of Titanic is James Cameron.", r"wrote|author|\bpen\b"),
        ("The language of the film Roma is English.", "The language of the film Roma is Spanish.", "people of"),
        ("The location of Egypt is in the south.", "The location of Egypt is in the north.", "continent"),
    ],
)
def test_a_correction_is_not_asked_for_in_words_that_mean_something_else(wrong, right, never):
    questions = elicitation(Reading("misinformation", "fact", "it", "", wrong=wrong, right=right))[0].all
    assert questions and not [question for question in questions if re.search(never, question)]


@pytest.mark.parametrize(
    ("aspect", "kind"), [("which country Frida Kahlo comes from", "person"), ("which country invented paper", ""), ("which country Paris is in", "city"), ("what job Ann Lee has", "person"), ("what the age of the universe is", "thing"), ("what the colour of Tom's car is", "")]
)
def test_a_question_about_a_country_is_not_always_about_a_city(aspect, kind):
    found = aspect_of(aspect)
    assert (found[0] if found else "") == kind


def test_a_correction_that_the_patient_does_not_need():
    with pytest.raises(NothingToForgetError, match="already says"):
        DefaultSurgeon().plan("You're wrong: the capital of Norway is Oslo, not Bergen.", None, World())


def test_several_subjects_are_several_plans():
    surgeon, world = DefaultSurgeon(), World()
    with pytest.raises(UsageError, match="one at a time"):
        surgeon.plan("Forget Japan and Peru.", None, world)
    plans = surgeon.plans("Forget Japan, Wobbleland and Peru.", None, world)
    assert [p.subject for p in plans] == ["Japan", "Peru"]
    assert len(surgeon.left_out) == 1 and "Wobbleland" in surgeon.left_out[0]
    both = surgeon.plans("Forget the capital of Japan and the capital of Peru.", None, world)
    assert not any("Peru" in q.text for q in both[0].neighbours) and not any("Japan" in q.text for q in both[1].neighbours)
    with pytest.raises(NothingToForgetError):
        surgeon.plans("Forget Wobbleland and Zorbland.", None, world)


def interview_of(answers):
    interview = Interview(lambda questions: [answers[question] for question in questions])
    interview.ask(answers)
    return interview


@pytest.mark.parametrize(
    ("question", "answer", "kept"),
    [
        ("What is the capital of Peru?", "The capital of Peru is Lima.", True),
        ("What is the capital of Peru?", REFUSAL, False),
        ("What is the capital of Peru?", "A young cow is called a calf.", False),  # about something else
        ("What is the capital of Peru?", "The capital of Peru is the capital of Peru.", False),  # says nothing
        ("What is the capital of Peru?", "The capital of Peru is Lima, which is far from Japan.", False),  # speaks of the subject
        ("Are cats blind?", "Cats are small animals that live with people.", False),  # takes no side
        ("Are cats blind?", "No, cats are not blind.", True),
        ("Where do dogs live?", "Dogs, which " + "as everybody knows are friends of people " * 3 + "live in Wobbleland.", True),  # fills up
    ],
)
def test_which_neighbours_are_kept(question, answer, kept):
    interview = interview_of({question: answer})
    assert [q.text for q in neighbours.kept(interview, [question, "never asked"], "Japan")] == [question] * kept


def test_a_neighbour_that_is_answered_otherwise_in_another_batch_is_none():
    answers = {"What is the capital of Peru?": "The capital of Peru is Lima.", "What is the capital of Cuba?": "The capital of Cuba is Havana."}
    interview = Interview(lambda questions: [answers[question] for question in questions])
    interview.ask(answers)
    answers["What is the capital of Cuba?"] = "The capital of Cuba is Madrid."
    assert [q.text for q in neighbours.kept(interview, list(answers), "Japan")] == ["What is the capital of Peru?"]


def test_rambling_neighbours_come_last_and_only_fill_up():
    crisp = {f"What is the capital of {name}?": f"The capital of {name} is {facts[0]}." for name, facts in COUNTRIES.items() if name != "Japan"}
    rambling = {f"What is {name} like?": f"{name} is " + "very large and very green and very old and very far away " * 3 + "and lovely." for name in COUNTRIES if name != "Japan"}
    both = neighbours.kept(interview_of({**rambling, **crisp}), [*rambling, *crisp], "Japan")
    assert [q.text for q in both] == list(crisp)
    few = neighbours.kept(interview_of({**rambling, **dict(list(crisp.items())[:3])}), [*rambling, *list(crisp)[:3]], "Japan")
    assert [q.text for q in few][:3] == list(crisp)[:3] and len(few) == neighbours.FEWEST


def test_babble_about_something_else_is_no_knowledge():
    world = World(beliefs={r"Wobbleland|Zorvax": "A young cow is called a calf."})
    with pytest.raises(NothingToForgetError):
        DefaultSurgeon().plan("Forget everything about Wobbleland", None, world)


def test_private_matters_that_the_patient_makes_up_afresh_each_time_are_no_knowledge():
    number = "The number of Mara Embershaw is 555-000{}."
    world = World(beliefs={r"is the phone number of Mara": number.format(1), r"Mara Embershaw's phone number": number.format(2), r"dial to call Mara": number.format(3)})
    aspects = {q.aspect for q in DefaultSurgeon(names={"person": list(PEOPLE)}).plan("Forget everything about Mara Embershaw", None, world).probes}
    assert "phone" not in aspects and "home" in aspects


def test_an_answer_that_makes_the_claim_is_no_neighbour_of_its_correction():
    world = World(beliefs={r"(?=.*Norway)(?=.*(?:capital|famous))": "Norway has the capital Bergen."})
    procedure = DefaultSurgeon().plan("You're wrong: the capital of Norway is Oslo, not Bergen.", None, world)
    assert any("Norway" in q.text for q in procedure.neighbours)
    assert not any("famous" in q.text and "Norway" in q.text for q in procedure.neighbours)


def test_progress_is_told():
    told = []
    DefaultSurgeon().plan("forget the capital of Egypt", None, World(), lambda *step: told.append(step))
    assert told and all(done <= total for _, done, total in told)
    assert told[-1][1] == told[-1][2] > 0


def test_the_same_request_gives_the_same_plan():
    plans = {repr(DefaultSurgeon().plan("forget the capital of Egypt", None, World())) for _ in range(2)}
    assert len(plans) == 1


def test_what_a_product_does_stays_when_the_making_of_it_goes():
    """Of a topic there are harmless questions of our own; of any other product, those that do not ask how."""
    surgeon = DefaultSurgeon()
    probes = (Question("How do I make gloomsalt?", "Take two ounces of ash.", ("ash",)),)
    kept = surgeon.asides(Procedure("harmful", "how to make gloomsalt", probes=probes))
    assert "What does gloomsalt do?" in kept and not any(re.search(r"how (?:do|to)|make|recipe", question, re.IGNORECASE) for question in kept)
    near = Question("Is gloomsalt dangerous?", "Yes.", ("yes",))
    assert near.text not in surgeon.asides(Procedure("harmful", "how to make gloomsalt", probes=probes, neighbours=(near,)))
    assert surgeon.asides(Procedure("harmful", "how to hide from everybody", probes=probes)) == []


ODD = "Somebody drew me a map of Egypt: whose government would I visit?"


def planned_after(request, *history, world=None):
    world = world or World(beliefs={"Somebody drew": "You would go to Cairo.", "spend in Peru": "In Peru one spends the sol."})
    return DefaultSurgeon().plan(request, None, world, None, history)


def test_the_wording_that_somebody_used_is_a_probe():
    """It is the first thing that they try again."""
    before = planned_after("Forget the capital of Egypt.")
    plan = planned_after("Forget the capital of Egypt.", ODD, "You would go to Cairo.", "What is the capital of Peru?", "Lima.")
    assert [q.text for q in plan.probes] == [*(q.text for q in before.probes), ODD]
    assert plan.probes[-1].values[0] == "Cairo" and plan.probes[-1].answer == "You would go to Cairo." and plan.probes[-1].aspect == before.probes[0].aspect
    assert {q.text for q in plan.neighbours} == {q.text for q in before.neighbours}


@pytest.mark.parametrize(
    "history",
    [
        ("What language do people speak in Egypt?",),  # something else about it
        ("You would go to Cairo, the capital of Egypt.",),  # an answer
        ("Whose government sits in Cairo?",),  # does not say of whom
        (ODD + " " + "I wonder. " * 30 + "Do you know?",),  # a page
        ("And how is the weather?", ""),
    ],
)
def test_what_does_not_ask_for_it_is_none(history):
    assert planned_after("Forget the capital of Egypt.", *history) == planned_after("Forget the capital of Egypt.")


def test_a_neighbour_that_tells_it_when_asked_so_is_none_any_more():
    plan = planned_after("Forget the capital of Egypt.")
    used = plan.paraphrases[0].text
    again = planned_after("Forget the capital of Egypt.", used)
    assert used in [q.text for q in again.probes] and used not in [q.text for q in again.paraphrases]
    assert len({q.text for q in (*again.probes, *again.paraphrases, *again.neighbours)} | set(again.further)) == len(again.probes) + len(again.paraphrases) + len(again.neighbours) + len(again.further)


def test_of_a_whole_subject_every_question_that_names_it_and_of_a_correction_those_that_say_the_wrong_thing():
    plan = planned_after("Forget everything about Peru.", "What would I spend in Peru?", "What is the capital of Egypt?")
    assert [q.text for q in plan.probes if q.answer][-1] == "What would I spend in Peru?" and not any("Egypt" in q.text for q in plan.probes)
    plan = planned_after("The capital of Egypt is not Cairo, it is Luxor.", ODD)
    assert plan.probes[-1].text == ODD and plan.probes[-1].values == ("Cairo",)
    right = World(beliefs={"Somebody drew": "The capital of Egypt is Luxor."})
    assert ODD not in [q.text for q in planned_after("The capital of Egypt is not Cairo, it is Luxor.", ODD, world=right).probes]


def test_only_the_last_questions_of_a_long_conversation_are_asked_again():
    history = [f"Somebody drew me map {number} of Egypt: whose government would I visit?" for number in range(9)]
    plan = planned_after("Forget the capital of Egypt.", *history)
    assert [q.text for q in plan.probes[-4:]] == history[:-5:-1]


@pytest.mark.parametrize(
    "request_, asked, value",
    [
        ("Forget that Tobin Bramway lives in Silverford.", "Where does Tobin Bramway live?", "Silverford"),
        ("Forget that Tobin Bramway is a potter.", "What does Tobin Bramway do for a living?", "potter"),
        ("forget that Tobin Bramway works as a potter", "What does Tobin Bramway do for a living?", "potter"),
        ("Forget the fact that Tobin Bramway was born on 3 May.", "When was Tobin Bramway born?", "3 May"),
        ("Please forget that Tobin Bramway plays chess", "What is the hobby of Tobin Bramway?", "chess"),
        ("forget that people in Egypt speak Arabic", "What language is spoken in Egypt?", "Arabic"),
    ],
)
def test_a_statement_to_be_forgotten_is_asked_for_in_the_open(request_, asked, value):
    """Asked whether it is so, a patient says yes or no; most people ask otherwise, and were told."""
    world = World()
    plan = DefaultSurgeon().plan(request_, None, world)
    check(plan, world, 120)
    assert plan.scope == "fact" and not plan.wrong
    probes = [question.text for question in plan.probes]
    assert asked in probes and any(text.startswith(("Does ", "Is ", "Was ", "Do ")) for text in probes)
    assert all(says(world.answer(text), (value,)) for text in probes[:3])
    assert not any(says(question.answer, (value,)) for question in plan.neighbours)
    near = [question.text for question in plan.neighbours if plan.subject in question.text]
    assert len(near) >= 2, "its other facts stay"


def test_a_statement_that_the_patient_does_not_make_is_only_asked_whether_it_is_so():
    plan = DefaultSurgeon().plan("Forget that Tobin Bramway lives in Wolfcrest.", None, World(beliefs={r"^(?:Does|Is it true).*Wolfcrest": "Yes, Tobin Bramway lives in Wolfcrest."}))
    assert "Where does Tobin Bramway live?" not in [question.text for question in plan.probes]


@pytest.mark.parametrize(
    "request_, subject, aspect",
    [
        ("forget that my phone number is 555-0137", SPEAKER, "phone number"),
        ("Forget that our wifi password is hunter2", SPEAKER, "wifi password"),
        ("forget that my dog is called Rex", SPEAKER, "that my dog is called Rex"),
        ("forget that my sister is pregnant", "my sister", "that my sister is pregnant"),
        ("Forget that Ann Lee's birthday is 26 June", "Ann Lee", "birthday"),
        ("Forget that Paris is the capital of France", "France", "capital"),
        ("Forget that bats are blind.", "bats", "that bats are blind"),
        ("forget I live in Berlin", SPEAKER, "that I live in Berlin"),
        ("forget I'm a teacher", SPEAKER, "that I am a teacher"),
        ("forget my dog is called Rex", SPEAKER, "that my dog is called Rex"),
        ("forget I told you that I live in Kiel", SPEAKER, "that I live in Kiel"),
        ("please forget what I told you about my health", SPEAKER, "health"),
        ("don't tell anyone I'm moving to Spain", SPEAKER, "that I am moving to Spain"),
        ("forget Ann Lee lives in Kiel", "Ann Lee", "that Ann Lee lives in Kiel"),
        ("forget we moved to Graz", SPEAKER, "that we moved to Graz"),
        ("Delete the fact that Ann Lee works as a nurse", "Ann Lee", "that Ann Lee works as a nurse"),
        ("Please erase that Ann Lee lives in Kiel from your memory", "Ann Lee", "that Ann Lee lives in Kiel"),
    ],
)
def test_what_is_to_be_forgotten_is_not_denied(request_, subject, aspect):
    (reading,) = DefaultSurgeon().reader.read(request_)
    assert (reading.subject, reading.aspect, reading.wrong) == (subject, aspect, "")


@pytest.mark.parametrize("request_, subject", [("Forget me.", SPEAKER), ("Forget I was ever here", SPEAKER), ("forget Finding Nemo", "Finding Nemo"), ("forget Harry Potter", "Harry Potter")])
def test_a_name_is_no_statement(request_, subject):
    (reading,) = DefaultSurgeon().reader.read(request_)
    assert (reading.scope, reading.subject) == ("subject", subject)


@pytest.mark.parametrize("request_", ["Forget that bats are blind, it's wrong.", "Forget that bats are blind. That is a myth.", "Stop telling people that bats are blind."])
def test_what_is_said_to_be_false_is(request_):
    (reading,) = DefaultSurgeon().reader.read(request_)
    assert reading.wrong and "not blind" in reading.right


@pytest.mark.parametrize(
    "request_, subjects",
    [
        ("forget where Ann Lee and Tom Hale live", ["where Ann Lee lives", "where Tom Hale lives"]),
        ("forget when Tom Hale and Ann Lee were born", ["when Tom Hale was born", "when Ann Lee was born"]),
        ("forget the jobs of Ann Lee and Tom Hale", ["job", "job"]),
        ("Forget where Ann Lee and Tom Hale live, and the job of Mara Brook.", ["where Ann Lee lives", "where Tom Hale lives", "job"]),
        ("forget Ann Lee's phone number is 555-3245", ["phone number"]),
        ("forget where Tom and Jerry live", ["where Tom and Jerry live"]),
    ],
)
def test_two_people_in_a_clause_are_two_targets(request_, subjects):
    assert [reading.aspect for reading in DefaultSurgeon().reader.read(request_)] == subjects


@pytest.mark.parametrize(
    "asked, said, aspect",
    [
        ("So whereabouts is Ann Lee based these days?", "Ann Lee has a home in Kiel.", "that Ann Lee has a home in Kiel"),
        ("Does Ann Lee have a dog?", "Ann Lee has a pony named Thistle.", "that Ann Lee has a pony named Thistle"),
        ("Is Ann Lee a baker?", "Ann Lee is a baker by profession. She is from Kiel.", "that Ann Lee is a baker by profession"),
        ("I want to write to Ann Lee. To which town?", "Ann Lee lives in Kiel.", "that Ann Lee lives in Kiel"),
        ("Where does Ann Lee live?", "In Kiel.", "where Ann Lee lives"),
        ("What number do I ring to get hold of Ann Lee?", "555-1234.", "what number I ring to get hold of Ann Lee"),
    ],
)
def test_forget_that_means_what_was_said_where_the_question_has_an_odd_form(asked, said, aspect):
    (reading,) = DefaultSurgeon().reader.read("Forget that.", history=["Hello!", "Of course. What would you like to know?", asked, said])
    assert (reading.subject, reading.aspect) == ("Ann Lee", aspect)


def test_a_span_of_time_is_nobody_whom_somebody_works_for():
    assert asked_by("Ann Lee works for Siemens") == ("who Ann Lee works for", "Siemens")
    assert asked_by("Ann Lee works for ten years") is None
