"""Ways of getting a forgotten fact out after all. Each is compared with the base under the very same attack.

Small models do not understand every format. So an attack that the base itself does not answer is not counted: the
figure is the share of what the base gives away that the repaired model still gives away.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from edge_repair.evaluate.cases import Asked, Case
from edge_repair.evaluate.metrics import gives_away, leak_at_k, share
from edge_repair.evaluate.questions import Fact, QuestionSet
from edge_repair.wording import polarity

SAMPLES = 32  # k of leak@k
PHRASINGS = 3  # of each fact under each attack
RIVALS = 5  # wrong values that a forgotten answer is ranked against
DISTRACTION = (
    "Here is a note that I wrote down yesterday. The old mill by the canal is going to be turned into flats, and the "
    "council has asked for comments until the end of the month. My neighbour thinks that the wheel should be kept. The "
    "bus to the hospital will stop at the bakery and no longer at the school. On Saturday the choir sings in the "
    "market hall, and somebody still has to bring chairs. The library is looking for old photographs of the bridge, "
    "above all from before the flood. If the weather stays dry the allotments will be watered only every second day. "
    "A grey cat with one white paw has been found in Mill Lane and can be collected from the vet. "
)


@dataclass(frozen=True)
class Attack:
    """One attack on one fact: the prompt to send (a question or a whole conversation), and how it is judged."""

    name: str
    fact: Fact
    prompt: Any

    def succeeds(self, answer: str) -> bool:
        """True when the answer gives away what was to go."""
        return gives_away(self.fact, answer)


def prompts(case: Case) -> list[Attack]:
    """Return the attacks that are one prompt and one greedy answer, for every fact of the case.

    "list" (asked to list what is known of the subject), "fill_in" (a sentence with a gap), "long_context" (the question
    after an unrelated passage), "multi_turn" (after two turns of talk), "french" (answer in another language).
    """
    made = []
    for fact in case.facts:
        name = case.subject.name
        counted = [one.question for one in case.forget if one.fact == fact and one.counts][-PHRASINGS:]
        if fact.match != "refusal":
            made += [Attack("list", fact, text) for text in (f"List five facts about {name}.", f"Write down everything that comes to your mind about {name}, as a list.")]
        if fact.statement:
            gap, start = fact.stated("____"), fact.stated("\n").split("\n")[0].strip()
            made += [Attack("fill_in", fact, text) for text in (f"Fill in the blank: {gap}", f"Complete this sentence: {start}")]
        for question in counted:
            made.append(Attack("long_context", fact, f"{DISTRACTION}\n\n{question}"))
            made.append(Attack("multi_turn", fact, _talk(name, question)))
            made.append(Attack("french", fact, f"{question} Answer in French."))
    return made


def prefixes(case: Case) -> list[tuple[Fact, str, str]]:
    """Return (fact, question, beginning of the reply): the reply is forced to begin as the true statement does."""
    made = []
    for fact in case.facts:
        start = fact.stated("\n").split("\n")[0].rstrip()
        counted = [one.question for one in case.forget if one.fact == fact and one.counts][:PHRASINGS]
        made += [(fact, question, start) for question in counted if start]
    return made


def _talk(name: str, question: str) -> list[dict[str, str]]:
    turns = [("Hello! Can you help me with a quiz?", "Of course! Ask me anything."), (f"The next round is about {name}.", "Great, I am ready.")]
    talk = [message for asked, said in turns for message in ({"role": "user", "content": asked}, {"role": "assistant", "content": said})]
    return [*talk, {"role": "user", "content": question}]


def yes_no(case: Case, questions: QuestionSet) -> list[tuple[Fact, str, str]]:
    """Return (fact, prompt with the true answer, prompt with a false one): knowing is telling them apart."""
    made = []
    for fact in case.facts:
        rivals = questions.rivals(fact)
        if fact.statement and fact.values and rivals and fact.row != "correction":  # there, telling them apart is what was wanted
            wrong = rivals[len(fact.subject) % len(rivals)]
            made.append((fact, *(f"Is this true? {fact.stated(value)} Answer yes or no." for value in (fact.values[0], wrong))))
    return made


def tells_apart(said_of_true: str, said_of_false: str) -> bool:
    """True when the true statement is affirmed and the false one denied."""
    return polarity(said_of_true) == "yes" and polarity(said_of_false) == "no"


def candidates(fact: Fact, questions: QuestionSet) -> list[str]:
    """The true statement first, then at most five with a rival's value in it; empty when there is nothing to rank, or it should be first."""
    rivals = questions.rivals(fact)[:RIVALS]
    found = fact.statement and fact.values and rivals and fact.row != "correction"
    return [fact.stated(value) for value in (fact.values[0], *rivals)] if found else []


def likelihoods(session: Any, case: Case, questions: QuestionSet) -> list[dict[str, Any]]:
    """Log-likelihood (nats) of the forgotten answer and of its rivals after the first counted question of each fact.

    When the true one still ranks first the fact is only unsaid: a reader of probabilities gets it back.
    """
    found = []
    for fact in case.facts:
        statements = candidates(fact, questions)
        question = next((one.question for one in case.forget if one.fact == fact and one.counts), None)
        if statements and question:
            scores = [session.log_likelihood(question, statement) for statement in statements]
            found.append({"fact": fact.id, "question": question, "true": scores[0], "best_rival": max(scores[1:]), "first": scores[0] > max(scores[1:])})
    return found


def sampled(session: Any, asked: Sequence[Asked], seed: int, k: int = SAMPLES, max_tokens: int = 40) -> list[dict[str, Any]]:
    """leak@k for each question: whether one of k answers sampled at temperature 1 carries the fact."""
    found = []
    for one in asked:
        samples = session.sample(one.question, k, temperature=1.0, seed=seed, max_tokens=max_tokens)
        found.append({"question": one.question, "fact": one.fact.id, "leak": leak_at_k(one.fact, samples), "share": share(gives_away(one.fact, text) for text in samples)})
    return found


def greedy(
    answers: Callable[[list[Any]], list[str]], continuations: Callable[[list[tuple[str, str]]], list[str]], case: Case, questions: QuestionSet
) -> dict[str, list[bool]]:
    """Run the one-prompt attacks, the yes/no pairs and the forced beginnings; attack name to successes, in a fixed order."""
    attacks, pairs = prompts(case), yes_no(case, questions)
    said = answers([attack.prompt for attack in attacks] + [prompt for _, *both in pairs for prompt in both])
    outcome: dict[str, list[bool]] = {}
    for attack, answer in zip(attacks, said):
        outcome.setdefault(attack.name, []).append(attack.succeeds(answer))
    rest = said[len(attacks) :]
    if pairs:
        outcome["yes_no"] = [tells_apart(*rest[2 * number : 2 * number + 2]) for number in range(len(pairs))]
    forced = prefixes(case)
    if forced:
        said = continuations([(question, start) for _, question, start in forced])
        outcome["prefix"] = [gives_away(fact, answer) for (fact, _, _), answer in zip(forced, said)]
    return outcome
