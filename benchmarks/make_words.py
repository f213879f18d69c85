"""Makes `src/oscine/evidence/lexicon/words.txt.gz`: words that are not names, in the seven languages.

    pip install wordfreq simplemma && python -m benchmarks.make_words

A word is in if its language's dictionary knows it and it is much more frequent there than in the six other languages: names are about as frequent
everywhere. Frequencies: wordfreq (Robyn Speer, 2022), CC BY-SA 4.0; dictionaries: simplemma (Adrien Barbaresi), MIT.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from statistics import median

import simplemma
import wordfreq

from oscine import text

LANGUAGES = ("en", "fr", "it", "de", "es", "pt", "nl")
COMMON = 3.2  # occurrences in a billion words, as a power of ten
MARGIN = 1.8  # how many times as frequent as in the typical other language, as a power of ten
OUT = Path("src/oscine/evidence/lexicon/words.txt.gz")


def words(lang: str) -> list[str]:
    """The folded words of a language that are no names, in alphabetical order."""
    others = [other for other in LANGUAGES if other != lang]
    found = set()
    for word in wordfreq.top_n_list(lang, 60_000):
        frequency = wordfreq.zipf_frequency(word, lang)
        if frequency < COMMON:
            break
        usual = median(max(wordfreq.zipf_frequency(form, other) for form in (word, text.fold(word))) for other in others)
        if word.isalpha() and frequency - usual >= MARGIN and simplemma.is_known(word, lang):
            found.add(text.fold(word))
    return sorted(found)


if __name__ == "__main__":
    lines = "".join(f"{lang} {' '.join(words(lang))}\n" for lang in LANGUAGES)
    OUT.write_bytes(gzip.compress(lines.encode(), mtime=0))
