// The numbers of today: what has come so far, against the same time of other days.

import { bar, h, setText } from "./dom.js";
import { difference, isShare, points, rate, share, title, valueOf } from "./format.js";
import { sparkline } from "./charts.js";

const dayMs = 86400000;
const compareEvery = 60000;
const wanted = ["page_views", "clicks", "purchases", "revenue", "unique_users"];

/** Adds a tile to a list: a number with two changes and a line under it. */
export function addTile(list, name, text, css) {
  const parts = {
    value: h("p", { class: "value", "data-tile": name }, "–"), first: h("span", { class: "delta" }), second: h("span", { class: "delta" }),
    spark: h("div", { class: "spark-box" }),
  };
  list.append(h("li", { class: css }, h("h3", {}, text), parts.value, h("p", { class: "deltas" }, parts.first, parts.second), parts.spark));
  return parts;
}

/**
 * The numbers of a range some time ago, and those of this range over the very same part of it: not all of the earlier one may be known.
 * read(from, to) reads numbers, whole are those of this range.
 */
export async function compare(read, whole, from, to, agoMs) {
  const then = await read(from - agoMs, to - agoMs);
  if (!(then.windows > 0)) {
    return { then, now: whole };
  }

  const [first, last] = [Math.max(from, then.coveredFrom + agoMs), Math.min(to, then.coveredTo + agoMs)];
  return { then, now: first <= (whole.coveredFrom ?? from) && last >= to ? whole : await read(first, last) };
}

/** Shows the change of a column's value since before: { then, now }. Shares are told by the percentage points between them. */
export function showDelta(element, column, before, name, isGoodDown = false) {
  const then = before?.then.windows > 0 ? before.then[column.name] : undefined;
  const now = before?.now[column.name];
  if (then === null || now === null || then === undefined || now === undefined || !(then > 0 || isShare(column))) {
    element.className = "delta none";
    setText(element, then === null || now === null ? "" : `no data ${name}`);
    return;
  }

  const change = isShare(column) ? now - then : now / then - 1;
  element.className = `delta ${(change >= 0) === !isGoodDown ? "up" : "down"}`;
  setText(element, `${change >= 0 ? "▲" : "▼"} ${isShare(column) ? points(change) : difference(change)} vs ${name}`);
}

export class Tiles {
  #tiles = new Map();
  #today = null;
  #before = null;
  #comparedFrom = null;
  #comparedAt = 0;
  #isReading = false;

  constructor(list, model) {
    this.model = model;
    // And the counters that a configuration adds.
    const columns = [...wanted.map(name => model.column(name)).filter(Boolean), ...model.metrics.filter(column => column.added)];
    this.#tiles.set("rate", addTile(list, "rate", "Events per second", "tile now"));
    columns.forEach(column => this.#tiles.set(column.name, addTile(list, column.name, title(column.name), "tile")));
    this.columns = columns;
  }

  /** Reads the sums of today and, now and then, of the same time of the other days. */
  async read(zone) {
    if (this.model.anchor === null || this.#isReading) {
      return;
    }

    this.#isReading = true;
    try {
      const midnight = zone.midnight(this.model.anchor - 1);
      const today = await this.model.totals(midnight, Math.max(this.model.anchor, midnight + 60000));
      this.#today = { ...today, midnight };
      const to = today.coveredTo;
      if (to > midnight && (midnight !== this.#comparedFrom || performance.now() - this.#comparedAt > compareEvery)) {
        const [yesterday, week] = await Promise.all([1, 7].map(days => compare(this.model.totals, today, midnight, to, days * dayMs)));
        this.#before = { yesterday, week };
        this.#comparedFrom = midnight;
        this.#comparedAt = performance.now();
      }
    } finally {
      this.#isReading = false;
    }
  }

  show(zone) {
    const { model } = this;
    const now = this.#tiles.get("rate");
    const hasEnded = model.status?.state === "ended";
    setText(now.value, model.rate === null ? "–" : rate(hasEnded ? 0 : model.rate));
    setText(now.first, hasEnded ? "the source has ended" : "read in the last 5 s");
    const shortest = model.tumbling[0];
    const recent = shortest && model.anchor ? model.windows(shortest, model.anchor - 3600000, model.anchor) : [];
    now.spark.replaceChildren(sparkline(recent.map(window => window.result.total_events)));
    for (const column of this.columns) {
      const tile = this.#tiles.get(column.name);
      tile.spark.replaceChildren(sparkline(recent.map(window => window.result[column.name])));
      if (this.#today) {
        this.#showTile(tile, column);
      }
    }

    return this.#today ? `since midnight, ${zone.name}${this.#today.coveredTo ? `, complete to ${zone.clock(this.#today.coveredTo)}` : ""}` : "";
  }

  #showTile(tile, column) {
    const isUsers = column.name === "unique_users";
    // What is open has been counted too. Users are counted once, so that those of open windows cannot be added.
    const open = isUsers ? [] : this.model.open(this.model.tumbling[0])
      .filter(window => window.start >= (this.#today.coveredTo ?? this.#today.midnight) && window.start >= this.#today.midnight);
    const closed = this.#today[column.name];
    const text = closed === null
      ? "mixed currencies"
      : valueOf(column, open.reduce((sum, window) => sum + (window.result[column.name] ?? 0), closed));
    tile.value.classList.toggle("none", closed === null);
    setText(tile.value, isUsers && !this.#today.unique_users_exact ? `≈ ${text}` : text);
    showDelta(tile.first, column, this.#before?.yesterday, "yesterday");
    showDelta(tile.second, column, this.#before?.week, "last week");
  }
}

/** The way from a view to a purchase, over the windows that are shown. */
export function showFunnel(list, hint, windows, model) {
  const steps = ["page_views", "add_to_carts", "purchases"].map(name => model.column(name)).filter(Boolean);
  const sums = steps.map(column => windows.reduce((sum, window) => sum + (window.result[column.name] ?? 0), 0));
  const most = Math.max(...sums, 1);
  list.replaceChildren(...steps.map((column, i) => {
    const part = i === 0 ? null : sums[i - 1] > 0 ? sums[i] / sums[i - 1] : null;
    return h("li", {},
      h("div", { class: "funnel-head" }, h("span", {}, title(column.name)), h("strong", {}, valueOf(column, sums[i]))),
      bar("funnel-bar", sums[i] / most),
      h("p", { class: "hint" }, part === null ? (i === 0 ? "in the windows shown" : "–") : `${share(part)} of ${title(steps[i - 1].name).toLowerCase()}`));
  }));
  const whole = sums[0] > 0 ? sums.at(-1) / sums[0] : null;
  setText(hint, whole === null ? "" : `${share(whole)} of views end in a purchase`);
}
