// Who did something, by what the log and the licences call them.

const ALSO = /** @type {Record<string, string>} */ ({ local: "the person at this computer", session: "somebody who signed in" });

/** @param {string} id of a key @param {Map<string, string>} [named] the keys' names @returns {string} */
export const actor = (id, named = new Map()) => named.get(id) ?? ALSO[id] ?? id;
