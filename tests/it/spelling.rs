//! What looks equal is equal: in files, bodies, addresses and searches.

use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::unit::Category;
use tinbai::service::Error;
use tinbai::service::units::import;
use tinbai::store::StoreError;

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::tinbai;
use crate::support::tree::{faults, found, house};

both_databases!(
    a_file_is_read_as_spreadsheets_write_it,
    codes_that_look_alike_are_doubled,
    names_are_stored_in_one_spelling_and_found_in_any,
    a_code_is_the_same_with_a_space_that_nobody_sees,
    a_mark_before_a_body_is_no_part_of_it,
    a_code_in_a_policy_is_read_in_the_one_spelling,
    names_that_were_stored_before_are_cleaned_once,
);

const HEADER: &str = "code,name,category,parent_code,cluster,founded_on,ended_on,mail\n";
const ROOT: &str = "tinh,Tỉnh,federation\n";

/// Tries a file, then imports it: both judge alike.
fn import(app: &TestApp, file: &str) -> Result<Vec<String>, Error> {
    let (house, now) = (house(app), app.now());
    let tried = house.write(&Actor::cli(), now, |tx| {
        import::dry_run(tx, file.as_bytes(), None)
    });
    let done = house.write(&Actor::cli(), now, |tx| {
        import::units(tx, file.as_bytes(), None)
    });
    match (tried, done) {
        (Ok(tried), Ok(done)) => {
            assert_eq!(tried.new, done.new);
            Ok(done.new)
        }
        (Err(tried), Err(done)) => {
            assert_eq!(faults(&tried), faults(&done));
            Err(done)
        }
        (tried, done) => panic!("{tried:?} and {done:?}"),
    }
}

fn units(app: &TestApp, query: &str) -> Vec<Value> {
    app.admin()
        .get(&format!("/api/v1/units?limit=100{query}"))
        .items()
}

fn a_file_is_read_as_spreadsheets_write_it(app: &TestApp) {
    let table = format!("{HEADER}{ROOT}a,A,superior,tinh\n");
    let excel = format!(
        "\u{feff}sep=;\r\n{}",
        table.replace(',', ";").replace('\n', "\r\n")
    );
    assert_eq!(import(app, &excel).unwrap(), ["tinh", "a"]);
    let dos = format!("{table}b,B,superior,tinh,Cụm\r\n\u{1a}");
    assert_eq!(import(app, &dos).unwrap(), ["b"]);
    let spaced = format!("{HEADER}{ROOT}c\u{a0},C,superior\u{a0},\u{a0}tinh,\u{a0}\n");
    assert_eq!(import(app, &spaced).unwrap(), ["c"]);
    let c = &units(app, "&q=c")[0];
    assert_eq!((&c["code"], &c["cluster"]), (&json!("c"), &Value::Null));
}

fn codes_that_look_alike_are_doubled(app: &TestApp) {
    let twice = format!("{HEADER}{ROOT}a1,A,superior,tinh\na1\u{a0},B,superior,tinh\n");
    assert_eq!(
        faults(&import(app, &twice).unwrap_err()),
        ["line 4.code sheet_code_twice"]
    );
    let unseen =
        format!("{HEADER}{ROOT}a1,\u{200b},superior,tinh\na2,\u{2060} \u{ad},superior,tinh\n");
    assert_eq!(
        faults(&import(app, &unseen).unwrap_err()),
        ["line 3.name required", "line 4.name required"]
    );
}

fn names_are_stored_in_one_spelling_and_found_in_any(app: &TestApp) {
    let file = format!(
        "{HEADER}{ROOT}dn1,Ðà Nẵng một,superior,tinh,Cụm miền núi\n\
         dn2,Đà Nẵng hai,superior,tinh,Cụm\u{a0}miền núi\n\
         dn3,Ɖà  Na\u{306}\u{303}ng – ba,superior,tinh,Cụm  mi\u{200b}ền núi\nea,Ea Súp,superior,tinh\n"
    );
    import(app, &file).unwrap();
    let found = units(app, "&q=da%20nang");
    assert_eq!(
        texts(&found, "name"),
        ["Đà Nẵng – ba", "Đà Nẵng hai", "Đà Nẵng một"]
    );
    assert!(
        texts(&found, "cluster")
            .iter()
            .all(|cluster| cluster == "Cụm miền núi")
    );
    for query in [
        "%C3%90%C3%A0%C2%A0N%E1%BA%B5ng",
        "%20da%20%20nang%E2%80%8B%20",
    ] {
        assert_eq!(units(app, &format!("&q={query}")).len(), 3, "{query}");
    }
    for dash in ["-", "%E2%80%93", "%E2%80%94"] {
        assert_eq!(
            texts(&units(app, &format!("&q=nang%20{dash}%20ba")), "code"),
            ["dn3"]
        );
    }
}

fn a_code_is_the_same_with_a_space_that_nobody_sees(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let unit = |code: &str| json!({ "code": code, "name": "A", "category": "superior", "parent_id": root.id });
    let made = admin.post("/api/v1/units", &unit("a\u{a0}"));
    assert_eq!(made.expect(201)["code"], "a");
    assert_eq!(
        admin.post("/api/v1/units", &unit("\u{200b}a")).faults(400),
        ["code duplicate"]
    );
    let office = json!({
        "code": "gio-lien\u{a0}", "name": "Giờ\u{a0} liền", "zone": "Asia/Ho_Chi_Minh",
        "hours": { "mon": [["08:00", "12:00"]] },
        "holidays": [{ "date": "2026-11-30", "name": "Ngày\u{a0}lễ" }],
    });
    let calendar = admin.post("/api/v1/calendars", &office);
    let stored = calendar.expect(201);
    assert_eq!(
        (
            &stored["code"],
            &stored["name"],
            &stored["holidays"][0]["name"]
        ),
        (&json!("gio-lien"), &json!("Giờ liền"), &json!("Ngày lễ"))
    );
}

