// The page: reads what there is, listens to what comes, draws at most a few times a second.

import { ApiError, setKey } from "./api.js";
import { showBreakdowns } from "./breakdowns.js";
import { Chart, emptyText, windowTable } from "./charts.js";
import { showCompleteness } from "./completeness.js";
import { announce, byId, segments, setText } from "./dom.js";
import { duration, familyName, title, Zone } from "./format.js";
import { Model } from "./model.js";
import { Sessions } from "./sessions.js";
import { listen } from "./stream.js";
import { showFunnel, Tiles } from "./tiles.js";
import { View } from "./view.js";

const drawEvery = 250;
const sumEvery = 5000;
const staleAfter = 12000;

// Windows in which sessions ended after the last event: the gap is a day at most.
const maxGapMs = 86400000;

const model = new Model();
const view = new View();
let tiles = null;
let sessions = null;
let isOpen = false;
let heardAt = performance.now();
let drawTimer = null;
let loaded = { family: null, from: Infinity };
let listsOf = null;

function unzoom() {
  if (!view.isMoving) {
    view.unzoom();
    reload();
    announce("Zoomed out");
  }
}

const chartOptions = {
  columns: () => model.metrics,
  onZoom: (from, to) => { view.zoom(from, to); reload(); announce("Zoomed in; Escape goes back"); },
  onUnzoom: unzoom,
};
const minutes = new Chart(byId("minutes"), { ...chartOptions, label: "By window", at: "start", height: width => width < 560 ? 240 : 320 });
const trend = new Chart(byId("trend"), { ...chartOptions, label: "Trend", at: "end", height: () => 250 });

const metric = () => model.column(view.metric) ?? model.metrics[0];

const breakdownFamily = () => model.family(view.breakdown)
  ?? model.families.find(family => family.kind === "sliding") ?? model.tumbling[0] ?? model.families[0];

function drawControls() {
  const chosen = view.isMoving ? view.preset : null;
  segments(byId("ranges"), View.presets.map(preset => ({ value: preset, text: preset })), chosen, preset => { view.choosePreset(preset); reload(); });
  segments(byId("metrics"), model.metrics.map(column => ({ value: column.name, text: title(column.name) })), metric()?.name, name => {
    view.metric = name;
    view.keep();
    drawControls();
    draw();
  });
  segments(byId("families"), model.families.map(family => ({ value: family.name, text: familyName(family.name) })), breakdownFamily()?.name, name => {
    view.breakdown = name;
    view.keep();
    reload();
  });
  byId("unzoom").hidden = view.isMoving;
  setText(byId("unzoom"), `Back to the last ${view.preset}`);
  setText(byId("footer"), `times in ${view.zone.name}`);
  setText(byId("zone"), view.zone.name);
  byId("zone").setAttribute("aria-label", `Time zone: ${view.zone.name}. Change to ${view.zone.isUtc ? "the local one" : "UTC"}`);
}

