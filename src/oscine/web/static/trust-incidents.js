// What went wrong: that which goes on first, then that which has ended; above the page, whether anything goes on.

import { el } from "./dom.js";
import { count } from "./format.js";
import { section } from "./section.js";
import { timed } from "./time.js";

/** @typedef {{id?: number, kind?: string, title: string, what?: string, effect?: string, at?: string, ended_at?: string|null, mended?: string}} Incident */

/** @param {Incident[]} incidents @returns {HTMLElement|null} */
export function drawOpen(incidents) {
  const open = incidents.filter(({ ended_at: ended }) => !ended);
  if (!open.length) return null;
  return el("p", { class: "notice problem" }, el("span", { class: "what" }, `${count(open.length, "incident goes on", "incidents go on")}: `), el("bdi", {}, open[0].title), open.length > 1 ? " and more. " : ". ", el("a", { href: "#incidents" }, "What it means"));
}

/** @param {Incident[]} incidents @returns {HTMLElement} */
export function drawIncidents(incidents) {
  const ordered = [...incidents].sort((a, b) => Number(Boolean(a.ended_at)) - Number(Boolean(b.ended_at)) || String(b.at ?? "").localeCompare(String(a.at ?? "")));
  const none = el("p", { class: "none" }, "None has been written down. The software opens one by itself where the log does not verify, where a guardrail ends a test, and where a purge is overdue; the rest depends on the operator's telling.");
  return section("incidents", "What went wrong", incidents.length ? el("ol", { class: "incidents" }, ...ordered.map(item)) : none);
}

/** @param {Incident} incident @returns {HTMLElement} */
function item({ title, what, effect, at, ended_at: ended, mended }) {
  return el("li", { class: ended ? "ended" : "goes-on" },
    el("h3", { dir: "auto" }, title),
    el("p", { class: "note" }, el("b", {}, ended ? "✓ ended " : "✕ goes on, "), ended ? timed(ended) : "since ", ended ? "; began " : "", timed(at)),
    ...[what, effect ? `What it did to people: ${effect}` : "", mended ? `What was mended: ${mended}` : ""].filter(Boolean).map((words) => el("p", { dir: "auto" }, words ?? "")));
}
