// One connection: its state and why, its figures, how fast it was since the page was opened, and its dead letters.

import { lines } from "./chart.js";
import { drawLetters } from "./dead-letters.js";
import { el } from "./dom.js";
import { moment, number } from "./format.js";

const STATES = /** @type {Record<string, string>} */ ({ running: "▶ running", waiting: "◔ waiting", stopped: "■ stopped", lost: "✕ lost" });
const FIGURES = /** @type {Record<string, (stands: any) => string>} */ ({
  "events a second": ({ rate }) => rated(rate), behind: ({ lag }) => (lag === null ? "–" : span(lag)), events: ({ events }) => number(events),
  refused: ({ refused }) => number(refused), "dead letters": ({ dead_letters }) => number(dead_letters), gaps: ({ gaps }) => number(gaps),
});
const KEPT = 120; // readings that the chart shows
const ENOUGH = 3; // for a line
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

let made = 0; // names each card once

/** @param {number} rate @returns {string} */
const rated = (rate) => (rate >= 10 ? number(Math.round(rate)) : String(Math.round(10 * rate) / 10));

/** @param {number} seconds @returns {string} 0.4 s, 95 s, 12 min, 3 h, 4 days */
export function span(seconds) {
  if (seconds < 10) return `${Math.round(10 * seconds) / 10} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${number(Math.round(seconds / 86_400))} days`;
}

/**
 * @param {string} name
 * @param {() => void} again looks how all connections stand
 * @returns {{card: HTMLElement, tell: (stands: any) => void}} the card, and how it is told new figures
 */
export function drawConnection(name, again) {
  const title = `connection-${++made}`;
  const state = el("span", { class: "badge" });
  const why = el("p", { class: "why", dir: "auto" });
  const last = el("p", { class: "hint" });
  const values = Object.fromEntries(Object.keys(FIGURES).map((figure) => [figure, el("dd", {})]));
  const pace = el("div", {});
  const letters = drawLetters(name, again);
  /** @type {[string, number][]} */
  const readings = [];

  const tell = (stands) => {
    state.className = `badge ${stands.state in STATES ? stands.state : ""}`;
    state.textContent = STATES[stands.state] ?? stands.state;
    why.textContent = stands.trouble || (stands.state === "lost" ? "It ended without saying so. Start it again: it goes on where it was." : "");
    last.textContent = stands.stored_at ? `Last stored ${moment(stands.stored_at).short}` : "Nothing was stored yet";
    for (const [figure, shown] of Object.entries(FIGURES)) values[figure].textContent = shown(stands);
    readings.push([CLOCK.format(new Date()), stands.rate]);
    readings.splice(0, readings.length - KEPT);
    if (readings.length >= ENOUGH && readings.some(([, rate]) => rate) && !inUse(pace)) pace.replaceChildren(chart(readings));
    letters.tell(stands.dead_letters);
  };
  const card = el("section", { class: "connection", "aria-labelledby": title },
    el("header", {}, el("h2", { id: title, dir: "ltr" }, name), state, last), why,
    el("dl", { class: "figures" }, ...Object.entries(values).map(([figure, value]) => el("div", {}, el("dt", {}, figure), value))), pace, letters.place);
  return { card, tell };
}

/** @param {HTMLElement} place @returns {boolean} whether somebody reads in it now, so that it stays as it is */
const inUse = (place) => place.contains(document.activeElement) || place.querySelector("details[open]") !== null;

/** @param {[string, number][]} readings @returns {HTMLElement} */
function chart(readings) {
  const series = [{ name: "events a second", values: readings.map(([, rate]) => rate) }];
  return lines({ title: "Pace since this page was opened", across: "Time", up: "events a second", labels: readings.map(([at]) => at), series, format: rated });
}
