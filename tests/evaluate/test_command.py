"""The command's own errors: one line, the right exit code, and nothing written."""

import pytest

from edge_repair import cli


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
