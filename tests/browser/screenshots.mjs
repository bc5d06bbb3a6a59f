// Pictures of the main pages: node screenshots.mjs FOLDER OUT [handbook] < FACTS
//
// FOLDER and FACTS as in main.mjs; the server is a demonstration. Writes WebP files into OUT: those of
// docs/screenshots/, or with `handbook` those of docs/vi/hinh/.

import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { World } from "./browser.mjs";
import { begin_round } from "./places.mjs";

const [folder, out, which] = process.argv.slice(2);
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

// Narrow, so that they can be read beside the text.
const HANDBOOK = [
  ["hom-nay", "department", "/hom-nay", null, 860],
  ["gia-han", "department", "/gia-han", null, 860],
  ["ke-hoach", "department", "/ke-hoach", "main table a[href^='/ke-hoach/']", 860],
  ["lich-thang", "department", "/lich", "main table a[href^='/lich/']", 860],
  ["diem", "department", "/diem/2026", null, 860],
  ["bao-cao", "department", "/bao-cao", null, 860],
  ["cho-bien-tap", "editor", "/bien-tap", null, 860],
  ["thiet-lap", "admin", "/thiet-lap", null, 860],
  ["viec-cua-toi", "leader", "/viec", null, 390],
  ["nop-tin", "contributor", "/viec", "main a.button[href^='/nop?viec=']", 390],
];

if (which === "handbook") await begin_round(world);
for (const [name, role, address, follow, width] of which === "handbook" ? HANDBOOK : PICTURES) {
  const visit = await world.visit(role, { width, theme: "light" });
  await visit.go(address);
  if (follow) await visit.press(follow);
  await visit.page.evaluate(() => document.activeElement?.blur());
  const path = join(out, `${name}.webp`);
  await visit.page.screenshot({ path, type: "webp", quality: which === "handbook" ? 60 : 70 });
  console.log(path, statSync(path).size);
  await world.leave();
}
await world.end();
process.exit(0);
