"""When the words of a language restrict a search: the rules that turn a sentence's stretches into operators.

What each language says how is in its lexicon. Here is when it counts, the same for all: dates restrict posts where the sentence speaks of
posts, of saying, or (dates seen from now) of what happened or of a topic alone; accounts only where `known` knows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

import regex

from oscine import text
from oscine.search import grammar
from oscine.search.plain import dates
from oscine.search.plain.lexicon import MAX_NAME, Lexicon, Rule, Said
from oscine.search.plain.sentence import Part, Sentence, subject

_COUNTED = {"likes": "min_faves", "reposts": "min_retweets", "replies": "min_replies"}
_EDGE = "'’.-"


class _Found(NamedTuple):
    start: int
    end: int
    operator: str


class Reader:
    """Reads one sentence."""

    def __init__(self, said: Sentence, lexicon: Lexicon, now: datetime, known: Callable[[str], str | None]) -> None:
        self._said = said
        self._lexicon = lexicon
        self._now = now
        self._known = known
        for name in lexicon.words["never"].finditer(said.left):
            said.keep(*name.span())
        self._holds = {name: bool(pattern.search(said.left)) for name, pattern in lexicon.words.items()}
        self._asks = bool(lexicon.words["question"].match(said.left.lstrip(" ¿"))) or said.folded.rstrip().endswith("?")
        self._speaks = self._holds["post"] or self._holds["say"]

    def parts(self) -> list[Part]:
        """What was understood, in order; none overlaps another, and no two say something about the same thing."""
        if self._holds["one_post"]:
            return []
        found: list[_Found] = []
        for rules in (self._kinds, self._counts, self._languages, self._dates, self._people, self._negations):
            for one in rules():
                if not self._is_one_of_two(one):
                    self._said.take(one.start, one.end)
                    found.append(one)
        return [part for one in sorted(self._agreeing(found)) if (part := self._part(one))]

    def _is_one_of_two(self, found: _Found) -> bool:
        """Whether "or" stands beside a stretch: one of two would be narrower than both."""
        words = self._lexicon.words["or"]
        before, after = self._said.folded[: found.start].rstrip(), self._said.folded[found.end :].lstrip()
        return bool(words.match(after)) or any(word.end() == len(before) for word in words.finditer(before))

    def _agreeing(self, found: list[_Found]) -> Iterator[_Found]:
        """Those that neither contradict another nor repeat what the sentence has as an operator."""
        given = self._said.subjects()
        claimed = Counter(name for one in found for name in _claims(one.operator))
        for one in found:
            claims = _claims(one.operator)
            if not any(subject(name) in given for name in claims) and all(claimed[name] == 1 for name in claims):
                yield one

    def _part(self, found: _Found) -> Part | None:
        """The part, if the grammar takes its operators as meant."""
        query = grammar.parse(found.operator, self._now)
        if query.ignored:
            return None
        excluded = [name[1:].strip('"') for name in [found.operator] if name.startswith("-") and not query.understood]
        means = dates.spoken(found.operator) or ", ".join(one.means for one in query.understood) or f"without {', '.join(excluded)}"
        return self._said.part(found.start, found.end, found.operator, means)

    def _matches(self, section: str) -> Iterator[tuple[Rule, regex.Match[str]]]:
        """Every match of a section's rules in what is left; what the caller takes between two is left no more."""
        for rule in self._lexicon.rules[section]:
            after = 0
            while found := rule.pattern.search(self._said.left, after):
                yield rule, found
                after = found.start() + 1

    def _kinds(self) -> Iterator[_Found]:
        for rule, found in self._matches("kinds"):
            where, operator = rule.means.split(" ")
            if where == "anywhere" or self._holds["post"] or self._closes(found.end()):
                yield _Found(*found.span(), operator)

    def _counts(self) -> Iterator[_Found]:
        for _, found in self._matches("counts"):
            n = _number(found["number"]) + bool(found["more"])
            what = next(operator for name, operator in _COUNTED.items() if found[name])
            yield _Found(*found.span(), f"{'-' if found['fewer'] else ''}{what}:{n}")

    def _languages(self) -> Iterator[_Found]:
        if self._holds["translation"]:
            return
        for rule, found in self._matches("in_language"):
            if self._holds["post"] or (self._closes(found.end()) and found.start()):
                yield _Found(
                    *found.span(), f"{'-' if rule.means == 'not' else ''}lang:{self._lexicon.value('language', found['language'])}"
                )

    def _closes(self, end: int) -> bool:
        """Whether nothing but punctuation follows."""
        return not regex.search(r"\w", self._said.left[end:])

    def _dates(self) -> Iterator[_Found]:
        for _, found in self._matches("within"):
            if self._recent_counts(*found.span()):
                yield _Found(*found.span(), self._within(found))
        said = self._lexicon.dates(self._said.left)
        while said:
            frame, start, together = self._framed(said)
            if frame and (operator := self._date(frame, start, together)):
                yield _Found(start, together[-1].end, operator)
            del said[: len({one.end for one in together})]

    def _framed(self, said: list[Said]) -> tuple[str, int, list[Said]]:
        """How the first of some dates stands in the sentence: the frame, empty for none; where that begins; the dates in it."""
        left, date = self._said.left, said[0]
        if date.kind == "day" and (found := self._lexicon.from_day.search(left[: date.start])):
            return "between", found.start(), [date._replace(names={**date.names, "day": found["day"]}), date]
        if len(said) > 1:
            for first, second in self._lexicon.between:
                if (found := first.search(left[: date.start])) and second.fullmatch(left[date.end : said[1].start]):
                    return "between", found.start(), said[:2]
        for frame, pattern in self._lexicon.frames.items():
            if found := pattern.search(left[: date.start]):
                return frame, found.start(), said[:1]
        alone = date.from_now or (date.kind == "weekday" and self._lexicon.bare_weekday)
        return "at" if alone else "", date.start, said[:1]

    def _date(self, frame: str, start: int, said: list[Said]) -> str | None:
        """The operators of a date, where it counts and the calendar has it."""
        try:
            return self._bounds(frame, _of_one_year(said)) if self._date_counts(frame, start, said) else None
        except (ValueError, OverflowError):
            return None

    def _within(self, found: regex.Match[str]) -> str:
        said = found.groupdict()
        n = int(self._lexicon.value("n", said["n"])) if said.get("n") else 1
        return dates.within(n, self._lexicon.value("unit", said["unit"]), self._now.date())

    def _bounds(self, frame: str, said: list[Said]) -> str | None:
        """`since:` and `until:`; None for a time that is yet to come."""
        today = self._now.date()
        first, last = said[0].period(today), said[-1].period(today)
        start = {"before": None, "until": None, "after": first.end}.get(frame, first.start)
        end = {"since": None, "after": None, "before": first.start}.get(frame, last.end)
        if (start and start > today) or (start and end and start >= end):
            return None
        bounds = [f"since:{start.isoformat()}"] if start else []
        return " ".join([*bounds, *([f"until:{end.isoformat()}"] if end and end <= today else [])]) or None

    def _date_counts(self, frame: str, start: int, said: list[Said]) -> bool:
        """Whether a date restricts the posts. A year or season after "about" is the topic's, as a date is after "born" or "film"."""
        kinds = {one.kind for one in said}
        if all(one.from_now for one in said) or (kinds == {"weekday"} and frame != "at"):
            return self._recent_counts(start, said[-1].end)
        if self._is_topical(start):
            return False
        if kinds == {"weekday"}:
            return (self._speaks or self._holds["happen"]) and not self._is_of_a_thing(start, said[0].start)
        if frame == "at" and kinds & {"year", "decade", "season"} and self._lexicon.words["about"].search(self._said.folded[:start]):
            return False
        return self._speaks or (frame != "at" and kinds == {"day"} and not self._asks)

    def _is_of_a_thing(self, start: int, end: int) -> bool:
        """Whether a date belongs to what stands before it, as in "Monday's strike" said with "of", and that is no post."""
        words, before = self._lexicon.words, self._said.left[:start].rstrip()
        own = any(word.end() == len(before) for word in words["post"].finditer(before))
        return bool(words["of"].fullmatch(self._said.folded[start:end].strip())) and not own

    def _is_topical(self, start: int) -> bool:
        """Whether the word before ties what follows to the topic: "about yesterday", "born in", "the first time in"."""
        before = self._said.folded[:start].rstrip()
        return any(word.end() == len(before) for name in ("topical", "about") for word in self._lexicon.words[name].finditer(before))

    def _recent_counts(self, start: int, end: int) -> bool:
        """Whether a date seen from now restricts the posts: the sentence speaks of them or of news, or is a topic with the date beside it."""
        if self._is_title(start, end) or self._is_topical(start):
            return False
        if self._speaks or self._holds["happen"]:
            return True
        left = self._said.left
        ends = bool(regex.match(r"\s*(?:[,;:?!.…]|$)", left[end:])) or bool(self._lexicon.words["place"].match(left, end + 1))
        return not self._asks and not self._holds["first_person"] and ends and bool(regex.search(r"\w", left[:start]))

    def _is_title(self, start: int, end: int) -> bool:
        """Whether a stretch is written as a name is: "Last Week", or "Today" inside a sentence."""
        words = self._said.original(start, end).split()
        if self._said.text.isupper() or not words[0][0].isupper():
            return False
        first = not regex.search(r"\w", self._said.folded[:start])
        return not first or (len(words) > 1 and self._lexicon.lang != "de" and all(word[0].isupper() for word in words))

    def _people(self) -> Iterator[_Found]:
        prefix = {"from": "from:", "to": "to:", "mention": "@", "not_from": "-from:"}
        for rule, found in self._matches("people"):
            for name, stretch in self._names(found):
                if handle := self._handle(name):
                    if not self._another_follows(stretch[1]):
                        yield _Found(*stretch, prefix[rule.means] + handle)
                    break

    def _another_follows(self, end: int) -> bool:
        """Whether "and" and one more account follow: two do not write one post."""
        joined = self._lexicon.words["and"].match(self._said.left, end + 1)
        words = regex.findall(r"[^\s,;:?!\"()…]+", self._said.left[joined.end() :])[:MAX_NAME] if joined else []
        return any(self._handle(" ".join(words[:n])) for n in range(len(words), 0, -1))

    def _names(self, found: regex.Match[str]) -> Iterator[tuple[str, tuple[int, int]]]:
        """The names that a match may hold, the longest first, each with the stretch that is understood if an account has it."""
        groups = found.groupdict()
        slot = next(name for name in ("name", "until_known", "from_known") if name in groups)
        words = [word.span() for word in regex.finditer(r"\S+", found[slot])]
        at = found.start(slot)
        for skipped in range(len(words)) if slot != "name" else [0]:
            start, end = (
                words[skipped if slot == "from_known" else 0][0] + at,
                words[-1 - (skipped if slot == "until_known" else 0)][1] + at,
            )
            stretch = (start if slot == "from_known" else found.start(), end if slot == "until_known" else found.end())
            yield self._said.original(start, end).strip(_EDGE), stretch

    def _handle(self, name: str) -> str | None:
        """The account that a name means, with its article or without."""
        article = self._lexicon.words["article"].match(text.fold(name))
        for said in (name, name[article.end() :].strip()) if article else (name,):
            folded = text.fold(said)
            if not folded or self._lexicon.words["nobody"].fullmatch(folded) or folded.isdigit():
                return None
            if (handle := self._known(said.lstrip("@"))) and regex.fullmatch(r"[^\s()\":]+", handle):
                return handle.lstrip("@")
        return None

    def _negations(self) -> Iterator[_Found]:
        for rule, found in self._matches("negation"):
            if not (self._holds["post"] or (rule.means == "but_not" and not self._asks)):
                continue
            end = found.start("topic") + len(found["topic"].rstrip(_EDGE))
            topic = self._said.original(found.start("topic"), end)
            if regex.fullmatch(r"[\w'’-]+(?: [\w'’-]+)*", topic) and not self._goes_on(text.fold(topic)):
                yield _Found(found.start(), end, f'-"{topic}"' if " " in topic else f"-{topic}")

    def _goes_on(self, topic: str) -> bool:
        """Whether what seems to be a topic is more than that: "not enough", "hashtags about sport"."""
        words = self._lexicon.words
        return bool(words["not_topic"].match(topic)) or any(
            words[name].search(topic, topic.find(" ") + 1) for name in ("about", "place") if " " in topic
        )


def _claims(operators: str) -> set[str]:
    """What operators say something about, and how: two dates contradict each other, a beginning and an end do not."""
    if operators.startswith("-") and ":" not in operators:
        return {operators}
    names = {one.partition(":")[0] if subject(one) == "time" else subject(one) for one in operators.split()}
    return names | {"since"} if "within_time" in names else {"@" + operators if operators.startswith("@") else name for name in names}


def _of_one_year(said: list[Said]) -> list[Said]:
    """ "Between March and May 2020": the year is said once."""
    year = said[-1].names.get("year")
    if len(said) == 2 and year and said[0].kind in ("day", "month") and "year" not in said[0].names:
        return [said[0]._replace(names={**said[0].names, "year": year}), said[1]]
    return said


def _number(text: str) -> int:
    """`1,000`, `1.5k` and `100` as numbers."""
    if text.endswith("k"):
        return round(1_000 * float(text[:-1].replace(",", ".")))
    return int(regex.sub("[.,]", "", text))
