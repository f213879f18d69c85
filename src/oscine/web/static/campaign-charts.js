// What a campaign brought: charts of its days and its ads, what it changed, what another policy would have had, and the same as a file.

import { get, isAbort } from "./api.js";
import { intervals, lines } from "./chart.js";
import { el } from "./dom.js";
import { handOver } from "./download.js";
import { select } from "./field.js";
import { count, number } from "./format.js";
import { money, typed } from "./money.js";
import { note, problem } from "./notice.js";
import { percent, rated } from "./rate.js";

const DAY = 86_400_000; // milliseconds
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const thousands = (value) => value.toFixed(Math.abs(value) < 10 ? 1 : 0);

/** @param {HTMLElement} place @param {HTMLElement} summary @param {any} campaign */
export async function showCharts(place, summary, campaign) {
  const path = `/v1/ads/campaigns/${campaign.id}`;
  try {
    const report = await get(`${path}/report`, { by: "day" });
    if (!report.total.impressions) {
      tellSummary(summary, path);
      return place.replaceChildren(note("Nothing of it has been shown yet.", "Charts and comparisons come with the first impressions.", campaign.pace === "fast" ? null : "It begins in few places and doubles every few minutes, so that its budget lasts."));
    }
    const parts = [totals(report, campaign), daily(report.lines, campaign), spending(report.lines, campaign), el("div", { id: "compare", tabindex: "-1" }), el("div", { id: "lift", tabindex: "-1" }), asking(campaign), file(campaign)].flat();
    place.replaceChildren(...parts);
    fill(parts[3], get(`${path}/compare`), (compared) => ads(compared, campaign));
    if (campaign.holdout) fill(parts[4], get(`${path}/lift`), changed);
    tellSummary(summary, path);
  } catch (error) {
    if (!isAbort(error)) place.replaceChildren(problem(/** @type {Error} */ (error), () => showCharts(place, summary, campaign)));
  }
}

const tellSummary = (place, path) => fill(place, get(`${path}/summary`), ({ worked, next }) => [el("ul", { class: "sentences" }, ...worked.map((each) => sentence(each)), ...next.map((each) => sentence(each, "advice")))]);

/** @param {HTMLElement} place @param {Promise<any>} asked @param {(told: any) => Node[]} draw */
const fill = (place, asked, draw) => asked.then((told) => place.append(...draw(told)), (error) => place.append(problem(error)));

/** @param {any} report @param {any} campaign @returns {HTMLElement} */
function totals({ total, people, frequency, owed, corrected, refused, notes }, { currency }) {
  const rows = [["shown", number(total.impressions)], ["of them on the screen for a second", rated(total.viewability)], ["people known", people ? `${number(people)}, ${frequency.toFixed(1)} times each` : "none"], ["clicks", `${number(total.clicks)}: ${rated(total.click_rate)}`],
    ["conversions", `${number(total.conversions)}${total.conversion_rate ? `: ${rated(total.conversion_rate)} of clicks` : ""}`], ["spent", money(total.spent, currency)], ...(corrected ? [["refunded and corrected", money(corrected, currency)], ["owed", money(owed, currency)]] : []),
    ...[["a click", total.per_click], ["a conversion", total.per_conversion], ["a thousand showings", total.per_thousand]].filter(([, cost]) => cost).map(([what, cost]) => [`for ${what}`, costing(cost, currency)]),
    ["not counted", refused.length ? refused.map(({ kind, reason, events }) => `${count(events, kind)}: ${reason.replaceAll("_", " ")}`).join("; ") : "nothing"]];
  return el("div", {}, el("dl", { class: "facts totals" }, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])), ...notes.map((words) => el("p", { class: "hint" }, words)));
}

const costing = ({ value, low, high }, currency) => (low === high ? money(value, currency) : `${money(value, currency)} (${money(low, currency)} to ${money(high, currency)})`);

