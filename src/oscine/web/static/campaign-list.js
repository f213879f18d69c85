// The list of campaigns, the newest first: how each stands, what of its budget is spent, and what it brought.

import { get, isAbort } from "./api.js";
import { el } from "./dom.js";
import { select } from "./field.js";
import { number } from "./format.js";
import { money } from "./money.js";
import { note, problem } from "./notice.js";
import { rated } from "./rate.js";

export const STATES = /** @type {Record<string, string>} */ ({ draft: "○ draft", review: "◔ in review", running: "▶ running", paused: "‖ paused", refused: "✕ refused", ended: "■ ended" });

/** @param {string} state @returns {HTMLElement} */
export const badge = (state) => el("span", { class: `badge ${state in STATES ? state : ""}` }, STATES[state] ?? state);

/** @param {HTMLElement} place */
export async function showCampaigns(place) {
  const state = select("state", [["", "all"], ...Object.entries(STATES)]);
  const rows = el("tbody", {});
  const after = el("div", {});
  const heads = ["Campaign", "State", "Budget spent", "Clicks", "Click rate"].map((head) => el("th", { scope: "col" }, head));
  const table = el("table", { class: "campaigns", hidden: true }, el("caption", { class: "unseen" }, "Campaigns"), el("thead", {}, el("tr", {}, ...heads)), rows);

  const more = async (before = 0) => {
    try {
      const found = await get("/v1/ads/campaigns", { state: state.value, before: before || null });
      rows.append(...found.data.map(row));
      table.hidden = !rows.childElementCount;
      after.replaceChildren(...(found.before ? [el("button", { type: "button", onclick: () => more(found.before) }, "Older ones")] : []), ...(rows.childElementCount ? [] : [none(state.value)]));
    } catch (error) {
      if (!isAbort(error)) after.replaceChildren(problem(/** @type {Error} */ (error), () => more(before)));
    }
  };
  state.addEventListener("change", () => {
    rows.replaceChildren();
    more();
  });
  place.replaceChildren(el("p", { class: "over-list" }, el("label", {}, "Show ", state), el("a", { class: "button primary", href: "/ads" }, "New campaign")), table, after);
  await more();
}

/** @param {string} state @returns {HTMLElement} */
function none(state) {
  return state ? note("No campaign is in this state.") : note("There is no campaign yet.", el("a", { href: "/ads" }, "Make ads from a page and launch them"));
}

/** @param {any} campaign @returns {HTMLElement} */
function row(campaign) {
  const { clicks = 0, click_rate = null } = campaign.totals ?? {};
  return el("tr", {},
    el("th", { scope: "row" }, el("a", { href: `/campaigns?id=${campaign.id}`, dir: "auto" }, campaign.name), el("span", { class: "hint", dir: "auto" }, campaign.advertiser_name)),
    el("td", { "data-head": "State" }, badge(campaign.state)),
    el("td", { "data-head": "Budget spent" }, drawSpent(campaign)),
    el("td", { "data-head": "Clicks", class: "figure" }, number(clicks)),
    el("td", { "data-head": "Click rate", class: "figure" }, rated(click_rate)));
}

/** @param {any} campaign @returns {HTMLElement} a bar, and the same in words */
export function drawSpent({ flights, currency }) {
  const budget = flights.reduce((all, flight) => all + flight.budget, 0);
  const spent = flights.reduce((all, flight) => all + (flight.spent ?? 0), 0);
  const fill = el("i", {});
  fill.style.width = `${budget ? Math.min(100, (100 * spent) / budget) : 0}%`;
  return el("span", { class: "spent" }, el("span", { class: "gauge", "aria-hidden": "true" }, fill), `${money(spent, currency)} of ${money(budget, currency)}`);
}
