"""The command's own errors: one line, the right exit code, and nothing written."""

import builtins

import pytest

from edge_repair import cli
from edge_repair.evaluate import run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--questions", "nowhere.json"], "cannot be read"),
        (["--questions", "xstest"], "--data"),
        (["--questions", "general"], "nothing to repair"),
        (["--row", "everything"], "everything"),
        ([], "--out"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_code_2(arguments, said, tmp_path, capsys):
    out = [] if not arguments else ["--out", str(tmp_path / "out")]
    assert cli.run(["eval", "-m", str(tmp_path / "none.gguf"), *arguments, *out]) == 2
    error = capsys.readouterr().err.strip()
    assert said in error and "\n" not in error
    assert not (tmp_path / "out").exists()


def test_a_missing_model_is_a_model_error_and_nothing_is_written(tmp_path, capsys):
    assert cli.run(["eval", "-m", str(tmp_path / "none.gguf"), "--out", str(tmp_path / "out")]) == 3
    assert "none.gguf" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_quick_leaves_what_is_given(tmp_path, monkeypatch, patient_file):
    seen = []
    monkeypatch.setattr(run, "evaluate", lambda *arguments: seen.append(arguments[3]) or {})
    for arguments in ([], ["--controls", "0", "--repairs", "5"]):
        cli.run(["eval", "-m", str(patient_file), "--questions", "patient", "--quick", "--json", "--out", str(tmp_path / "out"), *arguments])
    assert [(plan.repairs, plan.retain, plan.controls) for plan in seen] == [(2, 40, 1), (5, 40, 0)]


def test_plots_that_cannot_be_drawn_are_refused_before_anything_is_measured(tmp_path, monkeypatch, patient_file, capsys):
    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", lambda name, *rest: (_ for _ in ()).throw(ImportError(name)) if name.startswith("matplotlib") else real(name, *rest))
    monkeypatch.setattr(run, "evaluate", lambda *_: pytest.fail("measured"))
    assert cli.run(["eval", "-m", str(patient_file), "--questions", "patient", "--plot", "--out", str(tmp_path / "out")]) == 2
    assert "matplotlib" in capsys.readouterr().err
