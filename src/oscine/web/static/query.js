// Edits to a query's text. The text is the whole truth of a search: filters and chips only rewrite it. Pure functions.

/** A word, a "phrase", an operator:value or operator:"value with spaces", each with an optional minus. */
const TOKEN = /-?[^\s":()]+:"[^"]*"?|-?"[^"]*"?|[^\s]+/gu;

/** @typedef {{text: string, start: number, end: number}} Token positions in code units, as in a text box */

/** @param {string} query @returns {Token[]} */
export function tokens(query) {
  return [...query.matchAll(TOKEN)].map((match) => ({ text: match[0], start: match.index, end: match.index + match[0].length }));
}

/** @param {string} query @returns {string} one space between what is there */
export const tidy = (query) => tokens(query).map((token) => token.text).join(" ");

/** @param {string} query @param {string} token @returns {boolean} */
export const has = (query, token) => tokens(query).some(({ text }) => text.toLowerCase() === token.toLowerCase());

/** @param {string} query @param {string} token @returns {string} */
export const add = (query, token) => (has(query, token) ? query : tidy(`${query} ${token}`));

/** @param {string} query @param {string} token @returns {string} */
export const drop = (query, token) => tokens(query).filter(({ text }) => text.toLowerCase() !== token.toLowerCase()).map(({ text }) => text).join(" ");

/** @param {string} query @param {string} operator with its colon @returns {string|null} the value it has, unless negated */
export function valueOf(query, operator) {
  const found = tokens(query).findLast(({ text }) => text.toLowerCase().startsWith(operator));
  return found ? found.text.slice(operator.length) : null;
}

/** @param {string} query @param {string} operator with its colon @param {string|null} value null takes it out @returns {string} */
export function setValue(query, operator, value) {
  const kept = tokens(query).filter(({ text }) => !text.toLowerCase().startsWith(operator)).map(({ text }) => text);
  return [...kept, ...(value ? [operator + value] : [])].join(" ");
}

/**
 * Put something else where a stretch of the query stands, which may be several words.
 * @param {string} query
 * @param {string} text
 * @param {string} by what to put there; nothing takes it out
 * @returns {string|null} null when the query does not hold the text as whole words
 */
export function replace(query, text, by) {
  if (!text) return null;
  for (let from = 0; ; ) {
    const at = query.toLowerCase().indexOf(text.toLowerCase(), from);
    if (at < 0) return null;
    const [before, after] = [query.slice(0, at), query.slice(at + text.length)];
    if (/(^|[\s(])-?$/u.test(before) && /^($|[\s),.;?!])/u.test(after)) return tidy((by ? before : before.replace(/-$/, "")) + by + after);
    from = at + 1;
  }
}

/**
 * The same for operators that were written together and stand together or apart: `since:2024-05-06 until:2024-05-13`.
 * @param {string} query
 * @param {string} operators
 * @param {string} by
 * @returns {string|null} null when the query does not hold every one of them
 */
export function replaceAll(query, operators, by) {
  const [first, ...rest] = tokens(operators).map(({ text }) => text);
  const left = rest.reduce((/** @type {string|null} */ kept, token) => kept && replace(kept, token, ""), query);
  return left && replace(left, first ?? "", by);
}

/** @param {string} query @param {number} caret @returns {Token} what is being typed there, up to the caret; maybe empty */
export function tokenAt(query, caret) {
  const before = query.slice(0, caret);
  const last = tokens(before).at(-1);
  return last && last.end === caret ? last : { text: "", start: caret, end: caret };
}
