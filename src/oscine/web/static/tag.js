// The tag for other people's pages: <script src="https://SERVER/v1/ads/tag.js" data-placement="post" async></script> shows an ad where it stands,
// and fills each <div data-oscine-ad="post"></div>. `data-size="300x250"` asks for a picture. It keeps nothing in the browser, sends no cookie and no
// referrer, asks nobody but the server that it came from, and touches nothing of the page but its own elements. It needs no other file.

(() => {
  const VIEWABLE_AFTER = 1000; // milliseconds that half of an ad is on the screen (IAB/MRC viewability; 30% of a large one)
  const LARGE = 242_500; // CSS pixels
  const STYLE = `
    :host { display: block; max-width: 100%; }
    article { max-width: 36rem; font: 16px/1.45 system-ui, sans-serif; color: CanvasText; background: Canvas; border: 1px solid GrayText; border-radius: 10px; padding: 12px 14px; overflow-wrap: anywhere; box-sizing: border-box; }
    .mark, .why { margin: 0; font-size: 13px; opacity: 0.8; }
    .body { display: block; color: inherit; text-decoration: none; margin-block: 6px; }
    .body > * { display: block; }
    b.headline { font-size: 18px; line-height: 1.3; }
    img { max-width: 100%; height: auto; }
    .action { width: fit-content; margin-top: 8px; padding: 4px 12px; border: 1px solid currentColor; border-radius: 2em; font-weight: 600; }
    .why a { color: inherit; }
    :focus-visible { outline: 2px solid Highlight; outline-offset: 2px; }`;
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const server = new URL(script.src).origin;

  /** @param {string} address @returns {string|null} absolute, when it is the server's own */
  const own = (address) => {
    const url = new URL(address, server);
    return url.origin === server ? url.href : null;
  };

  /** @param {string} tag @param {Record<string, any>} attributes @param {...(Node|string|null|false)} children @returns {HTMLElement} text goes in as text */
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value) element.setAttribute(name, String(value));
    element.append(.../** @type {(Node|string)[]} */ (children.filter(Boolean)));
    return element;
  };

  /** @param {string} address */
  const tell = (address) => {
    const url = own(address);
    if (url) fetch(url, { method: "POST", mode: "no-cors", keepalive: true, credentials: "omit", referrerPolicy: "no-referrer" }).catch(() => {});
  };

  /** @param {any} ad @returns {HTMLElement} */
  const draw = (ad) => {
    const behalf = ad.on_behalf_of && ad.on_behalf_of !== ad.paid_by ? ` for ${ad.on_behalf_of}` : "";
    const picture = ad.picture && own(ad.picture.url);
    const away = { target: "_blank", rel: "sponsored noopener noreferrer", referrerpolicy: "no-referrer" };
    return make("article", { "aria-label": `Ad: ${ad.headline}`, lang: ad.lang, dir: "auto" },
      make("p", { class: "mark" }, make("b", {}, "Ad"), ` · paid by ${ad.paid_by}${behalf}${ad.generated ? " · words by a machine" : ""}`),
      make("a", { class: "body", href: own(ad.click), ...away },
        picture && make("img", { src: picture, alt: ad.picture.alt, width: ad.picture.width, height: ad.picture.height, referrerpolicy: "no-referrer" }),
        make("b", { class: "headline" }, ad.headline), ad.body && make("span", {}, ad.body), ad.action && make("span", { class: "action" }, ad.action)),
      make("p", { class: "why" }, make("a", { href: own(`/ads/why?token=${encodeURIComponent(ad.token)}`), target: "_blank", rel: "noopener noreferrer" }, "Why this ad?")));
  };

  /** @param {HTMLElement} drawn @param {() => void} seen called once */
  const watch = (drawn, seen) => {
    let waiting = 0;
    const stop = new AbortController();
    const observer = new IntersectionObserver((entries) => {
      const { intersectionRatio, boundingClientRect } = entries[entries.length - 1];
      clearTimeout(waiting);
      if (document.hidden || intersectionRatio < (boundingClientRect.width * boundingClientRect.height >= LARGE ? 0.3 : 0.5)) return;
      waiting = setTimeout(() => {
        stop.abort();
        observer.disconnect();
        seen();
      }, VIEWABLE_AFTER);
    }, { threshold: [0.3, 0.5] });
    observer.observe(drawn);
    document.addEventListener("visibilitychange", () => {
      clearTimeout(waiting);
      observer.unobserve(drawn);
      if (!document.hidden) observer.observe(drawn); // which tells how much of it is seen now
    }, { signal: stop.signal });
  };

  /** @param {HTMLElement} host @param {string} placement @param {string} size */
  const fill = async (host, placement, size) => {
    host.dataset.oscineFilled = "";
    const wish = { placement, site: location.hostname, lang: document.documentElement.lang.slice(0, 2).toLowerCase(), sizes: size ? [size] : [], slots: 1 };
    const reply = await fetch(`${server}/v1/ads/tag`, { method: "POST", body: JSON.stringify(wish), credentials: "omit", referrerPolicy: "no-referrer" }); // as text/plain: no preflight
    const [ad] = reply.ok ? (await reply.json()).ads : [];
    if (!ad) return; // no ad is no reason to disturb a page
    const drawn = draw(ad);
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    root.append(drawn);
    tell(ad.impression);
    watch(drawn, () => tell(ad.viewable));
  };

  const start = () => {
    if (script.dataset.placement) {
      const host = make("div", {});
      script.after(host);
      fill(host, script.dataset.placement, script.dataset.size ?? "").catch(() => {});
    }
    for (const host of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-oscine-ad]:not([data-oscine-filled])"))) {
      fill(host, host.dataset.oscineAd || "post", host.dataset.size ?? "").catch(() => {});
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
