// Making a key: its secret is shown once, here, and nowhere else.

import { checks } from "./access-licence.js";
import { isAbort, send } from "./api.js";
import { copier } from "./clipboard.js";
import { el } from "./dom.js";
import { field, input, list } from "./field.js";
import { problem } from "./notice.js";

const SCOPES = ["read", "write", "chat", "ads", "serve", "admin"];

/** @param {() => Promise<void>} again looks at all keys anew @returns {HTMLElement} */
export function drawMaking(again) {
  const said = el("div", { "aria-live": "polite" });
  const form = /** @type {HTMLFormElement} */ (el("form", { class: "licensing" },
    el("div", { class: "fields" },
      field("What it is for", input("name", { required: true, maxlength: 120, dir: "auto" })),
      field("Networks that it may write", input("networks", { maxlength: 500 }), "Only for write; commas between them."),
      field("Acts for", input("account", { maxlength: 500, dir: "ltr", placeholder: "nobody" }), "NETWORK/ACCOUNT: it then sees what that account sees.")),
    checks("Rights", "scopes", SCOPES, ["read"]), el("p", {}, el("button", { class: "primary" }, "Make it"))));
  const folded = /** @type {HTMLDetailsElement} */ (el("details", { class: "making" }, el("summary", {}, "Make a key…"), form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const account = String(given.get("account") ?? "").trim();
    try {
      const { key, name } = await send("POST", "/v1/keys", { name: String(given.get("name")).trim(), scopes: given.getAll("scopes").map(String), networks: list(given, "networks"), ...(account && { account }) });
      form.reset();
      folded.open = false;
      said.replaceChildren(drawSecret(key, name ?? ""));
      await again();
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  return el("div", {}, folded, said);
}

/** @param {string} secret @param {string} name @returns {HTMLElement} */
function drawSecret(secret, name) {
  const made = el("div", { class: "notice secret", role: "status" }, el("p", { class: "what" }, "✓ Made: ", el("bdi", {}, name), ". Its secret is shown this once:"), el("p", {}, el("code", { tabindex: "0" }, secret)),
    copier("Copy", secret, "The key's secret"), el("button", { type: "button", class: "quiet", onclick: () => made.remove() }, "I have it: put it away"));
  return made;
}
