// Numbers, dates and names in words.

const LOCALE = "en-GB"; // the page is in English; a reader's own locale would mix two languages in a sentence
const NUMBER = new Intl.NumberFormat(LOCALE);
const DAY = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric" });
const MINUTE = new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "short" });
const AGO = new Intl.RelativeTimeFormat(LOCALE, { numeric: "always", style: "short" });
const LANGUAGE = new Intl.DisplayNames(LOCALE, { type: "language" });
const REGION = new Intl.DisplayNames(LOCALE, { type: "region" });

/** @param {number} n @returns {string} 12,345 */
export const number = (n) => NUMBER.format(n);

/** @param {number} n @param {string} one @param {string} [many] @returns {string} "1 reply", "2 replies" */
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/**
 * @param {string} at RFC 3339
 * @param {Date} [now]
 * @returns {{short: string, long: string}} "3 hr ago" or "12 Feb 2016", and the whole of it
 */
export function moment(at, now = new Date()) {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return { short: "undated", long: "" };
  const minutes = (now.getTime() - then.getTime()) / 60_000;
  let short = DAY.format(then);
  if (minutes >= 0 && minutes < 1) short = "just now";
  else if (minutes >= 1 && minutes < 60) short = AGO.format(-Math.floor(minutes), "minute");
  else if (minutes >= 60 && minutes < 24 * 60) short = AGO.format(-Math.floor(minutes / 60), "hour");
  return { short, long: MINUTE.format(then) };
}

/** @param {string} code @returns {string} "German" for "de"; the code itself when it is none we know */
export const languageName = (code) => named(LANGUAGE, code);

/** @param {string} code @returns {string} "Germany" for "DE"; the code itself when it is none we know */
export const regionName = (code) => named(REGION, code);

function named(names, code) {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

/** @param {unknown} code @returns {string|null} the code, when it may stand in a `lang` attribute */
export function languageTag(code) {
  return typeof code === "string" && /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(code) ? code : null;
}

/**
 * A name fit for one line: without the characters that turn text around or take no room, which serve to pass for another.
 * @param {unknown} name
 * @returns {string}
 */
export function plainName(name) {
  return String(name ?? "").replace(/[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, "").trim();
}
