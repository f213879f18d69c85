// A licence in words, and what one version changed of the one before. Pure.

import { count, moment } from "./format.js";

/** @typedef {{holder: string, purpose: string, uses: string[], fields: string[], networks?: string[], days?: number|null, per_minute?: number|null, expires_at?: string|null,
 *   version?: number, granted_at?: string, by?: string, why?: string}} Licence */

export const PURPOSES = ["search", "research", "archive", "moderation", "training", "other"];
export const USES = ["read", "search", "answer", "export", "stream"];
export const FIELDS = ["text", "author", "counts", "media", "links", "place", "labels"];

const listed = (names) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}` : (names[0] ?? "nothing"));

/** @param {unknown} at when it ends @returns {string} the last day on which it holds; never "3 hr ago" */
function day(at) {
  const last = new Date(new Date(String(at)).getTime() - 1);
  return Number.isNaN(last.getTime()) ? "a day that cannot be read" : moment(last.toISOString(), new Date(0)).short;
}

/** @param {Licence} licence @returns {string[]} short sentences, without the holder's name */
export function inWords({ purpose, uses = [], fields = [], networks = [], days, per_minute: rate, expires_at: until }) {
  return [
    `for ${purpose}: may ${listed(uses)}`, `is given ${listed(fields)} of a post`, networks.length ? `of ${listed(networks)}` : "of every network",
    typeof days === "number" ? `from the last ${count(days, "day")}` : "however old", typeof rate === "number" ? `at most ${count(rate, "call")} a minute` : "as often as any key",
    until ? `until ${day(until)}` : "without an end",
  ];
}

/** @param {Licence} licence @returns {boolean} */
export const hasEnded = ({ expires_at: until }) => Boolean(until) && new Date(String(until)).getTime() <= Date.now();

/** @param {Licence} before @param {Licence} after @returns {{narrower: string[], wider: string[]}} */
export function changes(before, after) {
  const narrower = /** @type {string[]} */ ([]), wider = /** @type {string[]} */ ([]);
  for (const name of /** @type {("uses"|"fields")[]} */ (["uses", "fields"])) {
    const was = new Set(before[name] ?? []), is = new Set(after[name] ?? []);
    wider.push(...[...is].filter((each) => !was.has(each)).map((each) => `+ ${each}`));
    narrower.push(...[...was].filter((each) => !is.has(each)).map((each) => `− ${each}`));
  }
  const limits = /** @type {[string, number, number, (n: number) => string][]} */ ([
    ["back", limit(before.days), limit(after.days), (n) => count(n, "day")], ["a minute", limit(before.per_minute), limit(after.per_minute), (n) => count(n, "call")],
    ["until", moments(before.expires_at), moments(after.expires_at), (n) => day(new Date(n).toISOString())],
  ]);
  for (const [name, was, is, says] of limits) {
    if (was !== is) (is < was ? narrower : wider).push(`${name}: ${was === Infinity ? "no limit" : says(was)} → ${is === Infinity ? "no limit" : says(is)}`);
  }
  const was = before.networks ?? [], is = after.networks ?? []; // none of them is all of them
  if (was.join() !== is.join()) (is.length && (!was.length || is.every((each) => was.includes(each))) ? narrower : wider).push(`networks: ${was.join(", ") || "all"} → ${is.join(", ") || "all"}`);
  return { narrower, wider };
}

const limit = (/** @type {number|null|undefined} */ value) => value ?? Infinity;
const moments = (/** @type {string|null|undefined} */ at) => (at ? new Date(at).getTime() || 0 : Infinity);
