// The list under the search box: an ARIA combobox. Nothing in it is chosen until an arrow key or a pointer chooses,
// so that Enter on a finished query always searches.

import { propose } from "./completion.js";
import { el } from "./dom.js";
import { coded } from "./operators.js";

/** @typedef {import("./completion.js").Operator} Operator */

/**
 * @param {HTMLInputElement} box role=combobox
 * @param {HTMLElement} list role=listbox, hidden
 * @param {() => Operator[]} operators
 */
export function combobox(box, list, operators) {
  /** @type {import("./completion.js").Proposal[]} */
  let proposals = [];
  let active = -1;

  const close = () => {
    proposals = [];
    active = -1;
    draw();
  };

  const open = (all = false) => {
    proposals = propose(operators(), box.value, box.selectionStart ?? box.value.length, all);
    active = -1;
    draw();
  };

  const draw = () => {
    list.hidden = proposals.length === 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
    list.replaceChildren(
      ...proposals.map(({ label, help }, i) =>
        el(
          "li",
          { role: "option", id: `${list.id}-${i}`, "aria-selected": String(i === active), "data-index": i },
          el("code", {}, label),
          el("span", { class: "help" }, ...coded(help)),
        ),
      ),
    );
    if (active < 0) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", `${list.id}-${active}`);
    list.children[active].scrollIntoView({ block: "nearest" });
  };

  const choose = (index) => {
    const { insert, start, end } = proposals[index];
    const rest = box.value.slice(end);
    box.value = box.value.slice(0, start) + insert + (insert.endsWith(" ") ? rest.trimStart() : rest);
    box.setSelectionRange(start + insert.length, start + insert.length);
    box.focus();
    open(); // an operator that takes one of a few values offers them at once
  };

  const move = (to) => {
    active = to < -1 ? proposals.length - 1 : to >= proposals.length ? -1 : to; // through the box itself, and round
    draw();
  };

  box.addEventListener("input", () => open());
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) open(true);
      if (proposals.length) move(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault(); // Esc closes the list first; only then does it empty the box
      close();
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(active);
    } else if (event.key === "Tab") close();
  });
  // pointerdown, not click: the box would lose the focus and close the list before a click arrives
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const option = event.target instanceof Element ? event.target.closest("[data-index]") : null;
    if (option instanceof HTMLElement) choose(Number(option.dataset.index));
  });
  box.form?.addEventListener("submit", close);
}
