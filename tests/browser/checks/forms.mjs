// What is typed is never lost, and never written twice.

import { check } from "../browser.mjs";
import { sound } from "../sound.mjs";

const SEND = "main form.fields button[type=submit]";
const DONE = /^\/nop\/\d+\/xong/;

async function titled(visit, title) {
  await visit.go(`/tin-bai?q=${encodeURIComponent(title)}`);
  return visit.page.evaluate((title) => [...document.querySelectorAll("main tbody th")].filter((one) => one.textContent.trim() === title).length, title);
}

export async function a_refused_form_says_what_to_do_and_keeps_what_was_typed(world) {
  const visit = await world.visit("leader", { width: 390 });
  await visit.go("/nop");
  await visit.page.evaluate(() => document.querySelector("form.fields").setAttribute("novalidate", ""));
  await visit.write("#noi_dung", "Nội dung đã viết");
  await visit.press(SEND);
  check(visit.status === 400, `status ${visit.status}`);
  await visit.checkFocus("a form without a title");
  check((await visit.page.title()).startsWith("Lỗi:"), "the title says that something is wrong");
  check(await visit.value("#noi_dung") === "Nội dung đã viết", "the text is kept");
  check(await visit.has("#ten[aria-invalid=true]"), "the field is marked");
  await sound(visit, "leader /nop refused");

  const odd = `<b>đậm</b> 😀 \u202Eהפוך ${"x".repeat(5000)}`;
  await visit.write("#ten", odd);
  await visit.press(SEND);
  check(visit.status === 400, `5,000 signs: status ${visit.status}`);
  check((await visit.value("#ten")).startsWith("<b>đậm</b> 😀"), "odd signs are kept as they were typed");
  await sound(visit, "leader /nop with 5,000 signs");

  await visit.go("/su-kien/moi");
  await visit.page.evaluate(() => document.querySelector("form.fields").setAttribute("novalidate", ""));
  await visit.write("#ten", "Hội nghị không có ngày");
  await visit.write("#ngay", "31/02/2026");
  await visit.press(SEND);
  check(visit.status === 400 && await visit.value("#ngay") === "31/02/2026", `31/02: status ${visit.status}`);
  await visit.checkFocus("31/02");
  await sound(visit, "leader /su-kien/moi with 31/02");
}

// Ends every session of a role from another machine.
async function end(world, role) {
  const other = await world.visit(role);
  await other.go("/tai-khoan");
  await other.press("form[action='/tai-khoan/thoat-het'] button");
  world.sessions.delete(role);
}

export async function a_session_that_ends_in_the_middle_costs_nothing(world) {
  const text = "Đồng Khởi, mùa xuân. ".repeat(100).slice(0, 1999) + "!";
  const visit = await world.visit("leader");
  await visit.go("/nop");
  await visit.write("#ten", "Bài viết dở dang");
  await visit.write("#noi_dung", text);
  await end(world, "leader");
  await visit.press(SEND);
  check(await visit.has("#password"), `the form of signing in comes, not ${visit.path()}`);
  await visit.checkFocus("the form of signing in");
  await sound(visit, "signing in with a form that waits");
  await visit.signIn("leader");
  check(await visit.value("#noi_dung") === text, "the text is there");
  await visit.checkFocus("the form that comes back");
  await sound(visit, "the form that comes back");
  check(await titled(await world.visit("leader"), "Bài viết dở dang") === 0, "nothing is sent yet");
  await visit.press(SEND);
  check(DONE.test(visit.path()), `one more press sends it: ${visit.path()}`);
  check(await titled(visit, "Bài viết dở dang") === 1, "it is sent once");
}

export async function somebody_else_sees_nothing_of_it(world) {
  const visit = await world.visit("leader");
  await visit.go("/nop");
  await visit.write("#ten", "Bài của lãnh đạo");
  await visit.write("#noi_dung", "Không ai khác đọc được câu này.");
  await end(world, "leader");
  await visit.press(SEND);
  await visit.signIn("contributor");
  for (const address of [null, "/nop"]) {
    if (address) await visit.go(address);
    const shown = await visit.page.evaluate(() => document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea")].map((one) => one.value).join());
    check(!shown.includes("Không ai khác") && !shown.includes("Bài của lãnh đạo"), `somebody else reads it at ${visit.path()}`);
  }
}

export async function twice_is_once(world) {
  const visit = await world.visit("leader");
  await visit.go("/nop");
  await visit.write("#ten", "Tin bấm hai lần");
  // what two tabs, or a second press, would send
  const ends = await visit.page.evaluate(async () => {
    const form = document.querySelector("form.fields");
    const send = () => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const both = await Promise.all([send(), send()]);
    return both.map((reply) => new URL(reply.url).pathname);
  });
  check(DONE.test(ends[0]) && ends[0] === ends[1], `both lead to the same: ${ends}`);
  const button = await visit.find(SEND);
  const comes = visit.page.waitForNavigation({ waitUntil: "load" });
  await button.evaluate((button) => { button.click(); button.click(); });
  await comes;
  check(DONE.test(visit.path()), `a double press: ${visit.path()}`);
  await visit.checkFocus("the page that says it is sent");
  check(await titled(visit, "Tin bấm hai lần") === 1, "one item");
  await visit.go("/nop");
  await visit.write("#ten", "Tin rồi quay lại");
  await visit.press(SEND);
  await visit.back();
  await visit.press(SEND);
  check(DONE.test(visit.path()) || visit.status === 400, `Back and a press: ${visit.status} ${visit.path()}`);
  check(await titled(visit, "Tin rồi quay lại") === 1, "Back and a press send it once");
}

export async function two_people_at_one_item(world) {
  const [one, two] = [await world.visit("contributor"), await world.visit("leader")];
  await one.go("/nop");
  await one.write("#ten", "Tin hai người cùng sửa");
  await one.press(SEND);
  const id = /\d+/.exec(one.path())[0];
  await one.go(`/tin-bai/${id}/sua`);
  await two.go(`/tin-bai/${id}/sua`);
  await one.write("#ten", "Tên của cán bộ");
  await one.press("main form.fields button");
  await one.checkFocus("a correction");
  await two.write("#ten", "Tên của lãnh đạo");
  await two.press("main form.fields button");
  check(two.status === 409, `status ${two.status}`);
  const shown = await two.text(".conflict");
  check(shown.includes("Tên của cán bộ") && shown.includes("Tên của lãnh đạo"), `both texts: ${shown}`);
  await two.checkFocus("a conflict");
  check(await two.value("#ten") === "Tên của lãnh đạo", "mine is still in the field");
  await sound(two, "a conflict");
  await two.press("main form.fields button");
  check((await two.text("h1")).includes("Tên của lãnh đạo"), "overwritten after that");
}
