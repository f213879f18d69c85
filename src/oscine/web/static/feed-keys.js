// The feed by keyboard: j and k go from post to post; what is done to a post works only while one has the focus, so that no stray key does it.

import { byId } from "./dom.js";

const ACTS = /** @type {Record<string, string>} */ ({ l: "like", h: "hide", w: "why" });

/** @param {HTMLElement} list */
export function keys(list) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
    if (event.target.closest("input:not([type=radio]), textarea, select, [contenteditable]")) return;
    const item = event.target.closest("#posts > li");
    if (event.key === "/") openSentence();
    else if (event.key === "j" || event.key === "k") go(list, item, event.key === "j" ? 1 : -1);
    else if (item && ACTS[event.key]) /** @type {HTMLElement|null} */ (item.querySelector(`[data-act=${ACTS[event.key]}]`))?.click();
    else return;
    event.preventDefault();
  });
}

function openSentence() {
  const panel = /** @type {HTMLDetailsElement} */ (byId("steer"));
  panel.open = true; // what is folded takes no focus
  panel.querySelector("textarea")?.focus();
}

/** @param {HTMLElement} list @param {Element|null} item @param {1|-1} step */
function go(list, item, step) {
  const items = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(":scope > li[tabindex]")]);
  const at = item ? items.indexOf(/** @type {HTMLElement} */ (item)) + step : nearest(items);
  const next = items[Math.max(0, at)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

/** @param {HTMLElement[]} items @returns {number} the first that is not above the screen */
const nearest = (items) => Math.max(0, items.findIndex((item) => item.getBoundingClientRect().top >= 0));
