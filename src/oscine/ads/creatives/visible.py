"""What of a page nobody sees, taken out: scripts, comments, hidden, tiny, transparent or off-screen elements. Hidden orders to a machine are the attack.

It reads attributes and the page's own style blocks, as far as plain rules go; it runs no script, loads no style sheet, and lays nothing out, so that an
element covered by another, or hidden by an outside sheet, counts as seen.
"""

from __future__ import annotations

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from oscine.errors import InputError, TooLarge

LARGEST = 3_000_000  # bytes of a page
MOST_RULES = 2_000  # style rules that are looked at
MOST_HIDING = 100  # of them that hide, each a search of the whole page
MOST_ELEMENTS = 20_000
DEEPEST = 400  # elements within elements

_UNSEEN = "script, style, noscript, template, iframe, object, embed, svg, canvas, audio, video, select, datalist, [hidden], [aria-hidden=true], input"
_HIDES = regex.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden"
    r"|(?<![\w-])opacity\s*:\s*0?\.?0+\s*(?:[;%!}]|$)|font-size\s*:\s*[01](?:\.\d+)?\s*(?:px|pt|em|rem|%)?\s*(?:[;!}]|$)"
    r"|(?<![\w-])(?:max-)?(?:width|height)\s*:\s*[01](?:px|pt|em|rem|%)?\s*(?:[;!}]|$)"
    r"|(?:text-indent|(?<![\w-])left|(?<![\w-])right|(?<![\w-])top|margin-left|margin-top)\s*:\s*-\d{3,}|clip(?:-path)?\s*:\s*(?:rect\(\s*0|inset\(\s*(?:50|100)%)"
    r"|transform\s*:\s*(?:scale\(\s*0|translate\w*\(\s*-\d{4,})|(?<![\w-])color\s*:\s*(?:transparent|rgba\([^)]*,\s*0\s*\))",
    regex.IGNORECASE,
)
_INK = regex.compile(r"(?<![\w-])color\s*:\s*(#[0-9a-f]{3,8}|[a-z]+|rgb\([^)]*\))", regex.IGNORECASE)
_GROUND = regex.compile(r"background(?:-color)?\s*:\s*(#[0-9a-f]{3,8}|[a-z]+|rgb\([^)]*\))", regex.IGNORECASE)
_WHITE = frozenset(("white", "#fff", "#ffffff", "#fefefe", "rgb(255,255,255)"))
_NAMES = regex.compile(r"(?:^|[\s_-])(?:sr-only|visually-?hidden|screen-reader(?:-text)?|is-hidden|d-none|hidden|hide|offscreen)(?:$|\s)")
_SCREEN = regex.compile(r"@(?:media|supports|font-face|keyframes|page|container|layer|-\w+-keyframes)[^{}]*(\{(?:[^{}]++|(?1))*+\})")
_RULE = regex.compile(r"([^{}@;]{1,300})\{([^{}]{0,2000})\}")
_PLAIN_SELECTOR = regex.compile(r"[\w\s.#>*\-\[\]=\"']{1,120}")
_COMMENT = regex.compile(r"/\*[\s\S]*?(?:\*/|$)")
_CHARSET = regex.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,30})", regex.IGNORECASE)
_TAG = regex.compile(r"<[a-zA-Z!/]")
_NESTS = regex.compile(r"<(/?)([a-zA-Z][\w-]*)")
_NEVER_NEST = frozenset("area base br col embed hr img input link meta source track wbr p li td th tr dt dd option".split())
_BINARY = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"\x7fELF", b"RIFF")


