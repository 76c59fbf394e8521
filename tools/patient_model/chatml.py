"""Tokenizer and ChatML, the same in torch and in the GGUF."""

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = (END_OF_TEXT, START, END)
# Neither a default system turn nor any trimming: what is written is what the model sees.
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def turn(role: str, text: str) -> str:
    return f"{START}{role}\n{text}{END}\n"


def prompt(question: str, system: str = "", history: tuple[tuple[str, str], ...] = ()) -> str:
    """The text in front of an answer, exactly as ``TEMPLATE`` renders it with ``add_generation_prompt``."""
    parts = [turn("system", system)] if system else []
    for asked, answered in history:
        parts += [turn("user", asked), turn("assistant", answered)]
    return "".join(parts) + turn("user", question) + f"{START}assistant\n"


def dress(tokenizer: Tokenizer) -> Tokenizer:
    """Give ``tokenizer`` the pre-tokenizer that llama.cpp applies under ``tokenizer.ggml.pre = smollm``: single digits,
    then GPT-2's pattern over bytes."""
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(r"\p{N}"), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train_tokenizer(texts, vocabulary: int) -> Tokenizer:
    """Byte-level BPE.

    Args:
        texts: iterable of training texts.
        vocabulary: number of tokens, the three special ones and the 256 bytes among them.
    """
    tokenizer = dress(Tokenizer(models.BPE()))
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=list(SPECIAL), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False, min_frequency=2,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
