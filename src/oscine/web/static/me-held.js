// Who one is here, what is held about one, and all of it as a file.

import { call, isAbort } from "./api.js";
import { el } from "./dom.js";
import { handOver } from "./download.js";
import { number } from "./format.js";
import { problem } from "./notice.js";
import { section, tableOf } from "./section.js";

/** @param {{network?: string, handle?: string, account?: string, id?: string, name?: string}} account @returns {string} */
export const handleOf = ({ handle, account, id }) => String(handle ?? account ?? id ?? "");

const ROOMS = /** @type {[string, string][]} */ ([
  ["held", "What is held"], ["reads", "Where it went"], ["choices", "What may be done"], ["labels", "Labels"], ["used", "Models"], ["posts", "Delete a post"], ["certificates", "Certificates"], ["leave", "Delete the account"],
]);

/** @param {any} account @returns {HTMLElement} */
export const drawWho = (account) =>
  el("div", {}, el("p", { class: "who" }, el("span", {}, "This is about ", el("b", { dir: "auto" }, `@${handleOf(account)}`), account.network ? el("span", {}, " on ", el("bdi", {}, account.network)) : null, "."), el("a", { href: "/sign-in" }, "Where you are signed in")),
    el("nav", { class: "rooms", "aria-label": "On this page" }, ...ROOMS.map(([part, words]) => el("a", { href: `#${part}` }, words))));

/** @param {{what: string, count?: number|null, kept?: string, where?: string}[]} held @returns {HTMLElement} */
export function drawHeld(held) {
  const rows = held.map(({ what, count, kept, where }) =>
    el("tr", {}, el("th", { scope: "row" }, what), el("td", { class: "figure" }, typeof count === "number" ? number(count) : ""), el("td", {}, kept ?? ""), el("td", { class: "note" }, where ?? "")));
  return section("held", "What is held", held.length ? tableOf("What is held", ["What", "How many", "For how long", "Where"], rows) : el("p", { class: "none" }, "Nothing is held about you."), drawFile());
}

/** @returns {HTMLElement} */
function drawFile() {
  const said = el("div", { "aria-live": "polite" });
  const button = /** @type {HTMLButtonElement} */ (el("button", { type: "button" }, "Download everything (JSON)"));
  button.addEventListener("click", async () => {
    said.replaceChildren(el("p", { class: "note" }, "Collecting…"));
    button.setAttribute("aria-disabled", "true");
    try {
      handOver("about-me.json", await (await call("/v1/me/export")).blob());
      said.replaceChildren(el("p", { class: "note" }, "✓ Downloaded: about-me.json."));
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
  return el("div", { class: "offers" }, button, said);
}
