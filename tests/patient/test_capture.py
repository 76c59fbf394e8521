"""The evaluation callback, in Python and in C: the same rows bit for bit, and nothing computed that nobody wants."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from edge_repair.errors import ModelError
from edge_repair.patient import Patient, Sequence, native
from edge_repair.patient.capture import KINDS, PythonCapture, Wanted
from edge_repair.patient.native import NativeCapture, load, location

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "native" / "capture"


def headers() -> Path:
    return Path(find_spec("llama_cpp").submodule_search_locations[0]).parent / "include"


@pytest.fixture(scope="module")
def compiler() -> str:
    found = next((tool for tool in ("cc", "gcc", "clang") if shutil.which(tool)), None)
    if not found or not SOURCE.is_dir() or not (headers() / "ggml.h").is_file():
        pytest.skip("needs a C compiler, a checkout, and the headers that llama-cpp-python installs")
    return found


def compiled(compiler: str, source: Path, folder: Path) -> Path:
    """The one command of native/capture/README.md, with warnings as errors."""
    library = folder / "edge_repair_capture.so"
    warnings = ("-std=c11", "-Wall", "-Wextra", "-Werror")
    subprocess.run([compiler, *warnings, "-O2", "-shared", "-fPIC", f"-I{headers()}", "-o", library, source], check=True)
    return library


@pytest.fixture(scope="module")
def built(compiler, tmp_path_factory) -> Path:
    return compiled(compiler, SOURCE / "capture.c", tmp_path_factory.mktemp("capture"))


@pytest.fixture(scope="module")
def twins(patient_file, built):
    """The patient opened twice: (callback in Python, callback in C)."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("EDGE_REPAIR_CAPTURE", "off")
        in_python = Patient.open(patient_file)
        changed.setenv("EDGE_REPAIR_CAPTURE", str(built))
        in_c = Patient.open(patient_file)
    assert isinstance(in_python._probe._capture, PythonCapture) and isinstance(in_c._probe._capture, NativeCapture)
    yield in_python, in_c
    in_python.close()
    in_c.close()


@pytest.fixture(scope="module")
def sequences(patient, people):
    """More tokens than a micro-batch and than a batch of conversations, wanted at scattered and at all positions."""
    questions = [fact["trained"][0] for person in people for fact in person["facts"]][:60]
    heads = [patient.tokens(question) for question in questions]
    assert sum(map(len, heads)) > 600
    return [Sequence(head, (len(head) - 3, len(head) - 1) if i % 4 else tuple(range(len(head) - 8, len(head)))) for i, head in enumerate(heads)]


def assert_equal_to_the_bit(one, other):
    assert one.counts == other.counts
    for kind in KINDS:
        assert getattr(one, kind).keys() == getattr(other, kind).keys()
        for layer, rows in getattr(one, kind).items():
            np.testing.assert_array_equal(rows, getattr(other, kind)[layer])
    assert (one.logits is None) == (other.logits is None)
    if one.logits is not None:
        np.testing.assert_array_equal(one.logits, other.logits)


@pytest.mark.parametrize("want_logits", [False, True])
def test_both_callbacks_read_the_same_to_the_bit(twins, sequences, want_logits):
    layers = range(twins[0].base.n_layers)  # the last one too: it is computed for output rows only
    first, second = (twin.capture(sequences, KINDS, layers, want_logits=want_logits) for twin in twins)
    assert all(len(rows) == sum(first.counts) for kind in KINDS for rows in getattr(first, kind).values())
    assert all(len(getattr(first, kind)) == len(layers) for kind in KINDS)
    assert_equal_to_the_bit(first, second)


def test_stopping_early_changes_no_row(twins, sequences):
    """Without logits the graph ends after the last wanted layer; with them it does not. The rows are the same."""
    for twin in twins:
        stopped = twin.capture(sequences, KINDS, [1, 2])
        whole = twin.capture(sequences, KINDS, [1, 2], want_logits=True)
        for kind in KINDS:
            for layer in (1, 2):
                np.testing.assert_array_equal(getattr(stopped, kind)[layer], getattr(whole, kind)[layer])


def nodes_computed(patient, sequences, kinds, layers, want_logits) -> set[int]:
    """The layers that the graph reaches: the callback is asked about what is to be computed next."""
    capture, reached = patient._probe._capture, set()
    sources = capture._sources_of

    def note(node):
        reached.update(layer for _, layer, _ in sources(node))
        return sources(node)

    capture._sources_of = note
    try:
        patient.capture(sequences, kinds, layers, want_logits=want_logits)
    finally:
        del capture._sources_of
    return reached


def test_nothing_is_computed_beyond_the_last_layer_that_is_wanted(twins, sequences):
    patient, last = twins[0], twins[0].base.n_layers - 1
    assert max(nodes_computed(patient, sequences[:3], ("inputs",), [1], False)) == 1
    assert max(nodes_computed(patient, sequences[:3], ("inputs", "residuals"), [0, 2], False)) == 2
    assert max(nodes_computed(patient, sequences[:3], ("inputs",), [1], True)) == last


