//! Lists on pages: paged by cursor, with a count.

use serde_json::json;
use tinbai::domain::access::Role;

use crate::both_databases;
use crate::page_items::signed_in;
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::desk::Desk;

both_databases!(
    items_are_paged_by_cursor_in_every_order,
    a_list_that_is_cut_says_so_and_leads_to_the_whole,
);

/// The part of a page between two texts.
fn between<'p>(page: &'p str, before: &str, after: &str) -> Option<&'p str> {
    page.split_once(before)?
        .1
        .split_once(after)
        .map(|(is, _)| is)
}

/// The count, the titles and the address of the next page.
fn read(page: &str) -> (String, Vec<String>, Option<String>) {
    let count = between(page, "<p class=\"count\">", "<").unwrap();
    let rows = page
        .split("<tr role=\"row\"><th role=\"rowheader\"")
        .skip(1);
    let title = |row: &str| {
        let (shown, _) = row.split_once("</a>").unwrap();
        shown.rsplit_once('>').unwrap().1.to_owned()
    };
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
        let actor = if n % 5 == 0 {
            &desk.contributor
        } else {
            &desk.leader
        };
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

/// The words of a list that is cut, and where its whole is.
fn cuts(page: &str) -> Vec<(String, String)> {
    let cut = |part: &str| {
        let (words, rest) = part.split_once(" · <a href=\"")?;
        let (address, rest) = rest.split_once('"')?;
        let is_cut = rest.starts_with(">Xem cả danh sách</a>");
        is_cut.then(|| (words.to_owned(), address.replace("&#38;", "&")))
    };
    page.split("<p class=\"quiet\">").filter_map(cut).collect()
}

fn a_list_that_is_cut_says_so_and_leads_to_the_whole(app: &TestApp) {
    let desk = Desk::new(app);
    for n in 0..105 {
        let ends = format!("2026-11-{:02}T09:00:00+07:00", 17 + n % 2);
        desk.event(
            json!({ "title": format!("Hội nghị {n:03}"), "starts_at": ends, "ends_at": ends }),
        );
        desk.hand_in(json!({ "title": format!("Tin {n:03}") }));
    }
    let busy = desk.event(json!({ "title": "Đại hội", "starts_at": "2026-11-19T09:00:00+07:00" }));
    for n in 0..52 {
        desk.hand_in(json!({ "title": format!("Bài {n:02}"), "event_id": busy.id }));
    }
    let department = signed_in(app, &desk, Role::Department);
    let whole = |page: &str| {
        let found = cuts(page);
        let read = |(words, address): (String, String)| {
            let (count, titles, _) = read(&department.get(&address).expect_page(200));
            (words, count, titles.len())
        };
        found.into_iter().map(read).collect::<Vec<_>>()
    };
    let page = department.get("/hom-nay").expect_page(200);
    let overdue = cuts(&page)
        .into_iter()
        .find(|(_, to)| to == "/viec/danh-sach?xem=overdue");
    assert_eq!(overdue.unwrap().0, "20 đầu tiên trong 105");
    let list = department
        .get("/viec/danh-sach?xem=overdue")
        .expect_page(200);
    let (count, rows, next) = read(&list);
    assert_eq!((count.as_str(), rows.len()), ("1–100 trong 105", 100));
    let (count, rows, next) = read(&department.get(&next.unwrap()).expect_page(200));
    assert_eq!(
        (count.as_str(), rows.len(), next),
        ("101–105 trong 105", 5, None)
    );
    let unit = format!("/don-vi/{}", desk.superior.id);
    let items = department
        .get(&format!("{unit}?the=tin-bai"))
        .expect_page(200);
    let all = [(
        "100 đầu tiên trong 157".to_owned(),
        "1–100 trong 157".to_owned(),
        100,
    )];
    assert_eq!(whole(&items), all);
    let event = department
        .get(&format!("/su-kien/{}", busy.id))
        .expect_page(200);
    let all = [(
        "50 đầu tiên trong 52".to_owned(),
        "1–52 trong 52".to_owned(),
        52,
    )];
    assert_eq!(whole(&event), all);
    // the list of all events goes on page by page
    let (_, rows, next) = read_events(&department.get("/su-kien?tat-ca=1").expect_page(200));
    assert_eq!(rows, 100);
    let (_, rows, next) = read_events(&department.get(&next.unwrap()).expect_page(200));
    assert_eq!((rows, next), (6, None));
    for address in [
        "/viec/danh-sach?xem=gi",
        "/viec/danh-sach?don-vi=x",
        "/viec/danh-sach?nam=1",
    ] {
        assert_eq!(department.get(address).status, 400, "{address}");
    }
    let leader = signed_in(app, &desk, Role::Leader);
    let other = format!("/viec/danh-sach?don-vi={}", desk.office.id);
    assert_eq!(leader.get(&other).status, 400);
    let own = leader.get(&format!(
        "/viec/danh-sach?don-vi={}&nam=2026",
        desk.superior.id
    ));
    assert!(
        own.expect_page(200).contains("1–100 trong 106"),
        "{}",
        own.text
    );
}

/// The words of the pages, the rows and the address of the next page.
fn read_events(page: &str) -> (String, usize, Option<String>) {
    let rows = page
        .matches("<tr role=\"row\"><th role=\"rowheader\"")
        .count();
    let nav = between(page, "<nav class=\"pager\"", "</nav>").unwrap_or_default();
    let next = nav
        .split("<a href=\"")
        .find(|link| link.contains("rel=\"next\""))
        .map(|link| link.split('"').next().unwrap().replace("&#38;", "&"));
    (nav.to_owned(), rows, next)
}
