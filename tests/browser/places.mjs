// Every page, by who looks at it: a new page is a line here. Words in braces stand for ids that are
// found in lists, as SOURCES says: the demonstration numbers differ from run to run.

export const PLACES = {
  nobody: ["/dang-nhap", "/quen-mat-khau", "/tro-giup", "/tro-giup?q=gia+han", "/tro-giup?q=khong+co+muc+nay", "/tro-giup/lanh-dao", "/tro-giup/quan-tri", "/tro-giup/cai-dat", ["/tro-giup/khong-co", 404], ["/thu/khong-mo-gi", 404]],
  department: [
    "/hom-nay", "/ban-do?nam=2026", "/ban-do?nam=2026&ca=1", "/ban-do?nam=2026&tt=missed", "/ban-do?nam=2026&q=khong-co-don-vi",
    "/don-vi", "/don-vi?q=khong-co-don-vi", "{unit}", "{tabs}", "{work}", "{work}/gia-han", "{work}/mien", "{work}/nhac",
    "/gia-han", "{refuse}", "/tin-bai", "/tin-bai?q=khong-co-bai", "{item}", "/tai-khoan", "/tai-khoan/buoc-hai", "/tai-khoan/lich", "/bao-cao", "/bao-cao?dv=khong-co-don-vi", "{letterhead}", "{template}", "{unit}/lich",
    "/lich", "{calendar}", "{calendar}/sua/doi-ngay", "/chinh-sach", "{policy}", "/buoc-nhac", "{ladder}",
    "/ke-hoach", "/ke-hoach/moi?nam=2027", "{plan}", "{plan}/sua", "{plan}/quy-tac/moi", "{plan}/quy-tac/moi?kieu=mot-lan", "{plan}/buoc/ket-thuc",
    "/thang-diem", "{scheme}", "/thang-diem/2026/superior/sua", "/thang-diem/2026/office/sua?tu=simple",
    ["/viec/999999", 404], ["/khong-co-trang-nay", 404],
    "/viec/danh-sach?xem=overdue", "/viec/danh-sach?don-vi={unitId}", "/su-kien?tat-ca=1",
    "/diem/2026", "/diem/2026?loai=grassroots", "{score}", "{review}", "{publish}", "/diem/2019",
  ],
  editor: ["/bien-tap", "{queued}", "/su-kien", "/tin-bai?tt=published"],
  leader: ["/viec", "/viec?xem=xong", "{own}", "{own}/gia-han", "/nop", "/nop?viec={ownId}", "/su-kien/moi", "{event}", "/don-vi", "/hom-nay", "/diem", "{assess}"],
  contributor: ["/viec", "/tin-bai", "{edit}", "/nop"],
  viewer: ["/hom-nay", "/don-vi", "/gia-han", "/diem/2026", "/ke-hoach", "/thang-diem"],
  admin: ["/he-thong", "/tai-khoan", "/don-vi", "/cai-dat", "/nhap-tep", "/thiet-lap", "/thiet-lap/don-vi", "/thiet-lap/chi-tieu", "/thiet-lap/thu-thu", "/nguoi", "/nguoi/moi", "/quan-tri/tai-khoan", "/thu-di", "/lich-chay", "/nhat-ky"],
};

const SOURCES = {
  unit: ["/don-vi", "main a[href^='/don-vi/']", /^\/don-vi\/\d+$/],
  letterhead: ["/bao-cao", "main a[href^='/van-ban/']", /^\/van-ban\/\d+$/],
  template: ["/bao-cao", "main a[href*='/mau/']", /\/mau\/monthly$/],
  work: ["/hom-nay", "main a[href^='/viec/']", /^\/viec\/\d+$/],
  own: ["/viec", "main a[href^='/viec/']", /^\/viec\/\d+$/],
  refuse: ["/gia-han", "main a[href$='/khong-cho']", /./],
  item: ["/tin-bai", "main a[href^='/tin-bai/']", /^\/tin-bai\/\d+$/],
  edit: ["/tin-bai", "main a[href^='/tin-bai/']", /^\/tin-bai\/\d+$/],
  plan: ["/ke-hoach", "main a[href^='/ke-hoach/']", /^\/ke-hoach\/\d+$/],
  scheme: ["/thang-diem", "main a[href^='/thang-diem/']", /^\/thang-diem\/\d+\/\w+\?/],
  queued: ["/bien-tap", "main a[href^='/bien-tap/']", /^\/bien-tap\/\d+$/],
  score: ["/diem/2026", "main a[href^='/diem/2026/']", /^\/diem\/2026\/\d+$/],
  review: ["/diem/2026", "main a[href$='/tham-dinh']", /./],
  publish: ["/diem/2026", "main a[href$='/cong-bo']", /./],
  assess: ["/diem", "main a[href$='/tu-cham']", /./],
  calendar: ["/lich", "main a[href^='/lich/']", /^\/lich\/[a-z-]+$/],
  policy: ["/chinh-sach", "main a[href^='/chinh-sach/']", /event_hours$/],
  ladder: ["/buoc-nhac", "main a[href^='/buoc-nhac/']", /month$/],
  event: ["/su-kien", "main a[href^='/su-kien/']", /^\/su-kien\/\d+$/],
};

// A round of scores whose units can assess themselves and be reviewed.
export async function begin_round(world) {
  const { items: [federation] } = await world.api("department", "GET", "/api/v1/units?category=federation");
  const of = { unit_id: federation.id, year: 2026, category: "superior" };
  const { items: rounds } = await world.api("department", "GET", `/api/v1/score-rounds?unit_id=${of.unit_id}&year=2026`);
  if (rounds.some((round) => round.category === of.category)) return;
  const { id, version } = await world.api("department", "POST", "/api/v1/score-rounds", of);
  await world.api("department", "POST", `/api/v1/score-rounds/${id}/compute`, {}, version);
}

// The places of a role with the ids filled in, each with the status that it is to have.
export async function placesOf(visit, role) {
  const known = new Map();
  const find = async (name) => {
    if (!known.has(name)) {
      const [list, css, fits] = SOURCES[name];
      await visit.go(list);
      const found = (await visit.links(css)).find((address) => fits.test(address));
      if (!found) throw new Error(`${role} finds no ${name} at ${list}`);
      known.set(name, found);
    }
    return known.get(name);
  };
  const places = [];
  for (const place of PLACES[role]) {
    const [address, status = 200] = [place].flat();
    if (address === "{tabs}") {
      await visit.go(await find("unit"));
      places.push(...(await visit.links(".tabs a")).map((tab) => [new URL(tab, visit.page.url()).href.slice(visit.world.facts.base.length), 200]));
      continue;
    }
    const name = /\{(\w+?)(Id)?\}/.exec(address);
    const whole = name ? address.replace(name[0], name[2] ? (await find(name[1])).split("/").at(-1) : await find(name[1])) : address;
    places.push([whole, status]);
  }
  return places;
}
