// The branding page: an accent (input[data-accent]; a radio button [data-accent-own] stands for one that is not offered) colours [data-brand="preview"] at once, a field with data-mirror="key" is
// repeated in [data-mirrored="key"]. The set style is a property of the element, which the content policy allows.

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.matches("[data-accent]") && CSS.supports("color", field.value)) {
    document.querySelector('[data-brand="preview"]')?.style.setProperty("--brand", field.value);
    for (const other of document.querySelectorAll("[data-accent]:not([type=radio])")) if (other !== field) other.value = field.value;
    const offered = [...document.querySelectorAll("[data-accent][type=radio]")];
    for (const other of offered) other.checked = other.value === field.value;
    const own = document.querySelector("[data-accent-own]");
    if (own) own.checked = !offered.some((other) => other.checked);
  }
  if (field.matches("[data-mirror]")) {
    for (const copy of document.querySelectorAll(`[data-mirrored="${CSS.escape(field.dataset.mirror)}"]`)) copy.textContent = field.value;
  }
});
