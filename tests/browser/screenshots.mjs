// Pictures of the main pages: node screenshots.mjs FOLDER OUT < FACTS
//
// FOLDER and FACTS as in main.mjs; the server is a demonstration. Writes WebP files into OUT.

import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { World } from "./browser.mjs";

const [folder, out] = process.argv.slice(2);
const { value } = await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next();
const world = await World.start(folder, JSON.parse(value), async () => {});
mkdirSync(out, { recursive: true });

// Name, role, address, what to follow there, and the width.
const PICTURES = [
  ["today", "department", "/hom-nay", null, 1280],
  ["map", "department", "/ban-do", null, 1280],
  ["unit", "department", "/don-vi", "main a[href^='/don-vi/']", 1280],
  ["scores", "department", "/diem/2026", null, 1280],
  ["plan", "department", "/ke-hoach", "main table a[href^='/ke-hoach/']", 1280],
  ["calendar", "department", "/lich", "main table a[href^='/lich/']", 1280],
  ["my-work", "leader", "/viec", null, 1280],
  ["one-work", "leader", "/viec", "main .card h2 a[href^='/viec/']", 1280],
  ["queue", "editor", "/bien-tap", null, 1280],
  ["item", "editor", "/bien-tap", "main a[href^='/bien-tap/']", 1280],
  ["submit", "leader", "/viec", "main a.button[href^='/nop?viec=']", 1280],
  ["my-work-phone", "leader", "/viec", null, 390],
  ["submit-phone", "leader", "/viec", "main a.button[href^='/nop?viec=']", 390],
];

for (const [name, role, address, follow, width] of PICTURES) {
  const visit = await world.visit(role, { width, theme: "light" });
  await visit.go(address);
  if (follow) await visit.press(follow);
  await visit.page.evaluate(() => document.activeElement?.blur());
  const path = join(out, `${name}.webp`);
  await visit.page.screenshot({ path, type: "webp", quality: 70 });
  console.log(path, statSync(path).size);
  await world.leave();
}
await world.end();
process.exit(0);
