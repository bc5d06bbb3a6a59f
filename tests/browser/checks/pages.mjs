// Every page, in both languages and both colours, wide and narrow: accessible, quiet, light. Two
// combinations see every page; each of the six others sees every third one, so that every page is seen
// in four of the eight.

import { check } from "../browser.mjs";
import { begin_round, placesOf, PLACES } from "../places.mjs";
import { sound } from "../sound.mjs";

async function all(world, options, widths, third = null) {
  await begin_round(world);
  let number = 0;
  for (const role of Object.keys(PLACES)) {
    const visit = await world.visit(role === "nobody" ? null : role, options);
    for (const [address, status] of await placesOf(visit, role)) {
      number += 1;
      if (third !== null && number % 3 !== third) continue;
      await visit.go(address);
      const name = `${role} ${address} ${options.language} ${options.theme} ${options.width}`;
      if (visit.status !== status) world.fault(`${name}: status ${visit.status}, not ${status}`);
      else await sound(visit, name, widths);
    }
    await world.leave();
  }
}

export const every_page_in_Vietnamese_light_and_wide = (world) =>
  all(world, { width: 1280, language: "vi", theme: "light" }, [1280, 640, 320]);

export const every_page_in_English_dark_and_narrow = (world) =>
  all(world, { width: 390, language: "en", theme: "dark" }, [390]);

const WIDE = { width: 1280, widths: [1280] };
const NARROW = { width: 390, widths: [390, 320] };

// The other combinations: language, colours, width, and which third of the pages.
const OTHERS = [
  ["vi", "light", NARROW, 0], ["vi", "dark", WIDE, 1], ["vi", "dark", NARROW, 2],
  ["en", "light", WIDE, 0], ["en", "light", NARROW, 1], ["en", "dark", WIDE, 2],
];

export async function every_third_page_in_each_other_combination(world) {
  for (const [language, theme, { width, widths }, third] of OTHERS) {
    await all(world, { language, theme, width }, widths, third);
  }
}

export async function a_first_visit_is_light(world) {
  const visit = await world.visit(null);
  const client = await visit.page.createCDPSession();
  await client.send("Network.enable");
  let [requests, bytes] = [0, 0];
  client.on("Network.requestWillBeSent", ({ request }) => { if (request.url.startsWith("http")) requests += 1; });
  client.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await visit.go("/dang-nhap");
  check(requests <= 9 && bytes <= 45_000, `a first visit takes ${requests} requests and ${bytes} bytes`);
  check(requests > 3 && bytes > 3_000, `only ${requests} requests and ${bytes} bytes were seen`);
}
