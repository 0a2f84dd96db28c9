// Charts over event time: closed windows solid, open ones hollow, corrected ones marked. Drawn by uPlot; keyboard, announcements and zoom are ours.

import { announce, h, svg } from "./dom.js";
import { axisValue, isTime, title, valueOf } from "./format.js";

const barsUpTo = 200;
const zoomFactor = 2;
const barPart = 0.78;
const barRadius = 4;
const dayLabelsAboveMs = 36 * 3600000;

// Steps of an axis of seconds that read well as minutes and hours.
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

/** What stands in a chart without windows. */
export const emptyText = "No windows in this range yet";

const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** What is said of a window that is pointed at. */
export function phaseText(result) {
  if (result.phase === "live") {
    return "still open, incomplete";
  }

  return result.phase === "corrected" ? `corrected by late events (revision ${result.revision})` : "closed";
}

export class Chart {
  #plot = null;
  #windows = [];
  #index = null;
  #key = "";
  #say;

  /**
   * @param element Where it is drawn.
   * @param options label: what it shows; at: which time of a window is on the axis ("start" or "end"); onZoom(from, to); onUnzoom().
   */
  constructor(element, options) {
    this.element = element;
    this.options = options;
    this.area = h("div", { class: "plot", role: "img", tabindex: "0", "aria-label": options.label });
    this.tip = h("div", { class: "tip", hidden: true });
    this.empty = h("p", { class: "empty" }, emptyText);
    element.append(this.area, this.tip, this.empty);
    this.area.addEventListener("keydown", event => this.#onKey(event));
    this.area.addEventListener("dblclick", () => options.onUnzoom());
    this.area.addEventListener("blur", () => this.#hideTip());
    new ResizeObserver(() => this.#resize()).observe(element);
  }

  /** Draws a column of windows, { start, end, result } by start, the open ones last, and a second column of the same unit as a line over it. */
  show(windows, column, range, zone, second = null) {
    this.#windows = windows;
    this.empty.hidden = windows.length > 0;
    const width = this.element.clientWidth;
    if (width === 0 || !column) {
      return;
    }

    const isBars = windows.length <= barsUpTo && this.options.at === "start";
    const isDays = range.to - range.from > dayLabelsAboveMs;
    const key = [column.name, second?.name, isBars, isDays, zone.name, document.documentElement.dataset.theme, matchMedia("(prefers-color-scheme: dark)").matches].join();
    this.column = column;
    this.second = second;
    this.range = range;
    this.zone = zone;
    if (this.#plot === null || key !== this.#key) {
      this.#plot?.destroy();
      this.#key = key;
      this.#plot = new uPlot(this.#draw(isBars, isDays), this.#data(), this.area);
    } else {
      this.#plot.setData(this.#data(), false);
      this.#plot.setScale("x", { min: range.from / 1000, max: range.to / 1000 });
    }

    this.#describe();
    if (this.#index !== null) {
      this.#point(Math.min(this.#index, windows.length - 1), false);
    }
  }

  #value = (window, column = this.column) => window.result[column.name] ?? null;

  get #columns() {
    return this.second ? [this.column, this.second] : [this.column];
  }

  #time = window => (this.options.at === "end" ? window.end : window.start) / 1000;

  #data() {
    const open = this.#windows.map(window => window.result.phase === "live");
    const values = this.#windows.map(window => this.#value(window));
    // The line to an open window begins at the last closed one.
    const leads = this.options.at === "end" || this.#windows.length > barsUpTo;
    return [
      this.#windows.map(this.#time),
      values.map((value, i) => open[i] ? null : value),
      values.map((value, i) => open[i] || (leads && open[i + 1]) ? value : null),
      // Of windows that overlap, nearly all contain a corrected minute: there a mark says nothing.
      values.map((value, i) => this.options.at === "start" && this.#windows[i].result.phase === "corrected" ? value : null),
      // Nothing yet in an open window is no zero.
      ...this.second ? [this.#windows.map((window, i) => open[i] ? this.#value(window, this.second) || null : this.#value(window, this.second))] : [],
    ];
  }

  #draw(isBars, isDays) {
    const [accent, bar, text, grid, surface, mark, line] = ["--accent", "--bar", "--muted", "--grid", "--surface", "--mark", "--second"].map(color);
    const fade = u => {
      const gradient = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height);
      gradient.addColorStop(0, `${accent}66`);
      gradient.addColorStop(1, `${accent}08`);
      return gradient;
    };
    const bars = (u, ...drawn) => {
      const width = this.#barWidth(u);
      return uPlot.paths.bars({ size: [1, width], radius: Math.min(0.18, barRadius / width), align: 1 })(u, ...drawn);
    };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    return {
      width: this.element.clientWidth,
      height: this.#height(),
      legend: { show: false },
      tzDate: this.zone.axisDate,
      padding: [12, 22, 0, 0],
      scales: {
        x: { time: true, range: () => [this.range.from / 1000, this.range.to / 1000] },
        y: { range: (u, min, max) => [Math.min(0, min ?? 0), (max ?? 0) > 0 ? max * 1.1 : 1] },
      },
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { show: !isBars, size: 8, fill: accent, stroke: surface, width: 2 },
        y: false,
      },
      axes: [
        { ...axis, size: 30, values: (u, splits) => splits.map(split => isDays ? this.zone.day(split * 1000) : this.zone.time(split * 1000)), space: isDays ? 90 : 64 },
        { ...axis, size: 54, values: (u, splits) => splits.map(split => axisValue(this.column, split)), space: 36, ...isTime(this.column) ? { incrs: timeSteps } : {} },
      ],
      series: [
        {},
        isBars
          ? { paths: bars, fill: bar, stroke: bar, width: 0, points: { show: false } }
          : { stroke: accent, width: 2, fill: fade, points: { show: false } },
        isBars
          ? { paths: bars, fill: `${accent}33`, stroke: accent, width: 1.5, dash: [4, 3], points: { show: false } }
          : { stroke: accent, width: 2, dash: [5, 4], points: { show: false } },
        {
          paths: () => null,
          points: { show: true, size: isBars ? 7 : 6, fill: mark, stroke: surface, width: 1.5, paths: (u, series, from, to) => this.#diamonds(u, series, from, to, isBars) },
        },
        ...this.second ? [{ stroke: line, width: 2, points: { show: false }, paths: (u, series, from, to) => this.#line(u, series, from, to, isBars) }] : [],
      ],
      hooks: {
        setCursor: [u => this.#onPointer(u)],
        setSelect: [u => this.#onSelect(u)],
      },
    };
  }

  /** How wide the bar of a window is, in CSS pixels: it begins where the window begins, and ends a little before the next one. */
  #barWidth(u) {
    const [first] = this.#windows;
    const width = first ? (first.end - first.start) / (this.range.to - this.range.from) * u.bbox.width / devicePixelRatio : 0;
    return Math.max(1, width * barPart);
  }

  /** Corrected windows are marked by a shape and not by colour alone. */
  #diamonds(u, series, from, to, isBars) {
    const path = new Path2D();
    const size = 4.5 * devicePixelRatio;
    for (let i = from; i <= to; i++) {
      const value = u.data[series][i];
      if (value !== null && value !== undefined) {
        const half = isBars ? (this.#windows[i].end - this.#windows[i].start) / 2000 * barPart : 0;
        const x = u.valToPos(u.data[0][i] + half, "x", true);
        const y = u.valToPos(value, "y", true) - (isBars ? size : 0);
        path.moveTo(x, y - size);
        path.lineTo(x + size, y);
        path.lineTo(x, y + size);
        path.lineTo(x - size, y);
        path.closePath();
      }
    }

    return { fill: path, stroke: path };
  }

  /** The line of the second column, through the middles of bars; a window between two without a value is a dot. */
  #line(u, series, from, to, isBars) {
    const path = new Path2D();
    const values = u.data[series];
    const isKnown = i => values[i] !== null && values[i] !== undefined;
    for (let i = from; i <= to; i++) {
      if (isKnown(i)) {
        const half = isBars ? (this.#windows[i].end - this.#windows[i].start) / 2000 * barPart : 0;
        const [x, y] = [u.valToPos(u.data[0][i] + half, "x", true), u.valToPos(values[i], "y", true)];
        if (i > from && isKnown(i - 1)) {
          path.lineTo(x, y);
        } else {
          path.moveTo(x, y);
        }

        if (!(i > from && isKnown(i - 1)) && !(i < to && isKnown(i + 1))) {
          path.arc(x, y, devicePixelRatio, 0, 2 * Math.PI);
        }
      }
    }

    return { stroke: path, fill: null, flags: 0 };
  }

  #height = () => this.options.height(this.element.clientWidth);

  #resize() {
    const width = this.element.clientWidth;
    if (this.#plot && width > 0 && (this.#plot.width !== width || this.#plot.height !== this.#height())) {
      this.#plot.setSize({ width, height: this.#height() });
    } else if (this.#plot === null && width > 0 && this.column) {
      this.show(this.#windows, this.column, this.range, this.zone);
    }
  }

  #onSelect(u) {
    if (u.select.width < 6) {
      return;
    }

    const [from, to] = [u.posToVal(u.select.left, "x") * 1000, u.posToVal(u.select.left + u.select.width, "x") * 1000];
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.#hideTip();
    this.options.onZoom(from, to);
  }

  #onPointer(u) {
    const { idx, left } = u.cursor;
    const index = idx === null || idx === undefined || left < 0 ? -1 : this.#under(u.posToVal(left, "x"), idx);
    if (this.#windows[index]) {
      this.#showTip(index);
    } else {
      this.#hideTip();
    }
  }

  /** The window that is pointed at: the one whose bar begins before the pointer, which need not be the nearest beginning. */
  #under(seconds, nearest) {
    return this.options.at === "start" && nearest > 0 && this.#windows[nearest]?.start / 1000 > seconds ? nearest - 1 : nearest;
  }

  #onKey(event) {
    const last = this.#windows.length - 1;
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (event.key in moves && last >= 0) {
      this.#point(Math.min(last, Math.max(0, (this.#index ?? last + 1) + moves[event.key])), true);
    } else if ((event.key === "+" || event.key === "=") && this.#index !== null) {
      const middle = this.#time(this.#windows[this.#index]) * 1000;
      const half = (this.range.to - this.range.from) / zoomFactor / 2;
      this.options.onZoom(middle - half, middle + half);
    } else {
      return;
    }

    event.preventDefault();
  }

