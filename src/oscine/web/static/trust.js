// The page of trust, for everyone: what was measured of eight aspects, what the software goes by, who may look, what was deleted, what went wrong.

import "./shell.js";
import { get, isAbort } from "./api.js";
import { byId, el } from "./dom.js";
import { problem } from "./notice.js";
import { drawAspects, drawOverview } from "./trust-aspects.js";
import { drawIncidents, drawOpen } from "./trust-incidents.js";
import { drawDeletion, drawHead } from "./trust-kept.js";
import { drawCards, drawPublished } from "./trust-published.js";

const content = byId("content");
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

async function load() {
  try {
    draw(await get("/v1/trust"));
  } catch (error) {
    if (!isAbort(error)) content.replaceChildren(problem(/** @type {Error} */ (error), load));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

/** @param {any} told a part that is missing is drawn as empty */
function draw(told) {
  byId("as-of").textContent = `${DAY.format(new Date())} UTC, ${location.host}`;
  const incidents = listed(told.incidents);
  content.replaceChildren(
    ...[drawOpen(incidents), drawOverview(listed(told.aspects)), drawAspects(listed(told.aspects)), drawPublished(listed(told.published)),
      drawCards(told.cards ?? {}), drawHead(told.log), drawDeletion(told.deletion), drawIncidents(incidents)].filter((part) => part !== null),
  );
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

/** @param {unknown} value @returns {any[]} */
const listed = (value) => (Array.isArray(value) ? value : []);

/** On paper everything is unfolded, and folded again after. @type {Element[]} */
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...content.querySelectorAll("details:not([open]):not(.file, .fetched)")];
  for (const each of unfolded) each.setAttribute("open", "");
});
addEventListener("afterprint", () => unfolded.forEach((each) => each.removeAttribute("open")));

load();
