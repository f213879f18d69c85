// A post, whole, as Search and Post show it.

import { el } from "./dom.js";
import { byline, counts, cover, labels, links, media, words } from "./post-parts.js";

/** @typedef {import("./api.js").Post} Post */

const LONG = 900; // code units, or
const TALL = 14; // lines, beyond which a post in a list starts folded

/**
 * @param {Post} post
 * @param {{whole?: boolean}} [options] whole: do not fold a long text
 * @returns {HTMLElement}
 */
export function drawPost(post, { whole = false } = {}) {
  const isCovered = post.blurred !== null && post.blurred !== undefined;
  const content = () => [
    post.content_warning ? el("p", { class: "warning", dir: "auto" }, post.content_warning) : null,
    ...(whole ? [words(post)] : folded(post)),
    media(post),
    links(post),
  ].filter((part) => part !== null);
  return el(
    "article",
    { class: "post", "data-id": post.id },
    byline(post),
    ...(isCovered ? [cover(String(post.blurred), content)] : content()),
    whole ? null : labels(post),
    counts(post),
  );
}

/** @param {Post} post @returns {HTMLElement[]} the text, and a button for its rest when it is long */
function folded(post) {
  const text = words(post);
  const long = (post.text?.length ?? 0) > LONG || (post.text?.split("\n").length ?? 0) > TALL;
  if (!long) return [text];
  text.classList.add("folded");
  const more = el("button", { type: "button", class: "quiet" }, "Show all");
  more.addEventListener("click", () => {
    text.classList.remove("folded");
    more.remove();
  });
  return [text, more];
}
