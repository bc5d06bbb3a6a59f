//! Lists on pages: paged by cursor, with a count.

use serde_json::json;
use tinbai::domain::access::Role;

use crate::both_databases;
use crate::page_items::signed_in;
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::desk::Desk;

both_databases!(items_are_paged_by_cursor_in_every_order);

/// The part of a page between two texts.
fn between<'p>(page: &'p str, before: &str, after: &str) -> Option<&'p str> {
    page.split_once(before)?.1.split_once(after).map(|(is, _)| is)
}

/// The count, the titles and the address of the next page.
fn read(page: &str) -> (String, Vec<String>, Option<String>) {
    let count = between(page, "<p class=\"count\">", "<").unwrap();
    let rows = page.split("<tr role=\"row\"><th role=\"rowheader\"").skip(1);
    let title = |row: &str| between(row, "\">", "</a>").unwrap().rsplit_once('>').unwrap().1.to_owned();
    let next = page
        .split("<a href=\"")
        .find(|link| link.contains("rel=\"next\""))
        .map(|link| link.split('"').next().unwrap().replace("&#38;", "&"));
    (count.to_owned(), rows.map(title).collect(), next)
}

/// Reads all pages from the first one on; `between` runs after the first.
fn walk(browser: &Browser, address: &str, between: impl Fn()) -> (Vec<String>, Vec<String>) {
    let (mut counts, mut titles, mut next) = (Vec::new(), Vec::new(), Some(address.to_owned()));
    while let Some(address) = next {
        let (count, shown, after) = read(&browser.get(&address).expect_page(200));
        counts.push(count);
        titles.extend(shown);
        next = after;
        if counts.len() == 1 {
            between();
        }
    }
    (counts, titles)
}

fn items_are_paged_by_cursor_in_every_order(app: &TestApp) {
    let desk = Desk::new(app);
    for n in 0..198 {
        // every fifth one waits for the leader: it has not arrived
        let actor = if n % 5 == 0 { &desk.contributor } else { &desk.leader };
        let title = format!("Tin {:03}", n * 7 % 198);
        desk.try_hand_in(actor, json!({ "title": title })).unwrap();
    }
    // two of one title
    desk.hand_in(json!({ "title": "Tin 050" }));
    desk.hand_in(json!({ "title": "Tin 050" }));
    let department = signed_in(app, &desk, Role::Department);
    for order in ["-gui", "gui", "ten", "-ten", "-den", "den"] {
        let (counts, titles) = walk(&department, &format!("/tin-bai?sap={order}"), || ());
        assert_eq!(counts, ["1–100 trong 200", "101–200 trong 200"], "{order}");
        let mut sorted = titles.clone();
        sorted.sort();
        let twice: Vec<_> = sorted.windows(2).filter(|two| two[0] == two[1]).collect();
        assert_eq!((titles.len(), twice.len()), (200, 2), "{order}: {titles:?}");
        match order {
            "ten" => assert_eq!(titles, sorted),
            "-ten" => assert!(titles.iter().eq(sorted.iter().rev())),
            _ => {}
        }
    }

    // what is handed in meanwhile comes first: nothing is shown twice, and nothing is left out
    let address = "/tin-bai?sap=-gui";
    let (_, before) = walk(&department, address, || ());
    let (counts, after) = walk(&department, address, || {
        for _ in 0..3 {
            desk.hand_in(json!({ "title": "Tin mới" }));
        }
    });
    assert_eq!(before, after);
    assert_eq!(counts, ["1–100 trong 200", "104–203 trong 203"]);

    // the file has them all in the same order
    let file = department.get("/tin-bai.csv?sap=-ten").text;
    let (_, titles) = walk(&department, "/tin-bai?sap=-ten", || ());
    let cell = |line: &str| line.split(';').next().unwrap().trim_matches('"').to_owned();
    assert_eq!(file.lines().skip(1).map(cell).collect::<Vec<_>>(), titles);
    // a cursor of nothing, and one of another order
    let (_, _, next) = read(&department.get("/tin-bai?sap=ten").text);
    let other = next.unwrap().replace("sap=ten", "sap=gui");
    for address in ["/tin-bai?trang=100", "/tin-bai?trang=%C3%A1", &other] {
        let (count, ..) = read(&department.get(address).expect_page(200));
        assert_eq!(count, "1–100 trong 203", "{address}");
    }
}
