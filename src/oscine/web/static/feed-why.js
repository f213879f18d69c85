// "Why this": the parts that the score is the sum of, where that put the post, and what would have been otherwise.

import { get, isAbort } from "./api.js";
import { el } from "./dom.js";
import { bars, figure, signed } from "./feed-figures.js";
import { sent } from "./feed-steering.js";
import { whatIf } from "./feed-what-if.js";
import { part } from "./feed-words.js";
import { number } from "./format.js";
import { problem } from "./notice.js";

/** @typedef {{name: string, value: number, weight: number, points: number}} Part */
/** @typedef {{points: number, parts: Part[], position: number, moved: number, sources: string[]}} Why */

/** @param {Record<string, any>} item @param {string} page @param {HTMLElement} panel */
export async function showWhy(item, page, panel) {
  const heading = el("h3", { tabindex: "-1" }, "Why this post");
  const told = el("div", { "aria-live": "polite" }, el("p", { class: "state" }, "Adding up…"));
  const section = el("section", { class: "why-this", "aria-label": "Why this post" }, heading, told);
  panel.replaceChildren(section);
  heading.focus({ preventScroll: true });
  try {
    const why = await get("/v1/feed/why", { page, post: item.post.id, network: item.post.network, steering: sent() });
    told.replaceChildren(...(why.parts.length ? [stands(why), table(why), found(why), whatIf(item.post, why, page)] : [el("p", {}, "Newest first: nothing is added up, and nothing ranked.")]));
  } catch (error) {
    if (!isAbort(error)) told.replaceChildren(problem(/** @type {Error} */ (error), () => showWhy(item, page, panel)));
  }
}

/** @param {Why} why @returns {HTMLElement} */
function stands({ position, moved }) {
  const lost = moved < 0 ? `It lost ${number(-moved)} points there for being like posts above it.` : "Nothing was taken from it for being like posts above it.";
  return el("p", {}, "It stands at ", el("b", {}, `place ${number(position)}`), ` of its page. ${lost}`);
}

/** @param {Why} why @returns {HTMLElement} */
function table({ points, parts }) {
  const bar = bars(parts.map((each) => each.points));
  const rows = [...parts].sort((a, b) => Math.abs(b.points) - Math.abs(a.points)).map((each) => row(each, bar));
  return el("table", { class: "parts" }, el("caption", {}, "Its score, part by part, in millionths"),
    el("thead", {}, el("tr", {}, ...["Part", "Value × weight", "Points"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...rows),
    el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, "Score, their sum"), el("td", { class: "sum" }), el("td", { class: "points" }, number(points)))));
}

/** @param {Part} one @param {(points: number) => HTMLElement} bar @returns {HTMLElement} */
const row = ({ name, value, weight, points }, bar) =>
  el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, part(name)), bar(points)), el("td", { class: "sum" }, `${figure(value)} × ${figure(weight)}`), el("td", { class: "points" }, signed(points)));

/** @param {Why} why @returns {HTMLElement} */
const found = ({ sources }) => el("p", { class: "facts" }, sources.length ? `Found by: ${sources.join(", ")}.` : "No source of its own found it.");
