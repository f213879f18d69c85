// A part of a page, with its heading.

import { el } from "./dom.js";

/** @param {string} id @param {string} title @param {...(Node|string|null|false)} parts @returns {HTMLElement} */
export const section = (id, title, ...parts) => el("section", { class: "part", id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, title), ...parts);

/** @param {string} label @param {string[]} heads @param {HTMLElement[]} rows @returns {HTMLElement} a table that scrolls by itself where it is too wide */
export const tableOf = (label, heads, rows) =>
  el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label },
    el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, ...rows)));

/** @param {[string, Node|string|null|false|undefined][]} facts those without a value are left out @returns {HTMLElement} */
export const factsOf = (facts) =>
  el("dl", { class: "facts" }, ...facts.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value || ""))));