function draw() {
  drawTimer = null;
  if (!tiles) {
    return;
  }

  const { zone } = view;
  setText(byId("today-hint"), tiles.show(zone));
  showCompleteness({ facts: byId("facts"), hint: byId("complete-hint"), rejected: byId("rejected"), partitions: byId("partitions") }, model.status, zone);
  setText(byId("source"), model.status ? `${model.status.host} · ${model.status.source}` : "");
  drawConnection();
  if (model.anchor === null) {
    return;
  }

  const range = view.range(model.anchor);
  const family = model.chartFamily(range.from, range.to);
  const closed = model.windows(family, range.from, range.to);
  const lastStart = closed.at(-1)?.start ?? -Infinity;
  const open = model.open(family).filter(window => window.start < range.to && window.end > range.from && window.start > lastStart);
  const all = [...closed, ...open];
  setText(byId("minutes-title"), `By ${familyName(family.name).replace(/^1 /u, "").replace("min", "minute")}`);
  minutes.show(all, metric(), range, zone);
  if (closed.length > 0 && performance.getEntriesByName("tidemark-drawn").length === 0) {
    performance.mark("tidemark-drawn");
  }

  if (!byId("table").hidden) {
    windowTable(byId("table"), all, model.metrics, zone);
  }

  const sliding = model.trendFamily(range.from, range.to);
  setText(byId("trend-title"), sliding ? `${familyName(sliding.name)} trend` : "Trend");
  setText(byId("trend-hint"), sliding ? `${title(metric()?.name ?? "")} of the last ${familyName(sliding.name)}` : "");
  setText(trend.empty, sliding ? emptyText
    : model.maxTrendSeconds > 0 ? `Shown for ranges of at most ${duration(model.maxTrendSeconds)}` : "No sliding windows are configured");
  trend.show(sliding ? model.windows(sliding, range.from - sliding.size_ms, range.to) : [], metric(), range, zone);
  showFunnel(byId("funnel"), byId("funnel-hint"), closed, model);
  sessions?.show({ view, range, windows: all, lists: model.lists(breakdownFamily()) });
  showBreakdowns(byId("breakdowns"), byId("breakdowns-hint"), model.lists(breakdownFamily()), model.maps, zone);
}

/** Draws soon: many windows that come together are drawn once. */
function drawSoon() {
  drawTimer ??= setTimeout(draw, drawEvery);
}

function drawConnection() {
  const status = model.status;
  const silent = performance.now() - heardAt;
  const [state, text] = !isOpen ? ["lost", "Reconnecting"]
    : status?.state === "ended" ? ["ended", "The source has ended"]
    : model.isStreamed && silent > staleAfter ? ["stale", "Stale"]
    : ["live", "Live"];
  byId("connection").dataset.state = state;
  setText(byId("connection-text"), text);
  const asOf = model.anchor ? view.zone.moment(model.anchor) : "never";
  const age = status?.watermark_lag_seconds;
  const notice = state === "lost" ? `The connection is lost. The numbers are those of ${asOf}; they go on by themselves when the server is back.`
    : state === "stale" ? `Nothing has been heard for ${duration(silent / 1000)}. The numbers are those of ${asOf}.`
    : state === "live" && age > 7200 ? `These are events of the past: the latest is of ${asOf}.`
    : "";
  byId("notice").hidden = notice === "";
  setText(byId("notice"), notice);
}

/** Reads what a range needs, and draws. */
async function reload() {
  drawControls();
  if (model.anchor === null) {
    draw();
    return;
  }

  readSessions();
  const range = view.range(model.anchor);
  const family = model.chartFamily(range.from, range.to);
  const sliding = model.trendFamily(range.from, range.to);
  const lists = breakdownFamily();
  const endBy = view.isMoving ? null : range.to;
  const wants = [lists.name, endBy].join();
  const isKnown = loaded.family === family.name && loaded.from <= range.from;
  await Promise.all([
    // The first chart does not wait for the rest.
    isKnown ? null : model.load(family, range.from, model.anchor + family.size_ms + (sessions ? maxGapMs : 0)).then(draw),
    isKnown || !sliding ? null : model.load(sliding, range.from - sliding.size_ms, model.anchor + sliding.size_ms),
    wants === listsOf ? null : model.loadLists(lists, endBy),
  ]);
  loaded = isKnown ? loaded : { family: family.name, from: range.from };
  listsOf = wants;
  draw();
}

/** Windows were missed: what is shown is read anew. */
async function readAnew() {
  loaded = { family: null, from: Infinity };
  listsOf = null;
  model.forget();
  await reload();
}

