// Posts that answer one question differently: each side with how many accounts say so, as a number and as a bar.

import { el } from "./dom.js";
import { count } from "./format.js";

/**
 * @param {import("./chat.js").Side[]} sides
 * @param {(id: string) => HTMLElement} reference the way to a post
 * @returns {HTMLElement[]} items of a list
 */
export function drawSides(sides, reference) {
  const most = Math.max(1, ...sides.map(({ accounts }) => Number(accounts) || 0));
  return sides.map(({ value, accounts, posts = [] }) => {
    const bar = el("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", String((Number(accounts) || 0) / most));
    return el(
      "li",
      {},
      el("q", { class: "value", dir: "auto" }, value),
      el("span", { class: "accounts" }, count(Number(accounts) || 0, "account")),
      el("span", { class: "refs" }, ...posts.map(reference)),
      bar,
    );
  });
}
