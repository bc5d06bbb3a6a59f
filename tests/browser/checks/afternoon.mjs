// The department's afternoon: 15:50, reminders, more time for one, 16:00, the summary.

import { check } from "../browser.mjs";
import { sound } from "../sound.mjs";

const rows = (visit, table) => visit.page.evaluate((table) =>
  [...document.querySelectorAll(`table[aria-labelledby='${table}'] tbody tr`)].map((row) => row.querySelector("a[href^='/viec/']").getAttribute("href")), table);

export async function from_ten_to_four_until_the_summary(world) {
  await world.owe("Hội nghị buổi chiều của", 3);
  await world.clock("2026-11-20T15:50:00+07:00");
  const visit = await world.visit("department");
  await visit.go("/");
  check(visit.path() === "/hom-nay", `the home is ${visit.path()}`);
  const owed = await rows(visit, "con-no");
  check(owed.length > 1, "somebody owes something");
  await visit.press("form[action='/viec/nhac/xac-nhan'] button");
  const named = await visit.count(".names li");
  check(named > 0, "the confirmation names whom it reminds");
  await sound(visit, "the confirmation of reminders");
  await visit.press("main form button[type=submit]");
  await visit.checkFocus("reminders");
  check(visit.presses === 2 && visit.path().includes("xong=nhac"), `${visit.presses} presses, ${visit.path()}`);
  await sound(visit, "Today with a notice");

  await visit.go(`${owed[0]}/gia-han`);
  await visit.write("#ly_do", "Đường truyền hỏng");
  await visit.press("main form.fields button[type=submit]");
  check(visit.path().includes("xong=gia-han"), `${visit.path()} ${await visit.text(".faults")}`);

  await world.clock("2026-11-20T16:01:00+07:00");
  await visit.go("/hom-nay");
  const late = await rows(visit, "qua-han");
  check(!late.includes(owed[0]), "who got more time is not late");
  check(owed.slice(1).every((work) => late.includes(work)), `${owed} owed, ${late} are late`);
  const post = await world.visit(null);
  await post.go(`/thu-trinh-dien/${world.facts.mailbox}`);
  const summary = await post.page.evaluate((mail) => [...document.querySelectorAll(".mails li")].find((one) =>
    one.textContent.includes(mail) && /16:00/.test(one.textContent))?.querySelector("a").getAttribute("href"), world.facts.people.department.mail);
  check(summary, "the summary of the day is mailed to the department");
  await post.go(summary);
  const text = await post.text("pre");
  for (const work of owed.slice(1)) {
    await visit.go(work);
    const title = (await visit.text("main h1")).trim();
    check(text.includes(title), `the summary does not name ${title}:\n${text}`);
  }
}
