// The periods of a campaign with their budgets, and changing them.

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { amount, dayOf, field, input, midnight, sum } from "./field.js";
import { moment } from "./format.js";
import { money, typed } from "./money.js";
import { problem } from "./notice.js";

/** @param {any} campaign @param {() => void} again @returns {HTMLElement} */
export function drawFlights(campaign, again) {
  return el("section", { id: "flights", class: "part", tabindex: "-1", "aria-labelledby": "flights-title" }, el("h2", { id: "flights-title" }, "Budget and period"),
    ...campaign.flights.map((flight) => drawFlight(flight, campaign, again)));
}

/** @param {any} flight @param {any} campaign @param {() => void} again @returns {HTMLElement} */
function drawFlight(flight, campaign, again) {
  const { currency } = campaign;
  const said = el("div", {});
  const last = new Date(new Date(flight.ends_at).getTime() - 1); // an end is the first moment after
  const rows = [["from", moment(flight.starts_at).long], ["to", moment(last.toISOString()).long], ["budget", money(flight.budget, currency)], ["spent", money(flight.spent ?? 0, currency)], ["reserved for what is being shown", money(flight.reserved ?? 0, currency)],
    ["most a day", flight.daily ? money(flight.daily, currency) : "no limit"], ["bid", flight.bid ? money(flight.bid, currency) : "automatic"]];
  const form = /** @type {HTMLFormElement} */ (el("form", {}, el("div", { class: "fields" },
    amount("Budget", "budget", () => currency, { required: true, value: typed(flight.budget) }), field("Last day", input("end", { type: "date", required: true, value: dayOf(last) })),
    amount("Most a day", "daily", () => currency, { value: flight.daily ? typed(flight.daily) : "", placeholder: "no limit" }), amount("Bid", "bid", () => currency, { value: flight.bid ? typed(flight.bid) : "", placeholder: "automatic" })),
    el("p", { class: "offers" }, el("button", {}, "Change")), said));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const day = String(given.get("end"));
    const changed = { id: flight.id, starts_at: flight.starts_at, ends_at: day === dayOf(last) ? flight.ends_at : midnight(day, 1), budget: sum(given, "budget"), daily: sum(given, "daily"), bid: sum(given, "bid") };
    try {
      await send("PATCH", `/v1/ads/campaigns/${campaign.id}`, { flights: campaign.flights.map((each) => (each.id === flight.id ? changed : wire(each))), why: "" });
      again();
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  return el("div", { class: "flight" }, el("dl", { class: "facts" }, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    campaign.state === "ended" ? null : el("details", {}, el("summary", {}, "Change budget or end"), form));
}

/** @param {any} flight @returns {Record<string, any>} */
const wire = ({ id, starts_at, ends_at, budget, daily, bid }) => ({ id, starts_at, ends_at, budget, daily, bid });
