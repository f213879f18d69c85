// Figures with a sign, and bars to both sides of nothing: filled for what speaks for a post, striped for what speaks against it.

import { el } from "./dom.js";
import { number } from "./format.js";

const FIGURE = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });

/** @param {number} n @returns {string} */
export const figure = (n) => FIGURE.format(n).replace("-", "−");

/** @param {number} n a whole number @returns {string} */
export const signed = (n) => (n > 0 ? `+${number(n)}` : number(n).replace("-", "−"));

/** @param {number} n @returns {string} */
export const signedFigure = (n) => (n > 0 ? `+${figure(n)}` : figure(n));

/** @param {number[]} values @returns {(value: number) => HTMLElement} a bar of one of them, all on one scale */
export function bars(values) {
  const most = Math.max(0, ...values);
  const least = Math.min(0, ...values);
  const across = most - least || 1;
  return (value) => {
    const bar = el("span", { class: `bar ${value < 0 ? "against" : "for"}`, "aria-hidden": "true" }, el("i", {}));
    bar.style.setProperty("--from", String((Math.min(value, 0) - least) / across));
    bar.style.setProperty("--to", String((Math.max(value, 0) - least) / across));
    bar.style.setProperty("--zero", String(-least / across));
    return bar;
  };
}
