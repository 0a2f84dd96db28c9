// What the reader has chosen, kept in the address so that a link shows the same.

import { Zone } from "./format.js";

const presets = new Map([["1h", 1], ["3h", 3], ["6h", 6], ["24h", 24], ["7d", 168]]);
const hourMs = 3600000;

export class View {
  constructor() {
    const query = new URLSearchParams(location.search);
    this.metric = query.get("metric") ?? "total_events";
    this.breakdown = query.get("by");
    this.zone = new Zone(query.get("tz") === "utc");
    this.theme = query.get("theme");
    const [from, to] = [Date.parse(query.get("from")), Date.parse(query.get("to"))];
    this.custom = from < to ? { from, to } : null;
    this.preset = presets.has(query.get("range")) ? query.get("range") : "1h";
  }

  static presets = [...presets.keys()];

  /** The range that is shown, up to a time when it moves along. */
  range(anchor) {
    return this.custom ?? { from: anchor - presets.get(this.preset) * hourMs, to: anchor };
  }

  get isMoving() {
    return this.custom === null;
  }

  choosePreset(preset) {
    this.preset = preset;
    this.custom = null;
    this.keep();
  }

  zoom(from, to) {
    this.custom = { from: Math.round(from), to: Math.round(to) };
    this.keep();
  }

  unzoom() {
    this.custom = null;
    this.keep();
  }

  keep() {
    const query = new URLSearchParams();
    if (this.custom) {
      query.set("from", new Date(this.custom.from).toISOString());
      query.set("to", new Date(this.custom.to).toISOString());
    } else if (this.preset !== "1h") {
      query.set("range", this.preset);
    }

    if (this.metric !== "total_events") {
      query.set("metric", this.metric);
    }

    if (this.breakdown) {
      query.set("by", this.breakdown);
    }

    if (this.zone.isUtc) {
      query.set("tz", "utc");
    }

    if (this.theme) {
      query.set("theme", this.theme);
    }

    history.replaceState(null, "", query.size > 0 ? `?${query}` : location.pathname);
  }
}
