// The operator's queue: ads that wait for a person, each as people would see it, with what speaks against it. A decision takes a reason.

import "./shell.js";
import { drawReasons } from "./ad-review.js";
import { drawAd, pictureOf, widest } from "./ad.js";
import { get, isAbort, send } from "./api.js";
import { byId, el, outward } from "./dom.js";
import { languageName, moment } from "./format.js";
import { note, problem } from "./notice.js";

const content = byId("content");
const list = el("ol", { class: "queue" });
const after = el("div", {});

async function more(before = 0) {
  try {
    const found = await get("/v1/ads/reviews", { state: "open", before: before || null });
    list.append(...found.reviews.map(card));
    after.replaceChildren(...(found.before ? [el("button", { type: "button", onclick: () => more(found.before) }, "Older ones")] : []), ...(list.childElementCount ? [] : [note("Nothing waits for a person.")]));
    if (!before) cards()[0]?.focus({ preventScroll: true });
  } catch (error) {
    if (!isAbort(error)) after.replaceChildren(problem(/** @type {Error} */ (error), () => more(before)));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

/** @param {any} review @returns {HTMLElement} */
function card(review) {
  const { ad, verdict, steps } = review;
  const when = moment(review.asked_at);
  const said = el("div", { class: "decided", "aria-live": "polite" });
  const article = el("article", { class: "waiting", tabindex: "-1", "aria-label": `Review ${review.id}: ${ad.headline}` },
    el("p", { class: "hint" }, `Review ${review.id} · `, el("time", { datetime: review.asked_at, title: when.long }, when.short), ` · ${languageName(review.lang)}`,
      ad.campaign ? el("span", {}, " · ", el("a", { href: `/campaigns?id=${Number(ad.campaign)}` }, `campaign ${Number(ad.campaign)}`)) : null),
    el("div", { class: "sides" }, seen(review), el("div", {}, el("h3", {}, "What the machine found"), verdict.reasons.length ? drawReasons(verdict.reasons) : el("p", {}, "Nothing."),
      ...steps.filter(({ kind }) => kind === "appeal").map(({ words }) => el("blockquote", { class: "appealed" }, el("p", { class: "hint" }, "The advertiser appeals:"), el("p", { dir: "auto" }, words))), page(ad))),
    decision(review, () => article, said), said);
  return el("li", {}, article);
}

/** @type {Map<number, Promise<any>>} the campaigns of the ads that wait */
const campaigns = new Map();

/** @param {any} review @returns {HTMLElement} with who pays and the picture, once its campaign is known */
function seen({ id, ad }) {
  const place = el("div", {}, drawAd({ ...ad, paid_by: ad.brand || "the advertiser" }));
  if (ad.campaign) ordered(id, ad.campaign).then((known) => place.replaceChildren(drawAd({ ...ad, ...known })), () => {}); // without them, the ad is its text
  return place;
}

/** @param {number} review @param {number} number @returns {Promise<Record<string, any>>} */
async function ordered(review, number) {
  if (!campaigns.has(number)) campaigns.set(number, get(`/v1/ads/campaigns/${number}`));
  const campaign = await campaigns.get(number);
  const creative = campaign.creatives.find((each) => each.review === review);
  const wide = widest(creative?.pictures);
  return { paid_by: campaign.payer, on_behalf_of: campaign.advertiser_name, generated: creative?.generated, picture: wide ? await pictureOf(creative.id, wide.size, wide.alt) : null };
}

/** @param {any} ad @returns {HTMLElement} */
function page({ link, brief, audience }) {
  return el("dl", { class: "facts" },
    el("dt", {}, "leads to"), el("dd", {}, link ? outward(link) : "nowhere"),
    ...(audience ? [el("dt", {}, "for"), el("dd", { dir: "auto" }, [audience.name, audience.description].filter(Boolean).join(": "))] : []),
    ...(brief ? [el("dt", {}, "the page says"), el("dd", { class: "brief", tabindex: "0", dir: "auto" }, brief)] : []));
}

/** @param {any} review @param {() => HTMLElement} article @param {HTMLElement} said @returns {HTMLElement} */
function decision(review, article, said) {
  const reason = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: 2, maxlength: 2000, required: true, dir: "auto", "aria-label": "Your reason" }));
  const send_ = /** @type {HTMLButtonElement} */ (el("button", { class: "primary" }, "Accept it"));
  const form = /** @type {HTMLFormElement} */ (el("form", { class: "deciding", hidden: true }, reason, send_, el("button", { type: "button", onclick: () => choose("") }, "Not yet")));
  const offers = el("p", { class: "offers" }, el("button", { type: "button", "data-action": "accept", onclick: () => choose("accept") }, "Accept…"), el("button", { type: "button", "data-action": "refuse", onclick: () => choose("refuse") }, "Refuse…"));
  const choose = (what) => {
    form.hidden = !what;
    offers.hidden = Boolean(what);
    form.dataset.decision = what;
    send_.textContent = what === "refuse" ? "Refuse it" : "Accept it";
    reason.placeholder = what === "refuse" ? "What rule it breaks, and where" : "Why it may run";
    (what ? reason : article()).focus();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await send("POST", `/v1/ads/reviews/${review.id}/decision`, { decision: form.dataset.decision, reason: reason.value.trim() });
      decided(article(), form.dataset.decision === "refuse" ? "✕ Refused" : "✓ Accepted", reason.value.trim());
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    if (event.key === "Escape") choose("");
    event.stopPropagation();
  });
  return el("div", {}, offers, form);
}

/** @param {HTMLElement} article @param {string} what @param {string} why */
function decided(article, what, why) {
  const next = cards()[cards().indexOf(article) + 1] ?? cards()[cards().indexOf(article) - 1];
  article.replaceWith(el("p", { class: "decided", role: "status" }, `${what}: `, el("q", { dir: "auto" }, article.getAttribute("aria-label") ?? ""), ` ${why}`));
  if (next) next.focus();
  else after.replaceChildren(note("Nothing waits for a person any more."));
}

const cards = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("article.waiting")]);
const current = () => cards().find((each) => each.contains(document.activeElement));

function move(step) {
  const now = current();
  const next = cards()[now ? Math.min(Math.max(cards().indexOf(now) + step, 0), cards().length - 1) : 0];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

const press = (action) => /** @type {HTMLButtonElement|null|undefined} */ (current()?.querySelector(`[data-action=${action}]`))?.click();
const KEYS = { j: () => move(1), k: () => move(-1), a: () => press("accept"), r: () => press("refuse") };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS) || (event.target instanceof Element && event.target.closest("input, textarea, select"))) return;
  event.preventDefault();
  KEYS[event.key]();
});
content.replaceChildren(list, after);
more();
