// Where one's words went: how often they were read, by which door and for what, and the newest readings.

import { el } from "./dom.js";
import { count, number } from "./format.js";
import { section, tableOf } from "./section.js";
import { timed } from "./time.js";

/** @typedef {{at: string, door: string, purpose?: string, holder?: string, posts?: number}} Read */

const DOORS = /** @type {Record<string, string>} */ ({ search: "search", ask: "answers", explain: "explanations", feed: "feeds", ads: "ads", export: "exports", stream: "streams", corpus: "training data", bots: "bots", mcp: "assistants" });
const PLAIN = "people who look";

/** @param {{total?: number, by_door?: Record<string, number>, by_purpose?: Record<string, number>, newest?: Read[]}} reads @returns {HTMLElement} */
export function drawReads({ total = 0, by_door: doors = {}, by_purpose: purposes = {}, newest = [] }) {
  const lead = el("p", { class: "hint" }, "Each time somebody other than you was handed your posts. Who a person is, the log does not say; who holds a licence, it does.");
  if (!total && !newest.length) return section("reads", "Where your words went", lead, el("p", { class: "none" }, "Nobody has read them here yet, as far as the log goes back."));
  const holders = [...new Set(newest.map(({ holder }) => holder).filter(Boolean))];
  return section("reads", "Where your words went", lead, el("p", {}, el("b", {}, count(total, "post")), " of yours ", total === 1 ? "was" : "were", " read, each time counted."),
    el("div", { class: "shares" }, drawShares("By which door", doors, (name) => DOORS[name] ?? name), drawShares("What for", purposes, (name) => name || PLAIN)),
    holders.length ? el("p", {}, "Under a licence, by ", ...holders.flatMap((holder, at) => [at ? ", " : "", el("bdi", { class: "holder" }, holder)]), ".") : null,
    newest.length ? tableOf("The newest readings", ["When", "Door", "What for", "Posts"], newest.map(row)) : null);
}

/** @param {Read} read @returns {HTMLElement} */
const row = ({ at, door, purpose, holder, posts }) =>
  el("tr", {}, el("th", { scope: "row" }, timed(at)), el("td", {}, DOORS[door] ?? door), el("td", {}, purpose || PLAIN, holder ? el("span", {}, ": ", el("bdi", { class: "holder" }, holder)) : null),
    el("td", { class: "figure" }, typeof posts === "number" ? number(posts) : ""));

/** @param {string} title @param {Record<string, number>} shares @param {(name: string) => string} says @returns {HTMLElement|null} a bar for each; the number stands beside it */
function drawShares(title, shares, says) {
  const rows = Object.entries(shares).filter(([, value]) => typeof value === "number").sort(([, a], [, b]) => b - a);
  const most = Math.max(1, ...rows.map(([, value]) => value));
  const bar = (value) => {
    const made = el("i", { "aria-hidden": "true" });
    made.style.width = `${(100 * value) / most}%`;
    return made;
  };
  return rows.length ? el("div", {}, el("h3", {}, title), el("dl", { class: "bars" }, ...rows.map(([name, value]) => el("div", {}, el("dt", {}, says(name)), el("dd", {}, number(value), bar(value)))))) : null;
}
