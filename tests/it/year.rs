//! Thanh Hóa's plan over the whole of 2026, as the scheduler lives it, against counts made by hand.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use tinbai::domain::access::Actor;
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::units;
use tinbai::store::items::ItemRow;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::TestDb;
use crate::support::engine::{World, day, local_at};
use crate::support::tree::new_unit;

both_databases!(a_year_of_thanh_hoa_counts_as_by_hand);

/// What happens on a day: a unit hands in an item, at a time of that day; published at once, or on
/// another day.
type Deeds<'u> = BTreeMap<
    NaiveDate,
    Vec<(
        &'u UnitRow,
        &'static str,
        &'static str,
        Option<&'static str>,
    )>,
>;

fn unit(world: &World<'_>, code: &str, category: Category, founded_on: Option<&str>) -> UnitRow {
    let mail = Some(format!("{code}@donvi.example"));
    let new = NewUnit {
        mail,
        founded_on: founded_on.map(day),
        ..new_unit(code, category, Some(world.federation.id))
    };
    world
        .house
        .write(&Actor::cli(), world.db.now(), |tx| units::create(tx, &new))
        .unwrap()
        .unit
}

fn a_year_of_thanh_hoa_counts_as_by_hand(db: &TestDb) {
    let world = World::founded(db, "2026-01-01T00:10:00+07:00", "thanh-hoa", "2026-01-01");
    let [perfect, uneven] =
        ["deu-dan", "that-thuong"].map(|code| unit(&world, code, Category::Superior, None));
    let [good, early] =
        ["co-so-deu", "co-so-som"].map(|code| unit(&world, code, Category::Grassroots, None));
    let first_half = lived(
        &world,
        "2026-01-01",
        "2026-08-14",
        &deeds(&perfect, &uneven, &good, &early),
    );
    let [new, new_small] = [
        ("moi", Category::Superior),
        ("co-so-moi", Category::Grassroots),
    ]
    .map(|(code, category)| {
        let from = Some("2026-08-15");
        unit(&world, code, category, from)
    });
    let mut rest = deeds(&perfect, &uneven, &good, &early);
    for (date, kind) in [
        ("2026-08-20", "tin"),
        ("2026-09-05", "tin"),
        ("2026-09-20", "tin"),
        ("2026-10-05", "tin"),
        ("2026-10-20", "tin"),
        ("2026-11-05", "tin"),
        ("2026-11-20", "tin"),
        ("2026-12-05", "tin"),
        ("2026-10-10", "bai_chuyen_sau"),
    ] {
        rest.entry(day(date))
            .or_default()
            .push((&new, kind, "10:00:00", Some(date)));
    }
    rest.entry(day("2026-12-01")).or_default().push((
        &new_small,
        "tin",
        "10:00:00",
        Some("2026-12-01"),
    ));
    let second_half = lived(&world, "2026-08-15", "2027-01-01", &rest);
    assert_eq!(first_half + second_half, 366);

    let months = |of: [&str; 12], year: &str| -> Vec<String> {
        let months = of
            .iter()
            .enumerate()
            .map(|(month, count)| format!("2026-M{:02}: {count}", month + 1));
        months.chain([format!("2026: {year}")]).collect()
    };
    let met = "2/2 met_on_time";
    assert_eq!(
        world.counts(&perfect),
        months([met; 12], "3/3 met_on_time"),
        "November's second was published in December"
    );
    let mut of = [met; 12];
    of[2] = "5/2 met_on_time";
    of[3] = "0/2 missed";
    assert_eq!(
        world.counts(&uneven),
        months(of, "2/3 missed"),
        "March's surplus does not make up for April"
    );
    let expected = [
        // 2 x 17/31 = 1.1
        "2026-M08: 1/1 met_on_time",
        "2026-M09: 2/2 met_on_time",
        "2026-M10: 2/2 met_on_time",
        "2026-M11: 2/2 met_on_time",
        "2026-M12: 1/2 missed",
        // 3 x 139/365 = 1.14
        "2026: 1/1 met_on_time",
    ];
    assert_eq!(world.counts(&new), expected);
    let quarters = |of: [&str; 4], year: &str| -> Vec<String> {
        let quarters = of
            .iter()
            .enumerate()
            .map(|(quarter, count)| format!("2026-Q{}: {count}", quarter + 1));
        quarters.chain([format!("2026: {year}")]).collect()
    };
    let met = "1/1 met_on_time";
    assert_eq!(world.counts(&good), quarters([met; 4], met));
    let of = ["3/1 met_on_time", "0/1 missed", met, met];
    assert_eq!(
        world.counts(&early),
        quarters(of, "0/1 missed"),
        "one arrived in the third quarter's last second, one at midnight"
    );
    // 1 x 47/92 = 0.51; 1 x 139/365 = 0.38: no article owed
    assert_eq!(
        world.counts(&new_small),
        ["2026-Q3: 0/1 missed", "2026-Q4: 1/1 met_on_time"]
    );

    let april: Vec<String> = world
        .mails()
        .into_iter()
        .filter(|mail| {
            mail.to_mail == "that-thuong@donvi.example" && mail.text.contains("tháng 4/2026")
        })
        .map(|mail| tinbai::domain::text::local_date(mail.created_at).to_string())
        .collect();
    // 5 and 2 working days before 30/04, itself a holiday as 27/04 is; the first one after 01/05
    assert_eq!(april, ["2026-04-22", "2026-04-28", "2026-05-04"]);
}

