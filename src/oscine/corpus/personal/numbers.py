"""Numbers with a form that can be checked: cards (ISO/IEC 7812), IBANs (ISO 13616), national numbers of people, IP addresses.

A national number without a check digit is taken where its form alone is telling (US social security, British national insurance);
one that could be any number is taken only after a word that names it.
"""

# ruff: noqa: E501 (a pattern is one line)

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

Span = tuple[int, int]
DIGITS_HINT = r"\d(?:[\s\p{P}]{0,3}\d){6}"
IP_HINT = r"\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}"
IBAN_HINT = r"[A-Za-z]{2}\d\d(?:[ -]?[A-Za-z0-9]){11}"
DIGITS_OR_ID_HINT = r"\d(?:[ .-]?\d){5}|[A-Za-z]{5}\d{4}[A-Za-z]|[A-Za-z]{6}\d\d[A-Za-z]\d\d"
ID_HINT = (
    r"\d{3}[ -]\d\d[ -]\d{4}|[A-Za-z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]|\d{3}\.\d{3}\.\d{3}-\d\d|\d{7}[ -]?[A-Z]|\d(?: ?\d){12}|[A-Za-z]{6}\d\d[A-Za-z]\d\d"
    r"|\d{4} \d{4} \d{4}|[A-Z]{5}\d{4}[A-Z]|(?i:steuer-id|idnr|bsn|nif|cpf|ssn|aadhaar)[:.]? \d"
)

_CARD = re.compile(r"(?<![\w#$€£=])(?<!\d[.,:/-])(?:\d{4}(?:\.\d{4}){3}|\d(?:[ \u00a0–-]{0,2}\d){11,18})(?![\w%]|[.,:-]\d)")
_CARD_WORD = re.compile(
    r"(?:card|carte|karte|tarjeta|carta|cart[ãa]o|kaart|visa|maestro|master|unionpay|cc|credit|debit)\W[^\d]{0,24}$", re.IGNORECASE
)
_ISSUERS = (  # first digits, lengths
    (re.compile(r"4"), {13, 16, 19}),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),  # Mastercard
    (re.compile(r"3[47]"), {15}),  # American Express
    (re.compile(r"6011|64[4-9]|65|622"), {16, 17, 18, 19}),  # Discover
    (re.compile(r"3(?:0[0-5]|095|6|[89])"), {14, 16}),  # Diners Club
    (re.compile(r"35(?:2[89]|[3-8])"), {16, 17, 18, 19}),  # JCB
    (re.compile(r"62|81"), {16, 17, 18, 19}),  # UnionPay, RuPay
    (re.compile(r"220[0-4]"), {16, 17, 18, 19}),  # Mir
    (re.compile(r"50|5[6-9]|6"), {12, 13, 14, 15, 16, 17, 18, 19}),  # Maestro, RuPay, Elo, Hipercard, Verve, Dankort
    (re.compile(r"9792"), {16}),  # Troy
)

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?:[ \u00a0.-]?[A-Za-z0-9]){11,30}")
_IBAN_LENGTHS = {
    country: int(length)
    for length, countries in (
        entry.split(":")
        for entry in "15:NO 16:BE 18:DK FO FI GL NL SD 19:MK SI 20:AT BA EE KZ LT LU XK MN 21:CH HR LI LV 22:BG BH CR DE GB GE IE ME RS VA 23:AE GI IL IQ OM SO TL"
        " 24:AD CZ ES MD PK RO SA SE SK TN VG DZ 25:LY PT ST 26:IS TR 27:FR GR IT MC MR SM BI DJ CG 28:AL AZ BY CY DO GT HU LB PL SV NI 29:BR EG PS QA UA"
        " 30:JO KW MU YE 31:MT SC 32:LC 33:RU".replace(" ", ",")
        .replace(",1", " 1")
        .replace(",2", " 2")
        .replace(",3", " 3")
        .split()
    )
    for country in countries.split(",")
}

_V4 = re.compile(r"(?<![\w.])(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}(?![\w]|\.\d)")
_V6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{1,4})?(?:%\w+)?(?![\w:])")
_HOST = re.compile(r"\b(?:ip|ipv4|server|host|dns|ping|ssh|gateway)\W[^\d]{0,20}$", re.IGNORECASE)
_VERSION = re.compile(
    r"(?:\bv|\bver|version|release|build|firmware|update|patch|driver|\bsdk|kernel|chrome|firefox|flash|ios|android|itunes|java|section|§)[\s.:#]*$",
    re.IGNORECASE,
)


def digits(text: str) -> str:
    """The digits of a text as 0 to 9, whatever script they are in."""
    return "".join(str(int(letter)) for letter in text if letter.isdecimal())


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (sum(doubled) + sum(map(int, number[::-2]))) % 10 == 0


def cards(text: str) -> Iterator[Span]:
    """Numbers of payment cards. Without spaces or a word for it, only of the lengths that other numbers rarely have: 14 to 16."""
    for match in _CARD.finditer(text):
        number = digits(match.group())
        sure = len(number) in {14, 15, 16} or len(number) < len(match.group()) or _CARD_WORD.search(text, 0, match.start())
        if (
            sure
            and luhn(number)
            and len(set(number)) > 1
            and any(first.match(number) and len(number) in lengths for first, lengths in _ISSUERS)
        ):
            yield match.span()


