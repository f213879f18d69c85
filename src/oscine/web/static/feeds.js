// A search as a feed: links for people, and for the browsers and readers that look for them in the page's head.

import { el } from "./dom.js";

const FORMS = [
  ["rss", "RSS", "application/rss+xml"],
  ["atom", "Atom", "application/atom+xml"],
  ["json", "JSON", "application/feed+json"],
];

/** @param {HTMLElement} place @param {string} query nothing takes the links away @param {boolean} plain whether plain language is read */
export function showFeeds(place, query, plain) {
  for (const link of document.head.querySelectorAll('link[rel="alternate"]')) link.remove();
  place.replaceChildren();
  if (!query) return;
  const search = new URLSearchParams({ q: query, ...(!plain && { plain: "false" }) });
  const address = (form) => `/v1/search.${form}?${search}`;
  for (const [form, name, type] of FORMS) {
    document.head.append(el("link", { rel: "alternate", type, title: `${query} (${name})`, href: address(form) }));
  }
  const links = FORMS.map(([form, name, type]) => el("a", { href: address(form), type }, name));
  place.append("Feed ", ...links.flatMap((link, i) => (i ? [" · ", link] : [link])));
}
