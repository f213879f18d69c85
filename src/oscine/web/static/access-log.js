// The log of accesses, the newest first, by what happened and by key; and whether its chain still holds.

import { actor } from "./actors.js";
import { get, isAbort } from "./api.js";
import { el } from "./dom.js";
import { field, select } from "./field.js";
import { count, number } from "./format.js";
import { note, problem } from "./notice.js";
import { factsOf, section, tableOf } from "./section.js";
import { timed } from "./time.js";

/** @typedef {{place?: number|null, at: string, what: string, door?: string, key?: string, purpose?: string, person?: string, posts?: number, authors?: string[]|number, detail?: any, hash?: string}} Entry */

/** @param {Map<string, string>} named the keys' names by id @returns {{place: HTMLElement, offer: (keys: any[]) => void, refresh: () => void}} */
export function drawLog(named) {
  const what = /** @type {HTMLInputElement} */ (el("input", { name: "what", maxlength: 100, placeholder: "everything", list: "log-whats", autocapitalize: "none", spellcheck: "false" }));
  const key = select("key", [["", "any key"]]);
  const seen = /** @type {Set<string>} */ (new Set());
  const known = el("datalist", { id: "log-whats" });
  const rows = el("div", {}), after = el("div", {});
  let asked = 0; // the newest call, which alone may fill the table

  const show = async (/** @type {string|number|null} */ from = null) => {
    const mine = ++asked;
    try {
      const found = await get("/v1/access/log", { what: what.value.trim(), key: key.value, after: from });
      if (mine !== asked) return;
      const entries = /** @type {Entry[]} */ (found.entries ?? []);
      for (const each of entries) seen.add(each.what);
      known.replaceChildren(...[...seen].sort().map((value) => el("option", { value })));
      const lines = entries.map((entry) => row(entry, named));
      if (from === null) rows.replaceChildren(entries.length ? tableOf("The log", ["When", "What", "Key", "How much", "Entry"], lines) : el("p", { class: "none" }, "Nothing of this kind is in the log."));
      else rows.querySelector("tbody")?.append(...lines);
      after.replaceChildren(...(found.after && entries.length ? [el("button", { type: "button", onclick: () => show(found.after) }, "Load more")] : []));
    } catch (error) {
      if (mine === asked && !isAbort(error)) after.replaceChildren(problem(/** @type {Error} */ (error), () => show(from)));
    }
  };
  const form = el("form", { class: "fields" }, field("What happened", what), field("By which key", key), known);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => show());
  show();
  return {
    place: section("log", "The log", el("p", { class: "hint" }, "Whatever was read, granted, revoked, deleted or decided, sealed into a chain each second. People stand in it under pseudonyms."), drawVerify(), form, rows, after),
    offer: (keys) => {
      const chosen = key.value;
      key.replaceChildren(...[["", "any key"], ...keys.map(({ id, name }) => [id, `${name} (${id})`])].map(([value, words]) => el("option", { value, selected: value === chosen }, words)));
    },
    refresh: () => show(),
  };
}

/** @param {Entry} entry @param {Map<string, string>} named @returns {HTMLElement} */
function row({ place, at, what, door, key, purpose, person, posts, authors, detail, hash }, named) {
  const many = Array.isArray(authors) ? authors.length : authors;
  const who = key ? actor(key, named) : person ? "a person" : "";
  const plain = detail && typeof detail === "object" && Object.keys(detail).length ? JSON.stringify(detail, null, 1) : typeof detail === "string" ? detail : "";
  const facts = factsOf([["place", typeof place === "number" ? number(place) : "not sealed yet"], ["hash", hash ? el("code", { class: "hash" }, hash) : null], ["person", person ? el("code", { class: "hash" }, person) : null],
    ["told", plain ? el("pre", { dir: "auto" }, plain) : null]]);
  return el("tr", {}, el("th", { scope: "row" }, timed(at)), el("td", {}, el("b", { dir: "auto" }, what), el("span", { class: "note", dir: "auto" }, [door, purpose].filter(Boolean).map((words) => ` · ${words}`).join(""))),
    el("td", {}, el("bdi", {}, who)), el("td", { class: "figure" }, posts ? `${count(posts, "post")}${many ? ` of ${count(many, "author")}` : ""}` : ""), el("td", {}, el("details", {}, el("summary", {}, typeof place === "number" ? number(place) : "…"), facts)));
}

/** @returns {HTMLElement} */
function drawVerify() {
  const said = el("div", { "aria-live": "polite" });
  const button = /** @type {HTMLButtonElement} */ (el("button", { type: "button" }, "Verify now"));
  button.addEventListener("click", async () => {
    said.replaceChildren(el("p", { class: "note" }, "Working out every hash again…"));
    try {
      said.replaceChildren(verdict(await get("/v1/access/verify")));
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  return el("div", { class: "verify" }, button, said);
}

/** @param {any} told @returns {HTMLElement} */
function verdict({ entries = 0, sealed = entries, verified, broken, head, unsealed = 0 }) {
  const rest = unsealed ? ` ${count(unsealed, "entry", "entries")} of the last second ${unsealed === 1 ? "is" : "are"} not sealed yet.` : "";
  if (verified) return note(`✓ The chain holds: ${count(sealed, "entry", "entries")}, from first to last.${rest}`, head ? el("code", { class: "hash" }, `${head.place}: ${head.hash}`) : null);
  const where = broken ? `At place ${broken.place}: ${broken.why ?? ""}` : "";
  return problem(Object.assign(new Error("The log was changed: the chain does not hold."), { fix: `${where} Keep a copy of the database before anything else, and open an incident: oscine incidents open.` }));
}
