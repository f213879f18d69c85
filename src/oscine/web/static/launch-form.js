// What an advertiser orders, as a form: three fields suffice, the rest has a default that says so. It reads; it sends nothing.

import { el } from "./dom.js";
import { amount, dayOf, field, input, list, midnight, select, sum } from "./field.js";

/** @typedef {{placement: string, placements: string[], topic: string, name: string, link: string}} Suggested */

const DAYS = 14; // how long a campaign runs if nothing else is said
const HOURS = /** @type {Record<string, {words: string, holds: (day: number, hour: number) => boolean}>} */ ({
  "": { words: "at any time", holds: () => false },
  daytime: { words: "by day, 8 to 20", holds: (_, hour) => hour >= 8 && hour < 20 },
  evening: { words: "in the evening, 18 to 24", holds: (_, hour) => hour >= 18 },
  weekdays: { words: "Monday to Friday", holds: (day) => day < 5 },
  weekend: { words: "Saturday and Sunday", holds: (day) => day >= 5 },
});
const TIERS = /** @type {[string, string][]} */ ([["strict", "harmless ones only"], ["standard", "harmless and unremarkable ones"], ["open", "any that are shown"]]);
const PACES = /** @type {[string, string][]} */ ([["even", "evenly, by the clock"], ["traffic", "evenly, by the expected traffic"], ["fast", "as soon as can be"]]);
const OBJECTIVES = /** @type {[string, string][]} */ ([["clicks", "clicks"], ["impressions", "being shown"], ["conversions", "conversions"]]);
const BIDS = { clicks: "for a click", impressions: "for a thousand showings", conversions: "for a conversion" };
const HOLDOUTS = /** @type {[string, string][]} */ ([["0", "nobody"], ["0.05", "5% of people"], ["0.1", "10% of people"], ["0.2", "20% of people"]]);

/** @param {Suggested} suggested @param {() => string} currency @returns {HTMLElement[]} the form's fields */
export function drawOrder(suggested, currency) {
  const today = new Date();
  const until = new Date(today.getFullYear(), today.getMonth(), today.getDate() + DAYS);
  const bid = amount("Bid", "bid", currency, { placeholder: "automatic" }, "Empty bids by itself: as much for the budget as can be had.");
  const objective = select("objective", OBJECTIVES);
  const tell = () => bid.firstElementChild?.replaceChildren(`Bid ${BIDS[objective.value]}`);
  objective.addEventListener("change", tell);
  tell();
  return [
    el("div", { class: "fields essentials" },
      amount("Budget", "budget", currency, { required: true, placeholder: "250.00" }, "It is never overspent."),
      field("Last day", input("end", { type: "date", required: true, min: dayOf(today), value: dayOf(until) })),
      field("Campaign's name", input("name", { required: true, maxlength: 120, value: suggested.name, dir: "auto" })),
      field("Leads to", input("link", { type: "url", required: true, maxlength: 2000, value: suggested.link, placeholder: "https://…" }))),
    part("Price and pace", "", el("div", { class: "fields" },
      field("Pay for", objective), bid,
      amount("Most a day", "daily", currency, { placeholder: "no limit" }),
      field("Spend", select("pace", PACES)),
      field("First day", input("start", { type: "date", min: dayOf(today) }), "Empty starts at once."))),
    part("For whom", "everybody", el("div", { class: "fields" },
      field("Topics of the posts around", topics(suggested.topic), "By meaning, commas between them."),
      field("Posts around that match", input("query", { maxlength: 500, dir: "auto", placeholder: "bicycle OR #cycling" }), "As in the search."),
      field("Languages", input("langs", { maxlength: 60, placeholder: "the ads' own", pattern: "[a-zA-Z]{2,3}([,; ]+[a-zA-Z]{2,3})*", title: "Codes such as en, de" })),
      field("Places", input("places", { maxlength: 200, placeholder: "everywhere", pattern: "[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?([,; ]+[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?)*", title: "Codes such as DE, US-CA" }), "Codes: DE, US-CA."),
      field("Hours", select("hours", Object.entries(HOURS).map(([value, { words }]) => [value, words])), "By your clock."),
      field("Interests", input("interests", { maxlength: 400, dir: "auto" }), "Only of people who allow it; health, belief, politics, sexuality, origin and minors never."),
      field("People who resemble", input("like", { maxlength: 400, placeholder: "NETWORK/ACCOUNT" }), "Accounts; only people who allow it."))),
    part("Not for", "nobody is left out", el("div", { class: "fields" },
      field("Topics", input("not_topics", { maxlength: 400, dir: "auto" })), field("Posts that match", input("not_query", { maxlength: 500, dir: "auto" })),
      field("Languages", input("not_langs", { maxlength: 60 })), field("Places", input("not_places", { maxlength: 200 })), field("Interests", input("not_interests", { maxlength: 400, dir: "auto" })))),
    part("Where, how often, how it is measured", "", el("fieldset", { class: "checks" }, el("legend", {}, "Placements"), ...suggested.placements.map((name) =>
      el("label", { class: "check" }, input("placements", { type: "checkbox", value: name, checked: name === suggested.placement }), name))),
      el("div", { class: "fields" },
        field("Beside posts", select("tier", TIERS, "standard")),
        field("To one person, at most", input("cap", { type: "number", min: 0, max: 1000, value: 3 }), "Times a day; 0 is no limit."),
        field("Kept from seeing it", select("holdout", HOLDOUTS, "0.1"), "To measure what the campaign changes."))),
  ];
}

