"""Run as a program: attaches adapters through llama.cpp itself and says what the model then computes.

Usage: ``python llama_child.py MODEL``, paths on stdin, one a line; an empty line asks the bare model. For each, one line
of JSON: ``{"path", "loaded", "logits"}``. It is a process of its own because a bad adapter can end it. Exit codes: 3 when
llama.cpp refuses the model, 4 when it refuses the context.
"""

import ctypes
import json
import sys

import llama_cpp
import numpy as np

TOKENS = (3, 17, 5, 44)


def main(model_path: str) -> None:
    callback = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(callback, None)
    llama_cpp.llama_backend_init()
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = 0
    model = llama_cpp.llama_model_load_from_file(model_path.encode(), parameters)
    if not model:
        sys.exit(3)
    options = llama_cpp.llama_context_default_params()
    options.n_ctx, options.n_batch, options.n_ubatch, options.n_threads, options.n_threads_batch = 64, 64, 64, 1, 1
    context = llama_cpp.llama_init_from_model(model, options)
    if not context:
        sys.exit(4)
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))

    def logits() -> list[float]:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        batch = llama_cpp.llama_batch_init(len(TOKENS), 0, 1)
        batch.n_tokens = len(TOKENS)
        for at, token in enumerate(TOKENS):
            batch.token[at], batch.pos[at], batch.n_seq_id[at], batch.seq_id[at][0] = token, at, 1, 0
            batch.logits[at] = at == len(TOKENS) - 1
        assert llama_cpp.llama_decode(context, batch) == 0
        llama_cpp.llama_batch_free(batch)
        row = llama_cpp.llama_get_logits_ith(context, -1)
        return np.ctypeslib.as_array(row, shape=(vocabulary,)).astype(float).tolist()

    for line in sys.stdin:
        path, answer = line.rstrip("\n"), {"loaded": False, "logits": None}
        if not path:
            answer = {"loaded": True, "logits": logits()}
        elif adapter := llama_cpp.llama_adapter_lora_init(model, path.encode()):
            adapters = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(adapter)
            llama_cpp.llama_set_adapters_lora(context, adapters, 1, (ctypes.c_float * 1)(1.0))
            answer = {"loaded": True, "logits": logits()}
            llama_cpp.llama_set_adapters_lora(context, adapters, 0, (ctypes.c_float * 1)(1.0))
            llama_cpp.llama_adapter_lora_free(adapter)
        print(json.dumps({"path": path, **answer}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
