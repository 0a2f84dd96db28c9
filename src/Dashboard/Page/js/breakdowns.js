// Lists by key: pages, devices, countries, and whatever else results have. A card for every map, known in advance or not.

import { bar, h, setText } from "./dom.js";
import { count, difference, share, title, valueOf } from "./format.js";

const shown = 8;
const own = new Set(["average_per_minute"]);

/** The lists of a result: those that the API's columns name, then any other member that is one. */
function listsOf(result, columns) {
  const names = columns.map(column => column.name);
  for (const [name, value] of Object.entries(result)) {
    if (!names.includes(name) && !own.has(name) && value !== null && typeof value === "object" && !Array.isArray(value)
      && Object.values(value).every(Number.isFinite)) {
      names.push(name);
    }
  }

  return names.filter(name => result[name] !== undefined);
}

/** Keys and counts, greatest first. Integers come first in an object whatever was written, so the order is made again. */
const sorted = map => Object.entries(map).sort(([, a], [, b]) => b - a);

function changeOf(now, then) {
  if (then === undefined) {
    return h("span", { class: "delta none" }, "new");
  }

  const change = then > 0 ? now / then - 1 : 0;
  return h("span", { class: `delta ${change > 0 ? "up" : change < 0 ? "down" : "none"}` }, `${change > 0 ? "▲" : change < 0 ? "▼" : "="} ${difference(change)}`);
}

function row([key, value], total, before, most, isAmounts) {
  return h("li", {},
    h("bdi", { class: "key-text", title: key }, key === "" ? "(empty)" : key),
    h("span", { class: "key-count" }, isAmounts ? valueOf({ type: "amount" }, value) : count(value)),
    // Amounts of one currency are no share of another's.
    isAmounts ? null : bar("list-bar", value / most),
    isAmounts ? null : h("span", { class: "key-share" }, share(total > 0 ? value / total : 0)),
    before ? changeOf(value, before[key]) : h("span", { class: "delta none" }, ""));
}

function card(name, result, previous) {
  const entries = sorted(result[name]);
  const total = name === "top_pages" ? result.page_views : entries.reduce((sum, [, value]) => sum + value, 0);
  const error = result[`${name}_max_error`];
  const rest = entries.length - shown;
  return h("article", { class: "card list", "data-list": name },
    h("h3", {}, title(name)),
    entries.length === 0
      ? h("p", { class: "empty" }, "Nothing in this window")
      : h("ol", {}, ...entries.slice(0, shown).map(entry => row(entry, total, previous?.[name], entries[0][1], name === "revenue_by_currency"))),
    h("p", { class: "hint" }, [rest > 0 ? `and ${rest} more` : "", error > 0 ? `counts may be over by up to ${count(error)}` : ""].filter(Boolean).join(" · ")));
}

/** The last window of a family and the one right before it, by which changes are told. */
export function lastPair(windows) {
  const last = windows.at(-1);
  const previous = last && windows.find(window => window.end === last.start);
  return { last, previous };
}

let drawn = "";

/** Draws all cards. */
export function showBreakdowns(container, hint, windows, maps, zone) {
  const { last, previous } = lastPair(windows);
  if (!last) {
    drawn = "";
    setText(hint, "no window of this length is closed yet");
    container.replaceChildren();
    return;
  }

  const key = [last.start, last.result.revision, previous?.result.revision, zone.name, last.result.window].join();
  if (key === drawn) {
    return;
  }

  drawn = key;
  setText(hint, `${zone.time(last.start)} – ${zone.time(last.end)}${previous ? `, change against ${zone.time(previous.start)} – ${zone.time(previous.end)}` : ""}`);
  container.replaceChildren(...listsOf(last.result, maps).map(name => card(name, last.result, previous?.result)));
}
