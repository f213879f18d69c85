// Which operators may come next, for what is being typed. Pure functions.

import { tokenAt } from "./query.js";

/**
 * @typedef {{name: string, example?: string, help?: string, values?: string[], family?: string, synonyms?: string[]}} Operator
 * @typedef {{insert: string, label: string, help: string, start: number, end: number}} Proposal
 *   the text to put between start and end of the query
 */

const MOST = 8;

/**
 * @param {Operator[]} operators
 * @param {string} query
 * @param {number} caret
 * @param {boolean} [all] whether to offer everything when nothing has been typed
 * @returns {Proposal[]}
 */
export function propose(operators, query, caret, all = false) {
  const token = tokenAt(query, caret);
  const minus = token.text.startsWith("-") ? "-" : "";
  const typed = token.text.slice(minus.length).toLowerCase();
  const span = { start: token.start, end: caret };
  if (!typed) return all || minus ? operators.map((operator) => name(operator, minus, span)) : [];
  const named = operators.flatMap((operator) => [operator.name, ...(operator.synonyms ?? [])].map((name) => ({ ...operator, name })));
  const owner = named.find((operator) => operator.values?.length && operator.name.endsWith(":") && typed.startsWith(operator.name));
  if (owner) return values(owner, typed.slice(owner.name.length), minus, span);
  // One letter is how most words begin; two are enough to mean an operator.
  if (typed.length < 2) return [];
  const names = named.filter((operator) => operator.name.startsWith(typed) && operator.name !== typed).map((operator) => name(operator, minus, span));
  const kinds = operators.flatMap((operator) => values(operator, typed, minus, span)); // "link" also finds filter:links
  return [...names, ...kinds].slice(0, MOST);
}

/** @param {Operator} operator @param {string} minus @param {{start: number, end: number}} span @returns {Proposal} */
function name(operator, minus, span) {
  // A name or sign waits for its value (from:, @); a word is complete (OR).
  const space = /[\p{L}\p{N}]$/u.test(operator.name) ? " " : "";
  return { insert: minus + operator.name + space, label: minus + operator.name, help: operator.help ?? "", ...span };
}

/** @param {Operator} operator @param {string} typed @param {string} minus @param {{start: number, end: number}} span @returns {Proposal[]} */
function values(operator, typed, minus, span) {
  return (operator.values ?? [])
    .filter((value) => value.toLowerCase().startsWith(typed) && value.toLowerCase() !== typed)
    .map((value) => ({ insert: `${minus}${operator.name}${value} `, label: `${minus}${operator.name}${value}`, help: operator.help ?? "", ...span }));
}
