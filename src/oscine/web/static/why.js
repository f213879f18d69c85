// The page behind "why this ad?": the ad again, who pays, the main reasons, and what can be changed (DSA Art. 26).

import "./shell.js";
import { drawAd } from "./ad.js";
import { get, isAbort, send } from "./api.js";
import { byId, el } from "./dom.js";
import { note, problem } from "./notice.js";

/** @typedef {{name: string, says: string, method: string, href: string}} Control */
/** @typedef {{headline: string, on_behalf_of: string, paid_by: string, personal: boolean, reasons: string[], controls: Control[], creative: Record<string, any>}} Why */

const content = byId("content");
const token = new URLSearchParams(location.search).get("token") ?? "";
const OWN = /^\/(v1\/)?ads\/[\w./?=&%~-]*$/; // where a control may lead

async function load() {
  try {
    if (!token) return content.replaceChildren(note("No ad is named.", "Follow “Why this ad?” under an ad.", el("a", { href: "/ads/choices" }, "What ads are chosen by")));
    const why = await get(`/v1/ads/why/${encodeURIComponent(token)}`);
    content.replaceChildren(drawAd({ ...why.creative, paid_by: why.paid_by, on_behalf_of: why.on_behalf_of }), drawWhy(why));
  } catch (error) {
    if (!isAbort(error)) content.replaceChildren(problem(/** @type {Error} */ (error), load));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

/** @param {Why} why @returns {HTMLElement} */
function drawWhy({ on_behalf_of, paid_by, reasons, controls }) {
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

load();
