"""Postal addresses of ten countries: a street with a house's number, and the postcode and town that follow (UPU S42 templates).

A street without a number stays, and so does a town. Names of streets begin with a capital letter, as people who give an address write them.
"""

# ruff: noqa: E501 (a pattern is one line)

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = r"(?:[A-ZÀ-ÖØ-ÞŒ]\w{0,2}\.|[A-ZÀ-ÖØ-ÞŒ][\w’'-]*|\d{1,3}(?:st|nd|rd|th))"
_LINK = r"(?:d[aeiou]s?|del|della|delle|dello|dei|degli|de la|de las|de los|du|des|van|von|der|den|het|le|la|les|e|y|et|of|the|am|zum|zur|[dl]['’])"
_NAMES = rf"{_NAME}(?: (?:{_LINK} ?){{0,2}}{_NAME}){{0,3}}"
_NUMBER = r"\d{1,5}(?: ?[a-dA-D]\b)?(?: ?[-/–] ?(?:\d{1,4}[a-zA-Z]?|[A-Z]\b))?"

_TOWN = rf"{_NAME}(?:[ -](?:{_LINK}[ -]?)?{_NAME}){{0,2}}"
_UK = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_STATE = r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
_FLAT = r"(?:,? (?:#|[Aa]pt\.?|[Aa]partment|[Ss]uite|[Ss]te\.?|[Uu]nit|[Ff]lat|[Ff]loor|[Rr]oom) ?\d{0,4}[A-Za-z]?\b)?"
_AFTER = (  # town and postcode, in the orders of the countries
    rf"(?:,? ?\n?(?:{_TOWN},? )?{_STATE},? \d{{5}}(?:-\d{{4}})?|,? (?:{_TOWN},? ){{0,2}}{_UK}\b|,? \n?(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?:-\d{{3}})?(?: [A-Z]{{2}}\b)? {_TOWN}(?: [(,]?[A-Z]{{2}}\)?)?"
    rf"|(?:, {_TOWN}){{0,3}}(?:[,-]| -| –)? ?{_TOWN}[ ,–-]{{1,3}}\d{{3}} ?\d{{3}}\b|(?:(?:,| -) (?:{_TOWN}|\d{{1,3}}º?[ \w]{{0,4}})){{0,2}}(?:,| -|/)? ?{_TOWN}?(?:[/,-]| - ?)? ?(?:[A-Z]{{2}},? ?)?(?:CEP:? ?)?\d{{5}}-\d{{3}}\b"
    rf"|, {_TOWN},? {_STATE}\b)?"
)

_TYPES_AFTER = (  # 12 Baker Street
    r"Street|St|Avenue|Ave|Av|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Terrace|Terr|Crescent|Cres|Square|Sq|Parkway|Pkwy|Highway|Hwy|Gardens|Gdns|Grove|Mews"
    r"|Marg|Nagar|Salai|Main Road"
)
_TYPES_DOUBTFUL = (
    r"Way|Place|Pl|Close|Row|Hill|Walk|Park|Rise|View|Green|Wharf|Quay|Colony|Vihar|Enclave|Bagh|Sector|House|Loop|Pike"  # with a town only
)
_NO_STREET = r"(?![^,.\n]{0,30}\b(?:(?:Wall|Jump|Sesame|Coronation) St(?:reet)?|(?:Hard|Flash|Test|State|Disk|Disc|USB|Zip|Thumb|Food|Blood|Could) Drive|Supreme Court)\b)(?!(?:GB|TB|MB|Reasons|Ways|Things|Best)\b)"
_FRENCH = r"(?:[Rr]ue|[Aa]venue|[Aa]v\.?|[Bb]oulevard|[Bb](?:lv)?d\.?|[Pp]lace|[Pp]l\.|[Cc]hemin|[Aa]llées?|[Ii]mpasse|[Qq]uai|[Cc]ours|[Rr]oute|[Ss]quare|[Pp]assage|[Ff]aubourg|[Ss]entier|[Vv]illa)"
_ROMANCE = (
    r"(?:Via|[Vv]iale|V\.le|[Pp]iazza|P\.?zza|[Pp]iazzale|Corso|C\.so|Largo|[Vv]icolo|[Cc]ontrada|Strada|[Ll]ungo\w+|[Cc]alle|C/|[Aa]venida|[Aa]vda\.?|Av\.|[Pp]laza|Pza\.?|[Pp]aseo|Pº|[Cc]arretera"
    r"|Ctra\.?|[Rr]onda|Camino|Gran [Vv]ía|[Tt]ravesía|[Rr]ua|[Tt]ravessa|Tv\.|[Pp]raça|Pça\.?|[Aa]lameda|[Ee]strada|Estr\.|[Rr]odovia|[Bb]eco|[Cc]alçada|[Pp]asaje|[Gg]lorieta|[Uu]rbanización)"
)
_GERMANIC = (
    r"(?:[A-ZÄÖÜ][\wäöüß’'-]*(?:straße|strasse|str\.|str|weg|platz|allee|gasse|damm|ufer|chaussee|stieg|brücke|straat|laan|plein|gracht|kade|singel|dijk|dreef|steeg|plantsoen)"
    r"|[A-ZÄÖÜ][\w'’-]*(?:ring|steig|graben|hof|markt|baan|pad)(?= \d{1,4} ?[a-z]?, ?\d{4})"
    rf"|(?:{_NAME}[ -]){{1,3}}(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|straat|laan|weg|plein|gracht|kade)"
    r"|(?:Am|An der|Im|Auf der|Auf dem|Unter den|Zum|Zur|In der|Alte[rn]?|Neue[rn]?|Lange|Hohe) [A-ZÄÖÜ][\wäöüß-]+(?= \d{1,3} ?[a-z]?, ?\d{5} ))"
)
_BOX = r"(?:P\.? ?O\.? ?Box|Post Office Box|Postfach|Postbus|Apartado(?: de [Cc]orreos| Postal)?|Apdo\.?|Caixa Postal|Casella [Pp]ostale|C\.P\.|Boîte [Pp]ostale) \d{1,3}(?: ?\d{1,3}){0,2}|\bB\.?P\.? \d{1,5}(?=,? \d{5} [A-Z])"

