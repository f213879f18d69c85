// What was deleted, with its certificates; and deleting one's account here: said beforehand, done in one step, not hidden and not made hard.

import { get, isAbort, send } from "./api.js";
import { drawCertificate } from "./certificate.js";
import { el } from "./dom.js";
import { moment } from "./format.js";
import { forgetKey, key } from "./key.js";
import { handleOf } from "./me-held.js";
import { note, problem } from "./notice.js";
import { section, tableOf } from "./section.js";
import { timed } from "./time.js";
import { inDays } from "./trust-kept.js";

/** @typedef {{kind: string, key: string, at: string, certificate?: string|null}} Deletion */

const KINDS = /** @type {Record<string, string>} */ ({ post: "a post", edit: "an earlier wording of", account: "the account", consent: "your word on" });

/** @param {Deletion[]} deletions @returns {HTMLElement} */
export function drawCertificates(deletions) {
  const rows = deletions.map(({ kind, key: what, at, certificate }) =>
    el("tr", {}, el("th", { scope: "row" }, `${KINDS[kind] ?? kind} `, el("bdi", { class: "id" }, what)), el("td", {}, timed(at)),
      el("td", {}, certificate ? drawCertificate(certificate, "✓ purged: the certificate") : "gone from view; waits for the next purge")));
  return section("certificates", "What you took back", deletions.length ? tableOf("What you took back", ["What", "When", "How far it has come"], rows) : el("p", { class: "none" }, "Nothing yet."));
}

/** @param {any} account @returns {HTMLElement} */
export function drawLeaving(account) {
  const handle = handleOf(account);
  const bound = el("span", {}, "by the next purge");
  const box = /** @type {HTMLInputElement} */ (el("input", { id: "handle", autocomplete: "off", autocapitalize: "none", spellcheck: "false", dir: "ltr", required: true }));
  const button = /** @type {HTMLButtonElement} */ (el("button", { class: "grave" }, "Delete my account here"));
  const said = el("div", { "aria-live": "polite" });
  const form = el("form", { class: "leaving" }, el("label", { for: "handle" }, "To be sure that it is meant, type your handle: ", el("b", { dir: "auto" }, handle)), box, button, said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (box.value.trim().replace(/^@/, "") !== handle.replace(/^@/, "")) return said.replaceChildren(el("p", { class: "notice problem", role: "alert" }, el("span", { class: "what" }, "That is not your handle."), " Type it as it stands above."));
    button.disabled = true;
    try {
      gone(form, await send("POST", "/v1/me/delete", { confirm: handle }));
    } catch (error) {
      button.disabled = false;
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  get("/v1/trust").then(({ deletion }) => typeof deletion?.bound_days === "number" && (bound.textContent = `by the next purge, which comes within ${inDays(deletion.bound_days)}`), () => {});
  return section("leave", "Delete your account here",
    el("ul", { class: "plain" },
      el("li", {}, "At once: all posts of yours are gone from search, answers, feeds, ads, exports and streams, and so is what you liked and chose."),
      el("li", {}, "The log can tell nobody any more which of its entries were about you: the key to your name in it is deleted."),
      el("li", {}, "Out of every file: ", bound, "; then a signed certificate says what was removed where."),
      el("li", {}, "Models that were trained before are named in the certificate, with how much of yours they saw; they are not trained on it again."),
      el("li", {}, "Your account on your own network stays as it is; nothing of it is taken in here again, however often it is read there.")), form);
}

/** @param {HTMLElement} form @param {any} reply */
function gone(form, reply) {
  const until = reply?.purged_by ? `Out of every file by ${moment(reply.purged_by).long}.` : null;
  const told = note("✓ Your account here is deleted.", until, key() ? el("button", { type: "button", onclick: forgetKey }, "Forget my key") : null, el("a", { href: "/trust#deletion" }, "How far the purge has come"));
  told.setAttribute("role", "status");
  told.tabIndex = -1;
  form.replaceWith(told);
  told.focus();
}
