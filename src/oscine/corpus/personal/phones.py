"""Telephone numbers: E.164 and E.123 for all countries, and the national forms of ten, which those of many others resemble.

A run of digits is cut into groups, whatever parts them, and its shape compared with a table. A shape that other numbers have too (seven digits, ten
without a space) counts only after a word such as "call". Numbers spelled in words or letters (1-800-FLOWERS) are not found.
"""

# ruff: noqa: E501 (a pattern is one line)

from __future__ import annotations

import re
from collections.abc import Iterator

from oscine.corpus.personal.numbers import digits

_GAP = r"[ \t\u00a0\u2007\u2009\u202f.\-\u2010-\u2014\u2212()/·]{0,3}"
_RUN = re.compile(rf"(?<![\w#$€£¥₹=@])(?<!\d[.,:/-])(?:\(?[+＋] ?\(?)?\(?\d(?:{_GAP}\d){{6,18}}(?![\w%€£°]|[,:]\d|\.\d)")
_EXTENSION = re.compile(r",? ?(?:x|ext\.?|extn?\.?|extension|poste|int\.?|ramal|durchwahl|dw|anexo|toestel|#) ?\d{1,5}\b", re.IGNORECASE)
_WORD = re.compile(
    r"(?:phone|\bte?l\b|\btél|call|\bcell?\b|mobile|mobil|\bmob\b|\bfax|\btext|\btxt|\bsms|whats ?app|signal|\bdial|contact|reach|\bnumber|num[eé]ro|número|nummer|handy|ruf|fon"
    r"|telef|m[óo]vil|llam|chiam|cellulare|appel|portable|\bligu?[ea]|\bzap\b|\bbel\b|hotline|helpline|\bph\b|\bhmu|[☎📞📱📲✆])[^\d\n]{0,16}$",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"(?:(?:\b(?:id|order|account|case|part|tracking|ticket|serial|model|invoice|patent|product|code)\b[ -]?(?:number|no\.?|nr\.?|code)?(?: is)?)|isbn|issn|\bids?|order|invoice|tracking|ticket|issue|\bref|version|\bv|build|[#№$€£¥₹]|model|serial|sku|patent|\bbug|upc|\bean|asin|doi|pmid|block|seed|score"
    r"|result|\bno|\bnr|imdb|case|lot|vote|population|usd|eur|rs|\bcik|\bcusip|won|lost)[\s:.#'\"(]*$",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"[ \u00a0]?(?:[%€$£¥°]|usd|eur|euros?|dollars?|gbp|inr|rs|k\b|m\b|bn\b|million|billion|people|views|votes|users|followers|subscribers|met(?:re|er)s?|metros|km|kg|miles|points|pts|times|years"
    r"|copies|shares|bytes|[kmgt]b\b|habitantes|einwohner|abitanti|habitants|inwoners|personas|personnes|menschen|mw\b|units|karma|calories|steps)",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:19|20)\d\d-?(?:0\d|1[0-2])-?[0-3]\d(?:-|$)|\d{1,2}-\d{1,2}-(?:19|20)\d\d|(?:(?:19|20)\d\d-){2}|(?:19|20)\d\d-(?:19|20)\d\d"
)

_FRACTION = re.compile(r"(?!3\d\d\.\d{7}$)(?:0|[1-9]\d*)\.\d+(?: -?\d+\.\d+)*|\d{3}/\d{3}/\d{3}")

_CODES = frozenset(  # ITU-T E.164, assigned country codes
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
    " 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 248 249 250 251 252 253 254"
    " 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380"
    " 381 382 383 385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 679"
    " 680 681 682 683 685 686 687 688 689 690 691 692 800 850 852 853 855 856 880 886 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 979 992"
    " 993 994 995 996 998".split()
)
_NATIONAL = {  # after the country code, and a zero that some write before it
    "1": r"[2-9]\d\d[2-9]\d{6}", "44": r"0?[1-9]\d{8,9}", "49": r"0?[1-9]\d{5,11}", "33": r"0?[1-9]\d{8}", "39": r"0?\d{6,11}", "34": r"[5-9]\d{8}", "351": r"[2-9]\d{8}",
    "31": r"0?[1-9]\d{8}", "55": r"0?[1-9]\d\d{8,9}", "91": r"0?[1-9]\d{9}",
}  # fmt: skip


def _any(*shapes: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{shape})" for shape in shapes))


