// Charts: lines over days with their intervals, and intervals one under another. Each has a title, named axes, a reading by pointer and arrow keys,
// and beneath it the same numbers as a table. It draws; it computes nothing.

import { copier } from "./clipboard.js";
import { el, svg } from "./dom.js";

/** @typedef {{name: string, values: (number|null)[], low?: (number|null)[], high?: (number|null)[], dashed?: boolean}} Series */
/** @typedef {{label: string, value: number, low: number, high: number}} Row */

const HEIGHT = 220, ROW = 46, TEXT = 7; // CSS pixels; the last is about the width of a figure
const TOP = 12, BOTTOM = 26, RIGHT = 26, EDGE = 24;

let drawn = 0; // names each title once

/**
 * @param {{title: string, across: string, up: string, labels: string[], series: Series[], format: (value: number) => string}} given
 * @returns {HTMLElement} a figure
 */
export function lines({ title, across, up, labels, series, format }) {
  const reading = el("p", { class: "reading", role: "status" });
  const all = series.flatMap(({ values, low = [], high = [] }) => [...values, ...low, ...high]).filter((value) => value !== null);
  const marks = ticks(Math.min(0, ...all), Math.max(0, ...all));
  const left = Math.max(32, TEXT * Math.max(...marks.map((mark) => format(mark).length)) + 12);
  let at = -1;

  const draw = (width) => {
    const x = (i) => left + ((width - left - RIGHT) * (labels.length === 1 ? 0.5 : i / (labels.length - 1)));
    const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - marks[0]) / (marks[marks.length - 1] - marks[0]));
    const needle = svg("line", { class: "needle", y1: TOP, y2: HEIGHT - BOTTOM });
    const read = (i) => {
      at = Math.max(0, Math.min(labels.length - 1, i));
      needle.setAttribute("x1", x(at));
      needle.setAttribute("x2", x(at));
      needle.classList.add("seen");
      reading.textContent = `${labels[at]}: ${series.map((one) => `${one.name} ${told(one, at, format)}`).join(" · ")}`;
    };
    const every = Math.ceil((TEXT * Math.max(...labels.map((label) => label.length)) + 16) / ((width - left - RIGHT) / Math.max(1, labels.length - 1)));
    const body = [
      ...marks.flatMap((mark) => [svg("line", { class: "grid", x1: left, x2: width - RIGHT, y1: y(mark), y2: y(mark) }), svg("text", { class: "tick", x: left - 8, y: y(mark) + 4, "text-anchor": "end" }, format(mark))]),
      ...labels.map((label, i) => i % every === 0 && svg("text", { class: "tick", x: x(i), y: HEIGHT - 6, "text-anchor": "middle" }, label)).filter(Boolean),
      ...series.flatMap((one, number) => [band(one, x, y), path(one, number, x, y)].flat()),
      needle,
    ];
    const picture = plot(title, width, HEIGHT, body);
    picture.setAttribute("tabindex", "0");
    picture.addEventListener("pointermove", (event) => read(Math.round(((event.offsetX - left) / Math.max(1, width - left - RIGHT)) * (labels.length - 1))));
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      read(at + step);
    });
    return picture;
  };
  const legend = series.length > 1 && el("ul", { class: "legend" }, ...series.map((one, number) => el("li", {}, sample(one, number), one.name)));
  const heads = [across, ...series.flatMap(({ name, low }) => (low ? [name, "from", "to"] : [name]))];
  const cell = (value) => (value === null || value === undefined ? "" : format(value));
  const rows = labels.map((label, i) => [label, ...series.flatMap(({ values, low, high }) => (low ? [values[i], low[i], high?.[i]] : [values[i]]).map(cell))]);
  return figure({ title, axes: `${up}, by ${across.toLowerCase()}`, draw, beneath: [legend, reading], heads, rows });
}

/**
 * @param {{title: string, across: string, rows: Row[], format: (value: number) => string}} given
 * @returns {HTMLElement} a figure: a point and its interval for each row, on one scale with zero
 */