fn a_mark_before_a_body_is_no_part_of_it(app: &TestApp) {
    found(app, "tinh", Category::Federation, None);
    let office = json!({
        "code": "tu-tep", "name": "Giờ từ tệp", "zone": "Asia/Ho_Chi_Minh",
        "hours": { "mon": [["08:00", "12:00"]] },
    });
    let body = format!("\u{feff}{office}");
    app.admin()
        .send("POST", "/api/v1/calendars", Some(body))
        .expect(201);
}

/// Windows editors write a byte order mark before every file in UTF-8.
#[test]
fn a_mark_before_a_file_is_no_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("\u{feff}{text}")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let calendar = json!({
        "code": "lien", "name": "Giờ liền", "zone": "Asia/Ho_Chi_Minh",
        "hours": { "mon": [["08:00", "12:00"], ["12:00", "17:00"]] },
    });
    let calendar = file("calendar.json", &calendar.to_string());
    let config = file("tinbai.toml", "[database]\nurl = \"sqlite::memory:\"\n");
    let answer = tinbai(&[
        "--config",
        &config,
        "deadline",
        "--calendar",
        &calendar,
        "--from",
        "2026-11-09T08:00",
        "--working-hours",
        "1",
    ]);
    assert_eq!(answer.err, "");
    assert!(answer.out.contains("09:00"), "{}", answer.out);
}

fn a_code_in_a_policy_is_read_in_the_one_spelling(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let path = format!("/api/v1/units/{}/policies/2026-12-01", root.id);
    let policy = json!({
        "patch": { "calendar": "\u{a0}ben-tre\u{200b}", "settled_by": ["tin\u{a0}"] },
    });
    let stored = admin.knowing(0).put(&path, &policy).expect(200);
    assert_eq!(stored["patch"]["calendar"], "ben-tre");
    assert_eq!(stored["patch"]["settled_by"], json!(["tin"]));
}

/// A database of an earlier version, which stored names as they were typed.
fn names_that_were_stored_before_are_cleaned_once(app: &TestApp) {
    use diesel::connection::SimpleConnection as _;
    app.set_clock("2026-11-20T08:00:00+07:00");
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    let item = desk.hand_in(json!({})).item.id;
    let event = desk.event(json!({ "starts_at": "2026-11-20T08:00:00+07:00" }));
    let person = desk.person(&desk.superior, Role::Leader, "Trưởng");
    let run = |sql: &str| {
        app.store
            .write(|conn| conn.batch_execute(sql).map_err(StoreError::from))
            .unwrap();
    };
    let unit = desk.superior.id;
    let spoil = format!(
        "UPDATE unit SET name = '\u{d0}à\u{a0}Nẵng\u{200b} ', name_folded = '?', cluster = '\u{a0}' WHERE id = {unit};
         UPDATE unit SET name = '\u{2060}' WHERE id = {};
         UPDATE person SET name = 'Lê\u{a0}\u{a0}A' WHERE id = {person};
         UPDATE item SET title = ' Hội\u{ad}  nghị', title_folded = '?' WHERE id = {item};
         UPDATE event SET title = 'Hội\u{a0}thao' WHERE id = {};
         UPDATE item_kind SET name = 'Tin\u{a0}' WHERE code = 'tin';
         UPDATE plan SET title = 'Chỉ\u{a0}tiêu', issuer = '\u{200b}';
         UPDATE rule_version SET content = REPLACE(content, 'Chỉ tiêu', 'Chỉ\u{a0}\u{a0}tiêu');",
        desk.grassroots.id, event.id
    );
    run(&spoil);
    run("DELETE FROM meta WHERE key = 'spelling'");
    app.store.migrate().unwrap();
    let admin = app.admin();
    let get = |path: String| admin.get(&path).expect(200);
    let read = get(format!("/api/v1/units/{unit}"));
    assert_eq!(
        (&read["name"], &read["cluster"]),
        (&json!("Đà Nẵng"), &Value::Null)
    );
    assert_eq!(texts(&units(app, "&q=da%20nang"), "name"), ["Đà Nẵng"]);
    // nothing would be left of it
    let nameless = get(format!("/api/v1/units/{}", desk.grassroots.id));
    assert_eq!(nameless["name"], "\u{2060}");
    assert_eq!(get(format!("/api/v1/people/{person}"))["name"], "Lê A");
    assert_eq!(get(format!("/api/v1/items/{item}"))["title"], "Hội nghị");
    let of_search = admin.get("/api/v1/items?q=hoi%20nghi").items();
    assert_eq!(texts(&of_search, "title"), ["Hội nghị"]);
    assert_eq!(
        get(format!("/api/v1/events/{}", event.id))["title"],
        "Hội thao"
    );
    let kinds = admin.get("/api/v1/kinds").expect(200).to_string();
    assert!(kinds.contains("\"Tin\""), "{kinds}");
    let plan = &admin.get("/api/v1/plans").items()[0];
    let plan = get(format!("/api/v1/plans/{}", plan["id"]));
    assert_eq!(
        (&plan["title"], &plan["issuer"]),
        (&json!("Chỉ tiêu"), &Value::Null)
    );
    assert_eq!(
        plan["rules"][0]["versions"][0]["content"]["title"],
        "Chỉ tiêu"
    );
    // once: what is written later is cleaned as it is written
    run(&format!(
        "UPDATE unit SET name = 'A\u{a0}B' WHERE id = {unit}"
    ));
    app.store.migrate().unwrap();
    assert_eq!(get(format!("/api/v1/units/{unit}"))["name"], "A\u{a0}B");
    app.expect_unread_mails();
}
