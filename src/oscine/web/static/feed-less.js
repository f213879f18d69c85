// "Less like this": of what, exactly? Each choice becomes a wish that is seen under Steer, and can be taken back.

import { el } from "./dom.js";
import { makeWish } from "./feed-wish.js";
import { about } from "./feed-words.js";

/** @typedef {import("./api.js").Post} Post */

const LESS = -0.6;
const TAGS = 3;
const TOPIC = 120; // characters of a post that say what it is about

/** @param {Post} post @param {HTMLElement} panel @returns {HTMLElement} */
export function lessOf(post, panel) {
  const choice = ([kind, value, label]) => el("li", {}, el("button", { type: "button", onclick: () => makeWish({ kind, value, weight: LESS }, panel) }, label));
  return el("div", {}, el("p", {}, "Less of what?"), el("ul", { class: "choices", "aria-label": "Less of what?" }, ...offered(post).map(choice)));
}

/** @param {Post} post @returns {[string, string, string|Node][]} kind, value, and what the choice is called */
function offered(post) {
  const topic = [...post.text.replace(/https?:\/\/\S+/g, " ").replace(/\s+/g, " ").trim()].slice(0, TOPIC).join("");
  const author = `${post.network}/${post.author}`;
  return [
    ...(topic ? [/** @type {[string, string, string]} */ (["topic", topic, "What it is about"])] : []),
    ["author", author, el("bdi", {}, about({ kind: "author", value: author }))],
    ...(post.tags ?? []).slice(0, TAGS).map((tag) => /** @type {[string, string, Node]} */ (["tag", tag, el("bdi", {}, `#${tag}`)])),
    ...(post.lang ? [/** @type {[string, string, string]} */ (["lang", post.lang, about({ kind: "lang", value: post.lang })])] : []),
    ["tone", "outrage", "Outrage"],
  ];
}
