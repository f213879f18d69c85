"""Writes src/oscine/pictures/symbols.json.gz: illustrations with their names in seven languages.

    npm pack @iconify-json/fluent-emoji-flat@1.2.6 emojibase-data@17.0.0    # both unpacked into folders of those names
    python docs/make_symbols.py FLUENT_FOLDER EMOJIBASE_FOLDER

The drawings are Microsoft's Fluent Emoji (MIT); the words are Unicode CLDR's annotations (Unicode licence) by way of emojibase-data (MIT).
Left out: flags, signs, gestures, faces, variants of skin and sex, and what has no place on an ad without being asked for.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

LANGS = ("en", "de", "fr", "es", "it", "pt", "nl")
GROUPS = {"animals-nature", "food-drink", "travel-places", "activities", "objects"}
SUBGROUPS = {"person", "person-role", "person-activity", "person-sport", "heart"}
LEFT_OUT = {"time", "award-medal"}
NAMES_OUT = (
    "cigarette coffin headstone funeral-urn water-pistol bomb dagger crossed-swords slot-machine identification-card biohazard radioactive hole "
    "placard nazar-amulet moai hut card-index-dividers joker flower-playing-cards mahjong-red-dragon kaaba prayer-beads place-of-worship toilet-paper "
    "beating-heart broken-heart heart-exclamation mending-heart heart-decoration kiss-mark person-in-steamy-room bone drop-of-blood"
).split()
PEOPLE_OUT = ("man", "woman", "men", "women", "boy", "girl", "old-man", "old-woman", "prince", "princess", "ninja", "santa", "mrs")


def fits(item: dict[str, object], name: str, subgroup: str, group: str) -> bool:
    """Whether a drawing may stand on an ad."""
    people = name.split("-")[0] in PEOPLE_OUT or name in PEOPLE_OUT or "tone" in item
    asked = group in GROUPS or subgroup in SUBGROUPS
    return asked and subgroup not in LEFT_OUT and name not in NAMES_OUT and not people


def words(item: dict[str, object]) -> str:
    """A label and its other words."""
    tags = item.get("tags")
    return "|".join(
        [str(item["label"]), *(str(tag) for tag in tags if isinstance(tags, list))] if isinstance(tags, list) else [str(item["label"])]
    )


def main(fluent: Path, emojibase: Path) -> None:
    """Read both, write the file."""
    bodies = json.loads((fluent / "icons.json").read_text())["icons"]
    names = json.loads((fluent / "chars.json").read_text())
    told = json.loads((emojibase / "meta/groups.json").read_text())
    langs = {lang: {item["hexcode"]: item for item in json.loads((emojibase / lang / "data.json").read_text())} for lang in LANGS}
    made = {}
    for code, item in langs["en"].items():
        name = names.get(code.lower()) or names.get(code.lower().removesuffix("-fe0f"))
        group, subgroup = told["groups"].get(str(item.get("group"))), told["subgroups"].get(str(item.get("subgroup")))
        if name and name in bodies and group and fits(item, name, subgroup, group):
            spoken = {lang: words(langs[lang][code]) for lang in LANGS if code in langs[lang]}
            made[name] = {"words": spoken, "body": bodies[name]["body"]}
    target = Path(__file__).parents[1] / "src/oscine/pictures/symbols.json.gz"
    target.write_bytes(gzip.compress(json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0))
    print(f"{len(made)} symbols, {target.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
