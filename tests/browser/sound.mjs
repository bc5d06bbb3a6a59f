// What holds on every page: accessible, quiet, no wider than the window, and light.

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
const KB = 1000;

// Looks at the page as it stands; `name` says which one it is. Faults are collected.
export async function sound(visit, name, widths = [1280, 640, 390, 320]) {
  const fault = (message) => visit.world.fault(`${name}: ${message}`);
  for (const said of visit.said.splice(0)) fault(`the console says ${said}`);
  for (const message of await findings(visit)) fault(message);
  for (const message of await weight(visit)) fault(message);
  const before = visit.page.viewport().width;
  for (const width of widths) {
    await visit.width(width);
    for (const message of await overflow(visit, width)) fault(message);
  }
  await visit.width(before);
}

// What axe-core finds serious or critical.
async function findings(visit) {
  await visit.page.evaluate(visit.world.axe);
  return visit.page.evaluate(async (tags) => {
    const options = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] };
    const { violations } = await window.axe.run(document, options);
    const grave = violations.filter((one) => ["serious", "critical"].includes(one.impact));
    return grave.map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) =>
      `${node.html.slice(0, 160)} (${node.any[0]?.message ?? ""})`).join(" | ")} (${one.nodes.length})`);
  }, TAGS);
}

// Whether something sticks out sideways, also with the spacing of WCAG 1.4.12.
function overflow(visit, width) {
  return visit.page.evaluate((width) => {
    const root = document.documentElement;
    const out = () => [...document.querySelectorAll("body *")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width > 1 && box.right > width + 1 && one.checkVisibility() && !one.closest(".scrolls, .skip, .hidden");
    }).slice(-1).map((one) => one.outerHTML.slice(0, 140));
    const found = [];
    if (root.scrollWidth > width) found.push(`scrolls sideways at ${width} px (${root.scrollWidth}): ${out()}`);
    const spaced = new CSSStyleSheet();
    spaced.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
    document.adoptedStyleSheets = [spaced];
    if (root.scrollWidth > width) found.push(`scrolls sideways at ${width} px with wide spacing (${root.scrollWidth}): ${out()}`);
    document.adoptedStyleSheets = [];
    return found;
  }, width);
}

// Bytes and elements of a page that was fetched whole.
async function weight(visit) {
  const page = await visit.page.evaluate(() => {
    const [own] = performance.getEntriesByType("navigation");
    return { raw: own.decodedBodySize, sent: own.encodedBodySize, elements: document.querySelectorAll("*").length };
  });
  const found = [];
  if (page.raw > 200 * KB || page.sent > 20 * KB) found.push(`weighs ${page.raw} bytes, ${page.sent} as sent`);
  if (page.elements > 5000) found.push(`has ${page.elements} elements`);
  return found;
}
