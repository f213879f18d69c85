// How the server has read the query: each part a chip that can be edited in place or taken away, and what it did not read.

import { el } from "./dom.js";
import { replace, replaceAll, tokens } from "./query.js";

/**
 * @typedef {{text: string, operator: string, value: string, means: string}} Understood an operator of the query
 * @typedef {{text: string, start: number, end: number, operator: string, means: string}} Read plain words, and the operators they became
 * @typedef {{text: string, why: string}} Ignored
 * @typedef {{query?: string, reading?: Read[], understood?: Understood[], ignored?: Ignored[]}} Reading
 * @typedef {(query: string, how?: {plain?: boolean}) => void} Search
 * @typedef {{said?: string, means: string, operator: string, change: (by: string) => string|null, search: Search}} Part
 */

/**
 * @param {HTMLElement} place
 * @param {string} text what was searched for
 * @param {boolean} plain whether plain language was read
 * @param {Reading} found
 * @param {Search} search again, with the edited text
 */
export function showReading(place, text, plain, found, search) {
  const { query = text, reading = [], understood = [], ignored = [] } = found;
  const written = new Set(reading.flatMap(({ operator }) => tokens(operator).map((token) => token.text)));
  /** @type {Part[]} */
  const parts = [
    // An edit to what was read into plain words needs the query in operators, which is then taken at its word.
    ...reading.map(({ text: said, means, operator }) => ({
      said, means, operator, change: (by) => replaceAll(query, operator, by), search: (edited) => search(edited, { plain: false }),
    })),
    ...understood
      .filter((part) => !written.has(part.text))
      .map(({ text: operator, means }) => ({ means, operator, change: (by) => replace(text, operator, by), search })),
  ];
  const within = place.contains(document.activeElement);
  place.replaceChildren(
    ...(parts.length ? [el("ul", { class: "chips", "aria-label": "Understood as" }, ...parts.map((part) => el("li", {}, chip(part))))] : []),
    ...(reading.length ? [other("Search these words as they are", () => search(text, { plain: false }))] : []),
    ...(plain ? [] : [el("p", { class: "as-they-are" }, "Searched word for word. ", other("Read plain language", () => search(text, { plain: true })))]),
    ...ignored.map((part) => el("p", { class: "ignored" }, "‘", el("bdi", {}, part.text), "’ ", part.why)),
  );
  // Whoever edits by keyboard stays among the chips, or goes back to the box when none is left.
  if (within) (place.querySelector("button") ?? /** @type {HTMLElement|null} */ (document.querySelector("[data-box]")))?.focus();
}

/** @param {string} label @param {() => void} onclick @returns {HTMLElement} */
const other = (label, onclick) => el("button", { type: "button", class: "quiet", onclick }, label);

/** @param {Part} part @returns {HTMLElement} */
function chip(part) {
  const { said, means, operator, change, search } = part;
  const label = [said ? el("q", { class: "said", dir: "auto" }, said) : null, el("bdi", {}, means || operator)];
  const without = change("");
  if (without === null) return el("span", { class: "chip", title: operator }, ...label);
  const box = el("span", { class: "chip" });
  const spoken = `${said ? `“${said}”, ` : ""}${means || operator}: edit ${operator}`;
  const open = el("button", { type: "button", class: "edit", title: `Edit ${operator}`, "aria-label": spoken }, ...label);
  open.addEventListener("click", () => {
    const form = editor(part, () => {
      form.replaceWith(box);
      open.focus();
    });
    box.replaceWith(form);
    form.querySelector("input")?.focus();
  });
  const remove = el("button", { type: "button", class: "remove", "aria-label": `Remove ${operator}`, title: `Remove ${operator}` }, "×");
  remove.addEventListener("click", () => search(without));
  box.append(open, remove);
  return box;
}

/**
 * The operator as text, in the chip's place.
 * @param {Part} part
 * @param {() => void} cancel
 * @returns {HTMLElement}
 */
function editor({ operator, change, search }, cancel) {
  const input = /** @type {HTMLInputElement} */ (
    el("input", {
      value: operator, "aria-label": `Edit ${operator}`, title: "Enter applies, Escape leaves it as it was", size: Math.max(operator.length, 12),
      maxlength: 500, autocomplete: "off", autocapitalize: "none", spellcheck: "false", enterkeyhint: "search", dir: "auto",
    })
  );
  const form = el("form", { class: "chip editing" }, input, el("button", { class: "apply", "aria-label": `Apply to ${operator}` }, "Apply"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search(change(input.value.trim()) ?? "");
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    cancel();
  });
  input.addEventListener("focus", () => input.select());
  return form;
}
