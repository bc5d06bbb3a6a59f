// Today is fetched again every minute and disturbs nobody. The minute does not pass: the page's
// timers are run by hand.

import { check } from "../browser.mjs";

async function today(world) {
  const visit = await world.visit("department");
  await visit.page.evaluateOnNewDocument(() => {
    const ticks = [];
    window.setInterval = (tick, every) => { if (every === 60_000) ticks.push(tick); return 0; };
    window.minute = () => { for (const tick of ticks) tick(); return ticks.length; };
  });
  visit.asked = [];
  visit.page.on("request", (request) => { if (request.url().includes("/hom-nay/phan/")) visit.asked.push(request.url().split("/").at(-1)); });
  await visit.go("/hom-nay");
  return visit;
}

export async function what_somebody_does_stays_as_it_is(world) {
  const visit = await today(world);
  const { page } = visit;
  const before = await visit.text("[data-refresh$='/so']");
  const details = await visit.find("[data-refresh$='/no'] details.reason summary");
  await details.evaluate((summary) => { summary.parentElement.open = true; summary.parentElement.dataset.mine = "1"; });
  await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 240); });
  const place = await page.evaluate(() => scrollY);
  check(place > 0, "the page can be scrolled");
  await world.handIn("Tin đến trong khi xem trang");
  const turn = async () => {
    const comes = page.waitForResponse((reply) => reply.url().endsWith("/hom-nay/phan/so"));
    check(await page.evaluate(() => window.minute()) > 0, "the page has a timer");
    await comes;
  };
  await turn();
  const renewed = (before) => document.querySelector("[data-refresh$='/so']").textContent !== before
    && document.querySelector("[data-changes]").textContent !== "";
  await page.waitForFunction(renewed, { polling: 50 }, before);
  await turn();
  check(await page.evaluate(() => document.querySelector("details[data-mine]")?.open === true), "the explanation stays open");
  check(await page.evaluate(() => scrollY) === place, "the place stays");
  check(!visit.asked.includes("no"), "the part that is read is left alone");
}

export async function paused_means_no_request(world) {
  const visit = await today(world);
  const { page } = visit;
  const turn = () => page.evaluate(async () => { window.minute(); await fetch("/healthz"); });
  await visit.touch("[data-pause]");
  await turn();
  check(visit.asked.length === 0, `paused, but it asks for ${visit.asked}`);
  await visit.touch("[data-pause]");
  const comes = page.waitForResponse((reply) => reply.url().includes("/hom-nay/phan/"));
  await turn();
  await comes;
}
