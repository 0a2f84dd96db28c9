// Sessions: how many started and ended, how long they were, how they went, and the last ones. Only there when results have them.

import { lastPair } from "./breakdowns.js";
import { Chart, emptyText, sparkline, windowTable } from "./charts.js";
import { byId, h, setText } from "./dom.js";
import { clock, count, duration, parse, valueOf } from "./format.js";
import { addTile, compare, showDelta } from "./tiles.js";

const dayMs = 86400000;
const compareEvery = 60000;
const rows = 20;

// Quantiles of several windows do not follow from theirs: those of one window are shown.
const shown = [
  { name: "sessions_started", text: "Started" },
  { name: "sessions_ended", text: "Ended" },
  { name: "session_duration_mean", text: "Mean duration" },
  { name: "session_duration_p50", text: "Median duration", isOfWindow: true },
  { name: "session_duration_p95", text: "95th percentile", isOfWindow: true },
  { name: "bounce_rate", text: "Bounce rate", isGoodDown: true },
  { name: "conversion_rate", text: "Conversion rate" },
  { name: "pages_per_session", text: "Pages / session" },
];

export class Sessions {
  #tiles = new Map();
  #sums = null;
  #before = [];
  #comparedFor = null;
  #comparedAt = 0;
  #last = null;
  #lastOf = null;
  #drawnLast = null;
  #reading = null;
  #isAskedAgain = false;

  /** Shows the section, with charts that zoom as the others do. */
  constructor(model, chartOptions) {
    this.model = model;
    byId("sessions").hidden = false;
    const list = byId("session-tiles");
    shown.forEach(tile => this.#tiles.set(tile.name, addTile(list, tile.name, tile.text, "tile")));
    const options = { ...chartOptions, columns: () => model.sessionColumns, at: "start", height: () => 250 };
    this.counts = new Chart(byId("session-counts"), { ...options, label: "Sessions" });
    this.durations = new Chart(byId("session-durations"), { ...options, label: "Durations" });
  }

  /** Reads the numbers of the range, now and then those it is compared with, and the last sessions if any may have ended since. */
  read(view) {
    this.#isAskedAgain = this.#reading !== null;
    this.#reading ??= this.#readAll(view).finally(() => { this.#reading = null; });
    return this.#reading;
  }

  async #readAll(view) {
    do {
      this.#isAskedAgain = false;
      if (this.model.anchor !== null) {
        await Promise.all([this.#readSums(view), this.#readLast(view)]);
      }
    } while (this.#isAskedAgain);
  }

  async #readSums(view) {
    const { model } = this;
    const { from, to } = view.range(model.anchor);
    const key = view.isMoving ? view.preset : `${from}-${to}`;
    const sums = await model.sums(from, to);
    this.#sums = sums;
    const end = sums.coveredTo;
    if (end === null) {
      this.#before = [];
      this.#comparedFor = null;
    } else if (key !== this.#comparedFor || performance.now() - this.#comparedAt > compareEvery) {
      const times = [[to - from, "before"], [dayMs, "yesterday"], [7 * dayMs, "last week"]].filter(([agoMs], i) => i === 0 || agoMs > to - from);
      this.#before = await Promise.all(times.slice(0, 2).map(
        async ([agoMs, name]) => ({ name, ...await compare(model.sums, sums, from, end, agoMs) })));
      this.#comparedFor = key;
      this.#comparedAt = performance.now();
    }
  }

