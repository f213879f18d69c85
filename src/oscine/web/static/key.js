// The key of a server that asks for one. It lives in sessionStorage: closing the tab forgets it.

import { byId, el } from "./dom.js";

const NAME = "oscine.key";

/** @returns {string|null} */
export const key = () => sessionStorage.getItem(NAME);

/** Forget the key, and everything on the page that it has opened. */
export function forgetKey() {
  sessionStorage.removeItem(NAME);
  location.reload();
}

/** @type {Promise<void>|null} one form, however many calls wait for it */
let asked = null;

/**
 * Ask for a key above the page's content.
 * @param {string} why the server's sentence
 * @returns {Promise<void>} fulfilled when a key has been given
 */
export function askForKey(why) {
  asked ??= new Promise((given) => {
    const input = /** @type {HTMLInputElement} */ (
      el("input", { id: "key-input", type: "password", autocomplete: "off", required: true, spellcheck: "false" })
    );
    const form = el(
      "form",
      { class: "key-form", "aria-labelledby": "key-title", "aria-describedby": "key-why" },
      el("h2", { id: "key-title" }, "This server asks for a key"),
      el("p", { id: "key-why" }, why, " It stays in this tab until you close it."),
      el("div", { class: "key-row" }, el("label", { for: "key-input" }, "Key"), input, el("button", { class: "primary" }, "Use this key")),
      el("p", { class: "instead" }, "Or ", el("a", { href: "/sign-in" }, "sign in with your network"), "."),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sessionStorage.setItem(NAME, input.value.trim());
      form.remove();
      asked = null;
      document.dispatchEvent(new CustomEvent("oscine:key"));
      given();
    });
    byId("main").prepend(form);
    input.focus();
  });
  return asked;
}
