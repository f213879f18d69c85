// From ticked ads to a running campaign: the order, how many it can reach, how the ads will look, and what the review says of each.
// It is sent in steps, so that what failed half-way goes on where it stopped: advertiser, draft, one ad after another, launch.

import { drawnOf, picturesOf } from "./ad-pictures.js";
import { showReview } from "./ad-review.js";
import { drawAd, widest } from "./ad.js";
import { get, isAbort, send } from "./api.js";
import { byId, el } from "./dom.js";
import { count } from "./format.js";
import { advertisers } from "./launch-advertiser.js";
import { drawOrder, readOrder, readTargeting } from "./launch-form.js";
import { reaching } from "./launch-reach.js";
import { problem } from "./notice.js";

/** @typedef {import("./ad-card.js").Variant} Variant */
/** @typedef {import("./ad-card.js").Creatives} Creatives */

const PLACE = byId("launch");

let follow = () => {}; // what the panel of the ads at hand does when they change
document.addEventListener("oscine:ads", () => follow());

/** @param {Creatives} made @param {string[]} placements */
export async function openLaunch(made, placements) {
  follow = () => {};
  PLACE.replaceChildren(el("h2", {}, "Launch"), el("p", { class: "state", role: "status" }, "Asking who advertises…"));
  PLACE.hidden = false;
  try {
    draw(made, placements, await advertisers(made.page.site || made.page.title, () => follow()));
  } catch (error) {
    if (!isAbort(error)) PLACE.replaceChildren(el("h2", {}, "Launch"), problem(/** @type {Error} */ (error), () => openLaunch(made, placements)));
  }
}

/** @param {Creatives} made @param {string[]} placements @param {Awaited<ReturnType<typeof advertisers>>} advertiser */
function draw(made, placements, advertiser) {
  const ticked = () => made.variants.filter(({ runs }) => runs);
  const name = [made.page.site || made.page.title, new Date().toLocaleDateString("en-GB", { month: "long", year: "numeric" })].filter(Boolean).join(", ");
  const reach = el("div", { class: "reaches", "aria-live": "polite" });
  const preview = el("div", { class: "previews" });
  const said = el("div", { class: "launched", "aria-live": "polite" });
  const tells = el("p", { class: "hint ticked", role: "status" });
  const drawing = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", checked: true }));
  const go = /** @type {HTMLButtonElement} */ (el("button", { class: "primary" }, "Launch"));
  const form = /** @type {HTMLFormElement} */ (el("form", { class: "order" }, advertiser.fields,
    ...drawOrder({ placement: made.placement.name, placements, topic: made.page.topic, name, link: made.page.url }, () => advertiser.shown().currency),
    el("label", { class: "check" }, drawing, "Draw pictures of those that have none"), el("p", { class: "offers" }, go, tells)));
  const ask = reaching(reach);

  follow = () => {
    const ads = ticked();
    const { name: behalf, payer, currency } = advertiser.shown();
    tells.textContent = ads.length ? `${count(ads.length, "ad")} ticked.` : "Tick “May run” on the ads that may run.";
    preview.replaceChildren(...ads.map((variant) => drawAd({ ...variant, link: leads(form), paid_by: payer, on_behalf_of: behalf, picture: picture(variant) })));
    if (form.dataset.currency !== currency) form.querySelectorAll("[inputmode=decimal]").forEach((box) => box.dispatchEvent(new CustomEvent("oscine:currency")));
    form.dataset.currency = currency;
    summarise(form);
  };
  const asked = () => ask({ targeting: readTargeting(form), tier: String(new FormData(form).get("tier")) });
  form.addEventListener("input", () => (follow(), asked()));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!ticked().length) return byId("variants").querySelector("input")?.focus();
    go.disabled = true;
    try {
      await launch(form, made, ticked(), { advertiser, drawing: drawing.checked, said });
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    } finally {
      go.disabled = false;
    }
  });
  PLACE.replaceChildren(el("h2", { id: "launch-title" }, "Launch"),
    el("div", { class: "ordering" }, form, el("aside", {}, el("section", { "aria-label": "Reach" }, el("h3", {}, "Reach"), reach), el("section", { "aria-label": "As people will see them" }, el("h3", {}, "As people will see them"), preview))), said);
  follow();
  asked();
}

/** @param {Variant} variant @returns {import("./ad.js").Picture|null} */
function picture(variant) {
  const best = /** @type {import("./ad-pictures.js").Drawn|null} */ (widest(drawnOf(variant)));
  return best ? { url: `data:image/png;base64,${best.png}`, alt: best.alt, width: best.width, height: best.height } : null;
}

/** @param {HTMLFormElement} form @returns {string} */
const leads = (form) => String(new FormData(form).get("link") ?? "").trim();

