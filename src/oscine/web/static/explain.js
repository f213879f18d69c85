// What one needs to know of a post, and what else is like it, when somebody asks.

import { get, isAbort } from "./api.js";
import { citing } from "./cited.js";
import { el } from "./dom.js";
import { note, problem } from "./notice.js";
import { drawPost } from "./post-card.js";

/** @typedef {import("./api.js").Post} Post */

const KINDS = {
  author: "Who wrote it", thread: "What came before", quotes: "What it quotes", refers: "What it refers to",
  same: "Who says the same", differs: "Who says otherwise", replies: "What was replied",
};

/**
 * @param {Post} post
 * @param {HTMLElement} place
 */
export const showExplanation = (post, place) =>
  show(place, "This post explained", async () => {
    const { points, posts, lang } = await get(`/v1/posts/${encodeURIComponent(post.id)}/explain`, { network: post.network });
    const draw = citing([post, ...posts]);
    const kinds = [...new Set(points.map(({ kind }) => kind))];
    const sections = kinds.map((kind) => {
      const items = points.filter((point) => point.kind === kind).map((point) => el("li", {}, draw(point)));
      return el("section", { class: "kind" }, el("h3", {}, KINDS[kind] ?? kind), el("ul", { lang }, ...items));
    });
    return sections.length ? sections : [note("Nothing is known of this post beyond what it says.")];
  });

/**
 * @param {Post} post
 * @param {HTMLElement} place
 */
export const showSimilar = (post, place) =>
  show(place, "More like this", async () => {
    const { posts } = await get(`/v1/posts/${encodeURIComponent(post.id)}/similar`, { network: post.network });
    if (!posts.length) return [note("No other post is like this one.")];
    return [el("ol", { class: "results" }, ...posts.map((like) => el("li", {}, drawPost(like))))];
  });

/** @param {HTMLElement} place @param {string} title @param {() => Promise<Node[]>} content */
async function show(place, title, content) {
  const heading = el("h2", { tabindex: "-1" }, title);
  const found = el("div", { "aria-live": "polite" }, el("p", { class: "state" }, "Looking in the posts…"));
  place.replaceChildren(heading, found);
  heading.focus();
  try {
    found.replaceChildren(...(await content()));
  } catch (error) {
    if (!isAbort(error)) found.replaceChildren(problem(/** @type {Error} */ (error), () => show(place, title, content)));
  }
}
