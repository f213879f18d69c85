// A post's text: highlights marked, web addresses made links, everything else as it is.

import { el, outward, webAddress } from "./dom.js";

// Ends before closing punctuation, which belongs to the sentence and not to the address.
const ADDRESS = /https?:\/\/[^\s<>"“”«»]*[^\s<>"“”«».,;:!?'’)\]}…]/giu;

/**
 * @param {[number, number][]|undefined} spans in code points, in any order, from the wire
 * @param {number} length
 * @returns {[number, number][]} sorted, apart, inside the text
 */
export function tidySpans(spans, length) {
  const within = (Array.isArray(spans) ? spans : [])
    .map((span) => [Math.max(0, Math.trunc(span?.[0])), Math.min(length, Math.trunc(span?.[1]))])
    .filter(([start, end]) => start < end) // also drops what is no number
    .sort((a, b) => a[0] - b[0]);
  /** @type {[number, number][]} */
  const tidy = [];
  for (const [start, end] of within) {
    const last = tidy.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else tidy.push([start, end]);
  }
  return tidy;
}

/**
 * @param {string} text
 * @param {[number, number][]} [highlights]
 * @returns {DocumentFragment}
 */
export function drawText(text, highlights) {
  const points = Array.from(text);
  const marks = tidySpans(highlights, points.length);
  const fragment = document.createDocumentFragment();
  for (const piece of pieces(text)) {
    const inside = marked(points, marks, piece.start, piece.end);
    if (piece.link) {
      const link = outward(piece.link, "");
      link.append(...inside);
      fragment.append(link);
    } else fragment.append(...inside);
  }
  return fragment;
}

/** The text cut at its web addresses; positions in code points. */
function* pieces(text) {
  let unit = 0;
  let point = 0;
  const advance = (to) => {
    const from = point;
    point += Array.from(text.slice(unit, to)).length;
    unit = to;
    return { start: from, end: point };
  };
  for (const match of text.matchAll(ADDRESS)) {
    if (!webAddress(match[0])) continue;
    yield { ...advance(match.index), link: null };
    yield { ...advance(match.index + match[0].length), link: match[0] };
  }
  yield { ...advance(text.length), link: null };
}

/** The nodes for points[start, end), with the highlighted parts in `mark`. */
function marked(points, marks, start, end) {
  const nodes = [];
  const slice = (from, to) => points.slice(from, to).join("");
  let at = start;
  for (const [from, to] of marks) {
    if (to <= at || from >= end) continue;
    const [first, last] = [Math.max(from, at), Math.min(to, end)];
    if (first > at) nodes.push(slice(at, first));
    nodes.push(el("mark", {}, slice(first, last)));
    at = last;
  }
  if (at < end) nodes.push(slice(at, end));
  return nodes;
}
