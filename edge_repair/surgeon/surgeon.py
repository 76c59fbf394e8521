"""The default Surgeon: from a request to a repair procedure, with no model but the patient itself."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from edge_repair.errors import NothingToForgetError, UsageError
from edge_repair.surgeon import neighbours as near
from edge_repair.surgeon.aspects import ASPECTS, aspect_of, kind_from_aspect, kind_of
from edge_repair.surgeon.dangerous import dangerous_wordings, making_wordings
from edge_repair.surgeon.elicitation import elicitation
from edge_repair.surgeon.examples import EXAMPLES, HELD_OUT, LEAST, examples_in, harmless_like
from edge_repair.surgeon.grammar import affirm, as_sentence, gerund, is_wh_clause
from edge_repair.surgeon.interview import Ask, Interview, Progress, is_crisp, shared_value, with_first
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.parts import WHAT_IT_IS, about_another, asides, further_of, listed, parts_of, said_twice, told_by_who
from edge_repair.surgeon.phrasings import (
    Wordings,
    aspect_wordings,
    further_wordings,
    loose_wordings,
    overview_wordings,
    scene_wordings,
    statement_wordings,
)
from edge_repair.refusals import is_refusal
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.surgeon.reading import Reader, Reading, in_capitals
from edge_repair.surgeon.requests import RuleReader
from edge_repair.surgeon.speaker import besides
from edge_repair.surgeon.topics import topic_of
from edge_repair.surgeon.tagger import shipped_tagger
from edge_repair.watchdog.verdict import Verdict
from edge_repair.wording import content_words, normalise, polarity, says, says_value

MOST_ASPECTS = 7
OVERVIEW = "overview"
PRIVATE_ASPECTS = ("home", "phone", "pet", "hobby")
PROBES_AN_ASPECT = 3
PARAPHRASES_AN_ASPECT = 2
FACT_PARAPHRASES = 6
CORRECTION_PROBES = 6
TOPIC_PROBES, TOPIC_HELD_OUT = 3, 2  # of the requests that belong to a topic; the others are only detected
NEAR_A_TOPIC = 8  # harmless questions about a topic that are asked; all of them are detected
FURTHER_OF_FACT = 24
MAKING_PROBES = 2  # of the questions what a dangerous thing is made of, and how
FURTHER_OF_EACH = 3  # further wordings of each aspect, when the whole subject is to go


class DefaultSurgeon:
    """Reads a request, asks the patient what it knows, and plans the repair.

    Args:
        reader: what parses the request; None: ``RuleReader`` with the shipped tagger.
        names: names by kind of subject ("person", "thing", ...; see ``known.NAMES``) that this patient is known to
            know, for neighbours; for a patient with a world of its own, where well-known names mean nothing.
    """

    def __init__(self, reader: Reader | None = None, names: Mapping[str, Sequence[str]] | None = None):
        self.reader = reader or RuleReader(shipped_tagger())
        self.names = dict(names or {})
        self.left_out: list[str] = []  # of the last ``plans``: why a subject that was named has no procedure

    def plan(
        self, request: str, verdict: Verdict | None, ask: Ask, progress: Progress | None = None, history: Sequence[str] = ()
    ) -> Procedure:
        """The procedure for a request that names one subject.

        Args:
            request: what the person typed.
            verdict: the Watchdog's, or None; its kind and target are only suggestions.
            ask: puts questions to the patient.
            progress: told about the questions.
            history: the last turns of the chat, oldest first, for "forget that".

        Raises:
            UsageError: empty, too vague, too broad, or several subjects at once (``plans`` takes those).
            NothingToForgetError: the patient answers none of the questions about it.
        """
        if examples := examples_in(request):
            return self._examples(examples, Interview(ask, progress))
        readings = self.reader.read(request, verdict, history)
        if len(readings) > 1:
            listed = ", ".join(reading.subject for reading in readings)
            raise UsageError(f"this names {len(readings)} subjects ({listed}); ask for one at a time")
        return self.plan_reading(readings[0], ask, progress)

    def plans(
        self, request: str, verdict: Verdict | None, ask: Ask, progress: Progress | None = None, history: Sequence[str] = ()
    ) -> list[Procedure]:
        """One procedure for each subject that a request names and the patient knows.

        Raises:
            UsageError: as ``plan``, but several subjects are allowed.
            NothingToForgetError: the patient knows none of them.
        """
        procedures, unknown = [], None
        self.left_out = []
        if examples := examples_in(request):
            return [self._examples(examples, Interview(ask, progress))]
        for reading in self.reader.read(request, verdict, history):
            try:
                procedures.append(self.plan_reading(reading, ask, progress))
            except NothingToForgetError as error:
                unknown = unknown or error
                self.left_out.append(str(error))
        if not procedures:
            raise unknown or UsageError("the request does not say what to forget")
        subjects = {procedure.subject.casefold() for procedure in procedures}
        return [_without_neighbours_about(subjects - {procedure.subject.casefold()}, procedure) for procedure in procedures]

    def others(self, procedure: Procedure, count: int = 40) -> list[str]:
        """Names of other subjects of the same kind, for asking the probes about them."""
        kind = "person" if procedure.kind == "personal" else kind_of(procedure.subject)
        if procedure.kind == "harmful" and making_wordings(procedure.subject):
            kind = "substance"  # those this patient is known to know, then things
        return near.others_of(kind, procedure.subject, self.names, count)

    def asides(self, procedure: Procedure) -> list[str]:
        """Questions about the same subject that must be answered as before, besides the neighbours; see ``parts.asides``."""
        return asides(procedure)

    def plan_reading(self, reading: Reading, ask: Ask, progress: Progress | None = None) -> Procedure:
        """The procedure for one reading of a request; see ``plan`` for the errors."""
        interview = Interview(ask, progress)
        try:
            return self._planned(reading, interview)
        except NothingToForgetError:
            named = in_capitals(reading)
            if named is None:
                raise
            try:
                return self._planned(named, interview)
            except NothingToForgetError:
                pass
            raise  # in the person's own letters

    def _planned(self, reading: Reading, interview: Interview) -> Procedure:
        if reading.wrong:
            return self._correction(reading, interview)
        if reading.kind == "harmful":
            return self._dangerous(reading, interview)
        if reading.scope == "subject" and not reading.aspect:
            if re.match(r"(?:how to|ways? to|recipes? for|the recipe for|\w+ing )", reading.subject, re.IGNORECASE) and not known_name(
                reading.subject
            ):
                return self._dangerous(reading, interview)  # a skill ("how to make pancakes"): the same forms fit
            return self._subject(reading, interview)
        return self._fact(reading, interview)

    # Whole subjects

    def _subject(self, reading: Reading, interview: Interview) -> Procedure:
        subject = reading.subject
        speaker = subject == SPEAKER
        kind = "person" if speaker else known_name(subject)
        if not kind:
            opening = [f"Who is {subject}?", f"What is {subject}?", f"Tell me about {subject}."]
            interview.ask(opening)
            kind = (
                "person"
                if reading.kind == "personal"
                else kind_of(subject, tuple(interview.answers[q] for q in opening if interview.answered(q)))
            )
        overview = overview_wordings(subject, kind == "person")
        public = bool(known_name(subject))  # nobody knows the pet of Napoleon: asked, a model only makes one up
        relevant = [aspect for aspect in ASPECTS[kind] if not (public and kind == "person" and aspect.key in PRIVATE_ASPECTS)]
        aspects = {aspect.key: aspect_wordings(subject, aspect.noun if speaker else aspect) for aspect in relevant}
        interview.ask([overview.probes[0], *(wordings.probes[0] for wordings in aspects.values())])
        asked = {aspect.key: aspect for aspect in ASPECTS[kind]}
        alive = [key for key, wordings in aspects.items() if interview.answered(wordings.probes[0])]
        others = (
            near.others_of(kind, subject, self.names, 2 * len(alive) + 2)
            if not speaker
            else near.others_of("person", subject, self.names, 2 * len(alive) + 2)
        )
        elsewhere: dict[str, list[str]] = {}
        crisp = {key for key in alive if is_crisp(interview.answers[aspects[key].probes[0]], aspects[key].probes[0])}
        for index, key in enumerate(alive):  # what is told at length costs most and compares worst: asked of one other only
            elsewhere[key] = [
                aspect_wordings(other, asked[key]).probes[0] for other in others[2 * index : 2 * index + (2 if key in crisp else 1)]
            ]
        about_others = [overview_wordings(other, kind == "person").probes[0] for other in others[-1:]]
        interview.ask([*(question for pair in elsewhere.values() for question in pair), *about_others])
        alive = [key for key in alive if not self._said_of_all(interview, aspects[key].probes[0], elsewhere[key])][:MOST_ASPECTS]
        groups: dict[str, Wordings] = {key: aspects[key] for key in alive}
        groups[OVERVIEW] = overview
        interview.ask(question for key, wordings in groups.items() for question in wordings.probes[: PROBES_AN_ASPECT - (key not in crisp)])
        probes, paraphrases = self._agreed(interview, groups, elsewhere, PARAPHRASES_AN_ASPECT)
        if not probes:
            raise NothingToForgetError(
                f"the patient gives no answer about {subject}, so there is nothing to forget; ask it about {subject} to see what it says"
            )
        # Whatever names the subject is to be refused, so these need no answer: nothing is told of them now.
        probes += [Question(text) for text in ([] if speaker else loose_wordings(subject, kind))]
        further = [q for key in alive if not speaker for q in _spread(further_wordings(subject, asked[key]), FURTHER_OF_EACH)]
        further += [q for wordings in groups.values() for q in _spread(wordings.paraphrases[PARAPHRASES_AN_ASPECT:], FURTHER_OF_EACH // 2)]
        further += [] if speaker else scene_wordings(subject, kind)
        candidates = [*about_others, *(question for questions in elsewhere.values() for question in questions)]
        candidates = near.topped_up(interview, candidates, kind, subject, [asked[key] for key in alive], self.names)
        return self._procedure(reading, probes, paraphrases, near.kept(interview, candidates, subject), further)

    @staticmethod
    def _said_of_all(interview: Interview, question: str, others: Sequence[str]) -> bool:
        """Whether an answer is also what the patient says of every other subject it was asked about: no knowledge."""
        values = content_words(interview.answers[question], question)
        answers = [interview.answers[other] for other in others]
        return (
            len(answers) >= 2
            and all(says(answer, values[:1], question) for answer in answers)
            and all(interview.answers[question].strip() == answer.strip() or says(answer, values, question) for answer in answers)
        )

    def _agreed(
        self, interview: Interview, groups: Mapping[str, Wordings], elsewhere: Mapping[str, Sequence[str]], held_out: int
    ) -> tuple[list[Question], list[Question]]:
        """Probes and paraphrases of every aspect the patient answers; private ones only where its answers agree.

        The probes are those that the patient was asked and answered. Where they agree on a value, the paraphrases need
        not be asked now: that value is what they must not bring out any more. Where they do not, as in open questions
        ("tell me about ..."), each question carries the content of its own answer.
        """
        agreed: dict[str, str] = {}
        for key, wordings in groups.items():
            questions = [question for question in wordings.all if question in interview.answers]
            agreed[key] = shared_value(interview, questions, [interview.answers[other] for other in elsewhere.get(key, ())])
        chosen = [key for key in groups if agreed[key] or key not in PRIVATE_ASPECTS] or list(groups)
        interview.ask(
            question
            for key in chosen
            if not agreed[key] and key in (OVERVIEW, *self._only(groups))
            for question in groups[key].paraphrases[:held_out]
        )
        probes, paraphrases = [], []
        for key in chosen:
            wordings, value = groups[key], agreed[key]
            # A wording to which the patient says something else is no way to this fact: left out. One to which it says the value
            # is, whether or not its answer speaks of what was asked ("When was I born?" "Your birthday is 12 February.").
            usable = [q for q in wordings.all if (interview.tells(q, value) if value else interview.answered(q))]
            first = [q for q in usable if q in wordings.probes] or usable[:1]
            probes += [self._forget(interview, q, key, value) for q in first]
            if value:
                paraphrases += [Question(q, "", (value,), key) for q in wordings.paraphrases[:held_out]]
            else:
                paraphrases += [self._forget(interview, q, key, "") for q in usable if q not in first]
        return probes, paraphrases

    @staticmethod
    def _only(groups: Mapping[str, Wordings]) -> tuple[str, ...]:
        """The key of the only group: where there are several, the overview stands for the open ones."""
        return tuple(groups) if len(groups) == 1 else ()

    @staticmethod
    def _forget(interview: Interview, question: str, aspect: str, value: str) -> Question:
        """A question of the forget set; the value its wordings agree on comes first where the answer says it."""
        answer = interview.answers[question]
        values = content_words(answer, question)
        return interview.question(question, aspect, with_first(value, values) if value and says_value(answer, value) else values)

    # One fact, or one aspect

    def _fact(self, reading: Reading, interview: Interview) -> Procedure:
        subject = reading.subject
        parts = parts_of(reading)
        kind = next((kind for _, kind, _ in parts if kind), "") or known_name(subject)
        if not kind:
            kind = "person" if reading.kind == "personal" else ""
        if not kind:
            interview.ask([f"What is {subject}?"])
            kind = kind_of(subject, (interview.answers[f"What is {subject}?"],))
        groups = {name: wordings for name, _, wordings in parts}
        interview.ask(question for wordings in groups.values() for question in wordings.probes)
        if not any(interview.answered(question) for wordings in groups.values() for question in wordings.probes):
            what = reading.aspect if is_wh_clause(reading.aspect) else f"the {reading.aspect} of {subject}"
            raise NothingToForgetError(
                f"the patient gives no answer about {what}, so there is nothing to forget; ask it yourself to see what it says"
            )
        probes, paraphrases = self._agreed(interview, groups, {}, FACT_PARAPHRASES if len(groups) == 1 else 3)
        each = FURTHER_OF_FACT // len(parts)
        further = [q for name, _, wordings in parts for q in (*wordings.paraphrases[: FACT_PARAPHRASES + each // 3], *_spread(further_of(subject, name), each - each // 3))]
        values = {question.values[0] for question in probes if question.values} | set(said_twice(probes))
        told: list[Question] = []
        if subject != SPEAKER:
            identity = any(aspect.key in WHAT_IT_IS for aspect in listed(parts))
            told, untold = told_by_who(interview, subject, kind == "person", probes, identity)
            probes, further = probes + told, further + untold
        names = {aspect.key for aspect in listed(parts)}
        own = [aspect for aspect in ASPECTS.get(kind, ()) if aspect.key not in names]
        if subject == SPEAKER:
            same_subject, _ = besides(names, reading.aspect)
        else:
            same_subject = [aspect_wordings(subject, aspect).probes[0] for aspect in own]
            same_subject += overview_wordings(subject, kind == "person").probes[: 0 if told else 1]  # who or what it is
        others = near.others_of(kind, subject, self.names, 9)
        same_aspect = [
            question
            for name, _, _ in parts
            for other in others[: 6 if len(parts) == 1 else 3]
            for question in about_another(other, subject, name, kind)
        ]
        elsewhere = [aspect_wordings(other, aspect).probes[0] for other, aspect in zip(others[6:], own)]
        interview.ask([*same_subject, *same_aspect, *elsewhere])
        # A probe to which the patient says something else asks for this fact all the same, unless that is another of its facts.
        used, others_say = {question.text for question in probes}, {value for q in same_subject for value in content_words(interview.answers[q], q)[:1]}
        dropped = [q for wordings in groups.values() for q in wordings.probes if q not in used]
        further += [q for q in dropped if not others_say & set(content_words(interview.answers[q], q)[:1])]
        kept_own = [q for q in same_subject if not (values and any(says_value(interview.answers[q], value) for value in values))]
        candidates = near.topped_up(interview, [*kept_own, *same_aspect, *elsewhere], kind, subject, own, self.names)
        return self._procedure(reading, probes, paraphrases, near.kept(interview, candidates, ""), further)

    # Dangerous requests

    def _dangerous(self, reading: Reading, interview: Interview) -> Procedure:
        wordings, topic = dangerous_wordings(reading.subject), topic_of(reading.subject)
        further = topic.requests if topic else ()
        making = making_wordings(reading.subject)  # what it is made of is another question than how to make it, and tells the same
        first = list(dict.fromkeys([*wordings.probes, *making[:MAKING_PROBES], *further[:TOPIC_PROBES]]))
        held_out = [*further[TOPIC_PROBES : TOPIC_PROBES + TOPIC_HELD_OUT], *wordings.paraphrases[: FACT_PARAPHRASES - 2], *making[MAKING_PROBES : MAKING_PROBES + 1]]
        held_out = [question for question in dict.fromkeys(held_out) if question not in first]
        interview.ask([*first, *held_out])
        probes = [self._forget(interview, q, "", "") for q in first if interview.answered(q, about=False)]
        paraphrases = [self._forget(interview, q, "", "") for q in held_out if interview.answered(q, about=False)]
        if not probes and paraphrases:
            probes, paraphrases = paraphrases[:2], paraphrases[2:]
        if not probes:
            raise NothingToForgetError(f'the patient already refuses "{wordings.probes[0]}" and the like, so there is nothing to suppress')
        alike = [name for name in near.others_of("substance", reading.subject, self.names, 6) if name in self.names.get("substance", ())]
        candidates = [
            *(wordings_.probes[0] for wordings_ in map(dangerous_wordings, (f"how to make {name}" for name in alike))),
            *near.harmless_questions(topic.harmless[:NEAR_A_TOPIC] if topic else (), 16, gerund),
        ]
        interview.ask(candidates)
        candidates = near.topped_up(interview, candidates, "thing", reading.subject, (), self.names)
        return self._procedure(reading, probes, paraphrases, near.kept(interview, candidates, ""), [*further, *wordings.paraphrases, *making])

    def _examples(self, examples: Sequence[str], interview: Interview) -> Procedure:
        """Whatever is like these requests is to be refused; those that are refused already still show the detector what is meant."""
        interview.ask(examples)
        given = [self._forget(interview, text, "", "") for text in examples if interview.answered(text, about=False)]
        if len(given) < LEAST:
            raise NothingToForgetError(f"the patient refuses {len(examples) - len(given)} of these {len(examples)} requests already, so there is nothing to suppress")
        held_out = given[HELD_OUT - 1 :: HELD_OUT] if len(given) >= 2 * HELD_OUT else []
        candidates = near.harmless_questions(harmless_like(examples, NEAR_A_TOPIC), 16, gerund)
        interview.ask(candidates)
        candidates = near.topped_up(interview, candidates, "thing", EXAMPLES, (), self.names)
        reading = Reading("harmful", "subject", EXAMPLES)
        return self._procedure(reading, [one for one in given if one not in held_out], held_out, near.kept(interview, candidates, ""), examples)

    # Corrections

    def _correction(self, reading: Reading, interview: Interview) -> Procedure:
        if normalise(reading.wrong).startswith(normalise(reading.right)):
            raise UsageError(f'the right statement ("{reading.right}") says nothing that the wrong one does not say; say both whole: "Wrong: ... Right: ..."')
        wordings, values_of, right_of = elicitation(reading)
        wordings = Wordings(wordings.all[:CORRECTION_PROBES], wordings.all[CORRECTION_PROBES:])
        interview.ask(wordings.probes)

        def is_right(question: str) -> bool:
            answer, right = interview.answers[question], right_of(question)
            if right in ("yes", "no"):
                return polarity(answer) == right and not is_refusal(answer)
            return bool(right) and says_value(answer, right) and not says_value(answer, values_of(question)[0])

        def values(question: str) -> tuple[str, ...]:
            answer, wrong = interview.answers[question], values_of(question)
            return wrong if wrong[0] in ("yes", "no") or says_value(answer, wrong[0]) else content_words(answer, question)

        astray = [q for q in wordings.probes if interview.answers[q] and not is_right(q)]
        if not astray:  # a model may be right in some wordings and wrong in others
            interview.ask(wordings.paraphrases)
            astray = [q for q in wordings.paraphrases if interview.answers[q] and not is_right(q)][:CORRECTION_PROBES]
        if not astray:
            raise NothingToForgetError(f"the patient already says that {reading.right.rstrip('.')}, so there is nothing to correct")
        probes = [interview.question(q, reading.aspect, values(q)) for q in astray]
        paraphrases = [Question(q, "", values_of(q), reading.aspect) for q in wordings.paraphrases if q not in astray][:FACT_PARAPHRASES]
        candidates = self._near_a_statement(reading, interview)
        claimed = {value for question in (*probes, *paraphrases) for value in question.values[:1] if value not in ("yes", "no")}
        kept = [
            q
            for q in near.kept(interview, candidates, "")
            if not (reading.subject.lower() in q.text.lower() and any(says_value(q.answer, value) for value in claimed))
        ]  # an answer that makes the claim being corrected must not survive
        full = replace(reading, wrong=as_sentence(reading.wrong), right=as_sentence(reading.right))
        further = [*wordings.paraphrases, *_spread(further_of(reading.subject, reading.aspect) if reading.aspect else (), FURTHER_OF_FACT // 2)]
        return self._procedure(full, probes, paraphrases, kept, further)

    def _near_a_statement(self, reading: Reading, interview: Interview) -> list[str]:
        subject = reading.subject
        hint = kind_from_aspect(reading.aspect) if reading.aspect else ""
        kind = known_name(subject) or hint
        bare = re.sub(r"^(?:the|a|an) ", "", subject)
        kind = kind or known_name(bare)
        if not kind:
            interview.ask([f"What is {subject}?"])
            kind = kind_of(subject, (interview.answers[f"What is {subject}?"],))
        others = near.others_of(kind, bare, self.names, 6)
        same: list[str] = []
        if reading.aspect:
            same = [question for other in others for question in about_another(other, subject, reading.aspect, kind)]
        elif subject in affirm(reading.wrong):
            frames = statement_wordings(reading.wrong).probes
            same = [
                statement_wordings(affirm(reading.wrong).replace(subject, other, 1)).probes[index % len(frames)]
                for index, other in enumerate(others[:6])
            ]
        own = [aspect for aspect in ASPECTS[kind] if not (found := aspect_of(reading.aspect, kind)) or aspect.key != found[1].key]
        about = [aspect_wordings(subject, aspect).probes[0] for aspect in own[:4]] + list(
            overview_wordings(subject, kind == "person").probes[:1]
        )
        truths = ["Is it true that Paris is the capital of France?", "Do fish live in water?", "Is the sun hot?"]
        elsewhere = [aspect_wordings(other, aspect).probes[0] for other, aspect in zip(others, own)][:4]
        questions = [*about, *same, *truths, *elsewhere]
        interview.ask(questions)
        return near.topped_up(interview, questions, kind, subject, own, self.names)

    @staticmethod
    def _procedure(
        reading: Reading, probes: Sequence[Question], paraphrases: Sequence[Question], neighbours: Sequence[Question], further: Sequence[str] = ()
    ) -> Procedure:
        asked = {question.text for question in (*probes, *paraphrases)}
        further = [text for text in dict.fromkeys(further) if text not in asked]
        taken = asked | set(further)
        return Procedure(
            kind="unspecified" if reading.kind == "misinformation" and not reading.right else reading.kind,  # nothing to put in its place
            subject=reading.subject, scope=reading.scope, aspect=reading.aspect, wrong=reading.wrong, right=reading.right,
            probes=tuple(probes), paraphrases=tuple(paraphrases), neighbours=tuple(q for q in neighbours if q.text not in taken),
            further=tuple(further),
        )  # fmt: skip


def _spread(items: Sequence[str], count: int) -> list[str]:
    """At most ``count`` of the items, from all over the list."""
    step = max(1, -(-len(items) // count))
    return list(items[::step])


def _without_neighbours_about(subjects: set[str], procedure: Procedure) -> Procedure:
    """The procedure without the neighbours that another subject of the same request, to be forgotten too, stands in."""
    kept = (q for q in procedure.neighbours if not any(subject in q.text.casefold() for subject in subjects))
    return replace(procedure, neighbours=tuple(kept)) if subjects else procedure