fn deeds<'u>(
    perfect: &'u UnitRow,
    uneven: &'u UnitRow,
    good: &'u UnitRow,
    early: &'u UnitRow,
) -> Deeds<'u> {
    let mut all = Deeds::new();
    let mut add = |date: &'static str, unit, kind, time, published| {
        all.entry(day(date))
            .or_default()
            .push((unit, kind, time, published));
    };
    const FIFTH: [&str; 12] = [
        "2026-01-05",
        "2026-02-05",
        "2026-03-05",
        "2026-04-05",
        "2026-05-05",
        "2026-06-05",
        "2026-07-05",
        "2026-08-05",
        "2026-09-05",
        "2026-10-05",
        "2026-11-05",
        "2026-12-05",
    ];
    const TWENTIETH: [&str; 12] = [
        "2026-01-20",
        "2026-02-20",
        "2026-03-20",
        "2026-04-20",
        "2026-05-20",
        "2026-06-20",
        "2026-07-20",
        "2026-08-20",
        "2026-09-20",
        "2026-10-20",
        "2026-11-30",
        "2026-12-20",
    ];
    for month in 0..12 {
        let (first, second) = (FIFTH[month], TWENTIETH[month]);
        add(first, perfect, "tin", "10:00:00", Some(first));
        let reviewed = if month == 10 { "2026-12-03" } else { second };
        add(second, perfect, "tin", "16:00:00", Some(reviewed));
        if month != 3 {
            add(first, uneven, "tin", "10:00:00", Some(first));
            add(second, uneven, "tin", "10:00:00", Some(second));
        }
    }
    for date in ["2026-02-10", "2026-06-10", "2026-10-10"] {
        add(date, perfect, "bai_chuyen_sau", "10:00:00", Some(date));
    }
    for date in ["2026-03-06", "2026-03-07", "2026-03-08"] {
        add(date, uneven, "tin", "10:00:00", Some(date));
    }
    for date in ["2026-03-10", "2026-09-10"] {
        add(date, uneven, "bai_chuyen_sau", "10:00:00", Some(date));
    }
    for date in ["2026-02-15", "2026-05-15", "2026-08-14", "2026-11-15"] {
        add(date, good, "tin", "10:00:00", Some(date));
    }
    add(
        "2026-06-15",
        good,
        "bai_chuyen_sau",
        "10:00:00",
        Some("2026-06-15"),
    );
    for date in ["2026-01-15", "2026-02-15", "2026-03-15"] {
        add(date, early, "tin", "10:00:00", Some(date));
    }
    add("2026-09-30", early, "tin", "23:59:59", Some("2026-09-30"));
    add("2026-10-01", early, "tin", "00:00:00", Some("2026-10-01"));
    all
}

/// Lives through the days from `first` to `last`, the scheduler catching up each afternoon; how
/// many those are.
fn lived(world: &World<'_>, first: &str, last: &str, deeds: &Deeds<'_>) -> u32 {
    let (mut date, last) = (day(first), day(last));
    let mut days = 0;
    let mut in_review = Vec::new();
    while date <= last {
        for (item, publishing) in std::mem::take(&mut in_review) {
            if publishing == date.to_string() {
                world.db.clock.set(local_at(&format!("{date} 09:00")));
                world.publish(&item);
            } else {
                in_review.push((item, publishing));
            }
        }
        let (by_four, later): (Vec<_>, Vec<_>) = deeds
            .get(&date)
            .into_iter()
            .flatten()
            .copied()
            .partition(|(_, _, time, _)| *time <= "16:00:00");
        for (unit, kind, time, published) in by_four {
            hand_in(world, unit, kind, (date, time), published, &mut in_review);
        }
        world.run_at(&format!("{date} 16:01"));
        for (unit, kind, time, published) in later {
            hand_in(world, unit, kind, (date, time), published, &mut in_review);
        }
        date = date.checked_add_days(Days::new(1)).unwrap();
        days += 1;
    }
    days
}

fn hand_in(
    world: &World<'_>,
    unit: &UnitRow,
    kind: &str,
    (date, time): (NaiveDate, &str),
    published: Option<&str>,
    in_review: &mut Vec<(ItemRow, String)>,
) {
    let arrived = format!("{date} {time}");
    world.db.clock.set(world.db.now().max(local_at(&arrived)));
    let item = world.hand_in(unit, kind, &arrived, None);
    match published {
        Some(on) if on == date.to_string() => world.publish(&item),
        Some(on) => in_review.push((item, on.to_owned())),
        None => {}
    }
}
