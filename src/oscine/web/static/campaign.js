// One campaign: how it stands, what it brought in charts and in sentences, and what can be done with it.

import { drawCreatives } from "./campaign-ads.js";
import { showCharts } from "./campaign-charts.js";
import { drawExplain } from "./campaign-explain.js";
import { drawFlights } from "./campaign-flights.js";
import { showLedger, showTrail } from "./campaign-ledger.js";
import { badge, drawSpent } from "./campaign-list.js";
import { get, isAbort, send } from "./api.js";
import { byId, el } from "./dom.js";
import { moment } from "./format.js";
import { note, problem } from "./notice.js";
import { inWords } from "./targeting.js";

/** What can be done in each state, and in whose words. */
const STEPS = /** @type {Record<string, [string, string][]>} */ ({
  draft: [["launch", "Launch"]], review: [["end", "End"]], running: [["pause", "Pause"], ["end", "End"]], paused: [["resume", "Resume"], ["end", "End"]], refused: [["launch", "Launch again"], ["end", "End"]], ended: [],
});

/** @param {HTMLElement} place @param {number} id */
export async function showCampaign(place, id) {
  byId("lead").hidden = true;
  const again = () => showCampaign(place, id);
  place.replaceChildren(el("p", { class: "state", role: "status" }, "Loading…"));
  try {
    draw(place, await get(`/v1/ads/campaigns/${id}`), again);
  } catch (error) {
    if (!isAbort(error)) place.replaceChildren(problem(/** @type {Error} */ (error), again), el("p", {}, el("a", { href: "/campaigns" }, "All campaigns")));
  }
}

/** @param {HTMLElement} place @param {any} campaign @param {() => void} again */
function draw(place, campaign, again) {
  byId("title").replaceChildren(el("bdi", {}, campaign.name));
  document.title = `${campaign.name} · Oscine`;
  const charts = el("div", { class: "charts" });
  const summary = section("summary", "What worked, and what to do next");
  const trail = section("trail", "Trail");
  const ledger = section("ledger", "Ledger");
  const numbers = section("report", "In numbers");
  numbers.append(charts);
  place.replaceChildren(
    el("p", { class: "stands" }, badge(campaign.state), drawSpent(campaign), el("span", { class: "hint" }, el("bdi", {}, campaign.advertiser_name), ` · for ${campaign.objective} · on ${campaign.placements.join(", ")}`)),
    drawSteps(campaign, again), ...(campaign.state === "review" ? [note("A person looks at its ads first.", "What is accepted runs at once.")] : []),
    summary, numbers, drawCreatives(campaign, again), drawFlights(campaign, again), drawWhom(campaign), drawExplain(campaign), trail, ledger);
  showCharts(charts, summary, campaign);
  showTrail(trail, campaign);
  showLedger(ledger, campaign);
}

/** @param {string} id @param {string} title @returns {HTMLElement} */
export const section = (id, title) => el("section", { id, class: "part", tabindex: "-1", "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, title));

/** Buttons of the steps that its state allows; each takes a reason, which is kept in its trail. */
function drawSteps(campaign, again) {
  const why = /** @type {HTMLInputElement} */ (el("input", { maxlength: 500, placeholder: "why (kept in its trail)", "aria-label": "Why", dir: "auto" }));
  const said = el("div", {});
  const take = (verb) => async () => {
    try {
      await send("POST", `/v1/ads/campaigns/${campaign.id}/${verb}`, { why: why.value.trim() });
      again();
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  };
  const steps = STEPS[campaign.state] ?? [];
  const offer = ([verb, words]) => (verb === "end" ? ending(take(verb)) : el("button", { type: "button", onclick: take(verb) }, words));
  return el("div", { class: "steps" }, steps.length ? el("div", { class: "offers" }, ...steps.map(offer), why) : null, said);
}

/** @param {() => void} end @returns {HTMLElement} */
const ending = (end) => el("details", { class: "sure" }, el("summary", {}, "End…"), el("p", {}, "It cannot run again; what is left of its budget is not spent."), el("button", { type: "button", onclick: end }, "End it for good"));

/** @param {any} campaign @returns {HTMLElement} whom it is for, in words */
function drawWhom({ targeting, caps, tier, pace, holdout, created_at }) {
  const asked = inWords(targeting);
  const rows = [...(asked.length ? asked : [["who", "everybody"]]), ["to one person", caps.impressions ? `at most ${caps.impressions} in ${caps.hours} hours` : "as often as it wins"],
    ["beside posts", { strict: "harmless ones only", standard: "harmless and unremarkable ones", open: "any that are shown" }[tier] ?? tier], ["pace", pace], ["kept from seeing it", `${Math.round(100 * holdout)}% of people`], ["made", moment(created_at).short]];
  const whom = section("whom", "For whom");
  whom.append(el("dl", { class: "facts" }, ...rows.flatMap(([said, value]) => [el("dt", {}, said), el("dd", { dir: "auto" }, value)])));
  return whom;
}
