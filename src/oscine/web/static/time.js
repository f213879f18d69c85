// A moment on a page: short to read, whole for who asks, exact for machines.

import { el } from "./dom.js";
import { moment } from "./format.js";

/** @param {unknown} at RFC 3339 @returns {HTMLElement|string} */
export function timed(at) {
  const { short, long } = moment(String(at ?? ""));
  return long ? el("time", { datetime: String(at), title: long }, short) : short;
}