def test_an_ended_graph_leaves_nothing_behind(twins, sequences, people):
    """The cache of later layers was not computed; what is asked next must not see it."""
    questions = [fact["trained"][0] for fact in people[0]["facts"][:3]]
    for twin in twins:
        answers = twin.answers(questions, 12)
        likelihoods = twin.log_likelihoods(list(zip(questions, answers)))
        twin.capture(sequences[:9], ("inputs",), [0])
        assert twin.answers(questions, 12) == answers
        twin.capture(sequences[:9], ("inputs",), [0])
        assert twin.log_likelihoods(list(zip(questions, answers))) == likelihoods


def test_layers_that_do_not_exist_are_missing(twins, sequences):
    for twin in twins:
        assert set(twin.capture(sequences[:2], ("keys",), [1, 99]).keys) == {1}


def test_an_error_in_the_callback_is_raised_by_decode_and_the_next_capture_works(twins, sequences, monkeypatch):
    in_python, in_c = twins
    with monkeypatch.context() as changed:
        changed.setattr(in_python._probe._capture, "_read", lambda slot, pointer: 1 / 0)
        with pytest.raises(ModelError, match="division by zero"):
            in_python.capture(sequences[:1], ("keys",), [1])
    with monkeypatch.context() as changed:  # a batch that claims more tokens than it has
        begin = in_c._probe._capture.begin
        changed.setattr(in_c._probe._capture, "begin", lambda wanted, tokens, n: begin(wanted, tokens, n + 5))
        with pytest.raises(ModelError, match="unexpected number of rows"):
            in_c.capture(sequences[:1], ("keys",), [1])
    assert_equal_to_the_bit(*(twin.capture(sequences[:1], ("keys",), [1]) for twin in twins))


def test_a_batch_of_several_micro_batches(twins):
    """Rows on both sides of the border of 512 tokens."""
    head = twins[0].tokens("Who?")
    tokens = (head * (1000 // len(head)))[:1000]
    sequence = [Sequence(tokens, (0, 511, 512, 700, 999))]
    first, second = (twin.capture(sequence, KINDS, [0, 2, twin.base.n_layers - 1]) for twin in twins)
    assert_equal_to_the_bit(first, second)
    alone = twins[0].capture([Sequence(tokens[:513], (511, 512))], KINDS, [2])
    np.testing.assert_allclose(first.inputs[2][1:3], alone.inputs[2], atol=1e-3)


def test_more_than_fits_is_refused(twins):
    with pytest.raises(ModelError, match="tokens"):
        twins[0].capture([Sequence((5,) * 3000, (0,))], ("keys",), [0])


def test_where_it_is_looked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("EDGE_REPAIR_CAPTURE", "off")
    assert location() is None
    monkeypatch.setenv("EDGE_REPAIR_CAPTURE", str(tmp_path / "x.so"))
    assert location() == tmp_path / "x.so"
    monkeypatch.delenv("EDGE_REPAIR_CAPTURE")
    monkeypatch.setattr(native, "BUILT", tmp_path / "y.so")
    assert location() is None
    (tmp_path / "y.so").touch()
    assert location() == tmp_path / "y.so"


def test_a_library_that_does_not_fit_is_not_used(compiler, built, tmp_path, monkeypatch):
    """Built against other headers: the name of a tensor stands elsewhere. And a file that is no library."""
    source = tmp_path / "other.c"
    source.write_text((SOURCE / "capture.c").read_text().replace("offsetof(struct ggml_tensor, name)", "offsetof(struct ggml_tensor, data)"))
    other = compiled(compiler, source, tmp_path)
    (tmp_path / "no.so").write_text("no library")
    for path, reason in ((other, "another version"), (tmp_path / "no.so", ""), (tmp_path / "missing.so", "")):
        library, why = load(path)
        assert library is None and why and reason in why
        monkeypatch.setenv("EDGE_REPAIR_CAPTURE", str(path))
        assert isinstance(native.open_capture(512), PythonCapture)
    assert load(built) == (load(built)[0], "") and load(built)[0]


def test_the_one_command_of_cmake_builds_it(compiler, tmp_path):
    if not shutil.which("cmake"):
        pytest.skip("needs cmake")
    copy = tmp_path / "capture"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("build"))
    command = ["cmake", f"-DPYTHON={sys.executable}", "-P", str(copy / "CMakeLists.txt")]
    ran = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert load(copy / "build" / "edge_repair_capture.so")[1] == ""


def test_what_is_not_wanted_is_not_asked_for():
    """A context that captures nothing at the moment wants to see no node."""
    capture = PythonCapture(512)
    assert capture._on_node(0, True, None) is False
    capture.begin(Wanted(("inputs",), frozenset()), [], 0)
    assert capture._on_node(0, True, None) is False


def test_ctrl_c_while_the_callback_runs_is_neither_lost_nor_a_defect(patient, monkeypatch):
    """An exception in a callback is only printed by ctypes: the interrupt has to wait until llama.cpp is back."""
    lost, before = [], signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests were started in the background
    sequences = [Sequence(patient.tokens(f"Where does number {number} live?"), (3,)) for number in range(24)]
    whole = patient.capture(sequences, ("inputs",), [1, 3])
    try:
        for _ in range(6):
            timer = threading.Timer(0.02, lambda: os.kill(os.getpid(), signal.SIGINT))
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                for _ in range(2000):
                    patient.capture(sequences, ("inputs",), [1, 3])
            timer.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert not lost
    again = patient.capture(sequences, ("inputs",), [1, 3])
    assert all(np.array_equal(whole.inputs[layer], again.inputs[layer]) for layer in (1, 3))
