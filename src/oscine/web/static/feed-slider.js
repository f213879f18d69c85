// A slider from less to more, which says in words how it stands.

import { el } from "./dom.js";
import { amount } from "./feed-words.js";

/**
 * @param {string|null} id @param {HTMLElement} tell where it says so @param {(value: number) => void} changed
 * @returns {HTMLInputElement} from -1 to 1
 */
export function slides(id, tell, changed) {
  const slider = /** @type {HTMLInputElement} */ (el("input", { type: "range", id, min: -1, max: 1, step: 0.1 }));
  slider.addEventListener("input", () => set(slider, tell, Number(slider.value)));
  slider.addEventListener("change", () => changed(Number(slider.value)));
  return slider;
}

/** @param {HTMLInputElement} slider @param {HTMLElement} tell @param {number} value */
export function set(slider, tell, value) {
  slider.value = String(value);
  slider.style.setProperty("--at", String((value + 1) / 2));
  slider.setAttribute("aria-valuetext", amount(value));
  tell.textContent = amount(value);
}
