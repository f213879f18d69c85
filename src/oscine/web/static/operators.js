// The table of what may be typed in the search box.

import { el } from "./dom.js";
import { searchFor } from "./post-parts.js";

/**
 * @param {HTMLElement} place
 * @param {import("./completion.js").Operator[]} operators
 */
export function showOperators(place, operators) {
  if (!operators.length) return;
  const rows = operators.map(({ name, example, help }) =>
    el("div", {}, el("dt", {}, el("a", { href: searchFor(example || name) }, el("code", {}, example || name))), el("dd", {}, help ?? "")),
  );
  place.replaceChildren(el("details", {}, el("summary", {}, "What you can type"), el("dl", {}, ...rows)));
}
