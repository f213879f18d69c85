"""The byte-level BPE tokenizer in a GGUF file, token for token as llama.cpp reads it.

transformers reads one too, but respells tokens that are text of their own, adds an end of text that the model has no weights for, and does not
know how SmolLM splits text. It knows three ways of splitting; of every other file it says nothing.
"""

from __future__ import annotations

from typing import Any

from oscine.model.gguf import SPLITS

_CONTROL, _USER_DEFINED = 3, 4  # llama.cpp's numbers for kinds of tokens
_KEY = "tokenizer.ggml."
_ROLES = {"bos": "bos", "eos": "eos", "padding": "pad"}


def tokenizer(told: dict[str, Any]) -> Any:
    """A fast tokenizer of transformers out of the values at a file's head; None for a file of another kind."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, processors
    from transformers import PreTrainedTokenizerFast

    split = _split(told.get(_KEY + "pre", ""))
    if told.get(_KEY + "model") != "gpt2" or split is None:
        return None
    tokens, kinds = told[_KEY + "tokens"], told[_KEY + "token_type"]
    merges = [tuple(merge.split(" ")) for merge in told[_KEY + "merges"]]
    inner = Tokenizer(models.BPE({token: number for number, token in enumerate(tokens)}, merges))
    inner.pre_tokenizer, inner.decoder = split, decoders.ByteLevel()
    whole = [(token, kind) for token, kind in zip(tokens, kinds, strict=True) if kind in (_CONTROL, _USER_DEFINED)]
    inner.add_tokens([AddedToken(token, normalized=False, special=kind == _CONTROL) for token, kind in whole])
    roles = {role: tokens[told[key]] for name, role in _ROLES.items() if (key := f"{_KEY}{name}_token_id") in told}
    if told.get(_KEY + "add_bos_token") and "bos" in roles:
        begin = roles["bos"]
        inner.post_processor = processors.TemplateProcessing(f"{begin} $A", f"{begin} $A {begin} $B", [(begin, tokens.index(begin))])
    made = PreTrainedTokenizerFast(tokenizer_object=inner, **{f"{role}_token": token for role, token in roles.items()})
    made.chat_template = told.get("tokenizer.chat_template")
    return made


def _split(name: str) -> Any:
    """How text is split before its merges, by llama.cpp's name for it; None for a name that is not known here."""
    from tokenizers import Regex, pre_tokenizers

    if name == "smollm":
        return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    pattern = next((pattern for pattern, known in SPLITS.items() if known == name), None)
    if pattern is None:
        return None
    first = pre_tokenizers.Split(Regex(pattern), "isolated")
    return pre_tokenizers.Sequence([first, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
