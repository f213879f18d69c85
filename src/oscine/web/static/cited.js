// Sentences with links to the posts that they stand on, where there is no room for the posts themselves.

import { el } from "./dom.js";
import { authorName, pageOf } from "./post-parts.js";

/** @typedef {import("./api.js").Post} Post */

/**
 * @param {Post[]} posts that may be cited
 * @returns {(sentence: {text: string, posts?: string[]}) => HTMLElement} draws one; a post has one number in all of them
 */
export function citing(posts) {
  const known = new Map(posts.map((post) => [post.id, post]));
  /** @type {Map<string, number>} */
  const numbers = new Map();
  return ({ text, posts: ids = [] }) => {
    const references = [...new Set(ids)].map((id) => {
      const number = numbers.get(id) ?? numbers.size + 1;
      numbers.set(id, number);
      const post = known.get(id);
      const name = post ? `Source ${number}: ${authorName(post)}` : `Source ${number}`;
      return el("a", { class: "ref", href: pageOf(post ?? /** @type {any} */ ({ id })), "aria-label": name, title: name }, String(number));
    });
    return el("p", { class: "cited", dir: "auto" }, text, references.length ? el("span", { class: "refs" }, "\u202f", ...references) : null);
  };
}
