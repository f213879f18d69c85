// What a page says when it cannot show what was asked for.

import { el } from "./dom.js";

/**
 * @param {Error & {fix?: string}} error
 * @param {(() => void)|null} [retry]
 * @returns {HTMLElement}
 */
export function problem(error, retry = null) {
  return el(
    "div",
    { class: "notice problem", role: "alert" },
    el("p", { class: "what", dir: "auto" }, error.message),
    error.fix ? el("p", { class: "fix", dir: "auto" }, error.fix) : null,
    retry ? el("button", { type: "button", onclick: retry }, "Try again") : null,
  );
}

/** @param {string} what @param {...(Node|string|null)} more @returns {HTMLElement} something to know; nothing is wrong */
export function note(what, ...more) {
  return el("div", { class: "notice" }, el("p", { class: "what" }, what), ...more.map((line) => line && el("p", {}, line)));
}
