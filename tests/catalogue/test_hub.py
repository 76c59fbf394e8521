"""The hub's own library against a hub on this machine."""

import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from small_models import write_gguf

from edge_repair.catalogue.hub import is_hub_name
from edge_repair.catalogue.pull import pull
from edge_repair.errors import DownloadError

pytest.importorskip("huggingface_hub")
ROOT = str(Path(__file__).resolve().parents[2])
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path):
    """The address of a hub that has one repository with one model; stopped at the end."""
    model = write_gguf(tmp_path / "served.gguf").read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/owner/name/resolve/") and self.path.endswith("/m.gguf"):
                self.answer(200, model, {"ETag": '"abc"', "X-Repo-Commit": COMMIT})
            elif self.path.startswith(("/api/models/owner/name", "/api/models/owner/none")):
                files = ["m.gguf", "readme.md"] if "owner/name" in self.path else ["readme.md"]
                listing = [{"type": "file", "path": file, "size": 1, "oid": "0" * 40} for file in files]
                self.answer(200, json.dumps(listing).encode(), {"Content-Type": "application/json"})
            elif "owner/name" in self.path:
                self.answer(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            else:
                self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})

        do_HEAD = do_GET

        def answer(self, code, body, headers):
            self.send_response(code)
            for key, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def models(home, *arguments, endpoint, **more):
    """Run ``edge-repair models`` in a process of its own: the hub's library reads its settings when it is imported."""
    environment = os.environ | {"PYTHONPATH": ROOT} | {"HF_ENDPOINT": endpoint, "HF_HOME": str(home / "hf"), "HF_HUB_DISABLE_XET": "1"}
    environment |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_ETAG_TIMEOUT": "2", "HF_HUB_DOWNLOAD_TIMEOUT": "2"}
    command = [sys.executable, "-m", "edge_repair", "models", *arguments, "--json"]
    ran = subprocess.run(command, env=environment | more, capture_output=True, text=True)
    return ran.returncode, json.loads(ran.stdout), ran.stderr


def test_a_file_of_the_hub_goes_into_its_cache_and_is_found_there(home, hub):
    code, pulled, said = models(home, "pull", "owner/name/m.gguf", endpoint=hub)
    assert code == 0 and str(home / "hf") in pulled["path"], said
    listed = models(home, "list", endpoint=hub)[1]["models"]
    found = [(model["name"], model["path"]) for model in listed if model["place"] == "Hugging Face"]
    assert found == [("m", pulled["path"])]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("owner/name", "owner/name/m.gguf"),
        ("owner/none", "holds no GGUF"),
        ("owner/name/other.gguf", "there is no file owner/name/other.gguf"),
        ("nobody/nothing/m.gguf", "there is no public repository"),
        ("nobody/nothing", "there is no public repository"),
    ],
)
def test_what_is_not_there_is_one_line(home, hub, name, said):
    code, answer, printed = models(home, "pull", name, endpoint=hub)
    assert code == DownloadError.exit_code and said in answer["error"] and "Traceback" not in printed


def test_offline(home):
    """As the person set it, without waiting for the library's retries."""
    code, answer, _ = models(home, "pull", "owner/name/m.gguf", endpoint="http://127.0.0.1:9", HF_HUB_OFFLINE="1")
    assert code == DownloadError.exit_code and "cannot be reached" in answer["error"]


@pytest.mark.slow  # the library tries again for 24 seconds
def test_no_connection(home):
    code, answer, _ = models(home, "pull", "owner/name/m.gguf", endpoint="http://127.0.0.1:9")
    assert code == DownloadError.exit_code and "cannot be reached" in answer["error"]


def test_without_the_extra(home, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(DownloadError, match=r"edge_repair\[hub\]"):
        pull("owner/name/m.gguf")


def test_which_names_are_the_hub_s():
    for name in ("owner/name", "owner/name/m.gguf", "owner/name/a/m.gguf"):
        assert is_hub_name(name)
    for name in ("smollm2", "./a/b", "~/m.gguf", "/a/b", "a//b", "a/"):
        assert not is_hub_name(name)
