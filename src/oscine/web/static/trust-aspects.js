// The eight aspects: an overview, and for each what it means here and its measures, with how sure they are, the aim, how they came to be and how they went.

import { el } from "./dom.js";
import { count, number } from "./format.js";
import { section, tableOf } from "./section.js";
import { timed } from "./time.js";
import { drawPast, drawTrend } from "./trust-trend.js";
import { shown } from "./units.js";

/** @typedef {{name: string, value: number, shown?: string, unit?: string, low?: number|null, high?: number|null, n?: number, aim?: number|string|null, direction?: string,
 *   met?: boolean|null, method?: string, note?: string, suite?: string, made_at?: string, trend?: {made_at: string, value: number}[]}} Measure */
/** @typedef {{name: string, says?: string, measures?: Measure[]}} Aspect */

const EIGHT = ["accurate", "safe", "interpretable", "transparent", "robust", "aligned", "trustworthy", "loyal"];
const COMMAND = "oscine eval trust";

/** @param {Aspect[]} told @returns {Aspect[]} all eight, in their order, and what else was told */
function all(told) {
  const named = new Map(told.map((aspect) => [aspect.name, aspect]));
  return [...EIGHT.map((name) => named.get(name) ?? { name }), ...told.filter(({ name }) => !EIGHT.includes(name))];
}

/** @param {Aspect} aspect @returns {[mark: string, words: string]} how it stands, in words */
function stands({ measures = [] }) {
  const aimed = measures.filter(({ met }) => met === true || met === false);
  const met = aimed.filter((measure) => measure.met).length;
  if (!measures.length) return ["–", "not measured yet"];
  if (!aimed.length) return ["·", `${count(measures.length, "figure")}, no aim set`];
  if (met === aimed.length) return ["✓", met === 1 ? "its aim is met" : `all ${number(met)} aims met`];
  return ["✕", `${number(met)} of ${count(aimed.length, "aim")} met`];
}

/** @param {Aspect[]} aspects @returns {HTMLElement} */
export function drawOverview(aspects) {
  const items = all(aspects).map((aspect, at) => {
    const [mark, words] = stands(aspect);
    return el("li", {}, el("a", { href: `#aspect-${at + 1}` }, el("b", {}, aspect.name), el("span", { class: mark === "✕" ? "missed" : "" }, el("span", { "aria-hidden": "true" }, `${mark} `), words)));
  });
  return el("nav", { class: "overview", "aria-label": "The eight aspects" }, el("ol", {}, ...items));
}

/** @param {Aspect[]} aspects @returns {HTMLElement} */
export const drawAspects = (aspects) => el("div", { class: "aspects" }, ...all(aspects).map(aspect));

/** @param {Aspect} told @param {number} at @returns {HTMLElement} */
function aspect(told, at) {
  const { name, says, measures = [] } = told;
  const none = el("p", { class: "none" }, "Not measured yet: run ", el("code", {}, COMMAND), ".");
  return section(`aspect-${at + 1}`, name, says ? el("p", { class: "says", dir: "auto" }, says) : null,
    measures.length ? tableOf(`Measures of ${name}`, ["What", "Measured", "Aim", "Before"], measures.flatMap(rows)) : none);
}

/** @param {Measure} measure @returns {(value: number) => string} */
function figures({ unit, shown: said = "" }) {
  const kind = unit ?? (said.endsWith("%") ? "share" : said.endsWith(" ms") ? "ms" : /^[\d,]+$/.test(said) ? "count" : "score");
  return (value) => shown(value, kind);
}

/** @param {Measure} measure @returns {HTMLElement[]} the figure, and beneath it how it was made and how it went */
function rows(measure) {
  const { name, value, low, high, n, method, note, made_at } = measure;
  const say = figures(measure);
  const now = typeof value === "number" ? measure.shown || say(value) : (measure.shown ?? "–");
  const range = typeof low === "number" && typeof high === "number" ? `very likely ${say(low)} to ${say(high)}` : "";
  const how = [note, method].filter(Boolean).map((words) => el("p", { dir: "auto" }, words));
  const past = drawPast(measure.trend ?? [], say, name);
  const more = how.length || past ? el("details", {}, el("summary", {}, past ? "How, and before" : "How"), ...how, past) : null;
  return [
    el("tr", { class: "measure" },
      el("th", { scope: "row", dir: "auto" }, name),
      el("td", { class: "value" }, el("b", {}, now), el("span", { class: "note" }, range), el("span", { class: "note" }, n ? count(n, "case") : "", n && made_at ? " · " : "", made_at ? timed(made_at) : "")),
      el("td", { class: measure.met === false ? "aim missed" : "aim" }, ...aim(measure, say)),
      el("td", { class: "before" }, drawTrend(measure.trend ?? [], say, name))),
    el("tr", { class: "more" }, el("td", { colspan: 4 }, more)),
  ];
}

/** @param {Measure} measure @param {(value: number) => string} say @returns {HTMLElement[]} */
function aim({ aim: wanted, met, value, direction }, say) {
  if (wanted === null || wanted === undefined || wanted === "") return [el("span", { class: "note" }, "no aim set")];
  const side = direction ?? (wanted === 0 || value >= Number(wanted) !== (met !== false) ? "at most" : "at least");
  const words = typeof wanted === "number" ? `${side} ${say(wanted)}` : String(wanted);
  return [el("b", {}, met === false ? "✕ missed" : met === true ? "✓ met" : "not judged"), el("span", { class: "note" }, words)];
}
