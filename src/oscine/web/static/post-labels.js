// What is said of a post by labels: who says each, why, and for its author a way to appeal.

import { get } from "./api.js";
import { appealing, standing } from "./appeal.js";
import { el } from "./dom.js";
import { timed } from "./time.js";

/** @typedef {{label: string, by: string, about?: string, probability?: number|null, at?: string, why?: string,
 *   reason?: {start: number, end: number, text: string}|null, appeal?: import("./appeal.js").Appeal|null}} Said */

const AUTO = "auto-", MACHINE = "machine", OPERATOR = "operator";
const WHO = { [MACHINE]: "a machine", [OPERATOR]: "a person of this network", author: "the post itself" };

/** @param {string} label @returns {string} its plain name */
export const plain = (label) => (label.startsWith(AUTO) ? label.slice(AUTO.length) : label);

/** @param {number|null|undefined} probability @returns {string} */
export const percent = (probability) => (typeof probability === "number" ? `${Math.min(99, Math.max(1, Math.round(100 * probability)))}%` : "");

/** @param {import("./api.js").Post} post @param {HTMLElement} place */
export async function showLabels(post, place) {
  let told;
  try {
    told = await get(`/v1/labels/posts/${encodeURIComponent(post.id)}`, { network: post.network });
  } catch {
    return; // the post is here all the same; what it is labelled as stands in its cover
  }
  const shown = told.labels.filter(({ label }) => !label.startsWith("!"));
  const gone = told.appeals.filter((appeal) => !told.labels.some((said) => plain(said.label) === appeal.label && ours(said)));
  if (!shown.length && !gone.length) return;
  place.replaceChildren(
    el("h2", { tabindex: "-1" }, "Labels"),
    el("ul", {}, ...shown.map((said) => el("li", {}, drawSaid(said, told))),
      ...gone.map((appeal) => el("li", {}, el("p", {}, `No longer ${appeal.label}. `), standing(appeal)))));
  if (location.hash === `#${place.id}`) place.querySelector("h2")?.focus();
}

/** @param {Said} said @returns {boolean} whether a person of this network can decide on it */
const ours = ({ by, about }) => (by === MACHINE || by === OPERATOR) && about !== "account";

/** @param {Said} said @param {{post: string, network: string, mine: boolean}} told @returns {HTMLElement} */
function drawSaid(said, { post, network, mine }) {
  const place = el("div", {});
  if (mine && ours(said)) place.replaceChildren(...appealing({ post, network, label: said.label, appeal: said.appeal }, place));
  return el("article", {}, chip(said), why(said), place);
}

/** @param {Said} said @returns {HTMLElement} */
export function chip({ label, by, about, probability }) {
  const who = WHO[by] ? WHO[by] : el("bdi", {}, by || "somebody");
  const sure = by === MACHINE ? percent(probability) : "";
  return el("p", { class: by === MACHINE ? "chip machine" : "chip" }, who, ": ", el("b", { dir: "auto" }, plain(label)), sure && `, ${sure}`, about === "account" && " (of the account)");
}

/** @param {Said} said @returns {HTMLElement|null} */
function why({ by, at, reason, why: words }) {
  if (by === OPERATOR) return words ? details(el("p", {}, el("span", { dir: "auto" }, words), " · ", timed(at))) : null;
  if (by !== MACHINE) return null;
  const span = reason?.text ? el("p", {}, "It rests most on ", el("q", { dir: "auto" }, el("mark", {}, reason.text))) : el("p", {}, "It rests on no few words.");
  return details(span, el("p", { class: "note" }, "A machine read the text alone, ", timed(at), ". What it says may cover a post; a person outranks it."));
}

/** @param {...Node} parts @returns {HTMLElement} */
const details = (...parts) => el("details", {}, el("summary", {}, "Why"), ...parts);
