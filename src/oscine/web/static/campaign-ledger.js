// What was charged, refunded and corrected, and who changed what: entries and steps, none of which is ever edited.

import { get, isAbort } from "./api.js";
import { el } from "./dom.js";
import { moment } from "./format.js";
import { badge } from "./campaign-list.js";
import { money } from "./money.js";
import { problem } from "./notice.js";

/** @param {HTMLElement} place @param {any} campaign */
export async function showLedger(place, campaign) {
  const rows = el("tbody", {});
  const after = el("div", {});
  const totals = el("p", {});
  const heads = ["When", "What", "Amount", "Why"].map((head) => el("th", { scope: "col" }, head));
  const table = el("table", { class: "entries", hidden: true }, el("caption", { class: "unseen" }, "Entries, the newest first"), el("thead", {}, el("tr", {}, ...heads)), rows);
  const more = async (before = 0) => {
    try {
      const found = await get("/v1/ads/ledger", { campaign: campaign.id, before: before || null });
      rows.append(...found.data.map(entry));
      table.hidden = !rows.childElementCount;
      if (!before) totals.textContent = told(found.totals);
      after.replaceChildren(...(found.before ? [el("button", { type: "button", onclick: () => more(found.before) }, "Older ones")] : []));
    } catch (error) {
      if (!isAbort(error)) after.replaceChildren(problem(/** @type {Error} */ (error), () => more(before)));
    }
  };
  place.append(totals, el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Ledger" }, table), after);
  await more();
}

/** @param {{currency: string, charged: number, refunded: number, corrected: number, sum: number}[]} totals @returns {string} */
function told(totals) {
  const said = totals.map(({ currency, charged, refunded, corrected, sum }) => {
    const changes = [refunded ? `refunded: ${money(-refunded, currency)}` : "", corrected ? `corrected by ${money(corrected, currency)}` : ""].filter(Boolean);
    return `Charged: ${money(charged, currency)}${changes.length ? `, ${changes.join(", ")}; in all ${money(sum, currency)}` : ""}.`;
  });
  return said.join(" ") || "Nothing has been charged.";
}

/** @param {any} one @returns {HTMLElement} */
function entry({ at, kind, event, amount, currency, why, by }) {
  const when = moment(at);
  return el("tr", {}, el("td", {}, el("time", { datetime: at, title: when.long }, when.short)), el("td", {}, event ? `${kind} for a ${event}` : kind), el("td", { class: "figure" }, money(amount, currency)), el("td", { dir: "auto" }, [why, by && `by ${by}`].filter(Boolean).join(", ")));
}

/** @param {HTMLElement} place @param {any} campaign */
export async function showTrail(place, campaign) {
  try {
    const { data } = await get(`/v1/ads/campaigns/${campaign.id}/trail`);
    place.append(el("ol", { class: "trail" }, ...data.map(step)));
  } catch (error) {
    if (!isAbort(error)) place.append(problem(/** @type {Error} */ (error)));
  }
}

/** @param {any} one @returns {HTMLElement} */
function step({ at, by, state, change, why }) {
  const when = moment(at);
  const changes = Object.entries(change ?? {}).map(([name, value]) => `${name.replaceAll("_", " ")}: ${typeof value === "object" ? JSON.stringify(value) : value}`);
  return el("li", {}, el("time", { datetime: at, title: when.long }, when.short), " ", badge(state), el("span", { dir: "auto" }, ` by ${by || "system"}${why ? `: ${why}` : ""}`),
    changes.length ? el("details", {}, el("summary", {}, "What changed"), el("ul", {}, ...changes.map((words) => el("li", { dir: "auto" }, words)))) : null);
}
