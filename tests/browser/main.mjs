// Checks the pages in a real browser: node main.mjs FOLDER [CHECK …]
//
// FOLDER holds the packages of package.json. The first line of standard input says where the server
// is and who signs in how: {"base", "mailbox", "profile", "people": {role: {mail, password, token}}}.
// A line "@clock INSTANT" on standard output asks the parent process to move the server's clock; a
// line of input says that it is done. Ends when its input ends. tests/it/browser_pages.rs starts it.

import { createInterface } from "node:readline";
import { World } from "./browser.mjs";

const [folder, ...only] = process.argv.slice(2);
// what changes nothing comes first
const FILES = ["pages", "keyboard", "print", "refresh", "forms", "jobs", "afternoon"];

const lines = createInterface({ input: process.stdin });
const waiting = [];
const early = [];
lines.on("line", (line) => { const next = waiting.shift(); if (next) next(line); else early.push(line); });
const line = () => new Promise((resolve) => { if (early.length > 0) resolve(early.shift()); else waiting.push(resolve); });

const facts = JSON.parse(await line());
const world = await World.start(folder, facts, async (instant) => {
  console.log(`@clock ${instant}`);
  await line();
});
lines.on("close", async () => { await world.end(); process.exit(2); });

let failed = 0;
for (const file of FILES) {
  const checks = await import(`./checks/${file}.mjs`);
  // exports come in the order of the alphabet; a list keeps its own
  for (const [name, check] of Object.entries(checks.default ?? checks)) {
    if (only.length > 0 && !only.includes(name) && !only.includes(file)) continue;
    const began = performance.now();
    const faults = await run(check);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${faults.length > 0 ? "FAILED" : "ok"} ${file}: ${name.replaceAll("_", " ")} (${seconds} s)`);
    for (const fault of faults) console.log(`  ${fault}`);
    failed += faults.length;
  }
}
await world.end();
console.log(failed > 0 ? `${failed} faults` : "all checks passed");
process.exit(failed > 0 ? 1 : 0);

// The faults that a check found; one that breaks off is a fault too.
async function run(check) {
  world.faults.length = 0;
  try {
    await check(world);
  } catch (error) {
    world.fault(`${error.stack ?? error}\n  at ${world.whereabouts().join(", ")}`);
  }
  await world.leave();
  return [...world.faults];
}