/** @param {HTMLFormElement} form @param {number} advertiser @returns {Record<string, any>} a campaign without its ads */
export function readOrder(form, advertiser) {
  const given = new FormData(form);
  const start = String(given.get("start") ?? "");
  const now = new Date();
  return {
    advertiser, name: String(given.get("name")).trim(), objective: given.get("objective"), placements: given.getAll("placements"), tier: given.get("tier"),
    targeting: readTargeting(form), caps: { impressions: Number(given.get("cap")), hours: 24 }, pace: given.get("pace"), holdout: Number(given.get("holdout")),
    flights: [{ starts_at: start && start > dayOf(now) ? midnight(start) : now.toISOString(), ends_at: midnight(String(given.get("end")), 1),
      budget: sum(given, "budget"), daily: sum(given, "daily"), bid: sum(given, "bid") }],
    creatives: [],
  };
}

/** @param {HTMLFormElement} form @returns {Record<string, any>} without what matches everybody */
export function readTargeting(form) {
  const given = new FormData(form);
  const text = (name) => String(given.get(name) ?? "").trim();
  const codes = (name) => text(name).split(/[,; ]+/).filter(Boolean);
  const all = {
    topics: list(given, "topics"), query: text("query"), langs: codes("langs").map((code) => code.toLowerCase()), places: codes("places").map((code) => code.toUpperCase()),
    hours: hours(text("hours")), interests: list(given, "interests"), like: list(given, "like"),
    not_topics: list(given, "not_topics"), not_query: text("not_query"), not_langs: codes("not_langs").map((code) => code.toLowerCase()),
    not_places: codes("not_places").map((code) => code.toUpperCase()), not_interests: list(given, "not_interests"),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value.length));
}

/** @param {string} choice @returns {number[]} hours of the week from Monday 0:00 UTC, for hours by the reader's clock */
export function hours(choice) {
  const shift = Math.round(new Date().getTimezoneOffset() / 60);
  const week = Array.from({ length: 168 }, (_, hour) => hour);
  return week.filter((hour) => HOURS[choice]?.holds(Math.floor(hour / 24), hour % 24)).map((hour) => (hour + shift + 168) % 168).sort((one, other) => one - other);
}

/** @param {string} title @param {string} none what is read where nothing is set @param {...HTMLElement} content @returns {HTMLElement} */
const part = (title, none, ...content) => el("details", {}, el("summary", {}, title, " ", el("span", { class: "set", "data-none": none })), ...content);

/** @param {string} topic @returns {HTMLElement} with the page's own topic to choose */
const topics = (topic) => el("span", {}, input("topics", { maxlength: 400, dir: "auto", list: "page-topics" }), el("datalist", { id: "page-topics" }, topic ? el("option", { value: topic }) : null));
