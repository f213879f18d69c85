// A measured value as people read it.

import { number } from "./format.js";

/** @param {number} value @param {string} unit @returns {string} a share as a percentage */
export function shown(value, unit) {
  if (unit === "share") return `${(100 * value).toFixed(1)}%`;
  if (unit === "ms") return `${number(Math.round(value))} ms`;
  return unit === "count" ? number(Math.round(value)) : value.toFixed(3);
}