export function intervals({ title, across, rows, format }) {
  const marks = (width) => ticks(Math.min(0, ...rows.map(({ low }) => low)), Math.max(0, ...rows.map(({ high }) => high)), Math.max(2, Math.floor(width / 90)));
  const draw = (width) => {
    const height = ROW * rows.length + BOTTOM + 4;
    const along = marks(width), first = along[0], last = along[along.length - 1];
    const x = (value) => EDGE + ((width - 2 * EDGE) * (value - first)) / (last - first);
    const room = Math.floor((width - EDGE) / TEXT);
    const body = [
      ...along.flatMap((mark) => [svg("line", { class: mark === 0 ? "grid zero" : "grid", x1: x(mark), x2: x(mark), y1: 4, y2: height - BOTTOM }), svg("text", { class: "tick", x: x(mark), y: height - 6, "text-anchor": "middle" }, format(mark))]),
      ...rows.flatMap(({ label, value, low, high }, i) => {
        const y = ROW * i + 34;
        return [
          svg("text", { class: "name", x: 6, y: ROW * i + 18 }, label.length > room ? `${label.slice(0, room - 1)}…` : label),
          svg("line", { class: "span", x1: x(low), x2: x(high), y1: y, y2: y }),
          ...[low, high].map((end) => svg("line", { class: "span", x1: x(end), x2: x(end), y1: y - 5, y2: y + 5 })),
          svg("circle", { class: "dot", cx: x(value), cy: y, r: 4.5 }),
        ];
      }),
    ];
    return plot(title, width, height, body);
  };
  const told = rows.map(({ label, value, low, high }) => [label, format(value), format(low), format(high)]);
  return figure({ title, axes: across, draw, beneath: [], heads: ["", across, "from", "to"], rows: told });
}

/** A title, the drawing at the width there is, and the numbers. */
function figure({ title, axes, draw, beneath, heads, rows }) {
  const place = el("div", { class: "plot" });
  const text = () => [heads, ...rows].map((row) => row.join("\t")).join("\n");
  const table = el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": title },
    el("table", {}, el("caption", { class: "unseen" }, title), el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...rows.map(([head, ...cells]) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, head), ...cells.map((cell) => el("td", {}, cell)))))));
  new ResizeObserver(([{ contentRect }]) => contentRect.width > 40 && place.replaceChildren(draw(Math.floor(contentRect.width)))).observe(place);
  return el("figure", { class: "chart" }, el("figcaption", {}, el("b", {}, title), " ", el("span", { class: "axes" }, axes)), place, ...beneath,
    el("details", {}, el("summary", {}, "Numbers"), table, copier("Copy", text, title)));
}

/** @returns {any} */
function plot(title, width, height, body) {
  const name = `chart-${++drawn}`;
  return svg("svg", { role: "img", "aria-labelledby": name, width, height, viewBox: `0 0 ${width} ${height}` }, svg("title", { id: name }, `${title}; the numbers are in the table beneath`), ...body);
}

/** @param {Series} one @param {number} i @param {(value: number) => string} format @returns {string} */
function told({ values, low, high }, i, format) {
  const value = values[i];
  if (value === null || value === undefined) return "none";
  return low?.[i] === null || low?.[i] === undefined ? format(value) : `${format(value)} (${format(low[i])} to ${format(high?.[i] ?? value)})`;
}

/** The interval of each stretch of points, as one area; of a point that stands alone, as a line. */
function band({ low, high }, x, y) {
  if (!low || !high) return [];
  return stretches(low).map((run) => {
    if (run.length === 1) return svg("line", { class: "span", x1: x(run[0]), x2: x(run[0]), y1: y(low[run[0]]), y2: y(high[run[0]]) });
    const there = run.map((i) => `${x(i)},${y(high[i])}`);
    const back = [...run].reverse().map((i) => `${x(i)},${y(low[i])}`);
    return svg("polygon", { class: "band", points: [...there, ...back].join(" ") });
  });
}

function path({ values, dashed }, number, x, y) {
  const style = `line s${number}${dashed ? " dashed" : ""}`;
  return stretches(values).flatMap((run) => [
    svg("polyline", { class: style, points: run.map((i) => `${x(i)},${y(values[i])}`).join(" ") }),
    ...(dashed || values.length > 40 ? [] : run.map((i) => svg("circle", { class: `dot s${number}`, cx: x(i), cy: y(values[i]), r: 3 }))),
  ]);
}

const sample = ({ dashed }, number) => svg("svg", { width: 28, height: 10, "aria-hidden": "true" }, svg("line", { class: `line s${number}${dashed ? " dashed" : ""}`, x1: 0, x2: 28, y1: 5, y2: 5 }));

/** @param {(number|null)[]} values @returns {number[][]} the places of values that follow one another */
function stretches(values) {
  const runs = [];
  values.forEach((value, i) => {
    if (value === null || value === undefined) return;
    if (i > 0 && runs.length && runs[runs.length - 1].at(-1) === i - 1) runs[runs.length - 1].push(i);
    else runs.push([i]);
  });
  return runs;
}

/** @param {number} low @param {number} high @param {number} [most] @returns {number[]} round values that span them */
function ticks(low, high, most = 4) {
  const rough = (high - low || 1) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough * 0.999) ?? rough;
  const first = Math.floor(low / step + 1e-9), last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}
