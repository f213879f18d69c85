// The one table of weights, published: what each part of a score is worth, and who changed it when and why.

import "./shell.js";
import { get, isAbort } from "./api.js";
import { byId, el } from "./dom.js";
import { bars, figure, signedFigure } from "./feed-figures.js";
import { DIALS, KINDS, part } from "./feed-words.js";
import { moment } from "./format.js";
import { problem } from "./notice.js";

/** @typedef {{version: number, actions: Record<string, number>, also: Record<string, number>, dials: Record<string, number>, wishes: Record<string, number>,
 *   diversity: number, author: number, made_at?: string|null, by?: string, why?: string}} Weights */

const content = byId("content");

async function load() {
  try {
    const { live, history = [], steps = [] } = await get("/v1/feed/weights");
    content.replaceChildren(...drawTables(live).filter((each) => each !== null), drawVersions(history, live.version), drawSteps(steps));
  } catch (error) {
    if (!isAbort(error)) content.replaceChildren(problem(/** @type {Error} */ (error), load));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

/** @param {Weights} weights @returns {(HTMLElement|null)[]} */
const drawTables = ({ actions, also, dials, wishes, diversity, author }) => [
  drawTable("What you may do with it", "times how likely that is", named(actions, part)),
  drawTable("What else speaks for it", "times how much of it there is", named(also, part)),
  drawTable("What a dial adds", "turned all the way up", named(dials, (name) => DIALS[name] ?? name)),
  drawTable("What a wish adds", "of weight 1, where a post is just so", named(wishes, (name) => KINDS[name] ?? name)),
  el("p", {}, `Of what a post is worth, it loses up to ${figure(100 * diversity)}% for being like the posts above it, and ${figure(100 * author)}% for each of them by its own author.`),
];

/** @param {Record<string, number>} weights @param {(name: string) => string} says @returns {[string, number][]} */
const named = (weights, says) => Object.entries(weights).sort(([, a], [, b]) => b - a).map(([name, weight]) => [says(name), weight]);

/** @param {string} title @param {string} unit @param {[string, number][]} rows @returns {HTMLElement|null} */
function drawTable(title, unit, rows) {
  if (!rows.length) return null;
  const bar = bars(rows.map(([, weight]) => weight));
  const items = rows.map(([name, weight]) => el("tr", {}, el("th", { scope: "row" }, name, bar(weight)), el("td", { class: "points" }, signedFigure(weight))));
  return el("table", { class: "parts" }, el("caption", {}, el("h2", {}, title), ` ${unit}`), el("tbody", {}, ...items));
}

/** @param {Weights[]} versions the newest first @param {number} live @returns {HTMLElement} */
function drawVersions(versions, live) {
  const items = versions.map((each, at) =>
    el("li", {}, el("b", {}, `Version ${each.version}`), each.version === live ? ", in use" : null, signature(each.made_at, each.by ?? "", "as it ships"),
      each.why ? el("p", { dir: "auto" }, each.why) : null, el("p", { class: "facts" }, changes(each, versions[at + 1]).join(" · "))));
  return el("section", { "aria-labelledby": "versions" }, el("h2", { id: "versions" }, "Versions"), el("ol", { class: "history" }, ...items));
}

/** @param {{version: number, since: string, by: string, why: string}[]} steps @returns {HTMLElement|null} */
function drawSteps(steps) {
  if (!steps.length) return el("p", {}, "The table that ships has been in use from the first day.");
  const items = steps.map(({ version, since, by, why }) => el("li", {}, el("b", {}, `Version ${version}`), signature(since, by, ""), why ? el("p", { dir: "auto" }, why) : null));
  return el("section", { "aria-labelledby": "steps" }, el("h2", { id: "steps" }, "Put in use"), el("ol", { class: "history" }, ...items));
}

/** @param {string|null|undefined} at @param {string} by @param {string} otherwise @returns {string} */
const signature = (at, by, otherwise) => [at ? moment(at).short : otherwise, by && `by ${by}`].filter(Boolean).map((words) => ` · ${words}`).join("");

/** @param {Weights} one @param {Weights|undefined} before @returns {string[]} what is not as in the version before */
function changes(one, before) {
  if (!before) return [];
  const was = flat(before);
  return Object.entries(flat(one)).filter(([name, weight]) => weight !== was[name]).map(([name, weight]) => `${name}: ${figure(was[name] ?? 0)} → ${figure(weight)}`);
}

/** @param {Weights} weights @returns {Record<string, number>} */
function flat({ actions, also, dials, wishes, diversity, author }) {
  const groups = [named(actions, part), named(also, part), named(dials, (name) => `dial ${DIALS[name] ?? name}`), named(wishes, (name) => `wish ${KINDS[name] ?? name}`)];
  return { ...Object.fromEntries(groups.flat()), diversity, "same author": author };
}

load();
