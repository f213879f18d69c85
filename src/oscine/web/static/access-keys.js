// Keys: what each may do, and for whom; its licence in words, granted, narrowed, its versions; ended at once.

import { drawLicenceForm } from "./access-licence.js";
import { get, isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { count } from "./format.js";
import { drawChanges, drawLicence } from "./licence.js";
import { hasEnded } from "./licence-words.js";
import { problem } from "./notice.js";
import { timed } from "./time.js";

/** @typedef {import("./licence-words.js").Licence} Licence */
/** @typedef {{id: string, name: string, scopes?: string[], networks?: string[], account?: any, created_at?: string, revoked_at?: string|null, licence?: Licence|null}} Key */

let made = 0; // names each card once

/** @param {Key[]} keys @param {() => Promise<void>} again looks at all keys anew @returns {HTMLElement[]} those that work, and folded those that do not any more */
export function drawKeys(keys, again) {
  const live = keys.filter(({ revoked_at: at }) => !at), revoked = keys.filter(({ revoked_at: at }) => at);
  return [
    ...(live.length ? live.map((key) => drawKey(key, again)) : [el("p", { class: "none" }, "There is no key yet: only the person at this computer may call.")]),
    ...(revoked.length ? [el("details", { class: "past" }, el("summary", {}, `Revoked: ${count(revoked.length, "key")}`), ...revoked.map((key) => drawKey(key, again)))] : []),
  ];
}

/** @param {Key} key @param {() => Promise<void>} again @returns {HTMLElement} */
function drawKey(key, again) {
  const { id, name, scopes = [], networks = [], account, created_at: at, revoked_at: ended, licence } = key;
  const title = `key-${++made}`;
  const state = ended ? "✕ revoked" : licence ? (hasEnded(licence) ? "✕ licence ended" : "▣ licensed") : scopes.includes("admin") ? "★ may do everything" : "● live";
  const acts = typeof account === "string" ? account : account ? `${account.network ?? ""}/${account.account ?? ""}` : "";
  const facts = [scopes.length ? scopes.join(", ") : "", networks.length ? `writes ${networks.join(", ")}` : "", acts && acts !== "/" ? `acts for ${acts}` : ""].filter(Boolean);
  const said = el("div", { "aria-live": "polite" });
  return el("article", { class: ended ? "key revoked" : "key", "aria-labelledby": title },
    el("header", {}, el("h3", { id: title, dir: "auto" }, name), el("span", { class: ended || (licence && hasEnded(licence)) ? "badge bad" : "badge" }, state), el("code", { class: "id" }, id)),
    el("p", { class: "note" }, el("span", { dir: "auto" }, facts.join(" · ")), " · made ", timed(at), ended ? " · revoked " : "", ended ? timed(ended) : ""),
    licence ? drawLicence(licence) : null, said, ended ? drawPast(key) : offers(key, again, said));
}

/** @param {Key} key @param {() => Promise<void>} again @param {HTMLElement} said @returns {HTMLElement} */
function offers(key, again, said) {
  const revoke = async () => {
    try {
      await send("DELETE", `/v1/keys/${encodeURIComponent(key.id)}`);
      await again();
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  };
  const grant = el("details", {}, el("summary", {}, key.licence ? "Change the licence…" : "Give it a licence…"));
  grant.append(drawLicenceForm(key, async () => again()));
  return el("div", { class: "offers" }, grant, key.licence ? drawPast(key) : null,
    el("details", { class: "sure" }, el("summary", {}, "Revoke…"), el("p", {}, "It stops working at its next call; what streams to it ends within a second. It cannot be taken back."),
      el("button", { type: "button", class: "grave", "aria-label": `Revoke ${key.name}`, onclick: revoke }, "Revoke it")));
}

/** @param {Key} key @returns {HTMLDetailsElement|null} */
function drawPast({ id, licence }) {
  if (!licence) return null;
  const place = el("div", { "aria-live": "polite" });
  const folded = /** @type {HTMLDetailsElement} */ (el("details", {}, el("summary", {}, "All versions"), place));
  const look = async () => {
    try {
      const reply = await get(`/v1/keys/${encodeURIComponent(id)}/licences`);
      const versions = /** @type {Licence[]} */ ([...(reply.licences ?? reply.versions ?? [])]).sort((a, b) => (b.version ?? 0) - (a.version ?? 0));
      place.replaceChildren(el("ol", { class: "versions" }, ...versions.map((each, at) => el("li", {}, drawLicence(each), drawChanges(versions[at + 1], each)))));
    } catch (error) {
      if (!isAbort(error)) place.replaceChildren(problem(/** @type {Error} */ (error), look));
    }
  };
  folded.addEventListener("toggle", () => folded.open && look());
  return folded;
}
