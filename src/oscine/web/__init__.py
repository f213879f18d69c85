"""The web app: static files, no build step; it talks to the server over HTTP only.

    static/
    ├── index.html   Ask      ask.js ── turn.js (a question and what became of it) ── chat.js (the wire) ── sse.js
    │                                   └─ answer.js (sentences beside their sources) ── source.js, sides.js, pairing.js
    ├── search.html  Search   search.js ── query.js (edits the query's text: pure)
    │                                   ├─ combobox.js ── completion.js (what may come next: pure)
    │                                   ├─ chips.js (what was understood, to edit), filters.js, results.js, operators.js
    │                                   └─ discover.js (people, related, trending), summary.js, saved.js, feeds.js
    ├── post.html    Post     post.js ── context.js (what it answers and quotes, and its replies)
    │                                └─ explain.js (explained; more like it) ── cited.js (sentences with links to their posts)
    ├── all pages    shell.js (`/`, footer), api.js ── key.js; post-card.js ── post-parts.js ── text.js;
    │                examples.js, notice.js, format.js, file.js, dom.js
    ├── write.html   Write    write.js ── drafts.js (cards), rewriting.js, picturing.js ── asking.js (a form that asks), tabs.js, clipboard.js
    ├── ads.html     Ads      ads.js ── ad-card.js (a variant: texts, edits, claims) ── ad-pictures.js (all sizes)
    │                               │                                                  └─ ad-review.js (the policy's word, appeal)
    │                               └─ ad-page.js (the page's passages, what was left out, measures)
    └── styles       tokens.css (every colour and size), app.css, post-card.css, and one for each page

Rules, held by `tests/web/`: whatever a post says is text, never HTML (`dom.js` is the only maker of elements); a link
leaves only to http(s) (`dom.js: outward`); nothing is fetched from elsewhere, pictures of posts included.
"""

from pathlib import Path

ROOT = Path(__file__).parent / "static"
