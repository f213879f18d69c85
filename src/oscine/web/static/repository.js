// The public repository of ads: found by words, advertiser, country and days; each with who paid, when, for whom, and how many saw it (DSA Art. 39).

import "./shell.js";
import { drawAd, widest } from "./ad.js";
import { get, isAbort } from "./api.js";
import { byId, el } from "./dom.js";
import { count, moment, regionName } from "./format.js";
import { note, problem } from "./notice.js";
import { inWords } from "./targeting.js";

const form = /** @type {HTMLFormElement} */ (byId("find"));
const content = byId("content");
const list = el("ol", { class: "entries-found" });
const after = el("div", {});

/** @returns {Record<string, string>} what is asked for, as it stands in the address too */
const asked = () => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value));

async function find(before = 0) {
  content.setAttribute("aria-busy", "true");
  try {
    const found = await get("/v1/ads/repository", { ...asked(), before: before || null });
    if (!before) list.replaceChildren();
    list.append(...found.data.map((entry) => el("li", {}, drawEntry(entry))));
    after.replaceChildren(...(found.before ? [el("button", { type: "button", onclick: () => find(found.before) }, "Older ones")] : []), ...(list.childElementCount ? [] : [nothing()]));
    byId("found").textContent = list.childElementCount ? `${count(list.childElementCount, "campaign")}${found.before ? " so far" : ""}` : "";
  } catch (error) {
    if (!isAbort(error)) after.replaceChildren(problem(/** @type {Error} */ (error), () => find(before)));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

const nothing = () => (Object.keys(asked()).length ? note("No ad of the last year is like that.", "Ask for less, or for other days.") : note("No ad has been shown in the last year."));

/** @param {any} entry @returns {HTMLElement} */
function drawEntry({ id, advertiser, payer, ads, subject, first_at, last_at, placements, targeting, reached, countries, removed }) {
  const named = { paid_by: payer ?? "", on_behalf_of: advertiser ?? "" };
  const facts = [
    ...(ads.length ? [["on behalf of", el("bdi", {}, advertiser)], ["paid by", el("bdi", {}, payer)]] : []), ...(subject.length ? [["about", subject.join(", ")]] : []),
    ["shown", `${moment(first_at).short} to ${moment(last_at).short}, on ${placements.join(", ")}`], ["for", inWords(targeting).map(([said, value]) => `${said} ${value}`).join(" · ") || "everybody"],
    ["seen by", reached.says], ...countries.map((there) => [there.country ? `in ${regionName(there.country)}` : "elsewhere", there.says]),
  ];
  return el("article", { class: "entry", "aria-label": payer ? `Ads paid by ${payer}` : "Ads that were taken down" },
    el("ul", { class: "ads" }, ...ads.map((ad) => el("li", {}, drawAd({ ...ad, ...named, picture: picture(ad) })))),
    ...removed.map(({ at, says, automated, ground }) => el("p", { class: "removed" }, el("span", { dir: "auto" }, says), el("span", { class: "hint" }, ` ${moment(at).short}, ${automated ? "by a machine" : "by a person"}, under ${ground}`))),
    el("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", { dir: "auto" }, value)])),
    el("p", { class: "offers" }, el("a", { href: `/v1/ads/repository/${Number(id)}` }, "As JSON")));
}

/** @param {any} ad @returns {import("./ad.js").Picture|null} one that this server keeps */
function picture({ id, pictures }) {
  const wide = widest(pictures);
  return wide ? { url: `/v1/ads/pictures/${Number(id)}/${encodeURIComponent(wide.size)}`, alt: wide.alt } : null;
}

const given = new URLSearchParams(location.search);
for (const box of /** @type {HTMLInputElement[]} */ ([...form.elements])) if (box.name) box.value = given.get(box.name) ?? "";
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const query = new URLSearchParams(asked()).toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
  find();
});
content.replaceChildren(list, after);
find();
