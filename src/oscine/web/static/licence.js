// A licence as it is shown: what it gives and what for, who granted it and why, and what a version changed.

import { actor } from "./actors.js";
import { el } from "./dom.js";
import { changes, inWords } from "./licence-words.js";
import { timed } from "./time.js";

/** @typedef {import("./licence-words.js").Licence} Licence */

/** @param {Licence} licence @returns {HTMLElement} */
export function drawLicence(licence) {
  return el("div", { class: "licence" }, el("p", {}, el("bdi", { class: "holder" }, licence.holder), ", ", el("span", { dir: "auto" }, inWords(licence).join("; ")), "."),
    el("p", { class: "note" }, `Version ${licence.version ?? 1}, granted `, timed(licence.granted_at), licence.by ? " by " : "", licence.by ? el("bdi", {}, actor(licence.by)) : "", licence.why ? ": " : "", licence.why ? el("q", { dir: "auto" }, licence.why) : ""));
}

/** @param {Licence|undefined} before @param {Licence} after @returns {HTMLElement|null} */
export function drawChanges(before, after) {
  if (!before) return null;
  const { narrower, wider } = changes(before, after);
  const words = [narrower.length ? `▼ narrower: ${narrower.join("; ")}` : "", wider.length ? `▲ wider: ${wider.join("; ")}` : ""].filter(Boolean);
  return el("p", { class: "note", dir: "auto" }, words.join(" · ") || "No limit changes.");
}