function listenToNews() {
  let wasLost = false;
  listen(model.isStreamed, {
    onClosed: result => {
      heardAt = performance.now();
      const isFirst = model.anchor === null;
      model.addClosed(result);
      if (isFirst) {
        reload().catch(fail);
      }

      drawSoon();
    },
    onLive: results => {
      heardAt = performance.now();
      model.setLive(results);
      drawSoon();
    },
    onStatus: status => {
      heardAt = performance.now();
      model.setStatus(status);
      drawSoon();
    },
    onReset: () => readAnew().catch(fail),
    onState: state => {
      isOpen = state === "open";
      if (isOpen && wasLost) {
        sum();
      }

      wasLost = !isOpen;
      drawSoon();
    },
  });
}

const readSessions = () => sessions?.read(view).then(drawSoon).catch(fail);

function sum() {
  tiles.read(view.zone).then(drawSoon).catch(fail);
  readSessions();
}

function fail(problem) {
  if (problem instanceof ApiError && (problem.status === 401 || problem.status === 403)) {
    byId("key").hidden = false;
    byId("key-text").focus();
    return;
  }

  // A server that cannot be reached is told by the connection's state; what it refuses is told in its words.
  if (problem instanceof ApiError) {
    byId("notice").hidden = false;
    setText(byId("notice"), problem.message);
  }
}

function wire() {
  byId("zone").addEventListener("click", () => {
    view.zone = new Zone(!view.zone.isUtc);
    view.keep();
    drawControls();
    draw();
    sum();
  });
  byId("theme").addEventListener("click", () => {
    const isDark = (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
    try {
      localStorage.setItem("tidemark-theme", document.documentElement.dataset.theme);
    } catch {
      // A browser that keeps nothing keeps the theme for this visit.
    }

    draw();
  });
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") {
      unzoom();
    }
  });
  byId("unzoom").addEventListener("click", unzoom);
  const told = (shown, said) => {
    setText(byId("copy-text"), shown);
    announce(said);
    setTimeout(() => setText(byId("copy-text"), "Copy link"), 2000);
  };
  byId("copy").addEventListener("click", async () => {
    const range = view.range(model.anchor ?? Date.now());
    const link = new URL(location.href);
    link.searchParams.set("from", new Date(range.from).toISOString());
    link.searchParams.set("to", new Date(range.to).toISOString());
    link.searchParams.delete("range");
    await navigator.clipboard.writeText(link.href).then(() => told("Copied", "The link is copied"), () => told("Not copied", link.href));
  });
  for (const [toggle, table] of [["table-toggle", byId("table")], ["session-table-toggle", byId("session-table")]]) {
    byId(toggle).addEventListener("click", event => {
      table.hidden = !table.hidden;
      event.currentTarget.setAttribute("aria-expanded", String(!table.hidden));
      setText(event.currentTarget, table.hidden ? "Show as a table" : "Hide the table");
      draw();
    });
  }

  byId("key").addEventListener("submit", event => {
    event.preventDefault();
    setKey(byId("key-text").value);
    location.reload();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

async function start() {
  for (;;) {
    try {
      await model.start();
      break;
    } catch (problem) {
      if (problem instanceof ApiError && (problem.status === 401 || problem.status === 403)) {
        fail(problem);
        return;
      }

      drawConnection();
      await new Promise(resolve => setTimeout(resolve, 2000));
    }
  }

  tiles = new Tiles(byId("tiles"), model);
  sessions = model.sessionColumns.length > 0 ? new Sessions(model, chartOptions) : null;
  isOpen = true;
  if (model.anchor === null) {
    // A server that was started again knows no latest event yet; what it keeps tells.
    await model.loadLists(model.tumbling[0] ?? model.families[0], null).catch(fail);
    model.lists(model.tumbling[0] ?? model.families[0]).forEach(window => model.addClosed(window.result));
  }

  // Before anything is read, so that nothing is missed in between.
  listenToNews();
  await reload().catch(fail);
  sum();
  setInterval(() => { if (!document.hidden) { sum(); } }, sumEvery);
  setInterval(drawConnection, 1000);
}

wire();
start();
