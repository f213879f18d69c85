// Tabs by the address's fragment, as WAI-ARIA's practices have them: arrows move between them, and each can be linked to.

/**
 * @param {HTMLElement} list the element of role `tablist`; each tab in it controls a panel
 * @param {(name: string) => void} [shown] called with the id of the panel that is shown
 */
export function tabs(list, shown = () => {}) {
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  const panel = (tab) => /** @type {HTMLElement} */ (document.getElementById(tab.getAttribute("aria-controls") ?? ""));

  function show(tab) {
    for (const each of all) {
      const chosen = each === tab;
      each.setAttribute("aria-selected", String(chosen));
      each.tabIndex = chosen ? 0 : -1;
      panel(each).hidden = !chosen;
      panel(each).querySelector("textarea")?.toggleAttribute("data-box", chosen); // where `/` goes
    }
    shown(panel(tab).id);
  }

  const named = () => all.find((tab) => `#${panel(tab).id}` === location.hash) ?? all[0];

  function choose(tab) {
    history.replaceState(null, "", tab === all[0] ? location.pathname + location.search : `#${panel(tab).id}`);
    show(tab);
  }

  list.addEventListener("click", (event) => {
    const tab = all.find((each) => each.contains(/** @type {Node} */ (event.target)));
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const tab = all[(to + all.length) % all.length];
    choose(tab);
    tab.focus();
  });
  window.addEventListener("hashchange", () => show(named()));
  show(named());
}
