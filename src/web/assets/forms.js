// Small helps for forms and menus; every page works without them.

// A button that was pressed rests for a second: a double press sends once.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button) return;
  // after the browser has read which button it was
  setTimeout(() => { button.disabled = true; });
  setTimeout(() => { button.disabled = false; }, 1000);
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
});

// Menus close by Escape and by a press elsewhere.
const menus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

// A region that says what follows from fields (as when something is due): its address is asked with
// the values of the fields that it names, when one changes.
for (const region of document.querySelectorAll("[data-answers]")) {
  const names = region.dataset.of.split(" ");
  const form = region.closest("form") ?? document.querySelector("form[data-draft]");
  let asked = 0;
  const ask = async () => {
    const query = new URLSearchParams();
    const data = new FormData(form);
    for (const name of names) for (const value of data.getAll(name)) query.append(name, value);
    const mine = ++asked;
    const reply = await fetch(`${region.dataset.answers}?${query}`, { headers: { Accept: "text/html" } }).catch(() => null);
    // an answer that was overtaken, a refusal or a page of signing in says nothing here
    if (mine === asked && reply?.ok && !reply.redirected) region.innerHTML = await reply.text();
  };
  form?.addEventListener("change", (event) => { if (names.includes(event.target.name)) ask(); });
}

// All rows that are shown, and no others.
for (const all of document.querySelectorAll("input[data-all]")) {
  const boxes = () => document.querySelectorAll(`input[type=checkbox][name="${all.dataset.all}"]`);
  all.hidden = false;
  all.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; });
}