/** Each folded part of the form says what it holds. @param {HTMLFormElement} form */
function summarise(form) {
  for (const part of form.querySelectorAll("details")) {
    const set = [...part.querySelectorAll(".labelled")].flatMap((label) => {
      const control = /** @type {HTMLInputElement|HTMLSelectElement|null} */ (label.querySelector("input, select"));
      const words = control instanceof HTMLSelectElement ? control.selectedOptions[0]?.textContent : control?.value.trim();
      return control?.value && words ? [`${label.querySelector(".name")?.textContent?.toLowerCase()}: ${words}`] : [];
    });
    const ticks = [...part.querySelectorAll(".checks :checked")].map((box) => /** @type {HTMLInputElement} */ (box).value);
    const said = /** @type {HTMLElement} */ (part.querySelector(".set"));
    said.textContent = [...ticks, ...set].join(" · ") || said.dataset.none || "";
  }
}

/** @type {WeakMap<HTMLFormElement, {campaign: any, added: Map<Variant, any>}>} the draft that each form has made */
const drafts = new WeakMap();

/** @param {HTMLFormElement} form @param {Creatives} made @param {Variant[]} ads @param {{advertiser: any, drawing: boolean, said: HTMLElement}} how */
async function launch(form, made, ads, { advertiser, drawing, said }) {
  const tell = (words) => said.replaceChildren(el("p", { class: "state", role: "status" }, words));
  tell("Making the campaign…");
  const order = readOrder(form, (await advertiser.chosen()).id);
  const draft = drafts.get(form) ?? { campaign: await send("POST", "/v1/ads/campaigns", order), added: new Map() };
  if (drafts.has(form)) await send("PATCH", `/v1/ads/campaigns/${draft.campaign.id}`, changed(order, draft.campaign));
  drafts.set(form, draft);
  const path = `/v1/ads/campaigns/${draft.campaign.id}`;
  for (const [at, variant] of ads.entries()) {
    if (draft.added.has(variant)) continue;
    tell(`Reviewing ${at + 1} of ${ads.length}…`);
    const pictures = drawing ? await picturesOf(variant, made) : drawnOf(variant);
    const known = new Set((draft.campaign.creatives ?? []).map(({ id }) => id));
    draft.campaign = await send("POST", `${path}/creatives`, { creatives: [{ ...creative(variant, made, pictures), link: leads(form) }] });
    draft.added.set(variant, draft.campaign.creatives.find(({ id }) => !known.has(id)));
  }
  tell("Launching…");
  const campaign = await send("POST", `${path}/launch`, { why: "" });
  PLACE.querySelector(".ordering")?.remove();
  follow = () => {};
  await result(said, campaign);
}

/** @param {Record<string, any>} order @param {any} campaign @returns {Record<string, any>} the order as a change of a draft */
const changed = ({ creatives: _, advertiser: __, ...order }, campaign) => ({ ...order, flights: order.flights.map((flight) => ({ ...flight, id: campaign.flights[0].id })) });

/** @param {Variant} variant @param {Creatives} made @param {import("./ad-pictures.js").Drawn[]} pictures @returns {Record<string, any>} */
function creative(variant, { page, audiences }, pictures) {
  const audience = audiences.find(({ name }) => name === variant.audience);
  return {
    headline: variant.headline, body: variant.body, action: variant.action, hashtags: variant.hashtags, brand: page.site, lang: variant.lang,
    generated: variant.generated, by: variant.by, score: variant.score ?? 0,
    brief: [page.site, page.title, ...page.passages.map(({ text }) => text), ...page.actions].filter(Boolean).join("\n").slice(0, 20_000),
    audience: audience ? { name: audience.name, description: audience.description } : null,
    pictures: pictures.map(({ size, png, alt }) => ({ size, png, alt })),
  };
}

const SAID = { running: "It runs.", review: "It waits: a person has to look at its ads first.", refused: "It does not run: every ad was refused.", draft: "It is a draft." };

/** @param {HTMLElement} place @param {any} campaign */
async function result(place, campaign) {
  const lead = el("a", { class: "lead-on", href: `/campaigns?id=${campaign.id}` }, "See how it runs");
  const reviews = await Promise.all(campaign.creatives.map(async (ad) => {
    const review = el("div", { class: "review" });
    showReview(review, await get(`/v1/ads/reviews/${ad.review}`));
    return el("li", {}, el("p", { class: "headline", dir: "auto" }, ad.headline), review);
  }));
  place.replaceChildren(el("h3", {}, el("bdi", {}, campaign.name)), el("p", { class: "verdict", role: "status" }, SAID[campaign.state] ?? campaign.state), lead, el("ul", { class: "reviews" }, ...reviews));
  lead.focus();
  place.scrollIntoView({ block: "nearest" });
}