_SURE = _any(
    r"(?:1-)?[2-9](?!11)\d\d-[2-9]\d\d-\d{4}", r"1-?8(?:00|88|77|66|55|44|33)-?\d{3}-?\d{4}", r"[2-9]\d\d-[2-9]\d{6}", r"555-01\d\d", r"1[2-9]\d\d[2-9]\d{6}",  # US
    r"0-?[1-9](?:-?\d){7,10}", r"0[89]00-?\d{3,5}", r"0[1-9]\d{1,3}-\d{3}-\d{2,3}",  # GB, DE, FR, IT, NL, IN and all others with a trunk zero
    r"[6789]\d\d-\d{3}-\d{3}", r"[6789]\d\d(?:-\d\d){3}", r"[89]\d-\d{3}(?:-\d\d){2}", r"[679]\d\d-\d{6}", r"90[0-2]-\d\d-\d\d-\d\d",  # ES
    r"2\d-?\d{3}-\d{4}", r"2\d\d-\d{3}-\d{3}", r"2\d-\d{3}-\d\d-\d\d", r"9\d-\d{3}-\d{4}", r"9\d-\d{3}-\d\d-\d\d", r"2\d\d-\d{6}", r"2\d-\d{7}",  # PT
    r"3[1-9]\d-\d{6,7}", r"3[1-9]\d-\d{3}-\d{3,4}", r"3[1-9]\d(?:-\d\d){2}-\d{2,3}", r"3[1-9]\d-\d{3}-\d\d-\d\d", r"3[1-9]\d-\d{4}-\d{3}", r"800-\d{6}",  # IT
    r"[1-9][1-9]-9?[ -]?\d{4}-\d{4}", r"[1-9][1-9]-9-\d{4}-\d{4}", r"[1-9][1-9]-9?\d{8}", r"[1-9][1-9]9\d{4}-\d{4}", r"9-\d{4}-\d{4}", r"[34]00[2-9]-\d{4}",  # BR
    r"[6-9]\d{4}-\d{5}", r"[6-9]\d{3}-\d{6}", r"[6-9]\d{3}-\d{3}-\d{3}", r"[6-9]\d-\d{4}-\d{4}", r"18[06]0-?\d{2,4}-?\d{3,4}(?:-\d{3})?", r"[6-9]\d{2}-\d{2}-\d{5}",  # IN
    r"1[3-9]\d-\d{4}-\d{4}", r"8-\d{3}-\d{3}-\d\d-?\d\d", r"1[38]00-\d{3}-\d{3}",  # CN, RU, AU
    r"[2-9](?!11)\d\d[2-9](?!11)\d{2}(?!0000)\d{4}", r"[6-9]\d{6}(?!000)\d{3}", r"3[2-9]\d{5}(?!000)\d{3}",  # ten digits and no space: US, IN, IT
    r"[1-9][1-9]9\d{8}", r"[67]\d{5}(?!000)\d{3}", r"9[1236]\d{4}(?!000)\d{3}",  # BR, ES, PT
)  # fmt: skip
_LIKELY = _any(  # only after a word for it
    r"[2-9]\d\d-\d{4}",
    r"[2-9]\d{6}",
    r"9?\d{4}-\d{4}",
    r"\d\d(?:-\d\d){3}",
    r"0[1-9](?:-?\d){5,10}",
    r"\d{9,11}",
    r"[1-9]\d{2,4}(?:-\d{2,4}){1,3}",
    r"\d{3}-\d{2}-\d{2}",
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand, with their extensions."""
    for run in _RUN.finditer(text):
        done = run.start()
        for start, end in _windows(run.group(), run.start()):
            if start >= done and _is_phone(text, start, end):
                extension = _EXTENSION.match(text, end)
                done = extension.end() if extension else end
                yield start, done


def _windows(run: str, at: int) -> Iterator[tuple[int, int]]:
    """The run, then what is left of it with up to three pieces between spaces off its ends: a year or another number may stand beside."""
    pieces = [match.span() for match in re.finditer(r"\S+", run)]
    for first in range(min(4, len(pieces))):
        for last in range(len(pieces), max(first, len(pieces) - 4), -1):
            if first == 0 or last == len(pieces) or first + len(pieces) - last < 3:
                start, end = at + pieces[first][0], at + pieces[last - 1][1]
                if run[start - at] == "(" and run[start - at : end - at].count("(") > run[start - at : end - at].count(")"):
                    start += 1
                yield start, end


def _is_phone(text: str, start: int, end: int) -> bool:
    raw, before = text[start:end], text[max(0, start - 40) : start]
    if not any(map(str.isdecimal, raw)):
        return False
    if raw.lstrip("( ")[0] in "+＋":
        return _international(digits(raw.replace("(0)", "")))
    shape = "-".join(digits(group) for group in re.findall(r"\d+", raw))
    named = bool(_WORD.search(before))
    if _HARMLESS.search(before) or (_UNIT.match(text, end) and not named):
        return False
    if _DATE.search(shape):
        return False
    abroad = re.match(r"00|011-", shape)
    if abroad and _international(digits(raw.replace("(0)", ""))[2 if abroad.end() == 2 else 3 :]):
        return True
    if ("/" in raw and raw.lstrip("( ")[0] not in "03") or _FRACTION.fullmatch(raw):  # a slash is German or Italian; elsewhere it divides
        return False
    return bool(_SURE.fullmatch(shape) or (named and "/" not in raw and _LIKELY.fullmatch(shape)))


def _international(number: str) -> bool:
    """Whether a number without its plus is one of E.164: a country code, and as many digits as the country has; at most 15."""
    code = next((number[:n] for n in (1, 2, 3) if number[:n] in _CODES), None)
    if code is None or not 8 <= len(number) <= 16:
        return False
    return bool(re.fullmatch(_NATIONAL.get(code, r"\d{5,13}"), number[len(code) :]))
