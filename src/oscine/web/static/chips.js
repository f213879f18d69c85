// How the server has read the query: what it understood, each part removable, and what it did not.

import { el } from "./dom.js";
import { remove } from "./query.js";

/**
 * @typedef {{text: string, operator: string, value: string, means: string}} Understood
 * @typedef {{text: string, why: string}} Ignored
 */

/**
 * @param {HTMLElement} place
 * @param {string} query
 * @param {{understood?: Understood[], ignored?: Ignored[]}} reading
 * @param {(query: string) => void} search again, with the edited text
 */
export function showReading(place, query, { understood = [], ignored = [] }, search) {
  const chips = understood.map((part) => el("li", {}, chip(part, remove(query, part.text), search)));
  const notes = ignored.map(({ text, why }) => el("p", { class: "ignored" }, "‘", el("bdi", {}, text), "’ ", why));
  place.replaceChildren(...(chips.length ? [el("ul", { class: "chips", "aria-label": "Understood as" }, ...chips)] : []), ...notes);
}

/** @param {Understood} part @param {string|null} without @param {(query: string) => void} search @returns {HTMLElement} */
function chip(part, without, search) {
  const label = el("bdi", { title: part.text }, part.means || part.text);
  if (without === null) return el("span", { class: "chip" }, label);
  const button = el("button", { type: "button", "aria-label": `Remove ${part.text}`, title: `Remove ${part.text}` }, "×");
  button.addEventListener("click", () => search(without));
  return el("span", { class: "chip" }, label, button);
}
