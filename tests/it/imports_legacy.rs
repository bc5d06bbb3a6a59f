//! Two years of a federation, entered day by day, move into another installation by the lists that the
//! first one exports, and give the same standings and scores there.

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use rust_xlsxwriter::{Format, Workbook};
use serde_json::{Value, json};
use tinbai::domain::access::{Role, Scope};
use tinbai::domain::event::NewEvent;
use tinbai::domain::item::NewItem;
use tinbai::domain::score::presets;
use tinbai::office::sheet_in::{self, Wanted};
use tinbai::service::obligations::open;
use tinbai::service::submissions::{events, items};
use tinbai::store::units::{self as stored, UnitRow};
use tinbai::store::views::obligations::{self as view, ObligationFilter};

use crate::both_databases;
use crate::page_items::signed_in;
use crate::support::app::TestApp;
use crate::support::desk::{Desk, quota, superiors};
use crate::support::{Fixture as _, at};

both_databases!(two_years_of_a_federation_move_by_its_own_lists);

/// So many unions hand in.
const UNIONS: u32 = 60;

/// The same numbers in each run (Numerical Recipes' generator).
struct Dice(u32);

impl Dice {
    /// A number below `most`.
    fn roll(&mut self, most: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % most
    }
}

/// Lets the jobs run at an instant.
fn run_at(desk: &Desk<'_>, instant: DateTime<Utc>) {
    desk.db.set_clock(&instant.to_rfc3339());
    open::run(&desk.house, desk.now()).unwrap();
    desk.sweep();
}

/// A federation whose plan asks for news each quarter, in two years; `live` is what happens in each month.
fn founded<'a>(app: &'a TestApp, mut live: impl FnMut(&Desk<'a>, DateTime<Utc>)) -> Desk<'a> {
    app.expect_unread_mails();
    app.set_clock("2025-01-02T08:00:00+07:00");
    let desk = Desk::new(app);
    let scheme =
        json!({ "scheme": presets::get("simple").unwrap(), "document_number": "12/HD-LĐLĐ" });
    for year in [2025, 2026] {
        run_at(&desk, at(&format!("{year}-01-02T08:00:00+07:00")));
        let rules = [quota(superiors(), &["tin"], "quarter", 1)];
        desk.plan_of(year, Some(&format!("{year}-01-01")), &rules);
        let path = format!("/api/v1/score-schemes/{}/{year}/superior", desk.root.id);
        let department = app.client_of(Role::Department, Some(&desk.root));
        department.knowing(0).put(&path, &scheme).expect(200);
        for month in (1..=12).step_by(2) {
            live(&desk, at(&format!("{year}-{month:02}-03T08:00:00+07:00")));
        }
    }
    run_at(&desk, at("2027-01-06T08:00:00+07:00"));
    desk
}

fn unions(desk: &Desk<'_>) -> Vec<UnitRow> {
    let codes: Vec<String> = (1..=UNIONS).map(|n| format!("cd-{n:02}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let mut units = desk
        .db
        .store
        .read(|conn| stored::find_by_codes(conn, &codes))
        .unwrap();
    units.sort_by(|a, b| a.code.cmp(&b.code));
    units
}

/// A month of all unions, in the order in which things happen.
fn lived(desk: &Desk<'_>, begins: DateTime<Utc>, dice: &mut Dice) {
    for unit in unions(desk) {
        let now = begins + TimeDelta::minutes(i64::from(dice.roll(25 * 24 * 60)));
        let who = &desk.department;
        let roll = dice.roll(10);
        if roll == 0 {
            // an event, and mostly news of it
            let ends = now + TimeDelta::hours(1);
            let new: NewEvent = serde_json::from_value(json!({
                "unit_id": unit.id, "title": format!("Hội nghị {}", begins.month()),
                "starts_at": now, "ends_at": ends,
            }))
            .unwrap();
            let event = desk
                .house
                .write(who, now, |tx| events::register(tx, &new))
                .unwrap();
            if dice.roll(4) > 0 {
                let at = ends + TimeDelta::hours(i64::from(dice.roll(80)));
                hand_in(
                    desk,
                    at,
                    json!({ "unit_id": unit.id, "event_id": event.id }),
                    dice,
                );
            }
        } else if roll < 6 {
            hand_in(desk, now, json!({ "unit_id": unit.id }), dice);
        }
    }
    run_at(desk, begins + TimeDelta::days(29));
}

/// Hands in, and publishes most of it.
fn hand_in(desk: &Desk<'_>, now: DateTime<Utc>, with: Value, dice: &mut Dice) {
    let mut new = json!({ "kind": "tin", "title": format!("Tin {}", dice.roll(1 << 24)) });
    new.as_object_mut()
        .unwrap()
        .extend(with.as_object().unwrap().clone());
    let new: NewItem = serde_json::from_value(new).unwrap();
    let publishes = dice.roll(8) > 0;
    let publish = items::PublishItem {
        url: None,
        grade: Some(i32::try_from(1 + dice.roll(5)).unwrap()),
    };
    let work = |tx: &mut tinbai::service::Tx<'_>| {
        let item = items::submit(tx, &new)?.item;
        if publishes {
            items::publish(tx, item.id, &publish, item.version)?;
        }
        Ok(())
    };
    desk.house.write(&desk.department, now, work).unwrap();
}

/// The lists of an installation as one workbook.
fn exported(app: &TestApp, desk: &Desk<'_>) -> Vec<u8> {
    let browser = signed_in(app, desk, Role::Department);
    let mut book = Workbook::new();
    let shown = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    for (name, list) in [
        ("Đơn vị", "/don-vi.xlsx"),
        ("Người", "/nguoi.xlsx"),
        ("Sự kiện", "/su-kien.xlsx?tat-ca=1"),
        ("Tin bài", "/tin-bai.xlsx"),
    ] {
        let file = browser.get(list).bytes;
        let sheet = sheet_in::read(&file, Wanted::Preferred(&[]))
            .unwrap()
            .sheets
            .remove(0);
        let page = book.add_worksheet().set_name(name).unwrap();
        for row in &sheet.rows {
            for cell in &row.cells {
                let (row, column) = (row.number - 1, cell.column);
                match &cell.value {
                    sheet_in::Value::Number(number) => page.write_number(row, column, *number),
                    sheet_in::Value::Date(at) => {
                        page.write_datetime_with_format(row, column, at, &shown)
                    }
                    text => page.write_string(row, column, text.text()),
                }
                .unwrap();
            }
        }
    }
    book.save_to_buffer().unwrap()
}

/// What each union owes and owed, and what became of it.
fn standings(desk: &Desk<'_>) -> Vec<String> {
    let all = ObligationFilter::default();
    let mut told = Vec::new();
    for unit in unions(desk) {
        let scope = Scope::Below(vec![unit.id]);
        let rows = desk
            .db
            .store
            .read(|conn| view::page(conn, &scope, &all, 1_000))
            .unwrap();
        let mut of_unit: Vec<String> = rows
            .iter()
            .map(|row| {
                let period = row.event_id.map_or(row.period_key.as_str(), |_| "-");
                format!(
                    "{} {} {period} {} {} {}/{}",
                    unit.code, row.kind, row.due_at.0, row.state, row.done, row.required
                )
            })
            .collect();
        of_unit.sort();
        told.extend(of_unit);
    }
    told
}

/// The tables of scores, without numbers of records.
fn scores(app: &TestApp, desk: &Desk<'_>) -> Vec<Value> {
    let department = app.client_of(Role::Department, Some(&desk.root));
    let table = |year: i32| {
        let path = format!(
            "/api/v1/scores/{year}?unit_id={}&category=superior",
            desk.root.id
        );
        without_numbers(department.get(&path).expect(200))
    };
    [2025, 2026].map(table).to_vec()
}

fn without_numbers(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| !name.ends_with("id"));
            kept.map(|(name, value)| (name, without_numbers(value)))
                .collect()
        }
        Value::Array(rows) => rows.into_iter().map(without_numbers).collect(),
        value => value,
    }
}