_PATTERN = re.compile(
    "|".join(
        f"(?:{form})"
        for form in (
            rf"(?<![\w$€£.,:/#-])(?!(?:19|20)\d\d [^\n]*?(?:Drive|Dr|Court)\b)(?:(?:[Ff]lat|[Aa]pt|[Aa]partment|[Uu]nit|[Ss]uite|[Hh]ouse|[Pp]lot|[Dd]oor|H\.?)\.? ?(?:[Nn]o\.? ?)?[\w/-]{{1,6}},? |[Nn]o\.? ?)?{_NUMBER},? (?:[NSEW]{{1,2}}\.? )?{_NO_STREET}(?:{_NAME} ){{0,3}}{_NAME} (?:{_TYPES_AFTER})\b(?!\. [A-Z][a-z]+ [A-Z])(?:\.(?=,| [A-Z]{{2}}\b| ?\d))?(?: [NSEW]{{1,2}}\b)?{_FLAT}{_AFTER}",
            rf"(?<![\w$€£.,:/#-])\d{{1,5}} (?:{_NAME} ){{1,3}}(?:{_TYPES_DOUBTFUL})\b{_FLAT}, (?:{_TOWN},? )?(?:{_UK}|{_STATE},? \d{{5}}(?:-\d{{4}})?|{_TOWN} \d{{3}} ?\d{{3}})\b",
            rf"(?<![\w$€£.,:/#-])\d{{1,5}} (?:[NSEW]\.? )?Broadway\b{_AFTER}",
            rf"(?<![\w$€£.,:/#-])\d{{1,4}}(?: ?(?:bis|ter|quater|[A-Z])\b)?,? {_FRENCH} (?:{_LINK} ?){{0,2}}{_NAMES}{_AFTER}",
            rf"(?<![\w])(?:{_ROMANCE}) ?(?:{_LINK} ?){{0,2}}{_NAMES}(?:,? (?:n[.º°o]{{0,2}} ?|nº ?|num\. ?|nr\. ?|civico )?{_NUMBER}|,? s/n)(?:,? (?:\d{{1,2}}[ºª°]?[A-Za-z]?|apto\.? \d+|piso \d+)(?=,))?{_AFTER}",
            rf"(?<![\w]){_GERMANIC} {_NUMBER}(?:[ -](?:hs|bis|I{{1,3}}))?{_AFTER}",
            rf"(?<![\w])(?:{_NAME} ){{1,3}}(?:Road|Rd|Marg|Nagar|Street|Salai|Layout|Cross),? {_NUMBER}, {_TOWN}[ ,–-]{{1,3}}\d{{3}} ?\d{{3}}\b",
            rf"(?<![\w])R\. (?:{_LINK} )?{_NAMES}, {_NUMBER}{_AFTER}",
            rf"(?<![\w])(?:{_BOX})\b{_AFTER}",
        )
    )
)
HINT = (  # nothing is counted here, so that it stays a small automaton
    rf"\d[a-zA-Z]?,? (?:[A-Z0-9À-Þ][^ \n]* )+(?:{_TYPES_AFTER}|{_TYPES_DOUBTFUL})(?-u:\b)|\d Broadway"
    rf"|\d(?: ?[A-Za-z]+)?,? {_FRENCH} |(?:^|[ \n,:(])(?:{_ROMANCE}) ?[^\n0-9@:]*(?:\d|s/n)"
    r"|(?:stra(?:ß|ss)e|str\.?|weg|platz|allee|gasse|ring|damm|ufer|chaussee|stei?g|graben|brücke|straat|laan|plein|gracht|kade|singel|dijk"
    r"|dreef|steeg|plantsoen|hof|markt|baan|pad|Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer) \d"
    r"|(?:Am|An der|Im|Auf de[rm]|Unter den|Zu[mr]|In der|Alte[rn]?|Neue[rn]?|Lange|Hohe) [^ \n]+ \d"
    r"|(?:Road|Rd|Marg|Nagar|Street|Salai|Layout|Cross),? \d|(?:[Bb]ox|Postfach|Postbus|Apartado(?: de [Cc]orreos| Postal)?|Apdo\.?|Postal|[Pp]ostale|C\.P\.|B\.?P\.?) \d"
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses stand."""
    return (match.span() for match in _PATTERN.finditer(text))
