// Why a campaign would, or would not, stand in a place right now: the decision in full, for the one that asks.

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { field, input, select } from "./field.js";
import { money } from "./money.js";
import { problem } from "./notice.js";
import { percent } from "./rate.js";

/** @param {any} campaign @returns {HTMLElement} */
export function drawExplain(campaign) {
  const told = el("div", { "aria-live": "polite" });
  const form = /** @type {HTMLFormElement} */ (el("form", {}, el("div", { class: "fields" },
    field("Placement", select("placement", campaign.placements.map((name) => [name, name]))),
    field("Language of the posts around", input("lang", { maxlength: 3, pattern: "[a-z]{2,3}", value: campaign.targeting.langs?.[0] ?? campaign.creatives[0]?.lang ?? "", title: "A code such as en" })),
    field("Country", input("country", { maxlength: 2, pattern: "[A-Za-z]{2}", value: campaign.targeting.places?.[0]?.slice(0, 2) ?? "", title: "A code such as DE" }))),
    el("p", { class: "offers" }, el("button", {}, "Decide"), el("span", { class: "hint" }, "Nothing is shown and nothing is charged."))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      told.replaceChildren(...drawDecision(await send("POST", "/v1/ads/explain", Object.fromEntries(new FormData(form))), campaign));
    } catch (error) {
      if (!isAbort(error)) told.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  return el("section", { id: "explain", class: "part", tabindex: "-1", "aria-labelledby": "explain-title" }, el("h2", { id: "explain-title" }, "Would it be shown here?"), form, told);
}

/** @param {any} decision @param {any} campaign @returns {Node[]} */
function drawDecision({ wins, bidders, left_out, notes }, { id, currency }) {
  const own = (all) => all.filter((each) => each.campaign === id);
  const won = own(wins).map(({ position, held, price, creative, propensity, because }) =>
    el("p", {}, el("b", {}, held ? "It would win, but this person is kept from it." : `Yes: place ${position + 1}, with ad ${creative}`), held ? "" : ` (drawn with a chance of ${percent(propensity)}), for ${money(price, currency)}. ${because}`));
  const bid = own(bidders).map((each) => el("dl", { class: "facts" }, ...[["rank", `${each.rank} of ${bidders.length}`], ["bid", money(each.bid, currency)], ["foretold click rate", `${percent(each.p_click.mean)} ± ${percent(each.p_click.spread)}`], ["worth of a thousand showings", money(each.cpm, currency)], ["quality", each.quality.toFixed(2)], ["chance that its pace lets it bid", percent(each.paced)]].flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
  const out = own(left_out).map(({ why, code }) => el("p", {}, el("b", {}, "No. "), why, " ", el("code", {}, code)));
  return [...won, ...out, ...(won.length + out.length ? [] : [el("p", {}, el("b", {}, "No. "), "It does not run now: its state, its period or its budget keeps it out of every auction.")]), ...bid, ...notes.map((words) => el("p", { class: "hint" }, words))];
}
