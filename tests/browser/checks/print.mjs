// What comes out of the printer.

import { spawnSync } from "node:child_process";

import { check } from "../browser.mjs";

// Width and height in points of A4.
const A4 = [595, 842];

async function printed(visit, address) {
  await visit.go(address);
  const pdf = Buffer.from(await visit.page.pdf({ preferCSSPageSize: true, printBackground: false }));
  const text = pdf.toString("latin1");
  check(text.startsWith("%PDF"), "a PDF");
  const pages = [...text.matchAll(/\/Type\s*\/Page\b(?!s)/g)].length;
  const sizes = [...text.matchAll(/\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)/g)].map((size) => [Number(size[1]), Number(size[2])]);
  check(pages > 0 && sizes.length > 0, `${address}: ${pages} pages`);
  for (const size of sizes) {
    const [short, long] = size.toSorted?.((a, b) => a - b) ?? [...size].sort((a, b) => a - b);
    check(Math.abs(short - A4[0]) < 2 && Math.abs(long - A4[1]) < 2, `${address}: a page of ${size}`);
  }
  return { pages, landscape: sizes[0][0] > sizes[0][1], words: words(pdf) };
}

// The text, where poppler is installed.
function words(pdf) {
  const told = spawnSync("pdftotext", ["-layout", "-", "-"], { input: pdf, maxBuffer: 1 << 26 });
  return told.status === 0 ? told.stdout.toString().normalize("NFC").replace(/\s+/g, " ") : null;
}

export async function map_and_lists_fill_sheets_of_A4(world) {
  const visit = await world.visit("department");
  const map = await printed(visit, "/ban-do?nam=2026&ca=1&tt=met_on_time");
  check(map.landscape, "the map lies across");
  const list = await printed(visit, "/tin-bai?tt=published");
  const unit = await printed(visit, "/don-vi");
  if (map.words === null) return;
  for (const [what, words] of [["map", map.words], ["items", list.words], ["units", unit.words]]) {
    check(words.includes("20/11/2026"), `${what}: the date is missing in ${words.slice(0, 200)}`);
  }
  check(map.words.includes("hoàn thành đúng hạn"), "the filter of the map is on paper");
  check(map.words.includes("2026"), "the heading is on paper");
}
