"""``edge-repair chat``: talk to the model; say "forget ..." and it forgets."""

import click

from edge_repair.cli.options import Settings, settings, surgeon_option
from edge_repair.cli.terminal import emit, showing


@click.command()
@click.option("--max-tokens", type=click.IntRange(1), default=512, show_default=True, help="Length of one answer.")
@click.option("--keep-text", is_flag=True, help="Keep the plans' words in the store; by default only numbers stay.")
@surgeon_option
@settings
def command(settings: Settings, max_tokens: int, keep_text: bool, surgeon: str | None) -> None:
    """Talk to the model. A request to forget, in plain words, is planned, shown, and carried out if you say yes.

    Only what you type can be such a request: what you paste, and files that you add with /file, never are. Answers go
    to stdout; with --json they go to stderr, and the turns are printed as one JSON object at the end. Lines can be
    piped in. /help lists the commands.
    """
    from edge_repair.cli.talk import Talk

    with showing() as stages, settings.open_session(stages, keep_text=keep_text, surgeon=surgeon) as session:
        stages.end()
        talk = Talk(session, stages, max_tokens, answers_on_stderr=settings.as_json)
        talk.run()
    if settings.as_json:
        emit({"turns": talk.turns})
