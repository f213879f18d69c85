// Whom and where, in words.

import { languageName, regionName } from "./format.js";

const NAMES = /** @type {Record<string, string>} */ ({
  topics: "beside posts on", query: "beside posts that match", langs: "in", places: "in", hours: "hours of the week", interests: "interested in", like: "people who resemble",
  not_topics: "not beside posts on", not_query: "not beside posts that match", not_langs: "not in", not_places: "not in", not_interests: "not interested in",
});

/** @param {Record<string, any>} targeting @returns {[string, string][]} what is set, named; accounts may be given as their number */
export function inWords(targeting) {
  return Object.entries(NAMES).filter(([name]) => targeting[name]?.length || targeting[name] > 0).map(([name, said]) => [said, value(name, targeting[name])]);
}

/** @param {string} name @param {any} given @returns {string} */
function value(name, given) {
  if (name === "hours") return `${given.length} of 168`;
  if (typeof given === "number") return `${given} named accounts`;
  const read = name.endsWith("langs") ? languageName : name.endsWith("places") ? regionName : String;
  return [given].flat().map(read).join(", ");
}
