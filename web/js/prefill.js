// [data-prefill="zone | date | currency | origin"]: what the browser knows better than the person, on the set-up page. Never over an answer
// that somebody gave: an error page keeps what was typed.

const KNOWN = {
  zone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
  date: () => (monthFirst() ? "month-first" : "day-first"),
  currency: () => CURRENCIES[new Intl.Locale(navigator.language).maximize().region],
  origin: () => location.origin,
};

/** Where people pay with what; others choose for themselves. */
const CURRENCIES = {
  US: "USD", GB: "GBP", CA: "CAD", AU: "AUD", NZ: "NZD", CH: "CHF", SE: "SEK", NO: "NOK", DK: "DKK", PL: "PLN", CZ: "CZK", HU: "HUF",
  RO: "RON", JP: "JPY", IN: "INR", SG: "SGD", HK: "HKD", ZA: "ZAR", BR: "BRL", MX: "MXN",
  ...Object.fromEntries("AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split(" ").map((region) => [region, "EUR"])),
};

/** Whether people here write Nov 3 rather than 3 Nov. */
function monthFirst() {
  const parts = new Intl.DateTimeFormat(navigator.language, { month: "short", day: "numeric" }).formatToParts(new Date(2000, 10, 3));
  return parts.findIndex((part) => part.type === "month") < parts.findIndex((part) => part.type === "day");
}

if (!document.querySelector(".summary")) {
  for (const field of document.querySelectorAll("[data-prefill]")) {
    const known = KNOWN[field.dataset.prefill]?.();
    const offered = !field.options || [...field.options].some((option) => option.value === known);
    if (known && offered && (field.options || field.value === "")) field.value = known;
  }
}
