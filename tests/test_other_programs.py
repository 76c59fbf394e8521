"""The adapter of a repair in llama.cpp's own programs. Slow, and only where they have been built (docs/devices.md):

    EDGE_REPAIR_LLAMA_PROGRAMS=FOLDER python -m pytest -m slow tests/test_other_programs.py

FOLDER holds llama-cli and llama-server, built from the llama.cpp that llama-cpp-python carries.
"""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge_repair import Session
from edge_repair.refusals import is_refusal
from edge_repair.wording import says_value

PROGRAMS = Path(os.environ.get("EDGE_REPAIR_LLAMA_PROGRAMS", ""))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("EDGE_REPAIR_LLAMA_PROGRAMS"), reason="EDGE_REPAIR_LLAMA_PROGRAMS names no folder"),
]
TOKENS = 24
# Weights as they are in the file, and sums in the order in which edge_repair lets llama.cpp compute them.
AS_WE_RUN_IT = ("--threads", "1", "--no-repack", "--flash-attn", "off", "--temp", "0", "--ctx-size", "512", "--no-mmproj")


@pytest.fixture(scope="module")
def repaired(patient_file, people, tmp_path_factory):
    """(adapter file, questions about the forgotten person, about another, answers of base and of the repaired patient)."""
    person, other = people[3], people[40]
    with Session.open(patient_file, store=tmp_path_factory.mktemp("store")) as session:
        asked = [(fact["held_out"][0], fact["value"]) for someone in (person, other) for fact in someone["facts"]]
        base = [session.ask(question, TOKENS).text for question, _ in asked]
        known = [i for i, (_, value) in enumerate(asked) if says_value(base[i], value)]
        repair = session.forget(f"Forget everything you know about {person['name']}.")
        assert repair.status == "committed"
        now = [session.ask(asked[i][0], TOKENS).text for i in known]
        count = sum(i < len(person["facts"]) for i in known)
        assert 3 <= count <= len(known) - 3
        adapter = tmp_path_factory.mktemp("copied") / "forgotten.gguf"
        adapter.write_bytes(repair.adapter.path.read_bytes())
    return adapter, [asked[i] for i in known], count, [base[i] for i in known], now


@contextmanager
def server(*arguments: str):
    """llama-server with these arguments; yields a function (path, data or None) -> JSON."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    running = subprocess.Popen([PROGRAMS / "llama-server", "--port", str(port), *AS_WE_RUN_IT, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(path: str, data=None):
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.load(reply)

    try:
        for _ in range(240):
            assert running.poll() is None, "llama-server ended"
            try:
                if ask("/health")["status"] == "ok":
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        yield ask
    finally:
        running.terminate()
        running.wait(30)


def chat(ask, question: str) -> str:
    data = {"messages": [{"role": "user", "content": question}], "temperature": 0, "max_tokens": TOKENS, "cache_prompt": False}
    return ask("/v1/chat/completions", data)["choices"][0]["message"]["content"].strip()


def check(answers: list[str], questions, count: int, base: list[str]) -> None:
    """The person is forgotten: refused, and no value told. The other person's facts are still told."""
    assert not any(says_value(answer, value) for answer, (_, value) in zip(answers[:count], questions))
    assert sum(map(is_refusal, answers[:count])) >= 0.9 * count
    kept = sum(says_value(answer, value) for answer, (_, value) in zip(answers[count:], questions[count:]))
    assert kept >= len(questions) - count - 1
    assert answers[:count] != base[:count]


def test_llama_server(patient_file, repaired):
    adapter, questions, count, base, now = repaired
    with server("-m", str(patient_file), "--lora", str(adapter)) as ask:
        answers = [chat(ask, question) for question, _ in questions]
        check(answers, questions, count, base)
        print(f"llama-server, with the adapter: {sum(map(str.__eq__, answers, now))} of {len(now)} answers are edge_repair's to the letter")
        (loaded,) = ask("/lora-adapters")
        ask("/lora-adapters", [{"id": loaded["id"], "scale": 0.0}])  # and off again, without a restart
        off = [chat(ask, question) for question, _ in questions]
        assert all(says_value(answer, value) for answer, (_, value) in zip(off[:count], questions))
        print(f"llama-server, switched off: {sum(map(str.__eq__, off, base))} of {len(base)} answers are the base's to the letter")


def test_llama_cli(patient_file, repaired):
    adapter, questions, count, base, now = repaired
    command = [PROGRAMS / "llama-cli", "-m", patient_file, *AS_WE_RUN_IT, "--single-turn", "--simple-io", "--no-display-prompt", "--no-show-timings", "--log-disable", "-n", str(TOKENS)]

    def answer(question: str, *more) -> str:
        ran = subprocess.run([*command, "-p", question, *more], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    picked = [0, 1, 2, count, count + 1, count + 2]
    plain = [answer(questions[i][0]) for i in picked[:3]]
    assert all(says_value(text, questions[i][1]) for i, text in zip(picked, plain)), plain
    texts = [answer(questions[i][0], "--lora", adapter) for i in picked]
    assert not any(says_value(text, questions[i][1]) for i, text in zip(picked[:3], texts)), texts
    assert all("sorry" in text.lower() for text in texts[:3]), texts
    assert sum(says_value(text, questions[i][1]) for i, text in zip(picked[3:], texts[3:])) >= 2, texts
    print(f"llama-cli: {sum(now[i] in text for i, text in zip(picked, texts))} of {len(picked)} answers are edge_repair's to the letter")
