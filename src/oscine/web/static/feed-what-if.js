// "What if": where the post would stand had something not been done or asked. The server ranks again as though it had not.

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { steering } from "./feed-steering.js";
import { DIALS, about, amount } from "./feed-words.js";
import { number } from "./format.js";
import { problem } from "./notice.js";

/** @typedef {import("./api.js").Post} Post */
/** @typedef {{words: string, body: Record<string, any>}} Choice */

const MOST = 8;

/** @param {Post} post @param {Record<string, any>} why @param {string} page @returns {HTMLElement} */
export function whatIf(post, why, page) {
  const choices = [...undone(why.acts ?? []), ...unasked()].slice(0, MOST);
  if (!choices.length) return el("p", { class: "facts" }, "Nothing that you did or asked for counts here yet.");
  return el("div", { class: "what-if" }, el("h4", {}, "What if…"), el("ul", {}, ...choices.map((choice) => draw(choice, post, page))));
}

/** @param {Choice} choice @param {Post} post @param {string} page @returns {HTMLElement} */
function draw({ words, body }, post, page) {
  const outcome = el("span", { class: "outcome", role: "status" });
  const ask = async () => {
    outcome.replaceChildren("…");
    try {
      const { before, after, then } = await send("POST", "/v1/feed/what-if", { page, post: post.id, network: post.network, ...body });
      outcome.replaceChildren(...moved(before, after, then?.dropped));
    } catch (error) {
      if (!isAbort(error)) outcome.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  };
  return el("li", {}, el("button", { type: "button", class: "quiet", onclick: ask }, el("bdi", {}, words)), outcome);
}

/** @param {number} before @param {number|null} after @param {string} [dropped] why it would be left out @returns {(string|Node)[]} */
function moved(before, after, dropped) {
  if (before === after) return [`place ${number(before)}, as now`];
  const then = after ? `place ${number(after)}` : dropped ? `left out: ${dropped}` : "not on this page";
  return [`place ${number(before)} → `, el("b", {}, then)];
}

/** @param {{kind: string, post?: string, account?: string, network: string, words: string}[]} acts @returns {Choice[]} */
const undone = (acts) => acts.map(({ words, ...without }) => ({ words: `without ${words}`, body: { without } }));

/** @returns {Choice[]} each wish and each dial away */
function unasked() {
  const now = steering();
  const wishes = now.wishes.map((wish) => ({
    words: `without your wish for ${amount(wish.weight)} ${about(wish)}`,
    body: { steering: { ...now, wishes: now.wishes.filter((each) => each !== wish) } },
  }));
  const dials = Object.entries(now.dials).filter(([, turned]) => turned).map(([name]) => ({
    words: `with “${DIALS[name] ?? name}” as usual`,
    body: { steering: { ...now, dials: { ...now.dials, [name]: 0 } } },
  }));
  return [...wishes, ...dials, ...(now.personal ? [{ words: "without anything you did", body: { steering: { ...now, personal: false } } }] : [])];
}
