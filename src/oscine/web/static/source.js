// A post as it stands beside the sentence that it supports.

import { el } from "./dom.js";
import { goTo } from "./pairing.js";
import { authorName, byline, cover, media, pageOf, words } from "./post-parts.js";

/** @typedef {import("./api.js").Post} Post */

/**
 * @param {Post|undefined} post undefined when the server named it but did not send it
 * @param {string} id the post's
 * @param {number} number as in the text
 * @param {{anchor: string, sentence: string}} ids of this source and of the first sentence that cites it
 * @returns {HTMLElement}
 */
export function drawSource(post, id, number, { anchor, sentence }) {
  const back = el("a", { class: "number", href: `#${sentence}`, "aria-label": `Source ${number}: back to its sentence` }, String(number));
  back.addEventListener("click", (event) => {
    event.preventDefault();
    goTo(document.querySelector(`#${CSS.escape(sentence)} .ref`));
  });
  const attributes = { class: "source", id: anchor, "data-number": String(number), tabindex: "-1" };
  if (!post) return el("article", attributes, back, el("p", { class: "text" }, el("a", { href: pageOf(/** @type {any} */ ({ id })) }, "Open the post")));
  const content = () => [words(post), media(post)].filter((part) => part !== null);
  const isCovered = post.blurred !== null && post.blurred !== undefined;
  return el("article", attributes, back, byline(post), ...(isCovered ? [cover(String(post.blurred), content)] : content()));
}

/**
 * The small number in the text.
 * @param {number} number
 * @param {Post|undefined} post
 * @param {string} anchor the source's
 * @returns {HTMLElement}
 */
export function drawReference(number, post, anchor) {
  const name = post ? `Source ${number}: ${authorName(post)}` : `Source ${number}`;
  const link = el("a", { class: "ref", href: `#${anchor}`, "aria-label": name }, String(number));
  link.addEventListener("click", (event) => {
    event.preventDefault();
    goTo(document.getElementById(anchor));
  });
  return link;
}

/** @param {Post|undefined} post @param {string} id @returns {HTMLElement} a post that is named but not shown here */
export function linkTo(post, id) {
  return el("a", { class: "ref", href: pageOf(post ?? /** @type {any} */ ({ id })) }, post ? el("bdi", {}, authorName(post)) : "post");
}
