// The form of a licence: granted, narrowed or widened; before it is sent, it says what it changes.

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { dayOf, field, input, list, midnight, select } from "./field.js";
import { drawChanges } from "./licence.js";
import { FIELDS, inWords, PURPOSES, USES } from "./licence-words.js";
import { problem } from "./notice.js";

/** @typedef {import("./licence-words.js").Licence} Licence */

/** @param {string} legend @param {string} name @param {string[]} all @param {string[]} chosen @returns {HTMLElement} */
export const checks = (legend, name, all, chosen) =>
  el("fieldset", { class: "checks" }, el("legend", {}, legend), ...all.map((value) => el("label", { class: "check" }, el("input", { type: "checkbox", name, value, checked: chosen.includes(value) }), value)));

/** @param {string} at when it ends @returns {string} the last day on which it holds, where the reader is */
const lastDay = (at) => dayOf(new Date(new Date(at).getTime() - 1));

/** @param {{id: string, licence?: Licence|null}} key @param {() => Promise<void>} done @returns {HTMLElement} */
export function drawLicenceForm({ id, licence }, done) {
  const now = licence ?? { holder: "", purpose: "research", uses: ["search"], fields: ["text", "author"], networks: [] };
  const day = now.expires_at ? lastDay(now.expires_at) : "";
  const said = el("div", { "aria-live": "polite" });
  const means = el("div", { class: "means", "aria-live": "polite" });
  const form = /** @type {HTMLFormElement} */ (el("form", { class: "licensing" },
    el("div", { class: "fields" },
      field("Who holds it", input("holder", { required: true, maxlength: 200, dir: "auto", value: now.holder })),
      field("What for", select("purpose", PURPOSES.map((name) => [name, name]), now.purpose))),
    checks("May", "uses", USES, now.uses ?? []), checks("Is given of a post", "fields", FIELDS, now.fields ?? []),
    el("div", { class: "fields" },
      field("Networks", input("networks", { maxlength: 500, value: (now.networks ?? []).join(", "), placeholder: "all" }), "Commas between them."),
      field("Days back", input("days", { type: "number", min: 0, step: "any", value: now.days ?? "", placeholder: "however old" })),
      field("Calls a minute", input("per_minute", { type: "number", min: 1, step: 1, value: now.per_minute ?? "", placeholder: "as any key" })),
      field("Last day", input("until", { type: "date", value: day }), "Empty has no end.")),
    field("Why", input("why", { maxlength: 500, required: true, dir: "auto" }), "Kept in the log, and shown with the licence."),
    means, el("p", {}, el("button", { class: "primary" }, licence ? "Put this version in force" : "Grant it")), said));
  const tell = () => {
    const asked = read(form, now);
    means.replaceChildren(...(licence ? [drawChanges(licence, asked)] : [el("p", { class: "note", dir: "auto" }, `${inWords(asked).join("; ")}.`)]).filter((each) => each !== null));
  };
  form.addEventListener("input", tell);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await send("PUT", `/v1/keys/${encodeURIComponent(id)}/licence`, read(form, now));
      await done();
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  tell();
  return form;
}

/** @param {HTMLFormElement} form @param {Partial<Licence>} now @returns {Licence} */
function read(form, now) {
  const given = new FormData(form);
  const text = (name) => String(given.get(name) ?? "").trim();
  const amount = (name) => (text(name) === "" ? null : Number(text(name)));
  const same = now.expires_at && text("until") === lastDay(now.expires_at); // to the second, where the day is left as it was
  return {
    holder: text("holder"), purpose: text("purpose"), uses: given.getAll("uses").map(String), fields: given.getAll("fields").map(String), networks: list(given, "networks"),
    days: amount("days"), per_minute: amount("per_minute"), expires_at: same ? now.expires_at : text("until") ? midnight(text("until"), 1) : null, why: text("why"),
  };
}
