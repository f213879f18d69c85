// What a person asks of their feed, and where it is kept: with their account, or where there is none in this browser.

import { send } from "./api.js";

/** @typedef {{kind: string, value: string, weight: number}} Wish */
/** @typedef {{kind: string, value: string, mode: "never"|"only"}} Rule */
/** @typedef {{dials: Record<string, number>, wishes: Wish[], rules: Rule[], personal: boolean, order: "for-you"|"newest"}} Steering */

export const STEERED = "oscine:steered"; // the event by which the page hears of it
const KEPT = "oscine.feed.steering";
/** @type {Steering} */
const UNSTEERED = { dials: {}, wishes: [], rules: [], personal: true, order: "for-you" };

/** @param {Partial<Steering>} [wire] the wire leaves out what is as usual @returns {Steering} */
export const whole = (wire) => ({ ...UNSTEERED, ...wire });

let now = held();
let account = false;

/** @returns {Steering} */
export const steering = () => now;

/** @returns {string|null} the steering to send along where no account keeps it */
export const sent = () => (account || JSON.stringify(now) === JSON.stringify(UNSTEERED) ? null : JSON.stringify(now));

/** @returns {boolean} whether an account keeps it */
export const isKept = () => account;

/** @param {Partial<Steering>} wire what the server went by @param {boolean} kept with an account */
export function adopt(wire, kept) {
  now = whole(wire);
  account = kept;
  if (kept) hold(null);
}

/**
 * Ask for something else.
 * @param {Partial<Steering>} change
 * @param {{anew?: boolean}} [how] anew: rank the page again at once, or let whoever reads keep their place
 * @returns {Promise<void>}
 */
export async function steer(change, { anew = true } = {}) {
  const wanted = whole({ ...now, ...change });
  if (account) await send("PUT", "/v1/feed/steering", wanted);
  else hold(wanted);
  now = wanted;
  document.dispatchEvent(new CustomEvent(STEERED, { detail: { anew } }));
}

/** @param {Wish} one @param {Wish} other @returns {boolean} whether both are about the same */
const same = (one, other) => one.kind === other.kind && one.value === other.value;

/** @param {Wish} wished in place of what was wished of the same before; a weight of 0 takes it away @returns {Wish[]} */
export const wishes = (wished) => [...now.wishes.filter((each) => !same(each, wished)), ...(wished.weight ? [wished] : [])];

export const showAnew = () => document.dispatchEvent(new CustomEvent(STEERED, { detail: { anew: true } }));

/** Forget all: what was asked, what was served, what was clicked and hidden here. */
export async function reset() {
  if (account) await send("DELETE", "/v1/feed/history");
  hold(null);
  now = whole({});
  showAnew();
}

/** @returns {Steering} */
function held() {
  try {
    const kept = whole(JSON.parse(localStorage.getItem(KEPT) ?? "{}"));
    return Array.isArray(kept.wishes) && Array.isArray(kept.rules) && typeof kept.dials === "object" ? kept : whole({});
  } catch {
    return whole({}); // no storage, or something else wrote there
  }
}

/** @param {Steering|null} wanted */
function hold(wanted) {
  try {
    if (wanted) localStorage.setItem(KEPT, JSON.stringify(wanted));
    else localStorage.removeItem(KEPT);
  } catch {
    // no storage: it holds until the page is left
  }
}
