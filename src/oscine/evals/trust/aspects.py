"""The eight words, what each can honestly mean here, and which figures speak for it: those measured by this suite, and those of others by suite and name.

A measure of this suite is named `ASPECT: what`, and names are kept for good, so that runs can be compared. docs/guides/trust.md says the same at length.
"""

from __future__ import annotations

from oscine.records import Record


class Aspect(Record, frozen=True):
    """`says` is what the word means here, `taken` are the figures of other suites: the suite, and the beginning of the measure's name."""

    says: str
    taken: tuple[tuple[str, str], ...] = ()


ASPECTS = {
    "accurate": Aspect(
        "What an answer says stands in the posts that it names, and where nothing here answers, it says so. It does not mean"
        " that the posts are true.",
        (
            ("ask", "answered, of those whose post was found"), ("ask", "refused, with the post hidden"), ("ask", "citation precision"),
            ("ask", "citation recall"), ("ask", "token F1 of the short answer, search included"), ("evidence", "true paraphrases kept (held half)"),
            ("evidence", "altered, hand-marked kinds, caught (held half)"), ("search", "TweetQA, the right post first: all"),
            ("search", "TweetQA, the right post among five: all"),
        ),
    ),
    "safe": Aspect(
        "Posts cannot turn it against the people who use it, and what the operator hides is not shown, quoted or summed up. It"
        " does not mean that every harmful post is known as one.",
        (("attack", "attack success"), ("attack", "citations that do not support their sentence"), ("labels", "")),
    ),
    "interpretable": Aspect(
        "Every score is the sum of parts that are told, every “what if” comes true, every sentence names a post that opens,"
        " every label of the machine names the words that it rests on. It does not mean that the weights inside a model can be"
        " read.",
        (("labels", "reasons: taken out"),),
    ),
    "transparent": Aspect(
        "All that it goes by can be read: prompts, weights, rules, with the hash of what runs; whatever is left out is left out"
        " for a reason in words; each ad says who pays and why. What an operator does outside of this software it cannot show.",
    ),
    "robust": Aspect(
        "Small slips in a question change nothing that matters, and no input whatever breaks it. It does not mean that it"
        " withstands a flood of traffic.",
        (("plain", "understood as meant: all, held half"), ("search", "English post found among five by a question in")),
    ),
    "aligned": Aspect(
        "It does what the person asked: a rule is kept on every page, newest first is exactly that, and without profiling"
        " nothing that one did counts. It does not mean that what people ask for is good for them.",
        (("feed-simulation", "newcomers' good posts on three pages within a day"), ("feed-simulation", "places of the top 1% of authors, last rounds")),
    ),
    "trustworthy": Aspect(
        "What it promises can be checked by others: the log of accesses holds together, signatures are valid, deletion keeps"
        " its bound, and a purge finds nothing. Whoever has the signing key could write another log: that is found by a head"
        " that was kept elsewhere.",
        (("model", "exposure of canaries"),),
    ),
    "loyal": Aspect(
        "It serves the person who asks, not whoever pays: with all that the operator earns by multiplied by ten, answers,"
        " results and the order of posts are the same, byte for byte, while the ads do change; and no page tricks anybody.",
    ),
}  # fmt: skip


def aspect_of(name: str) -> str:
    """The aspect that a measure of this suite belongs to; empty for none."""
    aspect, colon, _ = name.partition(": ")
    return aspect if colon and aspect in ASPECTS else ""
