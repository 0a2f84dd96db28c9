// How far a number can be trusted: the watermark, what was late, what was rejected and how it looked.

import { h, setText } from "./dom.js";
import { count, duration, familyName, parse, share } from "./format.js";

const maxPartitions = 64;

function fact(name, value, note, state) {
  return h("div", { class: "fact", "data-state": state ?? "" }, h("dt", {}, name), h("dd", {}, value), h("dd", { class: "hint" }, note));
}

function sample(example) {
  return example
    ? h("details", {}, h("summary", {}, "example"), h("p", { class: "hint" }, example.place),
      example.text === null ? h("p", { class: "hint" }, "It cannot be read at the moment, or is not kept any more.") : h("pre", { dir: "auto" }, example.text))
    : null;
}

const of = (part, whole) => whole > 0 ? share(part / whole) : share(0);

function notCounted(status) {
  const rows = status.rejected.map(rejected => ({ reason: rejected.reason.replaceAll("_", " "), number: rejected.count, example: rejected.example }));
  if (status.late.count > 0) {
    rows.unshift({ reason: "late", number: status.late.count, example: status.late.example });
  }

  return rows.length === 0
    ? h("p", { class: "hint" }, "Every record was counted.")
    : h("ul", { class: "reasons" }, ...rows.map(row => h("li", {},
      h("span", {}, row.reason), h("strong", {}, count(row.number)), h("span", { class: "hint" }, of(row.number, status.records.read)), sample(row.example))));
}

function partitionTable(status, zone) {
  const now = parse(status.now);
  const time = text => text === null ? "–" : zone.clock(parse(text));
  const ago = text => text === null ? "–" : `${duration(Math.max(0, (now - parse(text)) / 1000))} ago`;

  // The local host does not keep when a partition last moved.
  const hasMoves = status.partitions.some(one => one.last_arrival !== null);
  const heads = ["Partition", "Latest event", "Watermark", ...(hasMoves ? ["Moved"] : []), "Next offset", "Waiting", "Counted", "Late", "Rejected", "State"];
  return h("table", {},
    h("thead", {}, h("tr", {}, ...heads.map(head => h("th", { scope: "col" }, head)))),
    h("tbody", {}, ...status.partitions.slice(0, maxPartitions).map(one => h("tr", {},
      h("th", { scope: "row" }, String(one.partition)),
      ...[time(one.max_event_time), time(one.watermark), ...(hasMoves ? [ago(one.last_arrival)] : []), count(one.next), one.lag === null ? "–" : count(one.lag), count(one.counted), count(one.late), count(one.rejected),
        one.problem ?? (one.is_idle ? "idle" : "active")].map(text => h("td", {}, text))))));
}

let openExamples = "";

/** Draws everything about completeness. */
export function showCompleteness(elements, status, zone) {
  if (!status) {
    return;
  }

  const { records } = status;
  const watermark = parse(status.watermark);
  const final = status.windows.find(family => family.final_before);
  elements.facts.replaceChildren(h("dl", { class: "fact-list" },
    fact("Watermark", watermark === null ? "–" : zone.clock(watermark),
      status.watermark_lag_seconds === null ? (status.state === "ended" ? "the source has ended" : "no event yet")
        : `${duration(status.watermark_lag_seconds)} behind the clock`,
      status.state === "running" && status.watermark_lag_seconds > 300 ? "warn" : ""),
    fact("Counted", count(records.counted), `of ${count(records.read)} records read`),
    fact("Late", count(records.late), `${of(records.late, records.read)}${status.late.in_open_windows > 0 ? `, ${count(status.late.in_open_windows)} in an open window` : ""}`),
    fact("Rejected", count(records.rejected), of(records.rejected, records.read)),
    fact("Open windows", count(status.open_windows), "can still change"),
    fact("Waiting", status.lag === null ? "–" : count(status.lag), status.lag === null ? "the source does not tell" : "records to be read"),
    fact("Saved state", status.state_age_seconds === null ? "none" : duration(status.state_age_seconds), status.state_age_seconds === null ? "nothing is remembered" : "since it was last saved"),
    fact("Final before", final ? zone.time(parse(final.final_before)) : "–", final ? `${familyName(final.window)} windows that ended by then` : "every window can still change")));
  setText(elements.hint, records.read === records.counted + records.late + records.rejected
    ? "read = counted + late + rejected" : "");

  // An example that somebody reads is not closed under their eyes.
  const key = JSON.stringify([status.rejected, status.late, records.read]);
  if (key !== openExamples && elements.rejected.querySelector("details[open]") === null) {
    openExamples = key;
    elements.rejected.replaceChildren(notCounted(status));
  }

  elements.partitions.replaceChildren(partitionTable(status, zone));
}
