//! What every request pays before it begins: the statements that tell who calls.

use std::cell::Cell;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use tinbai::config::Settings;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::unit::Category;
use tinbai::service::App;
use tinbai::service::accounts::sign_in;
use tinbai::service::accounts::tokens;
use tinbai::service::accounts::tokens::NewToken;
use tinbai::service::imports::{self, ImportKind, Options};
use tinbai::service::units::people;
use tinbai::service::units::people::MovePerson;

use crate::both_databases;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, account, person};
use crate::support::desk::Desk;
use crate::support::engine::day;
use crate::support::tree::found;

both_databases!(
    who_calls_is_told_by_few_statements_however_often_they_moved,
    a_quota_of_a_file_costs_as_many_statements_however_long_the_file_is,
);

thread_local! {
    /// Statements of this thread, without those that begin and end transactions.
    static STATEMENTS: Cell<usize> = const { Cell::new(0) };
}

fn counting() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let frames = ["BEGIN", "COMMIT", "ROLLBACK", "SET", "PRAGMA"]
                .iter()
                .any(|frame| text.starts_with(frame));
            // a pooled connection of PostgreSQL is tried first
            if !frames && text != "SELECT 1" {
                STATEMENTS.set(STATEMENTS.get() + 1);
            }
        }
    }))
}

fn statements<T>(work: impl FnOnce() -> T) -> (T, usize) {
    STATEMENTS.set(0);
    let done = work();
    (done, STATEMENTS.get())
}

fn who_calls_is_told_by_few_statements_however_often_they_moved(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let editor = person(app, &root, Role::Editor, "bt@tinh.example");
    account(app, &editor);
    let new = NewToken {
        name: "Máy".into(),
        role: Role::Editor,
        unit_id: Some(root.id),
        person_id: Some(editor.id),
        days: None,
    };
    let token = app.token(&new);
    let browser = Browser::of(app);
    browser.sign_in("bt@tinh.example");
    let cookie = browser.cookies.borrow()["__Host-tinbai"].clone();
    // the first use of a token is noted, which is a write
    app.client(Some(token.clone()))
        .get("/api/v1/me")
        .expect(200);

    let mut id = editor.id;
    for (nth, from) in ["2026-11-20", "2026-11-21", "2026-11-22"]
        .into_iter()
        .enumerate()
    {
        app.set_clock(&format!("{from}T08:00:30+07:00"));
        let unit = found(
            app,
            &format!("huyen-{nth}"),
            Category::Superior,
            Some(&root),
        );
        let to = MovePerson {
            unit_id: unit.id,
            from: day(from),
            role: None,
            position: None,
            successor_id: None,
        };
        id = app
            .house
            .write(&Actor::cli(), app.now(), |tx| {
                people::move_to(tx, id, to, 1)
            })
            .unwrap()[1]
            .person
            .id;
    }
    app.set_clock("2026-11-20T08:00:45+07:00");
    set_default_instrumentation(counting).unwrap();
    let house = App::new(app.second_store(), Settings::default());
    let (holder, asked) = statements(|| {
        tokens::authenticate(&house, &token, app.now())
            .unwrap()
            .unwrap()
    });
    assert_eq!(
        (holder.grants[0].unit_id, asked),
        (Some(root.id), 3),
        "token, person, units above"
    );
    let (signed, asked) = statements(|| {
        sign_in::authenticate(&house, &cookie, app.now())
            .unwrap()
            .unwrap()
    });
    // before it, on SQLite, whether anybody committed since
    let marks = usize::from(house.store.is_sqlite());
    assert_eq!(asked - marks, 5, "session, account, person, roles, unit");
    if house.store.is_sqlite() {
        let again = || sign_in::known(&house, &cookie, app.now()).is_some();
        let (known, asked) = statements(again);
        assert!(known && asked <= 1, "whether anybody committed: {asked}");
    }
    assert_ne!(signed.person.id, editor.id, "moved on this very day");
    assert_eq!(signed.actor.person_id, Some(signed.person.id));
}

fn a_quota_of_a_file_costs_as_many_statements_however_long_the_file_is(app: &TestApp) {
    let desk = Desk::new(app);
    let codes: Vec<String> = (0..110).map(|n| format!("co-so-{n}")).collect();
    let mut units = "code,name,category,parent_code\n".to_owned();
    for code in &codes {
        units.push_str(&format!("{code},Cơ sở {code},grassroots,tinh\n"));
    }
    set_default_instrumentation(counting).unwrap();
    let house = App::new(app.second_store(), Settings::default());
    let enter = |kind: ImportKind, file: &str| {
        let file = imports::read(kind, file.as_bytes(), &Options::default()).unwrap();
        let work = |tx: &mut tinbai::service::Tx<'_>| imports::apply(tx, &file);
        statements(|| house.write(&Actor::cli(), desk.now(), work).unwrap())
    };
    enter(ImportKind::Units, &units);
    let targets = |codes: &[String], minimum: usize| {
        let row = |code: &String| format!("{code},tin,tháng,{minimum},2027\n");
        let rows: String = codes.iter().map(row).collect();
        format!("Đơn vị,Loại,Kỳ,Số lượng,Năm\n{rows}")
    };
    for minimum in [2, 3] {
        // the first file of all drafts the plan
        enter(ImportKind::Targets, &targets(&codes[..1], minimum));
        let (few, of_few) = enter(ImportKind::Targets, &targets(&codes[..10], minimum));
        let (many, of_many) = enter(ImportKind::Targets, &targets(&codes[10..], minimum));
        let done = |report: &imports::ImportReport| report.created.total + report.changed.total;
        assert_eq!((done(&few), done(&many)), (9, 100));
        let each = (of_many - of_few) / (100 - 9);
        assert!(each <= 14, "{minimum}: {of_few} for 9, {of_many} for 100");
        assert!(of_few < 14 * 9 + 60, "{minimum}: {of_few} for 9");
    }
}
