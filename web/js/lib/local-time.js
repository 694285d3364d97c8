// Times are written in the firm's zone. Here they are written again in the reader's, as the firm writes dates; the title
// has the exact time with its zone. How long ago something was is true everywhere, so such words stay.

const BY_DISTANCE = /^just now$|^in \d| ago$/;
const EXACT = / at \d/;
// English has letters for most zones, but each country only for its own: "EST", "BST", "CET", "AEDT".
const ENGLISH = ["en-US", "en-GB", "en-AU", "en-NZ", "en-CA", "en-IN", "en-ZA"];

const WORDS = new Intl.DateTimeFormat("en-US", {
  weekday: "long", year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const ZONES = ENGLISH.map((english) => new Intl.DateTimeFormat(english, { timeZoneName: "short" }));

const partsOf = (format, at) => Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));

function zoneOf(at) {
  const names = ZONES.map((format) => partsOf(format, at).timeZoneName);
  return names.find((name) => !/\d/.test(name)) ?? names[0].replace("GMT", "UTC");
}

/** A time in the ways the firm writes one: {short, exact, full}. */
function inWords(at, monthFirst) {
  const { weekday, year, month, day, hour, minute } = partsOf(WORDS, at);
  const dated = (month, year) => {
    const date = monthFirst ? `${month} ${day}` : `${day} ${month}`;
    return year ? `${date}${monthFirst ? "," : ""} ${year}` : date;
  };
  const unlessThis = year === partsOf(WORDS, new Date()).year ? "" : year;
  const clock = monthFirst ? `${hour % 12 || 12}:${minute} ${hour < 12 ? "AM" : "PM"}` : `${hour}:${minute}`;
  return {
    short: dated(month.slice(0, 3), unlessThis),
    exact: `${dated(month, unlessThis)} at ${clock}`,
    full: `${weekday}, ${dated(month, year)} at ${clock} ${zoneOf(at)}`,
  };
}

/** Puts every <time> below `root` into the reader's zone. */
export function localTimes(root) {
  const monthFirst = document.querySelector("meta[name=date-style]")?.content !== "day-first";
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const { short, exact, full } = inWords(at, monthFirst);
    const text = time.textContent;
    if (EXACT.test(text)) time.textContent = exact;
    else if (!BY_DISTANCE.test(text)) time.textContent = short;
    time.title = full;
  }
}
