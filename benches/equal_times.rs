//! F32: whether the time of a refusal tells a known mail from an unknown one. Sign-ins with a wrong password for a mail that has an
//! account and for one that has none, in turn, in one process. `cargo bench --bench equal_times`; figures: docs/SECURITY.md.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench reports on standard output and may fail loudly")]

use std::time::Instant;

use chrono::{DateTime, Utc};
use tinbai::config::Settings;
use tinbai::domain::access::Actor;
use tinbai::domain::account::Purpose;
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::accounts::{self, NewAdmin};
use tinbai::service::sign_in::{self, Visitor};
use tinbai::service::{House, units};
use tinbai::store::{Store, StoreOptions};

const TRIES: usize = 200;
const KNOWN: &str = "quan-tri@tinh.example";
const UNKNOWN: &str = "khong-co@tinh.example";

fn main() {
    let now = DateTime::from_timestamp(1_795_136_400, 0).expect("an instant");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(&StoreOptions::new(format!("sqlite:{}", folder.path().join("tinbai.sqlite").display())));
    let store = store.expect("a database");
    store.migrate().expect("its tables");
    let house = House::new(store, Settings::default());
    let unit = NewUnit {
        code: "tinh".to_owned(),
        name: "LĐLĐ tỉnh".to_owned(),
        category: Category::Federation,
        parent_id: None,
        cluster: None,
        founded_on: None,
        mail: None,
    };
    units::found(&house, &Actor::cli(), &unit, now).expect("a federation");
    let new = NewAdmin { name: "Quản trị".to_owned(), mail: KNOWN.to_owned(), unit: None, another: false };
    let link = accounts::create_admin(&house, &new, now).expect("an administrator");
    let link = link.rsplit('/').next().expect("a link");
    let password = ("mèo vàng leo thang dây", None);
    accounts::set_password(&house, Purpose::Invite, link, password, now).expect("a password");

    for mail in [KNOWN, UNKNOWN] {
        refusal(&house, mail, now);
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for nth in 0..TRIES {
        // whoever goes second may find the caches of the first: they take turns
        let (first, second) = if nth % 2 == 0 { (KNOWN, UNKNOWN) } else { (UNKNOWN, KNOWN) };
        for mail in [first, second] {
            let figures = if mail == KNOWN { &mut known } else { &mut unknown };
            figures.push(refusal(&house, mail, now));
        }
    }
    println!("{TRIES} refused sign-ins each, in turn, ms: median (5 % - 95 %)");
    for (name, mut figures) in [("a mail with an account", known), ("a mail without one", unknown)] {
        figures.sort_by(f64::total_cmp);
        let at = |percent: usize| figures.get((TRIES - 1) * percent / 100).copied().unwrap_or_default();
        println!("{name:<24} {:6.2} ({:.2} - {:.2})", at(50), at(5), at(95));
    }
}

/// Milliseconds of one refusal.
fn refusal(house: &House, mail: &str, now: DateTime<Utc>) -> f64 {
    let visitor = Visitor {
        address: "192.0.2.1".to_owned(),
        agent: "bench".to_owned(),
        before: None,
        request_id: "bench".to_owned(),
    };
    let start = Instant::now();
    let refused = sign_in::begin(house, (mail, "mèo vàng leo thang cây"), &visitor, now).expect("an answer");
    assert!(refused.is_none(), "the password is wrong");
    start.elapsed().as_secs_f64() * 1_000.0
}
