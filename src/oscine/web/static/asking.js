// A form that asks the server for something to look at: one question at a time, by its button or by Ctrl and Enter, with a word while it works.

import { isAbort } from "./api.js";
import { el } from "./dom.js";
import { problem } from "./notice.js";

/**
 * @param {HTMLFormElement} form with one button of its own
 * @param {HTMLElement} place what comes of it
 * @param {string} busy what is said meanwhile
 * @param {() => Promise<HTMLElement[]>} ask
 * @param {(error: any) => HTMLElement|null} [known] what to say of an error that is none of the server's
 * @returns {() => Promise<void>} asks again
 */
export function asking(form, place, busy, ask, known = () => null) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));

  async function run() {
    if (button.disabled || !form.reportValidity()) return;
    button.disabled = true;
    place.setAttribute("aria-busy", "true");
    place.replaceChildren(el("p", { class: "state" }, busy));
    try {
      place.replaceChildren(...(await ask()));
    } catch (error) {
      if (!isAbort(error)) place.replaceChildren(known(error) ?? problem(/** @type {Error} */ (error), run));
    } finally {
      button.disabled = false;
      place.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    run();
  });
  return run;
}