/** @param {any[]} days @returns {HTMLElement} the click rate of each day, with its interval */
function daily(days, campaign) {
  const dates = span(days, campaign).filter((day) => day <= days[days.length - 1].group.day);
  const rates = dates.map((day) => days.find(({ group }) => group.day === day)?.click_rate ?? null);
  const part = (name) => rates.map((rate) => rate?.[name] ?? null);
  return lines({ title: "Click rate, day by day", across: "Day", up: "Clicks of impressions", labels: dates.map(shortDay), format: percent, series: [{ name: "click rate", values: part("value"), low: part("low"), high: part("high") }] });
}

/** @param {any[]} days @returns {HTMLElement} what was spent up to each day, beside an even spending of the budget */
function spending(days, campaign) {
  const dates = span(days, campaign);
  const last = days[days.length - 1].group.day;
  let sum = 0;
  const spent = dates.map((day) => (day > last ? null : (sum += days.find(({ group }) => group.day === day)?.spent ?? 0)));
  const plan = dates.map((day) => campaign.flights.reduce((all, flight) => all + flight.budget * share(flight, new Date(day).getTime() + DAY), 0));
  return lines({ title: "Spent, beside an even plan", across: "Day", up: `${campaign.currency} up to and with the day`, labels: dates.map(shortDay), format: (value) => money(Math.round(value), campaign.currency),
    series: [{ name: "spent", values: spent }, { name: "an even plan", values: plan, dashed: true }] });
}

/** @param {any} flight @param {number} at @returns {number} the part of its time that is over */
function share({ starts_at, ends_at }, at) {
  const from = new Date(starts_at).getTime();
  return Math.min(1, Math.max(0, (at - from) / (new Date(ends_at).getTime() - from)));
}

/** @param {any[]} days @param {any} campaign @returns {string[]} every day (UTC) of its flights and its numbers */
function span(days, { flights }) {
  const starts = [...flights.map(({ starts_at }) => starts_at.slice(0, 10)), ...days.map(({ group }) => group.day)].sort();
  const ends = [...flights.map(({ ends_at }) => new Date(new Date(ends_at).getTime() - 1).toISOString().slice(0, 10)), ...days.map(({ group }) => group.day)].sort();
  const first = Date.parse(starts[0]), last = Date.parse(ends[ends.length - 1]);
  return Array.from({ length: Math.round((last - first) / DAY) + 1 }, (_, i) => new Date(first + i * DAY).toISOString().slice(0, 10));
}

const shortDay = (day) => DATE.format(new Date(day));

/** @param {any} compared @param {any} campaign @returns {Node[]} */
function ads({ arms, pairs, kinds, between, method }, { creatives }) {
  const headline = (name) => creatives.find(({ id }) => String(id) === name)?.headline;
  const named = (arm) => (headline(arm.name) ? `Ad ${arm.name}: ${headline(arm.name)}` : /^\d+$/.test(arm.name) ? `Ad ${arm.name}` : `All ${arm.name} ads`);
  const known = [...arms, ...kinds].filter(({ per_thousand }) => per_thousand);
  const few = arms.filter(({ per_thousand }) => !per_thousand);
  return [
    ...(known.length ? [intervals({ title: "Ad by ad", across: "Clicks of a thousand impressions", rows: known.map((arm) => ({ label: named(arm), ...arm.per_thousand })), format: thousands })] : []),
    el("ul", { class: "sentences" }, ...[...pairs, between].filter(Boolean).map((pair) => el("li", {}, pair.sentence)), ...few.map((arm) => el("li", {}, el("span", { dir: "auto" }, named(arm)), `: ${count(arm.clicks, "click")} of ${count(arm.impressions, "impression")}, too few for an interval.`))),
    el("p", { class: "hint" }, method),
  ];
}

