// A file that the page made or fetched, handed to the person.

import { el } from "./dom.js";

/** @param {string} name @param {Blob} blob */
export function handOver(name, blob) {
  const address = URL.createObjectURL(blob);
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
