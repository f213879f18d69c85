// A certificate of deletion in words: what it covers, what was done where, what was searched and found, what it does not reach; and the file itself.

import { call, isAbort } from "./api.js";
import { el } from "./dom.js";
import { handOver } from "./download.js";
import { count, number } from "./format.js";
import { problem } from "./notice.js";
import { factsOf, tableOf } from "./section.js";
import { timed } from "./time.js";

const listed = (/** @type {unknown} */ value) => /** @type {any[]} */ (Array.isArray(value) ? value : []);

/** @param {unknown} id @param {string} label @returns {HTMLElement} unfolded, it is fetched and told */
export function drawCertificate(id, label) {
  const address = `/v1/certificates/${encodeURIComponent(String(id))}`;
  const place = el("div", { class: "certificate", "aria-live": "polite" });
  const folded = /** @type {HTMLDetailsElement} */ (el("details", { class: "fetched" }, el("summary", {}, label), place));
  const look = async () => {
    place.replaceChildren(el("p", { class: "note" }, "Reading…"));
    try {
      const text = await (await call(address)).text();
      place.replaceChildren(...tell(JSON.parse(text)), drawFile(text));
    } catch (error) {
      if (!isAbort(error)) place.replaceChildren(problem(/** @type {Error} */ (error), look));
    }
  };
  folded.addEventListener("toggle", () => folded.open && !place.childElementCount && look());
  return folded;
}

/** @param {any} told @returns {HTMLElement[]} */
function tell({ made_at: at, covers = {}, places, corpora, models, search = {}, found, found_in: where, not_reached: beyond, signature }) {
  const kinds = [["account", "account"], ["post", "post"], ["edit", "earlier wording"], ["consent", "word taken back", "words taken back"]]
    .filter(([kind]) => covers[kind]).map(([kind, one, many]) => count(covers[kind], one, many));
  const clean = found === 0 ? "✓ Nothing of it was found any more." : `✕ ${count(Number(found) || 0, "trace was", "traces were")} found, in ${listed(where).map((each) => each?.path ?? "").join(", ")}. It stays among what waits.`;
  const done = [...listed(places), ...listed(corpora).map((each) => ({ ...each, place: `corpus ${each.name}`, count: each.accounts }))];
  return [
    el("p", {}, "Made ", timed(at), ". It covers ", kinds.join(", ") || "nothing", covers.account ? `: ${count(covers.posts ?? 0, "post")} in all.` : "."),
    el("p", {}, search.files ? `Then ${count(search.files, "file")} of ${number(search.bytes ?? 0)} bytes were searched, byte by byte, also within what is packed: ` : "", el("b", {}, clean)),
    done.length ? el("details", {}, el("summary", {}, `What was done, in ${count(done.length, "place")}`), tableOf("What was done", ["Where", "What", "How many", "Bytes"], done.map(row))) : el("p", {}, "Nothing was there to be done."),
    ...listed(models).map(drawModel),
    el("details", {}, el("summary", {}, "What it does not reach"), el("ul", {}, ...listed(beyond).map((words) => el("li", { dir: "auto" }, String(words))))),
    factsOf([["signed by the key", signature?.public_key ? el("code", { class: "hash" }, signature.public_key) : null]]),
  ];
}

/** @param {any} done @returns {HTMLElement} */
const row = ({ place, did, count: many, before, after, trouble }) =>
  el("tr", {}, el("th", { scope: "row", dir: "auto" }, place ?? ""), el("td", { dir: "auto" }, did ?? "", trouble ? `: ${trouble}` : ""), el("td", { class: "figure" }, many ? number(many) : ""),
    el("td", { class: "figure" }, before || after ? `${number(before ?? 0)} → ${number(after ?? 0)}` : ""));

/** @param {any} model @returns {HTMLElement} */
const drawModel = ({ name, known, posts, bytes, why }) =>
  el("p", { dir: "auto" }, "The model ", el("b", {}, name ?? ""), known === false ? ` may have seen some of it: ${why ?? "nothing tells"}.` : ` was trained before on ${count(posts ?? 0, "post")} of these accounts, ${number(bytes ?? 0)} bytes.`);

/** @param {string} text @returns {HTMLElement} */
const drawFile = (text) => el("p", {}, el("button", { type: "button", onclick: () => handOver("certificate.json", new Blob([text], { type: "application/json" })) }, "Download it"),
  el("span", { class: "note" }, " It is checked on any computer by ", el("code", {}, "oscine certificate FILE --verify"), "."));
