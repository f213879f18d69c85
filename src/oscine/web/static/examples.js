// Questions and searches to start from, as the server proposes them for the posts it holds.

import { get } from "./api.js";
import { el } from "./dom.js";

/**
 * @param {HTMLElement} place stays empty when the server proposes nothing
 * @param {"questions"|"searches"} kind
 * @param {string} path of the page that takes `?q=`
 */
export async function showExamples(place, kind, path) {
  try {
    const texts = (await get("/v1/examples"))[kind] ?? [];
    const items = texts.slice(0, 5).map((text) => el("li", {}, el("a", { href: `${path}?${new URLSearchParams({ q: text })}`, dir: "auto" }, text)));
    place.replaceChildren(...(items.length ? [el("h2", {}, "For example"), el("ul", {}, ...items)] : []));
  } catch {
    // An aid, not the page: what matters says for itself what is wrong.
  }
}
