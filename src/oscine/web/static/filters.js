// Plain controls for the most used operators. They hold nothing: they show what the query's text says, and edit it.

import { byId, el } from "./dom.js";
import { languageName } from "./format.js";
import { add, drop, has, setValue, valueOf } from "./query.js";

/** @typedef {import("./completion.js").Operator} Operator */

/** Networks spell these differently; the first spelling that the server offers is the one to write. */
const SWITCHES = {
  "with-links": ["has:links", "filter:links"],
  "with-media": ["has:media", "filter:media"],
};
const REPLIES = ["is:reply", "filter:replies"];
const LANGUAGES = "ar de en es fa fr hi id it ja ko nl pl pt ru sv th tr uk vi zh".split(" ");

/** @param {Operator[]} operators @param {string[]} spellings @returns {string} */
function spelling(operators, spellings) {
  const offered = (token) => {
    const [name, value] = token.split(/(?<=:)/);
    return operators.some((operator) => operator.name === token || (operator.name === name && (operator.values?.includes(value) ?? true)));
  };
  return spellings.find(offered) ?? spellings.at(-1) ?? "";
}

/**
 * @param {HTMLInputElement} box
 * @param {() => Operator[]} operators
 * @param {(query: string) => void} search again, with the edited text
 * @returns {() => void} shows what the query's text says
 */
export function filters(box, operators, search) {
  const select = (id) => /** @type {HTMLSelectElement} */ (byId(id));
  const check = (id) => /** @type {HTMLInputElement} */ (byId(id));
  const [time, language, replies] = [select("time"), select("language"), select("replies")];

  const names = LANGUAGES.map((code) => [code, languageName(code)]).sort((a, b) => a[1].localeCompare(b[1], "en"));
  language.append(...names.map(([code, name]) => el("option", { value: code }, name)));

  time.addEventListener("change", () => search(setValue(box.value, "within_time:", time.value || null)));
  language.addEventListener("change", () => search(setValue(box.value, "lang:", language.value || null)));
  replies.addEventListener("change", () => {
    const token = spelling(operators(), REPLIES);
    const bare = REPLIES.reduce((query, either) => drop(drop(query, either), `-${either}`), box.value);
    search(replies.value === "only" ? add(bare, token) : replies.value === "none" ? add(bare, `-${token}`) : bare);
  });
  for (const [id, spellings] of Object.entries(SWITCHES)) {
    check(id).addEventListener("change", () => {
      const bare = spellings.reduce(drop, box.value);
      search(check(id).checked ? add(bare, spelling(operators(), spellings)) : bare);
    });
  }

  return () => {
    pick(time, valueOf(box.value, "within_time:"), (value) => `within ${value}`);
    pick(language, valueOf(box.value, "lang:"), languageName);
    const said = (minus) => REPLIES.some((token) => has(box.value, minus + token));
    replies.value = said("") ? "only" : said("-") ? "none" : "";
    for (const [id, spellings] of Object.entries(SWITCHES)) check(id).checked = spellings.some((token) => has(box.value, token));
  };
}

/** Select a value, adding it when the text says something that the control does not list. */
function pick(select, value, label) {
  const wanted = value ?? "";
  if (wanted && ![...select.options].some((option) => option.value === wanted)) select.append(el("option", { value: wanted }, label(wanted)));
  select.value = wanted;
}
