// By keyboard alone.

import { check } from "../browser.mjs";

const focus = (visit) => visit.page.evaluate(() => {
  const at = document.activeElement;
  const [box] = at.getClientRects();
  const [x, y] = box ? [box.left + Math.min(box.width, 40) / 2, box.top + Math.min(box.height, 20) / 2] : [0, 0];
  const over = document.elementFromPoint(x, y);
  const style = getComputedStyle(at);
  return {
    id: at.outerHTML.slice(0, 120), body: at === document.body, skip: at.matches(".skip"), inMain: at.closest("main") !== null,
    covered: !at.matches(":is(input, textarea, select)") && over !== null && !at.contains(over) && !over.contains(at) ? over.outerHTML.slice(0, 80) : "",
    outside: y < 0 || y > innerHeight, seen: style.outlineStyle !== "none" || style.boxShadow !== "none",
  };
});

export async function the_skip_link_comes_first(world) {
  const visit = await world.visit("department");
  for (const address of ["/hom-nay", "/ban-do", "/tin-bai"]) {
    await visit.go(address);
    await visit.page.keyboard.press("Tab");
    check((await focus(visit)).skip, `${address}: Tab goes to ${(await focus(visit)).id}`);
    await visit.page.keyboard.press("Enter");
    await visit.page.waitForFunction(() => location.hash === "#main");
    await visit.page.keyboard.press("Tab");
    check((await focus(visit)).inMain, `${address}: behind the skip link comes ${(await focus(visit)).id}`);
  }
}

export async function menus_close_by_Escape(world) {
  const visit = await world.visit("department");
  await visit.go("/hom-nay");
  for (const menu of await visit.page.$$("details.menu")) {
    const summary = await menu.$("summary");
    await summary.focus();
    await visit.page.keyboard.press("Enter");
    check(await menu.evaluate((menu) => menu.open), "Enter opens a menu");
    await visit.page.keyboard.press("Tab");
    check(await menu.evaluate((menu) => menu.contains(document.activeElement)), "Tab goes into the menu");
    await visit.page.keyboard.press("Escape");
    check(await menu.evaluate((menu) => !menu.open), "Escape closes it");
    check(await summary.evaluate((one) => one === document.activeElement), "the focus is back on the menu");
  }
}

// Every stop of Tab is shown, marked and not covered.
export async function the_focus_is_always_seen(world) {
  const places = { department: ["/hom-nay", "/ban-do"], editor: ["/bien-tap", "/bien-tap/*"], leader: ["/viec", "/nop"] };
  for (const [role, addresses] of Object.entries(places)) {
    const visit = await world.visit(role);
    for (const address of addresses) {
      await visit.go(address.replace("/*", ""));
      if (address.endsWith("*")) await visit.press("main a[href^='/bien-tap/']");
      await visit.page.evaluate(() => document.activeElement.blur());
      let stops = 0;
      for (let at; stops < 120; stops += 1) {
        await visit.page.keyboard.press("Tab");
        at = await focus(visit);
        if (at.body) break;
        if (!at.seen || at.covered || at.outside) world.fault(`${role} ${address}: ${at.id} is ${at.seen ? `covered by ${at.covered}` : "not marked"}`);
      }
      check(stops > 5, `${address} has only ${stops} stops`);
    }
  }
}

export async function the_map_is_one_stop(world) {
  const visit = await world.visit("department");
  await visit.go("/ban-do");
  const first = await visit.find("table.map td a[tabindex='0']");
  await first.focus();
  const at = () => visit.page.evaluate(() => [...document.querySelectorAll("table.map td a")].indexOf(document.activeElement));
  const before = await at();
  await visit.page.keyboard.press("ArrowDown");
  check(await at() !== before && await at() >= 0, "an arrow moves in the map");
  check(await visit.count("table.map td a[tabindex='0']") === 1, "one cell is a stop");
}
