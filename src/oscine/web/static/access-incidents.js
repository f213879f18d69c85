// Incidents, for the operator: one is told of, and ended with what was mended. What everybody reads of them stands on the page of trust.

import { get, isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { field, input } from "./field.js";
import { problem } from "./notice.js";
import { section } from "./section.js";
import { timed } from "./time.js";

/** @typedef {import("./trust-incidents.js").Incident} Incident */

/** @returns {HTMLElement} */
export function drawIncidents() {
  const list = el("div", { "aria-live": "polite" });
  const look = async () => {
    try {
      const { incidents } = await get("/v1/trust");
      const open = (Array.isArray(incidents) ? incidents : []).filter(({ ended_at: ended }) => !ended);
      list.replaceChildren(...(open.length ? [el("ul", { class: "open-incidents" }, ...open.map((each) => el("li", {}, drawOpen(each, look))))] : [el("p", { class: "none" }, "None goes on.")]));
    } catch (error) {
      if (!isAbort(error)) list.replaceChildren(problem(/** @type {Error} */ (error), look));
    }
  };
  look();
  return section("incidents", "Incidents", el("p", { class: "hint" }, "Everybody reads them on the page of ", el("a", { href: "/trust#incidents" }, "trust"), ": no names, no posts."), list, drawTelling(look));
}

/** @param {Incident} incident @param {() => void} look @returns {HTMLElement} */
function drawOpen({ id, title, what, effect, at }, look) {
  const mended = input("mended", { required: true, maxlength: 2000, dir: "auto" });
  return el("article", {}, el("h3", { dir: "auto" }, title), el("p", { class: "note" }, "since ", timed(at)), ...[what, effect].filter(Boolean).map((words) => el("p", { dir: "auto" }, words ?? "")),
    folded("It has ended…", [field("What was mended", mended)], "End it", () => send("POST", `/v1/trust/incidents/${Number(id)}/end`, { mended: mended.value.trim() }), look));
}

/** @param {() => void} look @returns {HTMLElement} */
function drawTelling(look) {
  const [title, what, effect] = ["title", "what", "effect"].map((name) => input(name, { required: name !== "effect", maxlength: name === "title" ? 200 : 2000, dir: "auto" }));
  return folded("Tell of one…", [field("In one line", title), field("What happened", what), field("What it did to people", effect)], "Tell everybody",
    () => send("POST", "/v1/trust/incidents", { title: title.value.trim(), what: what.value.trim(), effect: effect.value.trim() }), look);
}

/** @param {string} label @param {HTMLElement[]} fields @param {string} yes @param {() => Promise<any>} act @param {() => void} look @returns {HTMLElement} */
function folded(label, fields, yes, act, look) {
  const said = el("div", { "aria-live": "polite" });
  const form = /** @type {HTMLFormElement} */ (el("form", { class: "licensing" }, ...fields, el("p", {}, el("button", { class: "primary" }, yes)), said));
  const place = /** @type {HTMLDetailsElement} */ (el("details", {}, el("summary", {}, label), form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await act();
      form.reset();
      place.open = false;
      said.replaceChildren();
      look();
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  return place;
}
