// Labelled fields of a form, and amounts of money among them.

import { el } from "./dom.js";
import { micros, money } from "./money.js";

let made = 0; // tells each field from the others

/** @param {string} label @param {HTMLElement} control, or what holds it @param {string|HTMLElement} [hint] @returns {HTMLElement} */
export function field(label, control, hint) {
  const box = control.matches("input, select") ? control : /** @type {HTMLElement} */ (control.querySelector("input, select"));
  box.id = `field-${++made}`;
  const told = typeof hint === "string" ? el("span", { class: "hint" }, hint) : hint;
  if (told) {
    told.id = `${box.id}-hint`;
    box.setAttribute("aria-describedby", told.id);
  }
  return el("div", { class: "labelled" }, el("label", { class: "name", for: box.id }, label), control, told);
}

/** @param {string} name @param {Record<string, any>} [attributes] @returns {HTMLInputElement} */
export const input = (name, attributes = {}) => /** @type {HTMLInputElement} */ (el("input", { name, autocomplete: "off", ...attributes }));

/** @param {string} name @param {[string, string][]} options value and what is read @param {string} [chosen] @returns {HTMLSelectElement} */
export const select = (name, options, chosen) =>
  /** @type {HTMLSelectElement} */ (el("select", { name }, ...options.map(([value, words]) => el("option", { value, selected: value === chosen }, words))));

/**
 * An amount as it is typed, and beside it how it is understood.
 * @param {string} label @param {string} name @param {() => string} currency @param {Record<string, any>} [attributes] @param {string} [hint] what an empty one means
 * @returns {HTMLElement}
 */
export function amount(label, name, currency, attributes = {}, hint = "") {
  const box = input(name, { inputmode: "decimal", maxlength: 20, ...attributes });
  const read = el("span", { class: "hint", "aria-live": "polite" }, hint);
  const tell = () => {
    const { micros: sum, wrong } = box.value.trim() ? micros(box.value.trim()) : { micros: null, wrong: "" };
    box.setCustomValidity(wrong || (sum === 0 ? "More than nothing." : ""));
    read.textContent = wrong || (sum === null ? hint : money(sum, currency()));
    read.classList.toggle("over", Boolean(wrong));
  };
  box.addEventListener("input", tell);
  box.addEventListener("oscine:currency", tell);
  tell();
  return field(label, box, read);
}

/** @param {FormData} given @param {string} name @returns {number} micro-units; 0 where nothing was typed */
export const sum = (given, name) => micros(String(given.get(name) ?? "")).micros ?? 0;

/** @param {FormData} given @param {string} name @returns {string[]} what was typed between commas, semicolons or line ends */
export const list = (given, name) => String(given.get(name) ?? "").split(/[,;\n]/).map((part) => part.trim()).filter(Boolean);

/** @param {string} day YYYY-MM-DD @param {number} [later] days @returns {string} its first moment where the reader is, as RFC 3339 */
export function midnight(day, later = 0) {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

/** @param {Date} at @returns {string} YYYY-MM-DD where the reader is */
export const dayOf = (at) => `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
