// How many people and places a targeting would match, asked again whenever it changes; or the rule that it breaks.

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { number } from "./format.js";

const WAIT = 500; // milliseconds after the last change

const FEWEST = 10; // below it nothing is told apart

/** @typedef {{low: number, estimate: number, high: number}} Range */
/** @typedef {{code: string, why: string, number: number}} LeftOut */

/** @param {HTMLElement} place @returns {(asked: {targeting: Record<string, any>, tier: string}) => void} asks, soon */
export function reaching(place) {
  let waiting = 0;
  let asked = 0;
  const ask = async (body, now) => {
    place.setAttribute("aria-busy", "true");
    try {
      const reach = await send("POST", "/v1/ads/reach", body);
      if (now === asked) place.replaceChildren(...drawReach(reach));
    } catch (error) {
      if (!isAbort(error) && now === asked) place.replaceChildren(broken(/** @type {import("./api.js").ApiError} */ (error)));
    } finally {
      if (now === asked) place.removeAttribute("aria-busy");
    }
  };
  return (body) => {
    const now = ++asked;
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(body, now), WAIT);
  };
}

/** @param {{people: Range, places: Range, people_left_out: LeftOut[], places_left_out: LeftOut[], notes: string[]}} reach @returns {Node[]} */
function drawReach({ people, places, people_left_out, places_left_out, notes }) {
  return [
    el("dl", { class: "reach" }, ...estimated("People", people), ...estimated("Places a day", places)),
    ...leaving("People who are left out", people_left_out), ...leaving("Places that are left out", places_left_out),
    ...notes.map((words) => el("p", { class: "hint" }, words)),
  ];
}

/** @param {string} what @param {Range} range @returns {Node[]} */
const estimated = (what, { low, estimate, high }) => [
  el("dt", {}, what), el("dd", {}, el("b", {}, estimate <= FEWEST ? `fewer than ${number(Math.max(high, FEWEST))}` : number(estimate)), estimate <= FEWEST || low === high ? null : el("span", { class: "hint" }, ` ${number(low)} to ${number(high)}`)),
];

/** @param {string} what @param {LeftOut[]} rules @returns {Node[]} */
const leaving = (what, rules) => (rules.length ? [el("details", {}, el("summary", {}, what), el("ul", { class: "plain" }, ...rules.map(({ number: left, why }) => el("li", {}, `${number(left)}: ${why}`))))] : []);

/** @param {import("./api.js").ApiError} error @returns {HTMLElement} */
const broken = ({ message, fix }) =>
  el("div", { class: "broken" }, el("p", { class: "what", dir: "auto" }, message), fix ? el("p", { class: "hint", dir: "auto" }, fix) : null);
