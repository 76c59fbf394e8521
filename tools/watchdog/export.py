"""Writes the model as one ONNX file with operators of the standard domain, tables quantised to 8 bits."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edge_repair.watchdog.backends import DILATIONS, FIRST_TOKENS
from edge_repair.watchdog.features import SLOTS
from edge_repair.watchdog.weights import read

OPSET, IR_VERSION = 17, 8
CONSTANTS = {
    "axis0": np.int64([0]), "axis1": np.int64([1]), "axis2": np.int64([2]),
    "begin": np.int64([0]), "first": np.int64([FIRST_TOKENS]), "one": np.int64([1]), "two": np.int64([2]),
}  # fmt: skip


def metadata_of(path: Path) -> dict[str, str]:
    """The settings that a model file carries."""
    return read(path)[1]


def quantise(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric 8-bit quantisation with one scale a column: table [n, d] is about ``codes * scale``."""
    scale = np.maximum(np.abs(table).max(axis=0), 1e-8) / 127
    return np.clip(np.round(table / scale), -127, 127).astype(np.int8), scale.astype(np.float32)


def tensors_of(network, linear: tuple[np.ndarray, np.ndarray], used_rows: np.ndarray) -> dict[str, np.ndarray]:
    """The tensors of the file: the trained network and the linear part (weights [n, 5], bias [5]).

    ``used_rows`` bool [TOKEN_BUCKETS]: rows that training never touched are set to zero, so that an unknown word
    says nothing.
    """
    state = {name: value.detach().numpy().astype(np.float32) for name, value in network.state_dict().items()}
    table = state["table.weight"] * used_rows[:, None]
    token_table, token_scale = quantise(table)
    ngram_table, ngram_scale = quantise(linear[0])
    tensors = {
        "token_table": token_table, "token_scale": token_scale,
        "ngram_table": ngram_table, "ngram_scale": ngram_scale, "ngram_bias": linear[1].astype(np.float32),
        "attention": state["attention.weight"][0],
        "dense_weight": state["dense.weight"].T, "dense_bias": state["dense.bias"],
        "kind_weight": state["kind.weight"].T, "kind_bias": state["kind.bias"],
        "span_weight": state["span.weight"].T, "span_bias": state["span.bias"],
        "pointer_weight": state["pointer.weight"].T,
        "deep_share": np.float32([0.5]), "linear_share": np.float32([0.5]), "calibration_bias": np.zeros(5, np.float32),
    }  # fmt: skip
    for index in range(len(DILATIONS)):
        tensors[f"conv{index}_weight"] = state[f"convs.{index}.weight"]
        tensors[f"conv{index}_bias"] = state[f"convs.{index}.bias"]
    return {name: np.ascontiguousarray(value) for name, value in tensors.items()}


def convolutions(node: Callable[..., str], dilations: Sequence[int]) -> None:
    """Nodes from ``slots`` and ``weights`` to ``states`` [T, D]; see ``backends.convolved``."""
    node("Cast", [node("Gather", ["token_table", "slots"], "rows8")], "rows", to=TensorProto.FLOAT)
    node("Mul", ["rows", node("Unsqueeze", ["weights", "axis2"], "weights3")], "weighted")
    node("Mul", [node("ReduceSum", ["weighted", "axis1"], "summed", keepdims=0), "token_scale"], "tokens")
    hidden = node("Unsqueeze", [node("Transpose", ["tokens"], "columns", perm=[1, 0]), "axis0"], "hidden")  # [1, D, T]
    for index, dilation in enumerate(dilations):
        conv = node(
            "Conv", [hidden, f"conv{index}_weight", f"conv{index}_bias"], f"conv{index}",
            dilations=[dilation], pads=[dilation, dilation], kernel_shape=[3],
        )  # fmt: skip
        hidden = node("Add", [hidden, node("Relu", [conv], f"relu{index}")], f"hidden{index}")
    node("Transpose", [node("Squeeze", [hidden, "axis0"], "flat")], "states", perm=[1, 0])


def write(path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    """Write the graph. Inputs and outputs are those of ``Features`` and ``backends.Output``."""
    nodes: list = []

    def node(operator: str, inputs: list[str], output: str, **attributes) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    convolutions(node, DILATIONS)
    # Rows stay two-dimensional: MatmulTransposeFusion of onnxruntime 1.32 gives wrong numbers for a vector times a
    # transposed matrix.
    node("Unsqueeze", ["attention", "axis1"], "attention_column")
    node("Softmax", [node("MatMul", ["states", "attention_column"], "attention_scores")], "attention_weights", axis=0)
    node("MatMul", [node("Transpose", ["attention_weights"], "attention_row", perm=[1, 0]), "states"], "attended")
    node("ReduceMax", ["states"], "highest", axes=[0], keepdims=1)
    node("ReduceMean", [node("Slice", ["states", "begin", "first", "axis0"], "head")], "opening", axes=[0], keepdims=1)
    node("Concat", ["attended", "highest", "opening"], "pooled", axis=1)
    node("Relu", [node("Gemm", ["pooled", "dense_weight", "dense_bias"], "dense0")], "dense")
    node("Squeeze", [node("Gemm", ["dense", "kind_weight", "kind_bias"], "deep0"), "axis0"], "deep")
    node("Cast", [node("Gather", ["ngram_table", "ngrams"], "ngram_rows8")], "ngram_rows", to=TensorProto.FLOAT)
    node("Mul", ["ngram_rows", node("Unsqueeze", ["values", "axis1"], "values2")], "ngram_weighted")
    node("Mul", [node("ReduceSum", ["ngram_weighted", "axis0"], "ngram_sum", keepdims=0), "ngram_scale"], "linear0")
    node("Add", ["linear0", "ngram_bias"], "linear")
    node("Mul", ["deep", "deep_share"], "deep_part")
    node("Mul", ["linear", "linear_share"], "linear_part")
    node("Add", [node("Add", ["deep_part", "linear_part"], "both"), "calibration_bias"], "logits")
    node("Softmax", ["logits"], "probabilities", axis=0)
    node("Relu", [node("Gemm", ["states", "span_weight", "span_bias"], "span0")], "span")
    node("MatMul", ["span", "pointer_weight"], "pointers")
    node("Squeeze", [node("Slice", ["pointers", "begin", "one", "axis1"], "first2"), "axis1"], "first_scores")
    node("Squeeze", [node("Slice", ["pointers", "one", "two", "axis1"], "last2"), "axis1"], "last_scores")
    graph = helper.make_graph(
        nodes,
        "watchdog",
        [
            helper.make_tensor_value_info("slots", TensorProto.INT32, ["tokens", SLOTS]),
            helper.make_tensor_value_info("weights", TensorProto.FLOAT, ["tokens", SLOTS]),
            helper.make_tensor_value_info("ngrams", TensorProto.INT32, ["ngrams"]),
            helper.make_tensor_value_info("values", TensorProto.FLOAT, ["ngrams"]),
        ],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [5]),
            helper.make_tensor_value_info("first_scores", TensorProto.FLOAT, ["tokens"]),
            helper.make_tensor_value_info("last_scores", TensorProto.FLOAT, ["tokens"]),
        ],
        [numpy_helper.from_array(value, name) for name, value in {**tensors, **CONSTANTS}.items()],
    )
    write_model(path, graph, metadata)


def write_model(path: Path, graph: onnx.GraphProto, metadata: dict[str, str]) -> None:
    """Write a checked graph of standard operators with its settings."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="edge_repair")
    model.ir_version = IR_VERSION
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
