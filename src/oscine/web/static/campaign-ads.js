// The ads of a campaign as people see them, each with what the review said; adding one, taking one away.

import { drawReasons } from "./ad-review.js";
import { drawAd, pictureOf, widest } from "./ad.js";
import { get, isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { field, input } from "./field.js";
import { problem } from "./notice.js";

/** @param {any} campaign @param {() => void} again @returns {HTMLElement} */
export function drawCreatives(campaign, again) {
  const said = el("div", {});
  const attempt = async (work) => {
    try {
      await work();
      again();
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  };
  const remove = (ad) => () => attempt(() => send("DELETE", `/v1/ads/campaigns/${campaign.id}/creatives/${ad.id}`));
  return el("section", { id: "ads", class: "part", tabindex: "-1", "aria-labelledby": "ads-title" }, el("h2", { id: "ads-title" }, "Ads"),
    el("ul", { class: "ads" }, ...campaign.creatives.map((ad) => el("li", { id: `ad-${ad.id}`, tabindex: "-1" }, drawn(ad, campaign), facts(ad), campaign.state === "ended" ? null : el("button", { type: "button", class: "quiet", "aria-label": `Take away: ${ad.headline}`, onclick: remove(ad) }, "Take away")))),
    campaign.creatives.length ? null : el("p", { class: "hint" }, "None yet."),
    campaign.state === "ended" ? null : adding(campaign, (ad) => attempt(() => send("POST", `/v1/ads/campaigns/${campaign.id}/creatives`, { creatives: [ad] }))), said);
}

/** @param {any} ad @param {any} campaign @returns {HTMLElement} with its picture once that is there */
function drawn(ad, campaign) {
  const shown = { ...ad, paid_by: campaign.payer || campaign.advertiser_name, on_behalf_of: campaign.advertiser_name };
  const place = el("div", {}, drawAd(shown));
  const wide = widest(ad.pictures);
  if (wide) pictureOf(ad.id, wide.size, wide.alt).then((picture) => place.replaceChildren(drawAd({ ...shown, picture })), () => {}); // without it, the ad is its text
  return place;
}

/** @param {any} ad @returns {HTMLElement} */
function facts(ad) {
  const made = ad.generated ? `generated${ad.by ? ` by ${ad.by}` : ""}` : ad.by === "composed" ? "original: the page's own words" : "original";
  const why = el("div", { class: "review" });
  const show = async () => {
    try {
      const review = await get(`/v1/ads/reviews/${ad.review}`);
      why.replaceChildren(drawReasons(review.verdict.reasons), ...(review.verdict.reasons.length ? [] : [el("p", {}, "Nothing speaks against it.")]));
    } catch (error) {
      if (!isAbort(error)) why.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  };
  const reviewed = el("details", {}, el("summary", {}, `Review ${ad.review}`), why);
  reviewed.addEventListener("toggle", show, { once: true });
  return el("div", { class: "ad-facts" }, el("p", { class: "hint" }, `${ad.accepted ? "✓ accepted" : "◔ not accepted"} · ${made} · ad ${ad.id}`), reviewed);
}

/** @param {any} campaign @param {(ad: any) => void} add @returns {HTMLElement} */
function adding({ creatives }, add) {
  const like = creatives[0] ?? { link: "", brand: "", lang: "en" };
  const form = /** @type {HTMLFormElement} */ (el("form", { class: "adding" },
    el("div", { class: "fields" }, field("Headline", input("headline", { required: true, maxlength: 200, dir: "auto" })), field("Text", input("body", { maxlength: 600, dir: "auto" })), field("Button", input("action", { maxlength: 60, dir: "auto" })),
      field("Leads to", input("link", { type: "url", required: true, maxlength: 2000, value: like.link })), field("Brand", input("brand", { maxlength: 100, value: like.brand, dir: "auto" })), field("Language", input("lang", { required: true, pattern: "[a-z]{2,3}", maxlength: 3, value: like.lang, title: "A code such as en" }))),
    el("p", { class: "offers" }, el("button", {}, "Add"), el("span", { class: "hint" }, "What it claims is not checked against a page: a person may have to look. The ", el("a", { href: "/ads" }, "studio"), " does both."))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add({ hashtags: [], generated: false, by: "", score: 0, brief: "", audience: null, pictures: [], ...Object.fromEntries(new FormData(form)) });
  });
  return el("details", {}, el("summary", {}, "Add an ad of your own"), form);
}
