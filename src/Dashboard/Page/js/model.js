// What is known: the windows that are shown, the open ones, the status. No element is touched here.

import { at, get } from "./api.js";
import { parse } from "./format.js";

const maxPoints = 1600;
const maxSessionDays = 31;
const minuteMs = 60000;
const dayMs = 86400000;

// What results have when sessions are configured. They have a section of their own.
const ofSessions = [
  "sessions_started", "sessions_ended", "sessions_bounced", "sessions_converted", "session_duration_mean", "session_duration_p50",
  "session_duration_p95", "bounce_rate", "conversion_rate", "pages_per_session",
];

/** Windows of one family by start, the highest revision of each. */
class Windows {
  #byStart = new Map();

  add(result) {
    const start = parse(result.window_start);
    const known = this.#byStart.get(start);
    if (!known || known.result.revision <= result.revision) {
      this.#byStart.set(start, { start, end: parse(result.window_end), result });
    }
  }

  /** Those that start in a range, by start. */
  within(from, to) {
    return [...this.#byStart.values()].filter(window => window.start >= from && window.start < to).sort((a, b) => a.start - b.start);
  }

  dropBefore(from) {
    for (const start of this.#byStart.keys()) {
      if (start < from) {
        this.#byStart.delete(start);
      }
    }
  }

  get lastEnd() {
    return Math.max(0, ...[...this.#byStart.values()].map(window => window.end));
  }

  clear() {
    this.#byStart.clear();
  }
}

export class Model {
  families = [];
  columns = [];
  isStreamed = true;
  live = [];
  status = null;
  rate = null;
  anchor = null;

  /** Grows whenever sessions may have ended. */
  endings = 0;
  #windows = new Map();
  #lists = new Map();
  #rates = [];

  /** Reads what there is to show. */
  async start() {
    const [document, status] = await Promise.all([get("columns"), get("status").catch(() => null)]);
    this.families = document.windows;
    this.columns = document.columns;
    this.isStreamed = document.stream === "events";
    for (const family of this.families) {
      this.#windows.set(family.name, new Windows());
      this.#lists.set(family.name, new Windows());
    }

    if (status) {
      this.setStatus(status);
    }
  }

  column = name => this.columns.find(column => column.name === name);

  family = name => this.families.find(family => family.name === name);

  /** Families whose windows lie side by side, the shortest first. */
  get tumbling() {
    return this.families.filter(family => family.kind === "tumbling").sort((a, b) => a.size_ms - b.size_ms);
  }

  /** Numbers that can be drawn: those that people ask for first. */
  get metrics() {
    return this.columns.filter(column => column.role === "content" && !column.group && column.name !== "invalid_amounts"
      && (column.additive || column.name === "unique_users") && !ofSessions.includes(column.name));
  }

  /** The columns of sessions; none when they are not configured. */
  get sessionColumns() {
    return ofSessions.map(this.column).filter(Boolean);
  }

  get maps() {
    return this.columns.filter(column => column.type === "map");
  }

  /** The family for a chart over a range: the shortest windows of which not too many fit. */
  chartFamily(from, to) {
    return this.tumbling.find(family => (to - from) / family.size_ms <= maxPoints) ?? this.tumbling.at(-1) ?? this.families[0];
  }

  /** The sliding family for the trend; null when there is none, or too many windows of it fit. */
  trendFamily(from, to) {
    return this.families.find(family => family.kind === "sliding" && (to - from) / family.hop_ms <= maxPoints) ?? null;
  }

  /** The longest range that has a trend, in seconds. */
  get maxTrendSeconds() {
    return Math.max(0, ...this.families.filter(family => family.kind === "sliding").map(family => family.hop_ms * maxPoints)) / 1000;
  }

  /** The windows of a family for charts. */
  windows = (family, from, to) => family ? this.#windows.get(family.name).within(from, to) : [];

  /** The windows of a family with their lists. */
  lists = family => this.#lists.get(family.name).within(-Infinity, Infinity);

  /** Reads the windows of a range for charts. */
  async load(family, from, to) {
    const columns = [...[...this.metrics, ...this.sessionColumns].map(column => column.name), "unique_users_exact"].join(",");
    const store = this.#windows.get(family.name);
    for (let next = from; next !== null;) {
      const page = await get(`metrics/${family.name}`, { from: at(next), to: at(to), columns, limit: 10000 });
      page.results.forEach(result => store.add(result));
      next = parse(page.next_from);
    }
  }

  /** Reads the last windows of a family that end by a time, with their lists: the last one and the one right before it. */
  async loadLists(family, endBy) {
    const count = Math.ceil(family.size_ms / family.hop_ms) + 1;
    const before = to => get(`metrics/${family.name}`, { to, limit: count });
    let page = await before(endBy === null ? null : at(endBy - family.size_ms + 1));
    if (page.results.some(this.#isAfterTheEnd)) {
      // Those have no lists.
      page = await before(at(this.anchor));
    }

    const store = this.#lists.get(family.name);
    store.clear();
    page.results.forEach(result => store.add(result));
  }

  /** The sums of a range, and the means that follow from them. */
  sums = async (from, to) => {
    const sums = await get("totals", { from: at(from), to: at(to) });
    return { ...sums.totals, windows: sums.windows, coveredFrom: parse(sums.covered_from), coveredTo: parse(sums.covered_to) };
  };

  /** The sums and distinct users of a range. */
  totals = async (from, to) => {
    const [sums, users] = await Promise.all([this.sums(from, to), get("uniques", { from: at(from), to: at(to) })]);
    return { ...sums, unique_users: users.unique_users, unique_users_exact: users.unique_users_exact };
  };

  /** The last sessions to end; with a range those that started in it last, of those that have ended. The last one first. */
  async lastSessions(range, limit) {
    const asked = range
      ? { from: at(Math.max(range.from, range.to - maxSessionDays * dayMs)), to: at(range.to), limit }
      : { order: "end", limit };
    return (await get("sessions", asked)).sessions.slice(-limit).reverse();
  }

  addClosed(result) {
    const family = this.family(result.window);
    if (!family) {
      return;
    }

    this.#windows.get(family.name).add(result);
    this.#windows.get(family.name).dropBefore(parse(result.window_start) - 8 * dayMs);
    this.endings += result.sessions_ended > 0 || result.phase === "corrected" ? 1 : 0;
    if (this.#isAfterTheEnd(result)) {
      return;
    }

    const lists = this.#lists.get(family.name);
    lists.add(result);
    lists.dropBefore(parse(result.window_start) - 2 * family.size_ms - family.hop_ms);
    this.live = this.live.filter(open => open.window !== result.window || open.window_start !== result.window_start);
    if (family === (this.tumbling[0] ?? family)) {
      // Longer windows that the end of a source closes end later than anything that happened.
      this.#moveAnchor(parse(result.window_end));
    }
  }

  setLive(results) {
    this.live = results;
    for (const result of results.filter(open => open.window === this.tumbling[0]?.name)) {
      this.#moveAnchor(parse(result.window_start) + 1);
    }
  }

  setStatus(status) {
    this.status = status;
    const now = parse(status.now);
    this.#rates.push({ now, read: status.records.read });
    this.#rates = this.#rates.filter(seen => now - seen.now <= 5000 || this.#rates.length <= 2);
    const first = this.#rates[0];
    if (now - first.now >= 400) {
      this.rate = Math.max(0, status.records.read - first.read) / ((now - first.now) / 1000);
    }

    if (status.max_event_time) {
      this.#moveAnchor(parse(status.max_event_time));
    }
  }

  /** The open windows of a family. */
  open = family => this.live.filter(result => result.window === family?.name)
    .map(result => ({ start: parse(result.window_start), end: parse(result.window_end), result }));

  forget() {
    this.#windows.forEach(windows => windows.clear());
    this.#lists.forEach(windows => windows.clear());
  }

  /**
   * Whether a window lies after the end of a bounded source: nothing happened in it, but sessions ended when the gap after their last event had
   * passed. The charts end with the latest event.
   */
  #isAfterTheEnd = result => result.watermark === null && result.total_events === 0 && this.anchor !== null
    && parse(result.window_start) >= this.anchor;

  /** Event time has come this far: what "now" is on the charts, also when old events are played again. */
  #moveAnchor(ms) {
    const rounded = Math.ceil(ms / minuteMs) * minuteMs;
    this.anchor = Math.max(this.anchor ?? 0, rounded);
  }
}
