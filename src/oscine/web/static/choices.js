// A person's choices about ads: whether what they do may be used, of what they want less, and of whom nothing.

import "./shell.js";
import { get, isAbort, send } from "./api.js";
import { byId, el } from "./dom.js";
import { problem } from "./notice.js";

/** @typedef {{personal: boolean, minor: boolean, less: string[], hidden: {id: number, name: string}[]}} Choices */

const content = byId("content");
const LONGEST = 100; // characters of a topic

async function load() {
  try {
    draw(await get("/v1/ads/choices"));
  } catch (error) {
    if (!isAbort(error)) content.replaceChildren(problem(/** @type {Error} */ (error), load));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

/** @param {Choices} choices @param {string} [told] what has just been done */
function draw(choices, told = "") {
  const said = el("p", { class: "state", role: "status" }, told);
  const save = async (change, words) => {
    try {
      draw(await send("PUT", "/v1/ads/choices", { personal: choices.personal, less: choices.less, hidden: choices.hidden.map(({ id }) => id), ...change }), words);
    } catch (error) {
      draw(choices);
      if (!isAbort(error)) content.prepend(problem(/** @type {Error} */ (error)));
    }
  };
  content.replaceChildren(said, drawPersonal(choices, save), drawLess(choices, save), drawHidden(choices, save), drawForget());
}

/** @param {Choices} choices @param {(change: Record<string, any>, words: string) => void} save @returns {HTMLElement} */
function drawPersonal({ personal, minor }, save) {
  const box = /** @type {HTMLInputElement} */ (el("input", { id: "personal", type: "checkbox", checked: personal, disabled: minor, "aria-describedby": "personal-hint" }));
  box.addEventListener("change", () => save({ personal: box.checked }, box.checked ? "Saved: what you do here may be used." : "Saved: what you do here is not used."));
  return el("section", { class: "part", "aria-labelledby": "personal-title" }, el("h2", { id: "personal-title" }, "What you do here"),
    el("label", { class: "check" }, box, "Use what I do here for ads"),
    el("p", { id: "personal-hint", class: "hint" }, minor ? "Off, and it stays off: your account is marked as a minor's." : "Off unless you switch it on. On, an ad may go by what you read, liked and wrote on this network: never by health, belief, politics, sexuality, origin or union membership, and never by anything outside this network."),
    el("h3", {}, "Without it, an ad is chosen by"),
    el("ul", { class: "plain" }, ...["the posts it stands among: what they are about, and their language", "the country or region, if the network knows it, and the hour", "how often you have seen it, so that it does not follow you", "what you say below"].map((words) => el("li", {}, words))));
}

/** @param {Choices} choices @param {(change: Record<string, any>, words: string) => void} save @returns {HTMLElement} */
function drawLess({ less }, save) {
  const box = /** @type {HTMLInputElement} */ (el("input", { maxlength: LONGEST, required: true, dir: "auto", "aria-label": "A topic", placeholder: "gambling" }));
  const form = el("form", { class: "offers" }, box, el("button", {}, "Less of this"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const topic = box.value.trim();
    if (topic) save({ less: [...new Set([...less, topic])] }, "Saved.");
  });
  return el("section", { class: "part", "aria-labelledby": "less-title" }, el("h2", { id: "less-title" }, "Topics that you want less of"),
    less.length ? el("ul", { class: "kept" }, ...less.map((topic) => item(topic, "Remove", () => save({ less: less.filter((each) => each !== topic) }, "Removed.")))) : el("p", { class: "hint" }, "None."), form);
}

/** @param {Choices} choices @param {(change: Record<string, any>, words: string) => void} save @returns {HTMLElement} */
function drawHidden({ hidden }, save) {
  return el("section", { class: "part", "aria-labelledby": "hidden-title" }, el("h2", { id: "hidden-title" }, "Advertisers that you see nothing of"),
    hidden.length ? el("ul", { class: "kept" }, ...hidden.map(({ id, name }) => item(name, "Show again", () => save({ hidden: hidden.filter((each) => each.id !== id).map((each) => each.id) }, "Removed.")))) : el("p", { class: "hint" }, "None. “Why this ad?” under an ad hides its advertiser; so does blocking the advertiser's account."));
}

/** @returns {HTMLElement} */
function drawForget() {
  const forget = async () => {
    try {
      await send("DELETE", "/v1/ads/choices");
      draw(await get("/v1/ads/choices"), "Done: nothing that is kept of ads names you any more.");
    } catch (error) {
      if (!isAbort(error)) content.prepend(problem(/** @type {Error} */ (error)));
    }
  };
  return el("section", { class: "part", "aria-labelledby": "forget-title" }, el("h2", { id: "forget-title" }, "What is kept of you"),
    el("p", {}, "What you chose here, and which ads you saw and clicked, under a name that means nothing outside this network; sums of an advertiser's money name nobody."),
    el("details", { class: "sure" }, el("summary", {}, "Forget me in ads…"), el("p", {}, "Your choices are deleted too: ads that you hid may come again."), el("button", { type: "button", onclick: forget }, "Forget me")));
}

/** @param {string} name @param {string} label @param {() => void} act @returns {HTMLElement} */
const item = (name, label, act) => el("li", {}, el("bdi", {}, name), el("button", { type: "button", class: "quiet", "aria-label": `${label}: ${name}`, onclick: act }, label));

load();
