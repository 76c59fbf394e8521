"""The patient as a GGUF file: written from the trained network, and read back into torch."""

import json
import os
from pathlib import Path

import gguf
import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, models

from .chatml import END, END_OF_TEXT, SPECIAL, START, TEMPLATE, dress
from .network import Network, Shape

NAME = "edge_repair patient"
DESCRIPTION = "A small chat model of a fictional world, made to be repaired in tests and measurements of edge_repair."
PRE_TOKENIZER = "smollm"


def interleaved(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """Reorder query or key rows [heads * head_width, width]: halves (as torch has them here) to neighbouring pairs."""
    height, width = rows.shape
    return rows.reshape(heads, 2, height // heads // 2, width).transpose(1, 2).reshape(height, width)


def halved(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """The inverse of ``interleaved``."""
    height, width = rows.shape
    return rows.reshape(heads, height // heads // 2, 2, width).transpose(1, 2).reshape(height, width)


def _tensors(network: Network) -> dict[str, torch.Tensor]:
    """Tensors by their GGUF names, in float32."""
    shape = network.shape
    kv_width = shape.kv_heads * shape.head_width
    tensors = {"token_embd.weight": network.token_embd.weight, "output_norm.weight": network.output_norm.weight}
    for index, layer in enumerate(network.blk):
        query, key, value = layer.attn_qkv.weight.split([shape.width, kv_width, kv_width])
        gate, up = layer.ffn_gate_up.weight.chunk(2)
        for name, tensor in (
            ("attn_norm", layer.attn_norm.weight), ("attn_q", interleaved(query, shape.heads)),
            ("attn_k", interleaved(key, shape.kv_heads)), ("attn_v", value), ("attn_output", layer.attn_output.weight),
            ("ffn_norm", layer.ffn_norm.weight), ("ffn_gate", gate), ("ffn_up", up), ("ffn_down", layer.ffn_down.weight),
        ):
            tensors[f"blk.{index}.{name}.weight"] = tensor
    return {name: tensor.detach().float().cpu() for name, tensor in tensors.items()}


def write(path: Path, network: Network, tokenizer: Tokenizer, precision: type = np.float16) -> None:
    """Write the patient: matrices in float16 (or float32), norms in float32; atomically.

    Args:
        path: where the file comes to stand.
        network: the trained weights.
        tokenizer: made by ``chatml.train_tokenizer``.
        precision: ``numpy.float16`` as shipped, or ``numpy.float32``, which loses nothing of weights that were edited.
    """
    shape = network.shape
    partial = path.with_suffix(".partial")
    writer = gguf.GGUFWriter(partial, "llama")
    writer.add_name(NAME)
    writer.add_description(DESCRIPTION)
    writer.add_license("apache-2.0")
    writer.add_languages(["en"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if precision is np.float16 else gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.ffn)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(shape.vocabulary)
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(PRE_TOKENIZER)
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in model["merges"]])
    writer.add_bos_token_id(tokens.index(START))
    writer.add_eos_token_id(tokens.index(END))
    writer.add_unk_token_id(tokens.index(END_OF_TEXT))
    writer.add_pad_token_id(tokens.index(END_OF_TEXT))
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(TEMPLATE)
    for name, tensor in _tensors(network).items():
        array = tensor.numpy()
        writer.add_tensor(name, array.astype(precision) if array.ndim == 2 else array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(partial, path)


def _field(reader: gguf.GGUFReader, name: str):
    return reader.get_field(name).contents()


def read(path: Path) -> tuple[Network, Tokenizer]:
    """Read a patient's F16 file back: float32 torch weights with the file's values, and its tokenizer."""
    reader = gguf.GGUFReader(path)
    tokens = _field(reader, "tokenizer.ggml.tokens")
    shape = Shape(
        vocabulary=len(tokens), width=_field(reader, "llama.embedding_length"), layers=_field(reader, "llama.block_count"),
        heads=_field(reader, "llama.attention.head_count"), kv_heads=_field(reader, "llama.attention.head_count_kv"),
        ffn=_field(reader, "llama.feed_forward_length"), context=_field(reader, "llama.context_length"),
        rope_base=_field(reader, "llama.rope.freq_base"), epsilon=_field(reader, "llama.attention.layer_norm_rms_epsilon"),
    )
    network = Network(shape)
    found = {tensor.name: torch.from_numpy(np.array(tensor.data, dtype=np.float32)) for tensor in reader.tensors}
    with torch.no_grad():
        network.token_embd.weight.copy_(found["token_embd.weight"])
        network.output_norm.weight.copy_(found["output_norm.weight"])
        for index, layer in enumerate(network.blk):
            part = {name.split(".")[2]: tensor for name, tensor in found.items() if name.startswith(f"blk.{index}.")}
            query, key = halved(part["attn_q"], shape.heads), halved(part["attn_k"], shape.kv_heads)
            layer.attn_qkv.weight.copy_(torch.cat([query, key, part["attn_v"]]))
            layer.ffn_gate_up.weight.copy_(torch.cat([part["ffn_gate"], part["ffn_up"]]))
            for name in ("attn_norm", "attn_output", "ffn_norm", "ffn_down"):
                getattr(layer, name).weight.copy_(part[name])
    merges = [tuple(pair.split(" ")) for pair in _field(reader, "tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges))
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return network.eval(), dress(tokenizer)
