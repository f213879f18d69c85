// The only maker of elements. Text goes in as text nodes, so nothing a post says can become HTML.

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes] `class`, `data-…`, `aria-…` and so on; `on…` takes a function;
 *   null, undefined and false leave an attribute out; true sets it empty
 * @param {...(Node|string|number|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export const el = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);

/**
 * As `el`, for the parts of a drawing.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node|string|number|null|undefined|false)} children
 * @returns {any}
 */
export const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/** @template {Element} T @param {T} element @param {Record<string, any>} attributes @param {any[]} children @returns {T} */
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** @param {string} id @returns {HTMLElement} an element that the page's HTML promises */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element #${id}`);
  return element;
}

/**
 * @param {unknown} value
 * @returns {URL|null} the address, when it is a web address; one with a user name (https://bank.com@evil.com) is a trick
 */
export function webAddress(value) {
  try {
    const url = new URL(String(value));
    const isWeb = url.protocol === "https:" || url.protocol === "http:";
    return isWeb && !url.username && !url.password ? url : null;
  } catch {
    return null;
  }
}

/**
 * A link out of the site. Without a label it is named by where it really goes, never by what the post claims.
 * @param {unknown} address
 * @param {string|Node} [label]
 * @returns {HTMLElement} an `a` when the address is http(s), else plain text
 */
export function outward(address, label) {
  const url = webAddress(address);
  if (!url) return el("span", { dir: "auto" }, label ?? String(address));
  return el(
    "a",
    { href: url.href, rel: "noopener noreferrer nofollow ugc", target: "_blank", title: url.href, class: "outward" },
    label ?? shortAddress(url),
  );
}

/** @param {URL} url @returns {string} host and the beginning of the path; the host is never cut away */
export function shortAddress(url) {
  const rest = (url.pathname === "/" ? "" : url.pathname) + url.search;
  return url.host.replace(/^www\./, "") + (rest.length > 32 ? `${rest.slice(0, 31)}…` : rest);
}
