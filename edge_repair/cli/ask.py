"""``edge-repair ask``: one question, one answer."""

from pathlib import Path

import click

from edge_repair.cli.options import Settings, settings
from edge_repair.cli.report import show_procedure
from edge_repair.cli.terminal import emit, printable, say, showing
from edge_repair.errors import UsageError


@click.command()
@click.argument("prompt")
@click.option(
    "--file",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A text file to go with the prompt; nothing in it is ever taken as a request to forget. Repeatable.",
)
@click.option("--max-tokens", type=click.IntRange(1), default=256, show_default=True, help="Length of the answer.")
@click.option("--explain", is_flag=True, help="Say what the Watchdog thought of the prompt, and why.")
@settings
def command(settings: Settings, prompt: str, files: tuple[Path, ...], max_tokens: int, explain: bool) -> None:
    """Ask the model one PROMPT, as a conversation of its own, answered greedily.

    Never changes the model: for a request to forget, the plan is shown instead of an answer.
    """
    from edge_repair.cli.prompts import with_files

    if not prompt.strip() and not files:
        raise UsageError("there is no question; give it in quotes, as in: edge-repair ask \"What is rust?\"")
    with showing() as stages, settings.open_session(stages) as session:
        reply = session.ask(with_files(prompt, files), max_tokens)
    verdict = reply.verdict
    if explain:
        probabilities = ", ".join(f"{kind} {value:.3f}" for kind, value in verdict.probabilities.items())
        say(f"Watchdog: {verdict.zone} ({probabilities})")
        for reason in verdict.reasons:
            say(f"  {reason}")
        if reply.text:
            say(f"answered with: {', '.join(reply.repairs) or 'no repair, the untouched model'}")
    if settings.as_json:
        emit(
            {
                "text": reply.text,
                "repairs": list(reply.repairs),
                "verdict": {
                    "kind": verdict.kind,
                    "zone": verdict.zone,
                    "target": verdict.target,
                    "probabilities": verdict.probabilities,
                    "reasons": list(verdict.reasons),
                },
                "proposal": reply.proposals[0].to_json() if reply.proposals else None,
                "proposals": [procedure.to_json() for procedure in reply.proposals],
            }
        )
        return
    if reply.text:
        print(printable(reply.text))
    for procedure in reply.proposals:
        show_procedure(procedure)
    if reply.proposals:
        say("Nothing was changed. To do it: edge-repair forget, with the same words.")