def ibans(text: str) -> Iterator[Span]:
    """International bank account numbers of the registry's countries, with their check digits."""
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match.group()[:2].upper())
        places = [i for i, letter in enumerate(match.group()) if letter.isalnum()]
        if length and len(places) >= length:
            end = match.start() + places[length - 1] + 1
            number = "".join(filter(str.isalnum, text[match.start() : end])).upper()
            if int("".join(str(int(letter, 36)) for letter in number[4:] + number[:4])) % 97 == 1 and not text[end : end + 1].isalnum():
                yield match.start(), end


def ips(text: str) -> Iterator[Span]:
    """Addresses of IPv4 and IPv6; four small numbers with points may be a version and are left, but for private networks."""
    for match in _V4.finditer(text):
        parts = [int(part) for part in match.group().split(".")]
        telling = parts[0] in {10, 127} or max(parts) > 30 or len(set(parts)) == 1 or _HOST.search(text, 0, match.start())
        if telling and max(parts) < 256 and not _VERSION.search(text, 0, match.start()):
            yield match.span()
    if text.count(":") > 1:
        yield from (match.span() for match in _V6.finditer(text) if _is_v6(match.group()))


def _is_v6(text: str) -> bool:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    letters = text.replace(":", "")
    return address.is_loopback or (len(letters) > 4 and any(letter.isdigit() for letter in letters))


def _weighted(number: str, weights: range, modulus: int) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False)) % modulus


def _cpf(number: str) -> bool:
    first, second = (_weighted(number, range(n, 1, -1), 11) for n in (10, 11))
    return len(set(number)) > 1 and [int(digit) for digit in number[9:]] == [0 if rest < 2 else 11 - rest for rest in (first, second)]


def _dni(number: str) -> bool:
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number[:-1].translate(str.maketrans("XYZ", "012"))) % 23] == number[-1]


def _nir(number: str) -> bool:
    return int(number[:13]) % 97 == 97 - int(number[13:])


def _codice(number: str) -> bool:
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
    values = [int(c) if c.isdigit() else ord(c) - 65 for c in number]
    return (sum(odd[v] for v in values[:15:2]) + sum(values[1:15:2])) % 26 == values[15]


def _steuer(number: str) -> bool:
    product = 10
    for digit in number[:10]:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    return (11 - product) % 10 == int(number[10])


def _aadhaar(number: str) -> bool:
    """Verhoeff's check: digits are turned by place, then multiplied in the dihedral group of a pentagon."""
    turn, total = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), 0
    for place, digit in enumerate(map(int, reversed(number))):
        for _ in range(place % 8):
            digit = turn[digit]
        a, b = divmod(total, 5)
        c, d = divmod(digit, 5)
        total = 5 * (a ^ c) + ((b + d) % 5 if not a else (b - d) % 5)
    return total == 0


def _always(number: str) -> bool:
    return bool(number)


_IDS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (re.compile(rf"(?<![\w.$€£#-]){pattern}(?![\w%]|[.,-]\d)", flags), check)
    for pattern, check, flags in (
        (r"(?!000|666|9)\d{3}([ -])(?!00)\d\d\1(?!0000)\d{4}", _always, 0),  # US, social security
        (r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]", _always, 0),  # GB, national insurance
        (r"\d{3}\.\d{3}\.\d{3}-\d\d", _cpf, 0),  # BR
        (r"(?:\d{8}|[XYZ]-?\d{7})[ -]?[A-Z]", _dni, 0),  # ES
        (r"[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d\d ?\d{3} ?\d{3} ?\d\d", _nir, 0),  # FR
        (r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", _codice, re.IGNORECASE),  # IT
        (r"(?<!FC )(?<!FC: )[2-9]\d{3} \d{4} \d{4}", _aadhaar, 0),  # IN
        (r"[A-Z]{3}P[A-Z]\d{4}[A-Z]", _always, 0),  # IN, tax
        (r"(?i:(?<=steuer-id )|(?<=steuer-id: )|(?<=idnr )|(?<=idnr\. ))[1-9]\d ?\d{3} ?\d{3} ?\d{3}", _steuer, 0),  # DE
        (
            r"(?i:(?<=bsn )|(?<=bsn: ))\d{4}\.?\d{2}\.?\d{3}",
            lambda n: (_weighted(n[:8], range(9, 1, -1), 11) - int(n[8])) % 11 == 0,
            0,
        ),  # NL
        (
            r"(?i:(?<=nif )|(?<=nif: ))[1235689]\d{2} ?\d{3} ?\d{3}",
            lambda n: (11 - _weighted(n, range(9, 1, -1), 11)) % 11 % 10 == int(n[8]),
            0,
        ),  # PT
        (r"(?i:(?<=cpf )|(?<=cpf: ))\d{11}", _cpf, 0),
        (r"(?i:(?<=ssn )|(?<=ssn: ))\d{9}", _always, 0),
        (r"(?i:(?<=aadhaar )|(?<=aadhaar: ))\d{12}", _aadhaar, 0),
    )
)


def ids(text: str) -> Iterator[Span]:
    """National numbers of people."""
    for pattern, check in _IDS:
        for match in pattern.finditer(text):
            if check(re.sub(r"[\W_]", "", match.group()).upper()):
                yield match.span()