/** @param {any} lift @returns {Node[]} */
function changed({ interval, brought, sentence, notes, shown, held }) {
  const sides = [{ name: "shown", ...shown }, { name: "kept from it", ...held }].map(({ name, people, converted }) => `${name}: ${number(converted)} of ${count(people, "person", "people")}`);
  return [
    ...(interval ? [intervals({ title: "What it changed", across: "Conversions of those who were shown it, against those who were kept from it", rows: [{ label: "Change", ...interval }], format: (value) => `${value > 0 ? "+" : ""}${Math.round(100 * value)}%` })] : [el("h3", {}, "What it changed")]),
    el("p", {}, sentence, brought ? ` That is about ${number(Math.round(brought.value))} people.` : ""), el("p", { class: "hint" }, `Converted, ${sides.join("; ")}.`), ...notes.map((words) => el("p", { class: "hint" }, words)),
  ];
}

const POLICIES = /** @type {[string, string][]} */ ([["even", "all ads alike"], ["best", "always yesterday's best"]]);

/** @param {any} campaign @returns {HTMLElement} */
function asking({ id, creatives }) {
  const policy = select("policy", [...POLICIES, ...creatives.map((ad) => /** @type {[string, string]} */ ([`only:${ad.id}`, `only ad ${ad.id}`]))]);
  const told = el("div", { "aria-live": "polite" });
  const ask = async () => {
    try {
      const { sentence, estimates, actual, warnings } = await get(`/v1/ads/campaigns/${id}/whatif`, { policy: policy.value });
      const rows = [{ label: "as it was", ...actual }, ...Object.entries(estimates).map(([name, estimate]) => ({ label: `estimated by ${name.replace("_", "-").toUpperCase()}`, ...estimate }))];
      told.replaceChildren(el("p", {}, sentence.replaceAll(/`([^`]+)`/g, "“$1”")), intervals({ title: "What if", across: "Clicks of a thousand impressions", rows, format: thousands }), ...warnings.map((words) => el("p", { class: "hint" }, words)));
    } catch (error) {
      if (!isAbort(error)) told.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  };
  const form = el("form", { class: "offers" }, el("label", {}, "What if it had shown ", policy), el("button", {}, "Estimate"));
  form.addEventListener("submit", (event) => (event.preventDefault(), ask()));
  return el("div", { id: "what-if" }, el("h3", {}, "What if another way had chosen the ads?"), form, told);
}

const COLUMNS = ["day", "creative", "impressions", "viewable", "clicks", "conversions", "spent", "currency"];

/** @param {any} campaign @returns {HTMLElement} a button that downloads days and ads as CSV */
function file({ id, currency }) {
  const said = el("span", { role: "status" });
  const download = async () => {
    try {
      const { lines: rows } = await get(`/v1/ads/campaigns/${id}/report`, { by: "day,creative" });
      const cells = rows.map((row) => [row.group.day, row.group.creative, row.impressions, row.viewable, row.clicks, row.conversions, typed(row.spent), currency]);
      handOver(`campaign-${id}.csv`, new Blob([[COLUMNS, ...cells].map((row) => row.join(",")).join("\r\n") + "\r\n"], { type: "text/csv" }));
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  };
  return el("p", { class: "offers" }, el("button", { type: "button", onclick: download }, "Download as CSV"), said);
}

const EXPLAIN = "`POST /v1/ads/explain`"; // the same is asked by a form of this page
const LINKED = /(`POST \/v1\/ads\/explain`|[+-]?\d[\d,]*(?:\.\d+)?%?)/;
const SOURCE = /^\/v1\/ads\/campaigns\/\d+\/(report|compare|lift)\b/; // each stands on this page, under its name

/** A sentence, each numeral of it a link to where it comes from. @param {{text: string, numbers: {name: string, value: number, href: string}[]}} said @param {string} [kind] @returns {HTMLElement} */
function sentence({ text, numbers }, kind) {
  let at = 0;
  const parts = text.split(LINKED).map((part, i) => {
    if (i % 2 === 0) return part.replaceAll(/`([^`]+)`/g, "“$1”");
    if (part === EXPLAIN) return el("a", { href: "#explain" }, "“Would it be shown here?”");
    const [, source] = SOURCE.exec(numbers[Math.min(at++, numbers.length - 1)]?.href ?? "") ?? [];
    return source ? el("a", { href: `#${source}` }, part) : part;
  });
  return el("li", { class: kind ?? null }, ...parts);
}
