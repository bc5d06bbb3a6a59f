// The jobs of every day, with the presses and fields that they may take; with and without scripts.

import { check } from "../browser.mjs";

const SEND = "main form.fields button[type=submit]";

const most = (visit, presses, what) => check(visit.presses <= presses, `${what} took ${visit.presses} presses, not ${presses}`);

// The link in the newest reminder to somebody; mails about items that wait for approval are others.
async function mailedLink(world, mail) {
  const visit = await world.visit(null);
  await visit.go(`/thu-trinh-dien/${world.facts.mailbox}`);
  const [newest] = await visit.page.evaluate((mail) => [...document.querySelectorAll(".mails li")].filter((one) =>
    one.textContent.includes(`<${mail}>`) && !one.textContent.includes("duyệt")).map((one) => one.querySelector("a").getAttribute("href")), mail);
  check(newest, `no mail to ${mail}`);
  await visit.go(newest);
  const link = /http\S+\/thu\/[\w.-]+/.exec(await visit.text("pre"));
  check(link, "no link in the mail");
  return new URL(link[0]).pathname;
}

async function from_the_mail(world) {
  const visit = await world.visit("leader", { width: 390 });
  await visit.go("/viec");
  const [work] = await visit.links("main .card h2 a[href^='/viec/']");
  const department = await world.visit("department");
  await department.go(`${work}/nhac`);
  await department.press("main form button[type=submit]");
  await department.checkFocus("a reminder");
  await world.clock("2026-11-20T15:25:00+07:00");
  const link = await mailedLink(world, world.facts.people.leader.mail);
  await visit.go(link);
  visit.presses = 1;
  await visit.press("a.button[href^='/nop?viec=']");
  await hands(visit, "Tin nộp từ thư");
  most(visit, 3, "handing in from the mail");
}

// Writes the one field and sends.
async function hands(visit, title) {
  await visit.write("#ten", title);
  await visit.press(SEND);
  check(/^\/nop\/\d+\/xong/.test(visit.path()), `it is sent: ${visit.path()} ${await visit.text(".faults")}`);
  await visit.checkFocus("the page that says it is sent");
}

async function from_the_home(world) {
  const visit = await world.visit("leader", { width: 390, script: false });
  await visit.go("/viec");
  await visit.press("header a[href='/nop']");
  await hands(visit, "Tin nộp không có kịch bản");
  most(visit, 3, "handing in from the home");
}

async function approves(world, script) {
  const staff = await world.visit("contributor", { script });
  await staff.go("/viec");
  await staff.press("header a[href='/nop']");
  await hands(staff, `Tin chờ duyệt, ${script}`);
  most(staff, 2, "handing in");
  const leader = await world.visit("leader", { width: 390, script });
  await leader.go("/viec");
  await leader.press("main a.button[href^='/tin-bai/']");
  await leader.press("main form[action$='/buoc/duyet'] button");
  await leader.checkFocus("an approval");
  check(leader.path().includes("xong=duyet"), leader.path());
  most(leader, script ? 2 : 3, "approving");
}

async function gives_time(world, script) {
  await world.owe(`Hội nghị cần thêm giờ ${script},`, 1);
  const visit = await world.visit("department", { script });
  await visit.go("/hom-nay");
  const [work] = await visit.links("table[aria-labelledby='con-no'] a[href^='/viec/']");
  await visit.press(`table[aria-labelledby='con-no'] a[href='${work}']`);
  await visit.press("main a.button[href$='/gia-han']");
  await visit.write("#ly_do", "Mất điện cả buổi");
  await visit.press(SEND);
  check(visit.path().includes("xong=gia-han"), `${visit.path()} ${await visit.text(".faults")}`);
  await visit.checkFocus("more time");
  most(visit, script ? 3 : 4, "giving more time");
}

async function clears(world, script, number) {
  for (let item = 0; item < number; item += 1) await world.handIn(`Tin ${item} cho biên tập, ${script}`);
  const visit = await world.visit("editor", { script });
  await visit.go("/bien-tap");
  const waiting = await visit.count("main tbody tr");
  check(waiting >= number, `only ${waiting} items wait`);
  await visit.press("main tbody a[href^='/bien-tap/']");
  for (let item = 0; item < number; item += 1) {
    await visit.press("button[name=buoc][value=dang]");
    await visit.checkFocus("a decision");
    check(await visit.has("[data-done]"), `what was done is said at ${visit.path()}`);
  }
  most(visit, number + 1 + (script ? 0 : 1), `publishing ${number} items`);
  await visit.go("/bien-tap");
  check(await visit.count("main tbody tr") === waiting - number, `${waiting} waited, ${number} were published`);
}

async function cause(world, script) {
  const visit = await world.visit("department", { script });
  await visit.go("/ban-do?nam=2026");
  await visit.press("table.map td a[class]:not(.o)");
  if (!await visit.has("details.reason")) await visit.press("main a[href^='/viec/']");
  await visit.touch("details.reason summary");
  await visit.page.waitForSelector("details.reason[open] .why");
  most(visit, 3, "from a cell to its cause");
}

export default {
  a_leader_hands_in_from_the_mail: from_the_mail,
  a_leader_hands_in_without_scripts: from_the_home,
  a_leader_approves: (world) => approves(world, true),
  a_leader_approves_without_scripts: (world) => approves(world, false),
  the_department_gives_more_time: (world) => gives_time(world, true),
  the_department_gives_more_time_without_scripts: (world) => gives_time(world, false),
  an_editor_clears_eight_items: (world) => clears(world, true, 8),
  an_editor_clears_two_items_without_scripts: (world) => clears(world, false, 2),
  from_a_cell_to_its_cause: (world) => cause(world, true),
  from_a_cell_to_its_cause_without_scripts: (world) => cause(world, false),
};
