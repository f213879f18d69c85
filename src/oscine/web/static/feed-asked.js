// What a person wished and ruled: each wish with how much of it, each rule as a chip, and all of them to be taken away.

import { el } from "./dom.js";
import { set, slides } from "./feed-slider.js";
import { steering, wishes } from "./feed-steering.js";
import { about } from "./feed-words.js";
import { languageName } from "./format.js";

/** @typedef {import("./feed-steering.js").Wish} Wish */
/** @typedef {import("./feed-steering.js").Rule} Rule */
/** @typedef {(wanted: Partial<import("./feed-steering.js").Steering>) => void} Change */

const LANGUAGES = ["ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "zh"];

/** @param {HTMLElement} place @param {Change} change */
export function drawAsked(place, change) {
  const { wishes: wished, rules } = steering();
  place.replaceChildren(
    ...(wished.length ? [el("ul", { class: "wishes", "aria-label": "What you wish" }, ...wished.map((wish) => drawWish(wish, change)))] : []),
    el("ul", { class: "chips", "aria-label": "Your rules" }, ...rules.map((rule) => el("li", {}, drawRule(rule, change))), el("li", {}, languages(change))));
}

/** @param {Wish} wish @param {Change} change @returns {HTMLElement} */
function drawWish(wish, change) {
  const name = about(wish);
  const tell = el("output", { "aria-live": "off" });
  const slider = slides(null, tell, (weight) => change({ wishes: wishes({ ...wish, weight }) }));
  slider.setAttribute("aria-label", `How much: ${name}`);
  set(slider, tell, wish.weight);
  return el("li", {}, el("bdi", { class: "name", title: name }, name), tell, slider, remove(name, () => change({ wishes: wishes({ ...wish, weight: 0 }) })));
}

/** @param {Rule} rule @param {Change} change @returns {HTMLElement} */
function drawRule(rule, change) {
  const name = `${rule.mode} ${about(rule)}`;
  return el("span", { class: "chip" }, el("bdi", { class: "edit" }, name), remove(name, () => change({ rules: steering().rules.filter((each) => each !== rule) })));
}

/** @param {string} name @param {() => void} onclick @returns {HTMLElement} */
const remove = (name, onclick) => el("button", { type: "button", class: "remove", "aria-label": `Remove: ${name}`, title: `Remove: ${name}`, onclick }, "×");

/** @param {Change} change @returns {HTMLElement} a rule for each language that is read; where there is none, all are */
function languages(change) {
  const chosen = steering().rules.filter(({ kind, mode }) => kind === "lang" && mode === "only").map(({ value }) => value);
  const left = LANGUAGES.filter((code) => !chosen.includes(code));
  const select = /** @type {HTMLSelectElement} */ (
    el("select", { class: "language", "aria-label": "Languages that you read" },
      el("option", { value: "" }, chosen.length ? "and another language…" : "in any language"), ...left.map((value) => el("option", { value }, chosen.length ? languageName(value) : `only in ${languageName(value)}`)))
  );
  select.addEventListener("change", () => select.value && change({ rules: [...steering().rules, { kind: "lang", value: select.value, mode: "only" }] }));
  return select;
}
