// Numbers, times and names as people read them.

const language = navigator.language || "en";
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
const tenths = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const change = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1, signDisplay: "never" });

export const count = value => whole.format(value);
export const short = value => compact.format(value);
export const share = value => percent.format(value);
export const difference = value => change.format(value);

/** How far two shares are apart, in percentage points: pp. */
export const points = value => `${tenths.format(Math.abs(value) * 100)} pp`;

/** Whether a column is a length of time, in seconds. */
export const isTime = column => column?.type === "amount" && column.name?.startsWith("session_duration_");

/** Whether a column is a share, 0 to 1. */
export const isShare = column => column?.type === "amount" && column.name?.endsWith("_rate");

/** Minutes and seconds, with hours when there are some. */
export function clock(seconds) {
  const all = Math.round(seconds);
  const two = value => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}

/** A value of a column beside an axis. */
export const axisValue = (column, value) => isTime(column) ? clock(value) : isShare(column) ? share(value) : short(value);

/** A value of a column: amounts have decimals while they fit. */
export function valueOf(column, value) {
  if (value === null || value === undefined) {
    return "–";
  }

  if (isTime(column) || isShare(column)) {
    return axisValue(column, value);
  }

  return column?.type === "amount" && Math.abs(value) < 1e6 ? precise.format(value) : whole.format(value);
}

/** How many per second. */
export const rate = value => value >= 100 ? whole.format(value) : value.toFixed(1);

/** A duration in words that fit beside a label. */
export function duration(seconds) {
  if (seconds < 10) {
    return `${Math.max(0, seconds).toFixed(1)} s`;
  }

  if (seconds < 120) {
    return `${Math.round(seconds)} s`;
  }

  if (seconds < 7200) {
    return `${Math.round(seconds / 60)} min`;
  }

  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

/** Times in the reader's zone, or in UTC. */
export class Zone {
  constructor(isUtc) {
    this.isUtc = isUtc;
    const options = isUtc ? { timeZone: "UTC" } : {};
    this.name = isUtc ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone || "local";
    this.minutes = new Intl.DateTimeFormat(language, { ...options, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.seconds = new Intl.DateTimeFormat(language, { ...options, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    this.days = new Intl.DateTimeFormat(language, { ...options, weekday: "short", day: "numeric", month: "short" });
    this.both = new Intl.DateTimeFormat(language, {
      ...options, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    });
  }

  /** The hour and minute. */
  time = ms => this.minutes.format(ms);

  /** The same with seconds. */
  clock = ms => this.seconds.format(ms);

  /** The day. */
  day = ms => this.days.format(ms);

  /** Day and time. */
  moment = ms => this.both.format(ms);

  /** The start of the day that a time lies in. */
  midnight(ms) {
    const date = new Date(ms);
    return this.isUtc
      ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
      : new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  }

  /** A date whose local parts are those of this zone, as the chart's axis wants it. */
  axisDate = seconds => this.isUtc ? uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC") : new Date(seconds * 1e3);
}

const names = {
  device_breakdown: "Devices", country_breakdown: "Countries", event_types: "Event types", top_pages: "Top pages", total_events: "Events",
  session_duration_mean: "Mean duration", session_duration_p50: "Median duration", session_duration_p95: "95th percentile of durations",
};

/** The name of a column for people. */
export function title(name) {
  const plain = names[name] ?? name.replace(/_breakdown$/u, "").replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** The name of a family of windows for people: 5min is 5 min, 1hour is 1 hour. */
export const familyName = name => name.replace(/^(\d+)([a-z]+)$/u, "$1 $2").replaceAll("_", " ");

/** Milliseconds of a time in the API. */
export const parse = text => text === null || text === undefined ? null : Date.parse(text);
