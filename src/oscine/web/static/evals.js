// The page of evaluations: for each suite its measures, with how sure they are, the aim, and how they came to be.

import "./shell.js";
import { get } from "./api.js";
import { byId, el } from "./dom.js";
import { moment, number } from "./format.js";
import { note, problem } from "./notice.js";
import { shown } from "./units.js";

/** @typedef {{name: string, value: number, low: number|null, high: number|null, n: number, unit: string, aim: number|null, direction: string,
 *   met: boolean|null, note: string, peer: number|null, peer_name: string, trend: {made_at: string, value: number}[]}} Measure */

/** @param {Measure} measure @returns {number} the value at the right end of the bar's scale */
function scale(measure) {
  if (measure.unit === "share" || measure.unit === "score") return 1;
  const most = Math.max(measure.value, measure.high ?? 0, measure.aim ?? 0, measure.peer ?? 0);
  return most > 0 ? 1.1 * most : 1;
}

/** @param {string} name @param {number} from percent @param {number} [to] percent @param {string} [mark] @returns {HTMLElement} */
function part(name, from, to = from, mark = "") {
  const made = el("span", { class: name }, mark);
  made.style.insetInlineStart = `${from}%`;
  made.style.width = `${to - from}%`;
  return made;
}

/** A bar of the value with its range and aim; all that it shows stands beside it in words too. @param {Measure} measure @returns {HTMLElement} */
function bar(measure) {
  const { value, low, high, aim } = measure;
  const place = (at) => Math.max(0, Math.min(100, (100 * at) / scale(measure)));
  return el(
    "span", { class: "bar", "aria-hidden": "true" },
    part("fill", 0, place(value)),
    low !== null && high !== null && part("range", place(low), place(high)),
    aim !== null && part("aim", place(aim), place(aim), "▲"),
  );
}

/** @param {Measure} measure @returns {string} */
function aim(measure) {
  if (measure.aim === null) return "";
  return `${measure.met ? "✓ met" : "✕ missed"}: ${measure.direction} ${shown(measure.aim, measure.unit)}`;
}

/** @param {Measure} measure @returns {string} the values of earlier runs, oldest first */
function trend(measure) {
  const values = (measure.trend ?? []).map((old) => shown(old.value, measure.unit));
  return values.length > 1 ? values.slice(-6).join(" → ") : "";
}

/** @param {Measure} measure @returns {HTMLElement} */
function row(measure) {
  const { low, high, unit } = measure;
  const notes = [measure.note, measure.peer === null ? "" : `${measure.peer_name}: ${shown(measure.peer, unit)}`, trend(measure)];
  return el(
    "tr", {},
    el("th", { scope: "row" }, measure.name, ...notes.filter(Boolean).map((words) => el("span", { class: "note" }, words))),
    el("td", { class: "value" }, shown(measure.value, unit), bar(measure)),
    el("td", {}, low === null || high === null ? "" : `${shown(low, unit)} to ${shown(high, unit)}`),
    el("td", {}, measure.n ? number(measure.n) : ""),
    el("td", { class: measure.met === false ? "missed" : "" }, aim(measure)),
  );
}

/** @param {any} report @returns {HTMLElement} */
function section(report) {
  const when = moment(report.made_at);
  const heads = ["What", "Value", "95% range", "Cases", "Aim"].map((head) => el("th", { scope: "col" }, head));
  const failures = report.failures.map((failure) => el("li", {}, el("span", { class: "case" }, failure.case), " ", failure.what));
  return el(
    "section", { class: "report", "aria-labelledby": `suite-${report.suite}` },
    el("h2", { id: `suite-${report.suite}` }, report.suite),
    el("p", { class: "note" }, "Measured ", el("time", { datetime: report.made_at, title: when.long }, when.short), ` with Oscine ${report.version}. ${report.data}`),
    el("p", { class: "note" }, report.method),
    el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `Measures of ${report.suite}` },
      el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...report.measures.map(row)))),
    failures.length > 0 && el("details", {}, el("summary", {}, `What went wrong: ${number(failures.length)} examples`), el("ul", {}, ...failures)),
  );
}

get("/v1/evals").then(
  ({ reports }) => {
    const none = note("Nothing has been measured here yet.", "Run oscine eval attack, then load this page again.");
    byId("reports").replaceChildren(...(reports.length ? reports.map(section) : [none]));
  },
  (error) => byId("reports").replaceChildren(problem(error)),
);
