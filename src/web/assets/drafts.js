// Keeps what is typed into `form[data-draft]` for the tab, the form and the person, until it is
// sent or the person signs out. Passwords, files and hidden fields are not kept.

const person = document.body.dataset.person;
const BEGIN = "tinbai.draft ";
const SENT = "tinbai.sent";
const keys = () => Object.keys(sessionStorage).filter((key) => key.startsWith(BEGIN));
const forget = (kept = () => false) => { for (const key of keys()) if (!kept(key)) sessionStorage.removeItem(key); };
const keyOf = (form) => `${BEGIN}${person} ${form.dataset.draft}`;
const fields = (form) => [...form.elements].filter((field) =>
  field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type));

function save(form) {
  const typed = fields(form).map((field) => [field.name, field.value,
    ["checkbox", "radio"].includes(field.type) ? field.checked : null]);
  sessionStorage.setItem(keyOf(form), JSON.stringify(typed));
}

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "[]");
  for (const field of fields(form)) {
    const at = kept.findIndex(([name, value, checked]) =>
      name === field.name && (checked === null || value === field.value));
    if (at < 0) continue;
    const [[, value, checked]] = kept.splice(at, 1);
    if (checked === null) field.value = value; else field.checked = checked;
  }
}

if (person) {
  // those of somebody else who sat here
  forget((key) => key.startsWith(`${BEGIN}${person} `));
  const forms = [...document.querySelectorAll("form[data-draft]")];
  // a form that the server shows again holds what was typed already
  const again = document.querySelector(".faults, .conflict, .note.soon") !== null;
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent && !again) sessionStorage.removeItem(sent);
  for (const form of forms) {
    if (!again) restore(form);
    let waits;
    form.addEventListener("input", () => { clearTimeout(waits); waits = setTimeout(() => save(form), 300); });
    form.addEventListener("submit", () => { clearTimeout(waits); save(form); sessionStorage.setItem(SENT, keyOf(form)); });
  }
  for (const form of document.querySelectorAll("form[data-clears-drafts]")) {
    form.addEventListener("submit", () => forget());
  }
} else if (new URLSearchParams(location.search).get("xong") === "dang-xuat") {
  forget();
}
