"""``edge-repair eval``: measure repairs on a model: what is gone, what stayed, what undo gives back."""

from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource

from edge_repair.cli.options import Settings, settings
from edge_repair.cli.terminal import emit, printable, say


@click.command("eval")
@settings
@click.option("--questions", default="world", show_default=True, help="world, false_beliefs, harmful, patient, memory, or a file (docs/question-sets.md).")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of public data, for --questions xstest, xstest_general, topics_xstest, truthfulqa, known_1000 or tofu (tofu_forget05, tofu_forget10, tofu_real).")
@click.option("--row", "rows", multiple=True, type=click.Choice(["subject", "fact", "correction", "harmful"]), help="Sort of repair (default: all that the set has); may be repeated.")
@click.option("--repairs", type=click.IntRange(1), default=10, show_default=True, help="Repairs of each sort, each alone.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--retain", type=click.IntRange(1), default=100, show_default=True, help="Unrelated questions, of those that the model answers.")
@click.option("--retain-from", "retain_names", multiple=True, help="Question set that the unrelated questions are drawn from, in place of the usual ones; may be repeated.")
@click.option("--sequence", "checkpoints", multiple=True, type=click.IntRange(1), help="Also so many repairs one after another; may be repeated.")
@click.option("--controls", type=click.IntRange(0), default=3, show_default=True, help="Random edits of equal norm beside the first repairs of each sort.")
@click.option("--other-quantisation", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another quantisation of the same model, as a noise floor.")
@click.option("--attacks", is_flag=True, help="Also ask under attack: samples, lists, gaps, long contexts, other languages.")
@click.option("--accept", is_flag=True, help="Keep repairs that miss a limit, to see what the edit does rather than the limits.")
@click.option("--single-sample", is_flag=True, help="Edit with the first probe of each plan alone: no other wording of it.")
@click.option("--quick", is_flag=True, help="Two repairs of each sort, 40 unrelated questions and one control, where nothing else is given: a few minutes.")
@click.option("--plot", is_flag=True, help="Also write PNG files (needs edge_repair[plot]).")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of the results; a run that stopped goes on there.")
def command(common: Settings, questions, data, rows, repairs, seed, retain, retain_names, checkpoints, controls, other_quantisation, attacks, accept, single_sample, quick, plot, out) -> None:  # type: ignore[no-untyped-def]
    """Measure repairs on a model and write tables to a folder.

    Your own repairs are not touched: the run has a store of its own.
    """
    from edge_repair.evaluate import report, run
    from edge_repair.evaluate.select import default_rows, named, retained

    chosen = named(questions, data)
    plan = run.Settings(tuple(rows) or default_rows(chosen), repairs, seed, retain, attacks, controls, tuple(sorted(set(checkpoints))), accept, single_sample, common.routed)
    if quick:
        given = click.get_current_context().get_parameter_source
        plan = replace(plan, **{name: value for name, value in run.QUICK.items() if given(name) is ParameterSource.DEFAULT})
    if plot:
        report.check_can_plot()  # before anything is measured

    def progress(stage: str, done: int, total: int) -> None:
        say(f"{stage} ({done + 1} of {total})" if total > 1 else stage)

    result = run.evaluate(common.model_path(), chosen, retained(chosen, data, retain_names), plan, out, common.threads, other_quantisation, progress, common.lora)
    drawn = report.plot(result, out) if plot else []
    if common.as_json:
        emit(result)
    else:
        click.echo(printable(report.markdown(result)), nl=False)
        for path in (out / "report.json", out / "report.md", *drawn):
            say(f"wrote {path}")
