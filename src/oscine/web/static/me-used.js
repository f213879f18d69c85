// In which training data and models one's posts are, with the proof.

import { call, isAbort } from "./api.js";
import { el } from "./dom.js";
import { handOver } from "./download.js";
import { count, number } from "./format.js";
import { problem } from "./notice.js";
import { section, tableOf } from "./section.js";
import { timed } from "./time.js";

/** @param {any[]} corpora @param {any[]} models @returns {HTMLElement} */
export function drawUsed(corpora, models) {
  const said = el("div", { "aria-live": "polite" });
  const data = corpora.map(({ name, posts, bytes, built_at: built, proof }) =>
    el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, name)), el("td", {}, count(posts ?? 0, "post"), typeof bytes === "number" ? el("span", { class: "note" }, ` ${number(bytes)} bytes`) : null), el("td", {}, timed(built)),
      el("td", {}, proof ? el("button", { type: "button", class: "quiet", "aria-label": `Download the proof for ${name}`, onclick: () => give(name, proof, said) }, "Proof") : "")));
  const trained = models.map(({ name, corpus, posts, trained_at: at }) =>
    el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, name)), el("td", {}, count(posts ?? 0, "post")), el("td", {}, timed(at)), el("td", {}, el("bdi", {}, corpus ?? ""))));
  return section("used", "What learned from you",
    el("p", { class: "hint" }, "A proof shows that posts of yours are in a set of training data: it can be checked without this server."),
    corpora.length ? tableOf("Training data with posts of yours", ["Training data", "Yours in it", "Made", ""], data) : el("p", { class: "none" }, "No training data here holds a post of yours."),
    models.length ? tableOf("Models that learned from posts of yours", ["Model", "Yours", "Trained", "On"], trained) : el("p", { class: "none" }, "No model here learned from a post of yours."), said);
}

/** @param {string} name @param {unknown} proof the proof itself, or where it lies @param {HTMLElement} said */
async function give(name, proof, said) {
  try {
    const text = typeof proof === "string" && proof.startsWith("/v1/") ? await (await call(proof)).text() : typeof proof === "string" ? proof : JSON.stringify(proof, null, 2);
    handOver(`proof-${String(name).replace(/[^\w-]+/g, "-").slice(0, 40)}.json`, new Blob([text], { type: "application/json" }));
    said.replaceChildren(el("p", { class: "note", role: "status" }, "✓ Downloaded."));
  } catch (error) {
    if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
  }
}
