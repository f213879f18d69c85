// The public repository of ads: found by words, advertiser, country and days; each with who paid, when, for whom, and how many saw it (DSA Art. 39).

import "./shell.js";
import { drawAd } from "./ad-slot.js";
import { get, isAbort } from "./api.js";
import { byId, el } from "./dom.js";
import { moment, number } from "./format.js";
import { note, problem } from "./notice.js";

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
  } catch (error) {
    if (!isAbort(error)) after.replaceChildren(problem(/** @type {Error} */ (error), () => find(before)));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

const nothing = () => (Object.keys(asked()).length ? note("No ad of the last year is like that.", "Ask for less, or for other days.") : note("No ad has been shown in the last year."));

/** @param {any} entry @returns {HTMLElement} */
function drawEntry(entry) {
  const { campaign, on_behalf_of, paid_by, from, until, parameters, people, countries, creatives, removed } = entry;
  const facts = [
    ["on behalf of", el("bdi", {}, on_behalf_of)], ["paid by", el("bdi", {}, paid_by)], ["shown", `${moment(from).short} to ${until ? moment(until).short : "now"}`],
    ["for", told(parameters.included, "everybody")], ["not for", told(parameters.excluded, "nobody was left out")], ["seen by", saw(people)],
    ["in", countries.length ? countries.map(({ country, people: there }) => `${country || "not known"}: ${saw(there)}`).join(" · ") : "not known"],
  ];
  return el("article", { class: "entry", "aria-label": `Ads paid by ${paid_by}` },
    el("ul", { class: "ads" }, ...creatives.map((ad) => el("li", {}, drawAd({ ...ad, paid_by, on_behalf_of, picture: picture(ad) })))),
    removed ? el("p", { class: "removed" }, "Its content was taken down: ", el("span", { dir: "auto" }, removed)) : null,
    el("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", { dir: "auto" }, value)])),
    el("p", { class: "offers" }, el("a", { href: `/v1/ads/repository/${Number(campaign)}` }, "As JSON")));
}

/** @param {any} ad @returns {import("./ad-slot.js").Picture|null} one that this server keeps */
function picture({ id, pictures }) {
  const wide = pictures?.find(({ size }) => size === "1200x628") ?? pictures?.[0];
  return wide ? { url: `/v1/ads/pictures/${Number(id)}/${encodeURIComponent(wide.size)}`, alt: wide.alt } : null;
}

/** @param {{what: string, values: string[]}[]} parameters @param {string} none @returns {string} */
const told = (parameters, none) => parameters.map(({ what, values }) => `${what}: ${values.join(", ")}`).join(" · ") || none;

/** @param {string|number} people @returns {string} */
const saw = (people) => (typeof people === "number" ? `${number(people)} people` : people);

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