fn two_years_of_a_federation_move_by_its_own_lists(app: &TestApp) {
    let mut dice = Dice(14);
    let mut begun = false;
    let first = founded(app, |desk, begins| {
        if !begun {
            let row = |n| format!("cd-{n:02},Công đoàn số {n},superior,tinh\n");
            let rows: String = (1..=UNIONS).map(row).collect();
            let file = format!("code,name,category,parent_code\n{rows}");
            let department = app.client_of(Role::Department, Some(&desk.root));
            department
                .upload("/api/v1/imports/units", file.as_bytes())
                .expect(200);
            begun = true;
        }
        lived(desk, begins, &mut dice);
    });
    let file = exported(app, &first);
    let told = standings(&first);
    for state in ["met_on_time", "met_late", "missed"] {
        for kind in ["quota", "event"] {
            let is_it =
                |line: &&String| line.contains(&format!(" {kind} ")) && line.contains(state);
            let unlikely = (kind, state) == ("quota", "met_late");
            assert!(
                unlikely || told.iter().any(|line| is_it(&line)),
                "{kind} {state}"
            );
        }
    }

    let other = TestApp::start(app.kind());
    let second = founded(&other, |_, _| ());
    let department = other.client_of(Role::Department, Some(&second.root));
    let done = department.upload("/api/v1/imports/legacy", &file);
    assert_eq!(done.status, 200, "{}", done.text);
    run_at(&second, at("2027-01-06T09:00:00+07:00"));
    assert_eq!(standings(&second), told);
    run_at(&first, second.now());
    assert_eq!(scores(&other, &second), scores(app, &first));
    // nobody is told of what was long over
    let mails = other.unread_mails();
    assert!(
        !mails.iter().any(|mail| mail.contains("Công đoàn số")),
        "{mails:?}"
    );
    // and again it changes nothing
    let again = department
        .upload("/api/v1/imports/legacy", &file)
        .expect(200);
    assert_eq!(
        (&again["created"]["total"], &again["changed"]["total"]),
        (&json!(0), &json!(0)),
        "{again:#}"
    );
    other.finish();
}