  async #readLast(view) {
    const range = view.isMoving ? null : view.range(this.model.anchor);
    const key = [range?.from, range?.to, this.model.endings].join();
    if (key !== this.#lastOf) {
      this.#last = await this.model.lastSessions(range, rows);
      this.#lastOf = key;
    }
  }

  /** Draws everything: windows are those of the charts, lists those of the breakdowns. */
  show({ view, range, windows, lists }) {
    const { zone } = view;
    const [started, ended, median] = ["sessions_started", "sessions_ended", "session_duration_p50"].map(this.model.column);
    setText(byId("sessions-hint"), this.#hint(view, range));
    this.#showTiles(windows.filter(window => window.result.phase !== "live"), lastPair(lists), zone);
    for (const chart of [this.counts, this.durations]) {
      setText(chart.empty, emptyText);
    }

    this.counts.show(windows, started, range, zone, ended);
    this.durations.show(windows, median, range, zone);
    if (!byId("session-table").hidden) {
      windowTable(byId("session-table"), windows, this.model.sessionColumns, zone);
    }

    this.#showLast(range, view);
  }

  #hint(view, range) {
    const { coveredFrom, coveredTo } = this.#sums ?? {};
    if (!coveredTo) {
      return "no window of this range is closed yet";
    }

    // The end of a source ends all sessions, when the gap after its last event has passed.
    const after = view.isMoving
      ? this.model.windows(this.model.tumbling[0], range.to, Infinity).reduce((sum, window) => sum + (window.result.sessions_ended ?? 0), 0) : 0;
    const time = ms => view.zone.day(ms) === view.zone.day(range.to) ? view.zone.time(ms) : view.zone.moment(ms);
    return `${time(coveredFrom)} – ${time(coveredTo)}${after > 0 ? ` · ${count(after)} more ended after the last event, with the source` : ""}`;
  }

  #showTiles(closed, { last, previous }, zone) {
    for (const { name, isOfWindow, isGoodDown } of shown) {
      const tile = this.#tiles.get(name);
      const column = this.model.column(name);
      tile.spark.replaceChildren(sparkline(closed.map(window => window.result[name])));
      setText(tile.value, valueOf(column, isOfWindow ? last?.result[name] : this.#sums?.[name]));
      if (isOfWindow) {
        const before = last && { now: last.result, then: { ...previous?.result, windows: previous ? 1 : 0 } };
        showDelta(tile.first, column, before, "before");
        setText(tile.second, last ? `of ${zone.time(last.start)} – ${zone.time(last.end)}` : "");
      } else {
        [tile.first, tile.second].forEach((element, i) => {
          const before = this.#before[i];
          element.hidden = !before;
          showDelta(element, column, before, before?.name ?? "", isGoodDown);
        });
      }
    }
  }

  #showLast(range, view) {
    const key = [this.#lastOf, view.zone.name].join();
    if (this.#last === null || key === this.#drawnLast) {
      return;
    }

    this.#drawnLast = key;
    const some = this.#last.length > 0;
    setText(byId("last-hint"), some ? (view.isMoving ? "the last to end" : "of those that started in this range, the last to start") : "");
    byId("last-sessions").replaceChildren(some
      ? table(this.#last, range.to, view.zone)
      : h("p", { class: "empty" },
        `No session ${view.isMoving ? "has ended yet" : "that started in this range has ended"}. One ends when its user has been silent for the gap.`));
  }
}

/** A text of an event. */
const text = value => value ? h("bdi", { title: value }, value) : "–";

function revenueOf(session) {
  if (!session.conversion) {
    return "–";
  }

  const amount = session.revenue === null ? "mixed currencies" : valueOf({ type: "amount" }, session.revenue);
  return session.currency ? [amount, " ", text(session.currency)] : [amount];
}

const heads = [
  ["Start", ""], ["Duration", ""], ["Pages", ""],
  ["Entry → exit", "words"], ["Referrer", "words"], ["Device", "words"], ["Country", "words"], ["Revenue", ""],
];

// The roles are said, since rows are blocks on a phone and no rows then.
const table = (sessions, now, zone) => h("table", { role: "table" },
  h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...heads.map(([head, css]) => h("th", { role: "columnheader", scope: "col", class: css }, head)))),
  h("tbody", { role: "rowgroup" }, ...sessions.map(session => row(session, now, zone))));

function row(session, now, zone) {
  const start = parse(session.start_time);
  const cell = (css, ...children) => h("td", { role: "cell", class: css }, ...children);
  return h("tr", { role: "row", "data-session": true },
    h("th", { role: "rowheader", scope: "row" }, zone.day(start) === zone.day(now) ? zone.clock(start) : zone.moment(start)),
    cell("length", h("span", { title: duration(session.duration_seconds) }, clock(session.duration_seconds))),
    h("td", { role: "cell", class: "pages", "data-unit": session.page_view_count === 1 ? " page" : " pages" }, count(session.page_view_count)),
    cell("path words", text(session.entry_page), " → ", text(session.exit_page)),
    cell("from words", text(session.referrer)),
    cell("more words", text(session.device_type)),
    cell("more words", text(session.country)),
    cell("revenue", ...[revenueOf(session)].flat()));
}
