// Why a person sees an ad: who pays, the main reasons, and what they can change (DSA Art. 26).

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { problem } from "./notice.js";

/** @typedef {{name: string, says: string, method: string, href: string}} Control */
/** @typedef {{headline: string, on_behalf_of: string, paid_by: string, personal: boolean, reasons: string[], controls: Control[]}} Why */

const OWN = /^\/(v1\/)?ads\/[\w./?=&%~-]*$/; // where a control may lead

/** @param {Why} why @returns {HTMLElement} */
export function drawWhy({ on_behalf_of, paid_by, reasons, controls }) {
  const said = el("p", { role: "status" });
  return el("div", { class: "why" },
    el("p", {}, "Paid by ", el("bdi", {}, paid_by), on_behalf_of !== paid_by ? el("span", {}, ", on behalf of ", el("bdi", {}, on_behalf_of)) : null, "."),
    el("ul", { class: "because", "aria-label": "Why you see it" }, ...reasons.map((reason) => el("li", { dir: "auto" }, reason))),
    el("p", { class: "offers" }, ...controls.filter(({ href }) => OWN.test(href)).map((control) => drawControl(control, said))),
    said);
}

/** @param {Control} control @param {HTMLElement} said @returns {HTMLElement} a link, or a button that changes something */
function drawControl({ name, says, method, href }, said) {
  if (method === "GET") return el("a", { href }, says);
  const act = async () => {
    try {
      await send(method === "PUT" ? "PUT" : "POST", href, name === "personal" ? { personal: false } : undefined);
      said.replaceChildren("Done: it counts from the next ad on.");
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  };
  return el("button", { type: "button", onclick: act }, says);
}
