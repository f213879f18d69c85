// The page as it was read: its passages with their numbers, its colours, what was left out of the ads and why, and measures of the set.

import { el } from "./dom.js";
import { count, languageTag } from "./format.js";

/** @typedef {{url: string, site: string, title: string, description: string, lang: string, topic: string, passages: {number: number, text: string, heading: string}[],
 *   colours: string[], actions: string[], pictures: {url: string, alt: string, kind: string}[]}} Page */

/** @param {Page} page @returns {HTMLElement} */
export function drawPage(page) {
  const swatches = page.colours.map((colour) => {
    const swatch = el("li", { title: colour }, el("span", { class: "unseen" }, colour));
    swatch.style.backgroundColor = colour;
    return swatch;
  });
  return el(
    "section",
    { class: "read", lang: languageTag(page.lang) },
    el("h2", {}, "What the page says"),
    el("p", { class: "title", dir: "auto" }, page.title),
    swatches.length ? el("ul", { class: "swatches", "aria-label": "Colours" }, ...swatches) : null,
    el("ol", { class: "said" }, ...page.passages.map(({ number, text, heading }) =>
      el("li", { id: `passage-${number}`, value: number, tabindex: "-1", dir: "auto", title: heading || null }, text))),
  );
}

/** @param {number} number @param {boolean} [go] marks a passage, and goes there */
export function point(number, go = false) {
  document.querySelectorAll(".said .pointed").forEach((passage) => passage.classList.remove("pointed"));
  const passage = document.getElementById(`passage-${number}`);
  passage?.classList.add("pointed");
  passage?.scrollIntoView({ block: "nearest" });
  if (go) passage?.focus();
}

/** @param {{text: string, reason: string}[]} dropped @returns {HTMLElement} */
export function drawDropped(dropped) {
  return el("details", { class: "dropped", open: dropped.length > 0 && dropped.length < 4 },
    el("summary", {}, `Left out: ${count(dropped.length, "text")}`),
    el("ul", {}, ...dropped.map(({ text, reason }) => el("li", {}, el("q", { dir: "auto" }, text), ` ${reason}`))));
}

/** @param {Record<string, any>} measures @returns {HTMLElement} */
export function drawMeasures(measures) {
  const all = Object.entries(measures ?? {}).flatMap(([name, value]) =>
    value && typeof value === "object" && !Array.isArray(value) ? Object.entries(value).map(([by, inner]) => [`${name} by ${by}`, inner]) : [[name, value]]);
  const rows = all.filter(([, value]) => typeof value === "number");
  return el("dl", { class: "measures", "aria-label": "Measures of these texts" },
    ...rows.flatMap(([name, value]) => [el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, Number.isInteger(value) ? `${value}` : value.toFixed(2))]));
}
