// Why a person sees an ad: who pays, the main reasons, and what they can change (DSA Art. 26).

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { problem } from "./notice.js";

/** @typedef {{paid_by: string, on_behalf_of: string, reasons: string[], topics: string[], advertiser: {id: number, name: string}, creative: Record<string, any>}} Why */

/** @param {Why} why @param {string} token @returns {HTMLElement} */
export function drawWhy(why, token) {
  const said = el("p", { role: "status" });
  const less = (of) => async () => {
    try {
      await send("POST", `/v1/ads/less/${encodeURIComponent(token)}`, { of });
      said.replaceChildren(of === "advertiser" ? "You will see no more ads of this advertiser." : "You will see less on this.", " ", el("a", { href: "/ads/choices" }, "Your choices"));
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  };
  const topics = why.topics ?? [];
  return el("div", { class: "why" },
    el("p", {}, "Paid by ", el("bdi", { class: "payer" }, why.paid_by), why.on_behalf_of && why.on_behalf_of !== why.paid_by ? el("span", {}, ", on behalf of ", el("bdi", {}, why.on_behalf_of)) : null, "."),
    el("ul", { class: "because", "aria-label": "Why you see it" }, ...why.reasons.map((reason) => el("li", { dir: "auto" }, reason))),
    el("p", { class: "offers" },
      topics.length ? el("button", { type: "button", onclick: less("topics") }, "Less on ", el("bdi", {}, topics.join(", "))) : null,
      el("button", { type: "button", onclick: less("advertiser") }, "No ads of ", el("bdi", {}, why.advertiser?.name ?? why.on_behalf_of)),
      el("a", { href: "/ads/choices" }, "Change what ads are chosen by")),
    said);
}
