// What could not be used of a connection: when it came, why, how often it was tried. Tried again or forgotten, all at once.

import { get, isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { count, moment, number } from "./format.js";
import { note, problem } from "./notice.js";

const LETTERS = "/v1/connections/letters";

/**
 * @param {string} connection
 * @param {() => void} again called when letters have gone
 * @returns {{place: HTMLElement, tell: (kept: number) => void}} the list, closed and hidden while there are none, and how it learns how many there are
 */
export function drawLetters(connection, again) {
  const title = el("summary", {});
  const rows = el("tbody", {});
  const heads = ["Came", "Why it could not be used", "Tried", "Bytes"].map((head) => el("th", { scope: "col" }, head));
  const table = el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `Dead letters of ${connection}` }, el("table", {}, el("thead", {}, el("tr", {}, ...heads)), rows));
  const after = el("div", {});
  const said = el("div", { "aria-live": "polite" });

  const more = async (from = 0) => {
    try {
      const found = await get(LETTERS, { connection, after: from });
      if (!from) rows.replaceChildren();
      rows.append(...found.letters.map(row));
      table.hidden = !rows.childElementCount;
      after.replaceChildren(...(found.after ? [el("button", { type: "button", onclick: () => more(found.after) }, "Later ones")] : []));
    } catch (error) {
      if (!isAbort(error)) after.replaceChildren(problem(/** @type {Error} */ (error), () => more(from)));
    }
  };
  /** @param {() => Promise<string>} what @param {Event} event */
  const act = async (what, { target }) => {
    const button = /** @type {HTMLButtonElement} */ (target);
    button.disabled = true;
    try {
      said.replaceChildren(note(await what()));
      await more();
      again();
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    } finally {
      button.disabled = false;
    }
  };
  const replay = async () => {
    const { used, left } = await send("POST", "/v1/connections/replay", { connection });
    return `${count(used, "letter")} could be used now, ${number(left)} ${left === 1 ? "stays" : "stay"}.`;
  };
  const drop = async () => {
    const { dropped } = await send("DELETE", `${LETTERS}?${new URLSearchParams({ connection })}`);
    return `${count(dropped, "letter")} forgotten.`;
  };
  const offers = el("div", { class: "offers" },
    el("button", { type: "button", onclick: (event) => act(replay, event) }, "Try all again"),
    el("details", { class: "sure" }, el("summary", {}, "Forget all…"), el("p", {}, "They are gone for good, and so is what was in them."), el("button", { type: "button", onclick: (event) => act(drop, event) }, "Forget them")));
  const place = /** @type {HTMLDetailsElement} */ (el("details", { class: "letters", hidden: true }, title, table, after, offers, said));
  place.addEventListener("toggle", ({ target }) => target === place && place.open && more());
  let known = 0;
  const tell = (kept) => {
    title.textContent = count(kept, "dead letter");
    place.hidden = !kept && !place.open;
    offers.hidden = !kept;
    if (place.open && kept > known) more();
    known = kept;
  };
  return { place, tell };
}

/** @param {any} letter @returns {HTMLElement} */
function row({ at, reason, tries, bytes }) {
  const when = moment(at);
  return el("tr", {}, el("th", { scope: "row" }, el("time", { datetime: at, title: when.long }, when.short)), el("td", { dir: "auto" }, reason), el("td", {}, number(tries)), el("td", {}, number(bytes)));
}
