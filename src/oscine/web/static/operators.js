// The table of what may be typed in the search box, family by family.

import { el } from "./dom.js";
import { searchFor } from "./post-parts.js";

/** @typedef {import("./completion.js").Operator} Operator */

const FAMILIES = {
  text: "Words", people: "People", time: "Time", kind: "Kinds of posts", links: "Links and cards", thread: "Conversations",
  engagement: "Likes, reposts, replies", place: "Places", other: "Order and origin",
};
/** How words stand together: punctuation, which is no operator of the server's table. */
const SYNTAX = [
  { example: '"early ferry"', help: "these words in this order" },
  { example: "ferry -ticket", help: "without this word; `-` goes before any operator" },
  { example: "(ferry OR boat) pier", help: "one of several; brackets keep them together" },
].map((row) => ({ name: "", family: "text", ...row }));

/**
 * @param {HTMLElement} place
 * @param {Operator[]} operators
 */
export function showOperators(place, operators) {
  if (!operators.length) return;
  const all = [...SYNTAX, ...operators];
  const families = [...new Set([...Object.keys(FAMILIES), ...all.map(({ family }) => family ?? "other")])];
  const sections = families.flatMap((family) => {
    const rows = all.filter((operator) => (operator.family ?? "other") === family).map(row);
    return rows.length ? [el("section", {}, el("h3", {}, FAMILIES[family] ?? family), el("dl", {}, ...rows))] : [];
  });
  place.replaceChildren(el("details", {}, el("summary", {}, "What you can type"), el("div", { class: "families" }, ...sections)));
}

/** @param {Operator} operator @returns {HTMLElement} */
function row({ name, example, help, synonyms = [] }) {
  const also = synonyms.flatMap((synonym, i) => [i ? ", " : " Also ", el("code", {}, synonym)]);
  return el("div", {}, el("dt", {}, el("a", { href: searchFor(example || name) }, el("code", {}, example || name))), el("dd", {}, ...coded(help ?? ""), also.length ? "." : "", ...also));
}

/** @param {string} help with what is typed between `backticks` @returns {(string|HTMLElement)[]} */
export const coded = (help) => help.split("`").map((part, i) => (i % 2 ? el("code", {}, part) : part));
