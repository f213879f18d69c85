// The panel by which a person steers: a sentence, six dials, what they wished and ruled, whether they are profiled, and starting over.

import { isAbort } from "./api.js";
import { byId, el } from "./dom.js";
import { drawAsked } from "./feed-asked.js";
import { forgetHidden } from "./feed-hidden.js";
import { drawSentence } from "./feed-sentence.js";
import { set, slides } from "./feed-slider.js";
import { isKept, reset, steer, steering } from "./feed-steering.js";
import { DIALS } from "./feed-words.js";
import { problem } from "./notice.js";

const place = byId("steering");
const outcome = el("div", { "aria-live": "polite" });
/** @type {Record<string, () => void>} how each part of the panel shows what is asked now */
const shows = {};

/** Draw the panel; after that, `showSteering` has it tell what is asked now. */
export function drawSteering() {
  const asked = el("div", { class: "asked" });
  shows.asked = () => drawAsked(asked, change);
  place.replaceChildren(drawSentence(), outcome, asked, dials(), privacy(), weights());
  showSteering();
}

export function showSteering() {
  for (const show of Object.values(shows)) show();
}

/** @param {Partial<import("./feed-steering.js").Steering>} wanted */
async function change(wanted) {
  outcome.replaceChildren();
  try {
    await steer(wanted);
  } catch (error) {
    showSteering();
    if (!isAbort(error)) outcome.replaceChildren(problem(/** @type {Error} */ (error)));
  }
}

/** @returns {HTMLElement} */
function dials() {
  return el("fieldset", { class: "dials" }, el("legend", {}, "More or less of"), ...Object.entries(DIALS).map(([name, says]) => dial(name, says)));
}

/** @param {string} name @param {string} says @returns {HTMLElement} */
function dial(name, says) {
  const tell = el("output", { for: `dial-${name}`, "aria-live": "off" });
  const slider = slides(`dial-${name}`, tell, (value) => change({ dials: { ...steering().dials, [name]: value } }));
  shows[name] = () => set(slider, tell, steering().dials[name] ?? 0);
  return el("p", { class: "dial" }, el("label", { for: `dial-${name}` }, says), slider, tell);
}

/** @returns {HTMLElement} */
function privacy() {
  const box = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", role: "switch", id: "unprofiled", "aria-describedby": "unprofiled-hint" }));
  box.addEventListener("change", () => change({ personal: !box.checked }));
  const where = el("p", { class: "hint" });
  shows.personal = () => {
    box.checked = !steering().personal;
    where.textContent = isKept() ? "What you ask for is kept with your account." : "What you ask for stays in this browser.";
  };
  return el("div", { class: "privacy" },
    el("label", { class: "check" }, box, "Do not profile me"),
    el("p", { id: "unprofiled-hint", class: "hint" }, "Then nothing that you did is read for your feed, and nothing that you see is kept under your name. What you ask for here still counts."),
    startOver(), where);
}

/** @returns {HTMLElement} */
function startOver() {
  const sure = /** @type {HTMLDetailsElement} */ (el("details", { class: "sure" }, el("summary", {}, "Reset…")));
  const go = el("button", { type: "button" }, "Reset my feed");
  go.addEventListener("click", async () => {
    try {
      await reset();
      forgetHidden();
      sure.open = false;
      outcome.replaceChildren(el("p", { role: "status" }, "Reset: your feed starts anew."));
    } catch (error) {
      if (!isAbort(error)) outcome.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  sure.append(el("p", {}, "What you asked for is forgotten, and so is what was shown to you, opened and hidden here. Whom you follow and what you liked on your network stays."), go);
  return sure;
}

/** @returns {HTMLElement} */
const weights = () => el("p", { class: "hint" }, el("a", { href: "/feed/weights" }, "By which weights posts are ordered"));
