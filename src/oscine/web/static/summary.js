// A search summed up, when somebody asks for it.

import { get, isAbort } from "./api.js";
import { citing } from "./cited.js";
import { el } from "./dom.js";
import { problem } from "./notice.js";

/**
 * @param {HTMLElement} place
 * @param {string} query
 * @param {AbortSignal} [signal]
 */
export async function showSummary(place, query, signal) {
  place.replaceChildren(el("p", { class: "state" }, "Reading the posts…"));
  try {
    const { fact, sentences = [], posts = [], lang } = await get("/v1/summary", { of: "search", q: query }, signal);
    place.replaceChildren(
      el("h2", { tabindex: "-1" }, "In short"),
      el("p", { class: "fact", lang, dir: "auto" }, fact),
      el("ul", { lang }, ...sentences.map(citing(posts)).map((sentence) => el("li", {}, sentence))),
    );
    place.querySelector("h2")?.focus({ preventScroll: true });
  } catch (error) {
    if (!isAbort(error)) place.replaceChildren(problem(/** @type {Error} */ (error), () => showSummary(place, query, signal)));
  }
}
