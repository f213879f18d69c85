// What a person might want more of: topics, accounts, conversations. Each says why it is proposed, and becomes a wish with one click.

import { get, isAbort } from "./api.js";
import { el } from "./dom.js";
import { sent } from "./feed-steering.js";
import { makeWish } from "./feed-wish.js";
import { called } from "./feed-words.js";
import { plainName } from "./format.js";
import { problem } from "./notice.js";
import { drawPost } from "./post-card.js";
import { fromAccount, searchFor } from "./post-parts.js";

const MORE = 0.6;

/** @param {HTMLElement} place */
export async function showProposals(place) {
  place.replaceChildren(el("p", { class: "state" }, "Looking around…"));
  try {
    const { topics = [], accounts = [], conversations = [] } = await get("/v1/feed/proposals", { steering: sent() });
    const parts = [group("Topics", topics.map(topic)), group("People", accounts.map(account)), group("Conversations", conversations.map(conversation))].filter(Boolean);
    place.replaceChildren(...(parts.length ? parts : [el("p", {}, "Nothing to propose yet: like or follow something first.")]));
  } catch (error) {
    if (!isAbort(error)) place.replaceChildren(problem(/** @type {Error} */ (error), () => showProposals(place)));
  }
}

/** @param {string} title @param {HTMLElement[]} items @returns {HTMLElement|null} */
const group = (title, items) => (items.length ? el("section", {}, el("h3", {}, title), el("ul", {}, ...items)) : null);

/** @param {any} found @returns {HTMLElement} */
const topic = ({ topic: value, query, why }) => proposal(el("a", { href: searchFor(query ?? value), dir: "auto" }, value), why, { kind: "topic", value, weight: MORE }, value);

/** @param {any} found @returns {HTMLElement} */
function account({ id, network, handle, name, why }) {
  const shown = plainName(name) || plainName(handle) || plainName(id);
  called(`${network}/${id}`, shown);
  return proposal(el("a", { href: fromAccount(handle || id) }, el("bdi", {}, shown)), why, { kind: "author", value: `${network}/${id}`, weight: MORE }, shown);
}

/** @param {any} found @returns {HTMLElement} */
const conversation = ({ post, why }) => el("li", {}, drawPost(post), el("p", { class: "facts", dir: "auto" }, why));

/** @param {Node} link @param {string} why @param {import("./feed-steering.js").Wish} wished @param {string} name @returns {HTMLElement} */
function proposal(link, why, wished, name) {
  const made = el("div", {});
  const more = el("button", { type: "button", class: "quiet", "aria-label": `More of ${name}`, onclick: () => makeWish(wished, made) }, "More of it");
  return el("li", {}, link, more, el("p", { class: "facts", dir: "auto" }, why), made);
}
