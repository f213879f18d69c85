// How a measure went from run to run: a small line to look at, and the same as a table. It draws; it computes nothing.

import { el, svg } from "./dom.js";
import { tableOf } from "./section.js";
import { timed } from "./time.js";

/** @typedef {{made_at: string, value: number}} Run */

const WIDTH = 112, HEIGHT = 32, EDGE = 4; // CSS pixels

let drawn = 0; // names each title once

/** @param {Run[]} runs @returns {Run[]} those with a value, oldest first */
const valued = (runs) => runs.filter(({ value }) => typeof value === "number" && Number.isFinite(value));

/** @param {Run[]} runs @param {(value: number) => string} say @param {string} name @returns {any} nothing where there is but one run */
export function drawTrend(runs, say, name) {
  const known = valued(runs);
  if (known.length < 2) return null;
  const values = known.map(({ value }) => value);
  const low = Math.min(...values), span = Math.max(...values) - low;
  const x = (i) => EDGE + ((WIDTH - 2 * EDGE) * i) / (known.length - 1);
  const y = (value) => (span ? HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * (value - low)) / span : HEIGHT / 2);
  const id = `trend-${++drawn}`, last = known.length - 1;
  return svg("svg", { class: "trend", role: "img", "aria-labelledby": id, width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}` },
    svg("title", { id }, `${name}, ${known.length} runs: ${say(values[0])} first, ${say(values[last])} last; all of them under “How, and before”`),
    svg("polyline", { points: values.map((value, i) => `${x(i)},${y(value)}`).join(" ") }), svg("circle", { cx: x(last), cy: y(values[last]), r: 3 }));
}

/** @param {Run[]} runs @param {(value: number) => string} say @param {string} name @returns {HTMLElement|null} */
export function drawPast(runs, say, name) {
  const known = valued(runs);
  if (known.length < 2) return null;
  return tableOf(`${name}, run by run`, ["Run", "Measured"], known.map(({ made_at, value }) => el("tr", {}, el("th", { scope: "row" }, timed(made_at)), el("td", {}, say(value)))));
}
