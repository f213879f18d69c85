// The API's page: what /openapi.json says, drawn. Our own server wrote it, yet it is text like any other.

import "./shell.js";
import { get } from "./api.js";
import { byId, el } from "./dom.js";
import { problem } from "./notice.js";

/** @param {any} parameter @returns {HTMLElement} */
function row(parameter) {
  const schema = parameter.schema ?? {};
  const kind = schema.enum?.join(" | ") ?? schema.type ?? schema.anyOf?.map((one) => one.type).filter((type) => type !== "null").join(" | ") ?? "";
  const standard = schema.default === undefined || schema.default === "" ? "" : ` Default: ${schema.default}.`;
  return el(
    "tr", {},
    el("th", { scope: "row" }, el("code", {}, parameter.name)),
    el("td", {}, kind),
    el("td", {}, `${parameter.description ?? ""}${standard}${parameter.required ? " Required." : ""}`),
  );
}

/** @param {string} method @param {string} path @param {any} call @returns {HTMLElement} */
function section(method, path, call) {
  const rows = (call.parameters ?? []).map(row);
  return el(
    "section", { class: "call" },
    el("h2", {}, el("span", { class: "method" }, method.toUpperCase()), " ", el("code", {}, path)),
    el("p", { class: "summary" }, call.summary ?? ""),
    el("p", {}, call.description ?? ""),
    rows.length > 0 && el("div", { class: "wide" }, el("table", {}, el("tbody", {}, ...rows))),
  );
}

byId("base").textContent = `${location.origin}/v1`;
get("/openapi.json").then(
  (api) => {
    const calls = Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, call]) => section(method, path, call)));
    byId("calls").replaceChildren(...calls);
  },
  (error) => byId("calls").replaceChildren(problem(error)),
);
