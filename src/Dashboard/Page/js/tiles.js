// The numbers of today: what has come so far, against the same time of other days.

import { bar, h, setText } from "./dom.js";
import { difference, rate, share, title, valueOf } from "./format.js";
import { sparkline } from "./charts.js";

const dayMs = 86400000;
const compareEvery = 60000;
const wanted = ["page_views", "clicks", "purchases", "revenue", "unique_users"];

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
    this.#add(list, "rate", "Events per second", "tile now");
    columns.forEach(column => this.#add(list, column.name, title(column.name), "tile"));
    this.columns = columns;
  }

  #add(list, name, text, css) {
    const parts = {
      value: h("p", { class: "value", "data-tile": name }, "–"), yesterday: h("span", { class: "delta" }), week: h("span", { class: "delta" }),
      spark: h("div", { class: "spark-box" }),
    };
    this.#tiles.set(name, parts);
    list.append(h("li", { class: css }, h("h3", {}, text), parts.value, h("p", { class: "deltas" }, parts.yesterday, parts.week), parts.spark));
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
        const [yesterday, week] = await Promise.all([1, 7].map(days => this.#compare(today, midnight, to, days * dayMs)));
        this.#before = { yesterday, week };
        this.#comparedFrom = midnight;
        this.#comparedAt = performance.now();
      }
    } finally {
      this.#isReading = false;
    }
  }

  /** The sums of an earlier day, and those of today over the very same part of it: not all of the earlier day may be known. */
  async #compare(today, midnight, to, agoMs) {
    const then = await this.model.totals(midnight - agoMs, to - agoMs);
    const isWhole = then.coveredTo === null || then.coveredTo + agoMs >= to;
    return { then, now: isWhole ? today : await this.model.totals(midnight, then.coveredTo + agoMs) };
  }

  show(zone) {
    const { model } = this;
    const now = this.#tiles.get("rate");
    const hasEnded = model.status?.state === "ended";
    setText(now.value, model.rate === null ? "–" : rate(hasEnded ? 0 : model.rate));
    setText(now.yesterday, hasEnded ? "the source has ended" : "read in the last 5 s");
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
    this.#showDelta(tile.yesterday, column, this.#before?.yesterday, "yesterday");
    this.#showDelta(tile.week, column, this.#before?.week, "last week");
  }

  #showDelta(element, column, before, name) {
    const then = before?.then.windows > 0 ? before.then[column.name] : 0;
    if (!(then > 0) || before.now[column.name] === null) {
      element.className = "delta none";
      setText(element, then === null || before?.now[column.name] === null ? "" : `no data ${name}`);
      return;
    }

    const change = before.now[column.name] / then - 1;
    element.className = `delta ${change >= 0 ? "up" : "down"}`;
    setText(element, `${change >= 0 ? "▲" : "▼"} ${difference(change)} vs ${name}`);
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
