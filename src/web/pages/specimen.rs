//! Every part of `parts/macros.html` on one page, in tests only.

use actix_web::body::to_bytes;
use actix_web::test::TestRequest;
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

use super::form::Field;
use super::layout::{Layout, Side, Theirs};
use super::list::{Active, Choice, Column, Pager, Query};
use crate::domain::error::Invalid;
use crate::domain::preference::Lang;
use crate::web::context::RequestContext;
use crate::web::error::Problem;

#[derive(Template)]
#[template(path = "specimen.html")]
struct Specimen {
    page: Layout,
    choices: Vec<Choice>,
    chosen: String,
    columns: Vec<Column>,
    active: Vec<Active>,
    pager: Pager,
    unit: String,
    due: DateTime<Utc>,
    day: NaiveDate,
}

const FIELDS: &[Field] = &[
    Field::new("ten", "pages.field.code", &["title"]),
    Field::new("gio", "pages.field.password", &["starts_at"]),
];

/// The page in a language, after `change`, from its `main` on.
fn specimen(lang: Lang, change: impl Fn(Layout) -> Layout) -> String {
    let context = RequestContext {
        now: "2026-11-20T15:20:00+07:00".parse().unwrap(),
        lang,
        ..RequestContext::unread(DateTime::UNIX_EPOCH)
    };
    let req = TestRequest::with_uri("/viec?loai=b&sap=-han&trang=x").to_http_request();
    let query = Query::of(&req).unwrap();
    let names = [("ten", "pages.field.code"), ("han", "pages.field.mail")];
    let page = Layout::new(&context, None).wide().below("A", "/a").edits(3);
    let reply = change(page).show(|page| Specimen {
        page,
        choices: vec![Choice::new("a", "A"), Choice::new("b", "B")],
        chosen: "b".to_owned(),
        columns: query.columns(&names),
        active: vec![query.active("loai", "b", "B")],
        pager: query.pager((100, 100, 4_123), Some("y")),
        unit: "Ba Tri".to_owned(),
        due: "2026-11-20T16:00:00+07:00".parse().unwrap(),
        day: "2026-11-20".parse().unwrap(),
    });
    let reply = reply.unwrap();
    let status = reply.status().as_u16();
    let body = actix_web::rt::System::new().block_on(to_bytes(reply.into_body()));
    let html = String::from_utf8(body.unwrap().to_vec()).unwrap();
    let icons = super::assets::address("icons.svg");
    let main = html
        .split_once("<main")
        .unwrap()
        .1
        .split_once("</main>")
        .unwrap()
        .0;
    let title = html
        .split_once("<title>")
        .unwrap()
        .1
        .split_once("</title>")
        .unwrap()
        .0;
    format!("{status} {title}\n<main{}", main.replace(&icons, "ICONS"))
}

#[test]
fn every_part_is_written_in_both_languages() {
    for lang in [Lang::Vi, Lang::En] {
        insta::assert_snapshot!(format!("specimen_{lang}"), specimen(lang, |page| page));
    }
}

#[test]
fn a_form_that_comes_again_names_its_faults_by_the_labels() {
    let faults = vec![
        Invalid::new("title", "required"),
        Invalid::new("starts_at", "json_variant")
            .with("value", "title")
            .with("names", "a"),
        Invalid::new("unit_id", "form_choice"),
    ];
    let refused = specimen(Lang::Vi, |page| {
        page.with_faults(&Problem::from(faults.clone()), FIELDS)
    });
    assert!(!refused.contains("starts_at") && !refused.contains("unit_id"));
    insta::assert_snapshot!("specimen_refused", refused);
}

#[test]
fn a_conflict_shows_theirs_beside_mine() {
    let side = |theirs: &str, mine: &str| Side {
        label: "pages.field.code",
        theirs: theirs.to_owned(),
        mine: mine.to_owned(),
    };
    let stale = specimen(Lang::Vi, |page| {
        let theirs = Theirs {
            by: "B".to_owned(),
            at: "2026-11-20T15:10:00+07:00".parse().unwrap(),
            sides: vec![side("A", "B"), side("C", "C")],
        };
        page.with_stale().beside(theirs, 4)
    });
    insta::assert_snapshot!("specimen_conflict", stale);
}