def text_of(html: bytes | str) -> str:
    """The page's characters. Raises `InputError` for what is empty, too large or no HTML; a wrong charset is read as well as can be."""
    if len(html) > LARGEST:
        raise TooLarge("The page is larger than 3 MB.", "Give the page itself, without pictures in it.")
    if isinstance(html, bytes):
        if html.startswith(_BINARY) or (
            b"\0" in html[:2000].replace(b"\0<", b"").replace(b">\0", b"") and not html.startswith((b"\xff\xfe", b"\xfe\xff"))
        ):
            raise InputError("That is a file of another kind, not an HTML page.", "Give the page's HTML, or its address.")
        html = _decoded(html)
    if not html.strip():
        raise InputError("The page is empty.", "Give the page's HTML, or write a brief.")
    if not _TAG.search(html):
        raise InputError("That is text, not an HTML page.", "Give it as a brief.")
    _shallow_text(html)
    return html.replace("\0", "").encode("utf-8", "replace").decode()


def _shallow_text(html: str) -> None:
    """Raise `InputError` for tags opened without end: parsing takes time with the square of their depth."""
    depth = 0
    for closes, tag in _NESTS.findall(html):
        if tag.lower() not in _NEVER_NEST:
            depth = max(0, depth - 1) if closes else depth + 1
        if depth > 3 * DEEPEST:
            raise _too_deep()


def _too_deep() -> InputError:
    return InputError(f"The page has more than {DEEPEST} elements within each other.", "Give a page that a browser would show.")


def _decoded(html: bytes) -> str:
    if html.startswith((b"\xff\xfe", b"\xfe\xff")):
        return html.decode("utf-16", "replace")
    named = _CHARSET.search(html[:4000])
    for charset in ("utf-8-sig", named[1].decode() if named else "", "cp1252"):
        try:
            return html.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    return html.decode("utf-8", "replace")


def seen(html: bytes | str) -> LexborHTMLParser:
    """The page as a tree without what nobody sees. Raises `InputError` as `text_of` does, and for a page nested beyond reason."""
    tree = LexborHTMLParser(text_of(html))
    if tree.body is None:
        raise InputError("The page has no body.", "Give the page's HTML, or write a brief.")
    _shallow(tree.body)
    hiding = _hiding("\n".join(node.text() for node in tree.css("style")))
    for selector in (_UNSEEN, *hiding):
        _remove(tree, selector)
    for node in tree.body.css("[style], [class], [width], [height]"):
        if _unseen(node):
            node.decompose(recursive=True)
    return tree


def _shallow(body: LexborNode) -> None:
    """Raise `InputError` for elements nested too deep, or too many of them to look at one by one."""
    stack, count = [(body, 0)], 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > DEEPEST:
            raise _too_deep()
        if count > MOST_ELEMENTS:
            raise TooLarge(f"The page has more than {MOST_ELEMENTS:,} elements.", "Give the page of one product or offer.")
        stack += [(child, depth + 1) for child in node.iter()]


def _remove(tree: LexborHTMLParser, selector: str) -> None:
    try:
        found = tree.css(selector)
    except (SelectolaxError, ValueError):
        return
    for node in found:
        if node.tag not in ("html", "body", "head"):
            node.decompose(recursive=True)


def _hiding(styles: str) -> list[str]:
    """The selectors of rules that hide; what hides on some screens only is seen on others."""
    plain = _SCREEN.sub(" ", _COMMENT.sub(" ", styles[:LARGEST]))
    found = [rule[1].strip() for _, rule in zip(range(MOST_RULES), _RULE.finditer(plain), strict=False) if _hides(rule[2])]
    return [part.strip() for rule in found for part in rule.split(",") if _PLAIN_SELECTOR.fullmatch(part.strip())][:MOST_HIDING]


def _hides(style: str) -> bool:
    if _HIDES.search(style):
        return True
    ink, ground = _INK.search(style), _GROUND.search(style)
    return bool(ink and ground and _colour(ink[1]) == _colour(ground[1])) or bool(
        ink and not ground and _colour(ink[1]) in _WHITE and "position" in style
    )


def _colour(value: str) -> str:
    return value.lower().replace(" ", "")


def _unseen(node: LexborNode) -> bool:
    told = node.attributes
    if node.tag in ("img", "html", "body"):
        return False
    sizes = {told.get("width"), told.get("height")} & {"0", "1", "0px", "1px"}
    return bool(sizes or _hides(told.get("style") or "") or _NAMES.search(told.get("class") or ""))
