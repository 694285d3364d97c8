// Sizes and lengths of time, in the words in which the server writes them.

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/** "1.1 kB", "12 MB": two digits, in units of 1,000. Rounded, as src/values/measure.rs does. */
export function size(bytes) {
  const whole = Math.round(bytes);
  if (whole === 1) return "1 byte";
  let tenths = whole * 10;
  let unit = 0;
  while (tenths >= 9_995 && unit + 1 < UNITS.length) {
    tenths = Math.floor((tenths + 500) / 1000);
    unit += 1;
  }
  const exact = unit > 0 && tenths < 100 && tenths % 10;
  return `${exact ? (tenths / 10).toFixed(1) : Math.floor((tenths + 5) / 10)} ${UNITS[unit]}`;
}

const several = (number, unit) => `${number} ${unit}${number === 1 ? "" : "s"}`;

/** "3 minutes": about how long, never less than it seems now. */
export function roughly(seconds) {
  if (seconds < 60) return several(Math.max(1, Math.ceil(seconds)), "second");
  if (seconds < 5400) return several(Math.ceil(seconds / 60), "minute");
  return several(Math.ceil(seconds / 3600), "hour");
}

/** How fast something moves at present: {at(bytes), speed()}, in bytes per second over the last seconds. */
export function pace(window = 8) {
  let seen = [];
  return {
    at(bytes) {
      const now = performance.now() / 1000;
      seen = [...seen.filter(([then]) => now - then < window), [now, bytes]];
    },
    speed() {
      const [first, last] = [seen[0], seen.at(-1)];
      return !first || last[0] - first[0] < 0.5 ? 0 : (last[1] - first[1]) / (last[0] - first[0]);
    },
    restart: () => { seen = []; },
  };
}
