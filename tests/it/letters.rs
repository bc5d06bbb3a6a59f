//! The mails of the engine, whole: what people read.

use tinbai::domain::access::{Actor, Role};
use tinbai::domain::mail::Outgoing;
use tinbai::domain::person::Position;
use tinbai::domain::plan::PlanPatch;
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::Tx;
use tinbai::service::obligations::decide;
use tinbai::service::rules::plans::{self, PlanQuery};
use tinbai::service::units;

use crate::both_databases;
use crate::support::TestDb;
use crate::support::engine::{World, day, local_at};
use crate::support::tree::new_unit;

both_databases!(every_letter_reads_well);

/// The newest mail to an address.
fn letter(world: &World<'_>, to: &str) -> String {
    let mail = world
        .mails()
        .into_iter()
        .rfind(|mail| mail.to_mail == to)
        .unwrap();
    shortened(&mail)
}

/// Subject and both bodies of a mail; signed links shortened.
pub fn shortened(mail: &Outgoing) -> String {
    let whole = format!("Subject: {}\n\n{}\n{}", mail.subject, mail.text, mail.html);
    let mut words = whole.split(|c: char| c.is_whitespace() || "<>:\"".contains(c));
    let key = words.find(|word| word.starts_with("vi.") || word.starts_with("en."));
    assert_eq!(key, None, "a key without words");
    let mut parts = whole.split("/thu/");
    let mut short = parts.next().unwrap().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| c != '.' && c != '-' && c != '_' && !c.is_ascii_alphanumeric())
            .unwrap();
        short.push_str("/thu/KY-HIEU");
        short.push_str(&part[end..]);
    }
    short
}

fn every_letter_reads_well(db: &TestDb) {
    let world = World::founded(db, "2026-11-20T08:00:00+07:00", "demo", "2026-01-01");
    let new = NewUnit {
        name: "LĐLĐ huyện C".to_owned(),
        ..new_unit("huyen-c", Category::Superior, Some(world.federation.id))
    };
    let other = world
        .house
        .write(&Actor::cli(), db.now(), |tx| units::create(tx, &new))
        .unwrap()
        .unit;
    world.enter(
        &other,
        "Trưởng C",
        "truong@c.example",
        Role::Leader,
        Position::Head,
    );
    let conference = world.event(
        &world.superior,
        "Hội nghị <sơ kết> 9 tháng",
        "2026-11-23 14:00",
        false,
    );
    let fair = world.event(
        &world.superior,
        "Ngày hội công nhân",
        "2026-11-26 10:00",
        true,
    );
    world.event(&other, "Hội thao", "2026-11-26 10:00", true);
    // the plan of the superior unions gets its document
    let sign = |tx: &mut Tx<'_>| {
        let all = plans::list(tx, PlanQuery::default())?;
        let of = all.iter().find(|plan| plan.title.contains("Thanh Hóa"));
        let plan = of.unwrap().clone();
        let patch = PlanPatch {
            document_number: Some(Some("01/KH-LĐLĐ".to_owned())),
            document_date: Some(Some(day("2026-01-10"))),
            ..PlanPatch::default()
        };
        plans::change(tx, plan.id, &patch, plan.version)
    };
    world.house.write(&Actor::cli(), db.now(), sign).unwrap();
    db.clock.set(local_at("2026-11-25 10:00"));
    world.hand_in(
        &world.superior,
        "tin",
        "2026-11-25 10:00",
        Some("2026-11-25 10:00"),
    );

    world.run_at("2026-11-26 07:00");
    let before = letter(&world, "truong@a.example");
    for source in [
        "Quy định: tin về sự kiện (bản 1)",
        "Quy định: 2 tin mỗi tháng (bản 1); kế hoạch: Chỉ tiêu tin, bài năm 2026 (theo mẫu Thanh \
         Hóa); văn bản: 01/KH-LĐLĐ ngày 10/01/2026",
    ] {
        assert_eq!(before.matches(source).count(), 2, "{source}: {before}");
    }
    insta::assert_snapshot!("letter_before", before);
    world.run_at("2026-11-26 08:01");
    insta::assert_snapshot!("letter_missed", letter(&world, "truong@a.example"));
    db.clock.set(local_at("2026-11-26 09:00"));
    world.item(
        &world.superior,
        "tin",
        "2026-11-26 07:55",
        None,
        Some(&conference),
        &[],
    );
    world.run_at("2026-11-26 09:01");
    insta::assert_snapshot!("letter_corrected", letter(&world, "truong@a.example"));
    let id = world
        .obligation(&world.superior, &format!("event:{}", fair.id))
        .id;
    let until = local_at("2026-11-27 11:00");
    let extend = |tx: &mut Tx<'_>| decide::grant_extension(tx, id, until, "Mất điện");
    world.house.write(&Actor::cli(), db.now(), extend).unwrap();
    world.run_at("2026-11-26 09:02");
    insta::assert_snapshot!("letter_moved", letter(&world, "truong@a.example"));
    world.run_at("2026-11-26 16:01");
    insta::assert_snapshot!("letter_summary", letter(&world, "ban@tinh.example"));
    world.run_at("2026-11-27 07:00");
    insta::assert_snapshot!(
        "letter_missed_to_the_department",
        letter(&world, "ban@tinh.example")
    );
}
