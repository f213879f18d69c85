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
    ├── feed.html    Feed     feed.js ── feed-post.js (a post and what one does about it) ── feed-why.js ── feed-what-if.js; feed-less.js, feed-hidden.js
    │                         │         └─ feed-told.js (what became of it, in batches); feed-ad.js, feed-keys.js
    │                         ├─ feed-steer.js (the panel) ── feed-sentence.js, feed-asked.js, feed-slider.js ── feed-steering.js (what is asked, and kept)
    │                         └─ feed-away.js, feed-propose.js; feed-weights.html: feed-weights.js (the table, published); feed-words.js, feed-figures.js
    ├── write.html   Write    write.js ── drafts.js (cards), rewriting.js, picturing.js ── asking.js (a form that asks), tabs.js, clipboard.js
    ├── ads.html     Ads      ads.js ── ad-card.js (a variant: texts, edits, claims) ── ad-pictures.js (all sizes)
    │                               │                                                  └─ ad-review.js (the policy's word, appeal)
    │                               └─ ad-page.js (the page's passages, what was left out, measures)
    ├── trust.html   Trust    trust.js ── trust-aspects.js (the eight, their measures) ── trust-trend.js; trust-published.js, trust-kept.js, trust-incidents.js
    ├── me.html      About me me.js ── me-held.js, me-reads.js, me-labels.js, me-used.js, me-posts.js, me-leave.js ── certificate.js
    │                              └─ me-stranger.js (who is not known yet); consent.js (the questions on one's posts; on one's account's page too)
    ├── access.html  Access   access.js ── access-make.js (a key), access-keys.js ── access-licence.js (the form) ── licence.js ── licence-words.js (pure)
    │                                  └─ access-log.js (the log, verified) ── actors.js; access-incidents.js; section.js, time.js, units.js, download.js
    ├── labels.html  Labels   labels.js ── labels-card.js; post-labels.js (on a post's page), appeal.js
    ├── labels.html  Labels   labels.js ── labels-card.js (one that waits for a person); on a post's page: post-labels.js ── appeal.js
    └── styles       tokens.css (every colour and size), app.css, post-card.css, and one for each page

Rules, held by `tests/web/`: whatever a post says is text, never HTML (`dom.js` is the only maker of elements); a link
leaves only to http(s) (`dom.js: outward`); nothing is fetched from elsewhere, pictures of posts included.
"""

from pathlib import Path

ROOT = Path(__file__).parent / "static"
