// A text to the clipboard, with a word on how it went.

import { el } from "./dom.js";

/**
 * @param {string} label of the button
 * @param {string|(() => string)} text what is copied
 * @param {string} what it is, for who has to copy it by hand
 * @returns {HTMLElement} the button, and beside it what became of it
 */
export function copier(label, text, what) {
  const now = () => (typeof text === "function" ? text() : text);
  const button = el("button", { type: "button" }, label);
  const said = el("span", { role: "status" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(now());
      said.replaceChildren("Copied");
      setTimeout(() => said.replaceChildren(), 3000);
    } catch {
      // No clipboard without https, or not allowed: give the text to copy by hand.
      const input = /** @type {HTMLInputElement} */ (el("input", { readonly: true, value: now(), "aria-label": what }));
      button.replaceWith(input);
      input.select();
    }
  });
  return el("span", { class: "copy" }, button, said);
}
