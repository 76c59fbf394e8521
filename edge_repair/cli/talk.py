"""The loop of ``chat``: read, judge, answer or repair, and go on."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_repair.cli import lines
from edge_repair.cli.conversation import Conversation
from edge_repair.cli.prompts import content, file_segment
from edge_repair.cli.report import repair_json, show_notes, show_procedure, show_repair, show_repairs, show_switched
from edge_repair.cli.terminal import Stages, confirm, printable, say
from edge_repair.errors import EdgeRepairError, NothingToForgetError, RepairNotFoundError
from edge_repair.watchdog.verdict import Prompt, Segment, Verdict

if TYPE_CHECKING:
    from edge_repair.ledger.repair import Repair
    from edge_repair.session import Session
    from edge_repair.surgeon.procedure import Procedure

HELP = """\
Just talk. To make the model forget, say so: "forget everything you know about Japan", "forget where I live", or
"forget that" behind an answer. To set it right: "stop saying that bats are blind", "... it is X, not Y; stop saying Y".
  /repairs     the repairs, or all of one    /undo [ID]   take a repair back (the latest one)
  /file PATH   add a text file to the next   /redo [ID]   make an undone repair again
               prompt (never a request)      /quit        leave (or Ctrl-D)
Ctrl-C stops an answer or a repair; a stopped repair leaves the model as it was."""


class Talk:
    """One chat on one session.

    Attributes:
        turns: what happened, as JSON data: answers, repairs, errors, in order.
    """

    def __init__(self, session: "Session", stages: Stages, max_tokens: int, answers_on_stderr: bool = False) -> None:
        self.session, self.stages, self.max_tokens = session, stages, max_tokens
        self.output = sys.stderr if answers_on_stderr else sys.stdout
        self.conversation = Conversation()
        self.turns: list[dict[str, Any]] = []
        self._history: list[lines.Line] = []
        self._files: list[Segment] = []

    def run(self) -> None:
        """Talk until the person leaves."""
        say(f"{self.session.base.name} ({self.session.model.name}). /help for help, /quit to leave.")
        active = sum(repair.status == "committed" for repair in self.session.repairs())
        if active:
            say(f"{active} repair{'s' if active > 1 else ''} active; /repairs lists them.")
        while True:
            try:
                prompt = lines.read_prompt("> ", self._history)
            except lines.EndOfInput:
                return
            except KeyboardInterrupt:
                say("(/quit or Ctrl-D leaves)")
                continue
            typed = prompt.typed.strip()
            if typed in ("/quit", "/exit"):
                return
            if content(prompt).strip():
                self.take(prompt)

    def take(self, prompt: Prompt) -> None:
        """Do what one prompt asks for. Errors are said, and the talk goes on."""
        try:
            if prompt.segments[0].source == "typed" and prompt.typed.lstrip().startswith("/"):
                self._command(prompt.typed.strip())
                return
            prompt = Prompt((*prompt.segments, *self._files))
            self._files = []
            verdict = self.session.judge(prompt)
            if verdict.zone == "pass":
                self._answer(prompt)
            elif verdict.zone == "propose" or self._is_meant(verdict):
                self._forget(prompt, verdict)
            else:
                say("Nothing was changed; it is answered as any other prompt.")
                self._answer(prompt)
        except EdgeRepairError as problem:
            say(f"edge-repair: error: {problem}")
            self.turns.append({"type": "error", "error": str(problem), "exit_code": problem.exit_code})

    def _is_meant(self, verdict: Verdict) -> bool:
        what = f'"{verdict.target}"' if verdict.target else "something"
        return self._confirmed(f"Do you want the model to forget {what}?")

    @staticmethod
    def _confirmed(question: str) -> bool:
        """Whether the person says yes; Ctrl-C is a no, and the talk goes on."""
        try:
            return confirm(question)
        except KeyboardInterrupt:
            say()
            return False

    def _answer(self, prompt: Prompt) -> None:
        """Stream an answer. What was said before a Ctrl-C stays in the conversation."""
        question, pieces, stopped = content(prompt), [], False
        try:
            for piece in self.session.stream(self.conversation.asking(question), self.max_tokens):
                pieces.append(piece)
                print(printable(piece), end="", file=self.output, flush=True)
        except KeyboardInterrupt:
            stopped = True
        print(file=self.output, flush=True)
        if stopped:
            say("(stopped)")
        answer = "".join(pieces).strip()
        self.conversation.add(question, answer)
        self.turns.append({"type": "answer", "prompt": question, "text": answer, "stopped": stopped})

    def _forget(self, prompt: Prompt, verdict: Verdict) -> None:
        """Plan, then preview, confirm and carry out each of the procedures: one for each subject that is named."""
        try:
            said = [message["content"] for message in self.conversation.messages]
            try:
                procedures = self._uninterrupted("planning", lambda: self.session.plans(prompt, said))
            finally:
                show_notes(self.session)
        except NothingToForgetError:
            # It may stand in this conversation only: then taking it out is the whole repair.
            dropped = self._cleared(self.conversation.drop_told(self.session.readings(prompt, said)))
            dropped = dropped or self._cleared(self.conversation.drop_mentions(verdict.target or ""))
            if not dropped:
                raise
            say(f"The model itself knows nothing of it. {_turns(dropped)} about it taken out of this conversation.")
            self.turns.append({"type": "dropped", "turns": dropped})
            return
        for number, procedure in enumerate(procedures or (), 1):
            self._propose(procedure, "Do this?" if len(procedures) == 1 else f"Do this? ({number} of {len(procedures)})")

    def _propose(self, procedure: "Procedure", question: str) -> None:
        """Preview one procedure, ask, carry it out, and take what it forgot out of this conversation."""
        show_procedure(procedure)
        if not self._confirmed(question):
            repair = self.session.decline(procedure)
            say("Nothing was changed.")
        else:
            repair = self._uninterrupted("the repair", lambda: self.session.carry_out(procedure))
            if repair is None:
                return
            show_repair(repair)
        if repair.status == "committed":
            dropped = self._cleared(self.conversation.drop_forgotten(procedure))
            if dropped:
                say(f"{_turns(dropped)} about it taken out of this conversation.")
            say(f"Done. /undo {repair.id} takes it back.")
        self.turns.append({"type": "repair", "repair": repair_json(repair)})

    def _cleared(self, dropped: int) -> int:
        """Take what was dropped from the conversation out of the lines that can be recalled and of the report, too."""
        gone = set(self.conversation.dropped)
        if dropped:
            typed = ["".join(character for character, _ in line).strip() for line in self._history]
            told = [any(text == line or text.startswith(line + "\n") for text in gone) for line in typed]
            self._history[:] = [line for line, out in zip(self._history, told) if not out]
            self.turns = [{"type": "forgotten"} if turn.get("prompt") in gone else turn for turn in self.turns]
        return dropped

    def _uninterrupted(self, what: str, work: Callable[[], Any]) -> Any:
        """Do something that Ctrl-C ends as a whole; None then, after saying in what state the model is."""
        before = self._state()
        try:
            return work()
        except KeyboardInterrupt:
            self.stages.end(finished=False)
            same = self._state() == before
            state = "the model is as it was before" if same else "it was finished already; /repairs shows it"
            say(f"(stopped {what}: {state})")
            self.turns.append({"type": "stopped", "what": what, "unchanged": same})
            return None
        except EdgeRepairError:
            self.stages.end(finished=False)
            raise
        finally:
            self.stages.end()

    def _state(self) -> list[tuple[str, str]]:
        return [(repair.id, repair.status) for repair in self.session.repairs()]

    def _command(self, line: str) -> None:
        name, _, argument = line.partition(" ")
        argument = argument.strip()
        if name == "/help":
            say(HELP)
        elif name == "/repairs":
            self._list(argument.removeprefix("show").strip())
        elif name in ("/undo", "/redo"):
            self._switch(name[1:], argument)
        elif name == "/file" and not argument:
            say("/file needs the path of a text file")
        elif name == "/file":
            self._files.append(file_segment(Path(argument)))
            say(f"({argument} goes with your next prompt)")
        else:
            say(f"There is no command {name}; /help lists them.")

    def _list(self, identifier: str) -> None:
        """All repairs, or one of them."""
        if identifier:
            show_repair(self._found(identifier))
        else:
            show_repairs(self.session.repairs())

    def _found(self, identifier: str) -> "Repair":
        """The repair of an id. Raises RepairNotFoundError, in the words of the chat."""
        try:
            return self.session.repair(identifier)
        except RepairNotFoundError:
            raise RepairNotFoundError(f"there is no repair {identifier}; /repairs lists them") from None

    def _answered_with(self, identifier: str) -> list[bool]:
        """For each question of this conversation, whether it calls a repair that is active; never where all are carried always."""
        questions = self.conversation.questions
        if not self.session.routed or not questions:
            return [False] * len(questions)
        return [identifier in called for called in self.session.carried(questions)]

    def _switch(self, name: str, identifier: str) -> None:
        """Undo or redo a repair; without an id, the latest that can be."""
        status = "committed" if name == "undo" else "undone"
        if not identifier:
            candidates = [repair.id for repair in self.session.repairs() if repair.status == status]
            if not candidates:
                say(f"There is nothing to {name}.")
                return
            identifier = candidates[-1]
        identifier = self._found(identifier).id
        answered = self._answered_with(identifier) if name == "undo" else []
        repair = self._uninterrupted(f"the {name}", lambda: getattr(self.session, name)(identifier))
        if repair is not None:
            show_switched(repair)
            # What was answered as before would go on being read off the screen.
            dropped = self.conversation.drop_answers(answered or self._answered_with(identifier))
            if dropped:
                say(f"{_turns(dropped)} {'that it answered' if name == 'undo' else 'about it'} taken out of this conversation.")
            if name == "redo":
                self._cleared(dropped)
            self.turns.append({"type": name, "repair": repair_json(repair)})


def _turns(count: int) -> str:
    return "1 earlier turn" if count == 1 else f"{count} earlier turns"
