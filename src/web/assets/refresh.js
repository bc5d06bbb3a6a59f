// Fetches regions again: `data-refresh` is the address of the region's contents. A region that
// somebody is busy with is left alone.

const EVERY = 60_000;
const PAUSED = "tinbai.paused";
const regions = [...document.querySelectorAll("[data-refresh]")];
const tags = new Map();
const button = document.querySelector("[data-pause]");
const line = document.querySelector("[data-changes]");
const main = document.querySelector("main");
let paused = sessionStorage.getItem(PAUSED) === "1";

function isBusy(region) {
  if (region.contains(document.activeElement)) return true;
  const selection = getSelection();
  if (selection && !selection.isCollapsed && selection.containsNode(region, true)) return true;
  if (region.querySelector("details[open]")) return true;
  return [...region.querySelectorAll("input, select, textarea")].some((field) =>
    field.type === "hidden" ? false
      : ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked
        : field.tagName === "SELECT" ? [...field.options].some((option) => option.selected !== option.defaultSelected)
          : field.value !== field.defaultValue);
}

const counts = (region) => [...region.querySelectorAll("[data-count]")].map((count) => count.textContent).join(" ");

async function renew(region) {
  if (isBusy(region)) return;
  const headers = { Accept: "text/html" };
  if (tags.has(region)) headers["If-None-Match"] = tags.get(region);
  const reply = await fetch(region.dataset.refresh, { headers, cache: "no-store" }).catch(() => null);
  // what is shown is marked as old as long as the server does not answer
  main.classList.toggle("is-old", !reply || reply.status >= 500);
  // nothing new, a refusal, or a page of signing in
  if (!reply?.ok || reply.redirected) return;
  const html = await reply.text();
  if (isBusy(region) || paused) return;
  const tag = reply.headers.get("ETag");
  if (tag) tags.set(region, tag);
  const before = counts(region);
  const scrolled = [...region.querySelectorAll(".scrolls")].map((part) => [part.scrollLeft, part.scrollTop]);
  const [left, top] = [scrollX, scrollY];
  region.innerHTML = html;
  region.querySelectorAll(".scrolls").forEach((part, n) => { [part.scrollLeft, part.scrollTop] = scrolled[n] ?? [0, 0]; });
  scrollTo(left, top);
  if (line && counts(region) !== before) line.textContent = line.dataset.changes;
}

function tick() {
  if (paused || document.visibilityState !== "visible") return;
  if (line) line.textContent = "";
  for (const region of regions) renew(region);
}

if (regions.length > 0) {
  setInterval(tick, EVERY);
  if (button) {
    const words = [button.textContent, button.dataset.resume];
    const show = () => { button.textContent = words[Number(paused)]; };
    button.hidden = false;
    show();
    button.addEventListener("click", () => {
      paused = !paused;
      sessionStorage.setItem(PAUSED, paused ? "1" : "0");
      show();
    });
  }
}

// Minutes until an instant, by the server's clock: `data-until`, and `data-words` with %n.
const ahead = Date.parse(main?.dataset.now ?? "") - Date.now();
function count() {
  for (const timer of document.querySelectorAll("[data-until]")) {
    const minutes = Math.ceil((Date.parse(timer.dataset.until) - Date.now() - ahead) / 60_000);
    timer.textContent = minutes > 0 ? timer.dataset.words.replace("%n", minutes) : timer.dataset.over;
  }
}
if (ahead === ahead && document.querySelector("[data-until]")) setInterval(count, 5_000);
