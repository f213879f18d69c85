// What the software goes by, to be read: prompts, weights, rules, each with its hash; and what is said of its models and data.

import { call, isAbort } from "./api.js";
import { el } from "./dom.js";
import { number } from "./format.js";
import { problem } from "./notice.js";
import { section } from "./section.js";
import { timed } from "./time.js";

/** @typedef {{name: string, kind: string, says?: string, description?: string, sha256?: string, bytes?: number, url?: string, made_at?: string}} Published */

const KINDS = /** @type {Record<string, string>} */ ({
  prompt: "Prompts: what models are told", weights: "Weights: what counts how much", rules: "Rules: what is held to", card: "Cards: what models and data are",
});
const OURS = "/v1/trust/published/";
const MANY = 12; // files of a kind that are listed at once

/** @param {Published} file @returns {string} where it is read: here, whatever an address says; empty where it is no text */
const addressOf = ({ url, name }) => (url === "" ? "" : typeof url === "string" && /^\/v1\/(?!\/)/.test(url) ? url : OURS + String(name).split("/").map(encodeURIComponent).join("/"));

/** @param {Published[]} files @returns {HTMLElement} */
export function drawPublished(files) {
  const lead = el("p", { class: "says" }, "Every prompt, weight and rule that decides something, as it lies in the package that runs here. Who keeps a hash sees whether the file has changed since. What the feed goes by, where it was changed here, has ", el("a", { href: "/feed/weights" }, "a page of its own"), ".");
  const kinds = [...new Set([...Object.keys(KINDS), ...files.map(({ kind }) => kind)])];
  const groups = kinds.map((kind) => group(KINDS[kind] ?? kind, files.filter((file) => file.kind === kind)));
  return section("published", "What it goes by", lead, ...(files.length ? groups : [el("p", { class: "none" }, "Nothing is published yet.")]));
}

/** @param {string} title @param {Published[]} files @returns {HTMLElement|null} folded where there are many */
function group(title, files) {
  if (!files.length) return null;
  const list = el("ul", {}, ...files.map((file) => el("li", {}, drawFile(file))));
  return el("details", { class: "group", open: files.length <= MANY }, el("summary", {}, el("h3", {}, `${title} (${number(files.length)})`)), list);
}

/** @param {Published} file @returns {HTMLElement} unfolded, it is read in place */
export function drawFile(file) {
  const place = el("div", { "aria-live": "polite" });
  const says = file.says ?? file.description, address = addressOf(file);
  const folded = /** @type {HTMLDetailsElement} */ (
    el("details", { class: "file" }, el("summary", {}, el("bdi", { class: "name" }, file.name), says ? el("span", { class: "note", dir: "auto" }, says) : null),
      file.sha256 ? el("p", { class: "hash" }, `SHA-256 ${file.sha256}`) : null,
      el("p", { class: "note" }, file.made_at ? el("span", {}, "made ", timed(file.made_at), " · ") : "", file.bytes ? `${number(file.bytes)} bytes · ` : "", address ? el("a", { href: address }, "Open it alone") : "numbers, no text: its hash tells whether it changed"), place)
  );
  if (address) folded.addEventListener("toggle", () => folded.open && !place.childElementCount && read(address, file.name, place));
  return folded;
}

/** @param {string} address @param {string} name @param {HTMLElement} place */
async function read(address, name, place) {
  place.replaceChildren(el("p", { class: "note" }, "Reading…"));
  try {
    const text = await (await call(address)).text();
    place.replaceChildren(el("pre", { tabindex: "0", role: "region", "aria-label": name, dir: "auto" }, text));
  } catch (error) {
    if (!isAbort(error)) place.replaceChildren(problem(/** @type {Error} */ (error), () => read(address, name, place)));
  }
}

/** @param {{models?: any[], corpora?: any[]}} cards @returns {HTMLElement} */
export function drawCards({ models = [], corpora = [] }) {
  const kinds = /** @type {[string, any[], string][]} */ ([["Models trained here", models, "No model has been trained here."], ["Data they were trained on", corpora, "No corpus has been built here."]]);
  return section("cards", "Its models and their data", ...kinds.map(([title, told, none]) =>
    el("div", { class: "group" }, el("h3", {}, title), told.length ? el("ul", {}, ...told.map((card) => el("li", {}, drawCard(card)))) : el("p", { class: "none" }, none))));
}

/** @param {any} card its name, or what is told of it @returns {HTMLElement} */
function drawCard(card) {
  if (typeof card === "string") return el("p", { class: "name" }, el("bdi", {}, card));
  const at = card.made_at ?? card.trained_at ?? card.built_at;
  if (card.sha256 || card.url) return drawFile({ ...card, kind: "card" });
  return el("p", {}, el("bdi", { class: "name" }, card.name ?? ""), at ? el("span", { class: "note" }, " · ", timed(at)) : null);
}