  /** Points at a window, as the mouse does. */
  #point(index, isSaid) {
    const window = this.#windows[index];
    if (!window) {
      return;
    }

    this.#index = index;
    this.#showTip(index);
    if (isSaid) {
      const values = this.#columns.map(column => `${valueOf(column, this.#value(window, column))} ${title(column.name)}`).join(", ");
      announce(`${this.#when(window)}: ${values}, ${phaseText(window.result)}`);
    }
  }

  #when(window) {
    const isToday = this.zone.day(window.start) === this.zone.day(this.range.to);
    return `${isToday ? this.zone.time(window.start) : this.zone.moment(window.start)} – ${this.zone.time(window.end)}`;
  }

  #showTip(index) {
    const window = this.#windows[index];
    const rows = this.options.columns().filter(column => window.result[column.name] !== undefined).map(column =>
      h("tr", this.#columns.includes(column) ? { class: "chosen" } : {}, h("th", {}, title(column.name)), h("td", {}, valueOf(column, window.result[column.name]))));
    this.tip.replaceChildren(
      h("strong", {}, this.#when(window)),
      h("span", { class: `phase ${window.result.phase}` }, phaseText(window.result)),
      h("table", {}, h("tbody", {}, ...rows)));
    this.tip.hidden = false;
    const middle = this.options.at === "start" ? (window.end - window.start) / 2000 * barPart : 0;
    const x = this.#plot.valToPos(this.#time(window) + middle, "x") + this.#plot.bbox.left / devicePixelRatio;
    const width = this.tip.offsetWidth;
    const left = x + 14 + width > this.element.clientWidth ? x - 14 - width : x + 14;
    this.tip.style.left = `${Math.max(0, left)}px`;
    this.tip.style.top = "8px";
  }

  #hideTip() {
    this.tip.hidden = true;
    this.#index = null;
  }

  #describe() {
    const closed = this.#windows.filter(window => window.result.phase !== "live");
    const of = column => {
      const values = closed.map(window => this.#value(window, column)).filter(value => value !== null);
      const [least, most] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [null, null];
      return `${title(column.name)}, ${closed.length} windows, least ${valueOf(column, least)}, `
        + `most ${valueOf(column, most)}, last ${valueOf(column, this.#value(closed.at(-1), column))}`;
    };
    const text = closed.length > 0
      ? `${this.options.label}: ${this.#columns.map(of).join("; ")}`
      : `${this.options.label}: no windows in this range`;
    if (this.area.getAttribute("aria-label") !== text) {
      this.area.setAttribute("aria-label", text);
    }
  }
}

