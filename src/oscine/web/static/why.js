// The page behind "why this ad?": the ad again, who pays, the reasons, and what can be changed.

import "./shell.js";
import { drawAd } from "./ad-slot.js";
import { drawWhy } from "./ad-why.js";
import { get, isAbort } from "./api.js";
import { byId, el } from "./dom.js";
import { note, problem } from "./notice.js";

const content = byId("content");
const token = new URLSearchParams(location.search).get("token") ?? "";

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

load();
