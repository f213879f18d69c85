"""A sentence without case, accents, typographic marks and double spaces, with the way back to how it was written."""

from __future__ import annotations

from oscine import text

_PLAIN = str.maketrans("’‘ʼ“”„«»「」『』＠＃、，。！？：；（）", '\'\'\'"""""""""@#,,.!?:;()')


class Folded:
    """`folded` is what patterns read; places in it are code points of it."""

    def __init__(self, sentence: str) -> None:
        self.text = sentence
        pieces: list[tuple[str, int]] = []
        for place, written in enumerate(sentence):
            for letter in text.fold(written.translate(_PLAIN)):
                if not (letter.isspace() and pieces and pieces[-1][0].isspace()):
                    pieces.append((" " if letter.isspace() and letter != "\n" else letter, place))
        self.folded = "".join(letter for letter, _ in pieces)
        self._places = [place for _, place in pieces] + [len(sentence)]

    def original(self, start: int, end: int) -> str:
        """A stretch as it was written."""
        return self.text[self._places[start] : self._places[end]]
