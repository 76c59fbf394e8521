"""The shipped patient itself: network, tokenizer, training, GGUF file and evaluation (needs torch and tokenizers)."""