/** A small line without axes; closed windows only. */
export function sparkline(values) {
  const [width, height] = [120, 32];
  const known = values.filter(value => value !== null && value !== undefined);
  if (known.length < 2) {
    return svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" });
  }

  const most = Math.max(...known, 1e-9);
  const points = known.map((value, i) => `${(i / (known.length - 1) * width).toFixed(1)},${(height - 2 - value / most * (height - 5)).toFixed(1)}`);
  return svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
    svg("path", { class: "spark-area", d: `M0,${height} L${points.join(" L")} L${width},${height} Z` }),
    svg("path", { class: "spark-line", d: `M${points.join(" L")}` }));
}

/** The windows of a chart for those who read tables. */
export function windowTable(element, windows, columns, zone) {
  const heads = ["Window", ...columns.map(column => title(column.name)), "State"];
  element.replaceChildren(h("table", {},
    h("thead", {}, h("tr", {}, ...heads.map(head => h("th", { scope: "col" }, head)))),
    h("tbody", {}, ...windows.slice(-120).reverse().map(window => h("tr", {},
      h("th", { scope: "row" }, `${zone.moment(window.start)} – ${zone.time(window.end)}`),
      ...columns.map(column => h("td", {}, valueOf(column, window.result[column.name]))),
      h("td", {}, phaseText(window.result)))))));
}
