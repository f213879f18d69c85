// An author's appeal against a label on a post of theirs: how it stands, or a way to make one.

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { problem } from "./notice.js";
import { timed } from "./time.js";

/** @typedef {{id?: number, at?: string, words?: string, decided_at?: string|null, upheld?: boolean|null, why?: string}} Appeal */

/** @param {Appeal} made @returns {HTMLElement} how it stands */
export function standing(made) {
  if (!made.decided_at) return el("p", { class: "note" }, "You appealed ", timed(made.at), "; a person of this network decides.");
  return el("p", { class: "note" }, made.upheld ? "You appealed; it stays: " : "You appealed; it was taken off: ", el("span", { dir: "auto" }, made.why ?? ""));
}

/**
 * @param {{post: string, network: string, label: string, appeal?: Appeal|null}} label
 * @param {HTMLElement} place where it is put, and what comes of it
 * @returns {HTMLElement[]}
 */
export function appealing({ post, network, label, appeal: made }, place) {
  if (made) return [standing(made)];
  const words = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: 2, required: true, maxlength: 1000, dir: "auto", "aria-label": "Why the label is wrong" }));
  const said = el("div", { "aria-live": "polite" });
  const form = el("form", {}, words, el("button", { class: "primary" }, "Send it"), said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const sent = await send("POST", "/v1/labels/appeals", { post, network, label, words: words.value.trim() });
      place.replaceChildren(el("p", { class: "note", role: "status" }, `✓ Appeal ${sent.id ?? ""} is with a person of this network.`));
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  return [el("details", { class: "appeal" }, el("summary", {}, "It is wrong: appeal"), form)];
}
