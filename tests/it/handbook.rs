//! The handbook in `docs/vi/`: it names the labels that pages have, its tasks are short, and people
//! find and read it at `/tro-giup`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, ORIGIN, account, person};
use crate::support::page::foreign;
use crate::support::tree::found;
use crate::words::sentences;

both_databases!(
    the_help_page_shows_the_own_guide_first,
    guides_are_pages,
    sections_are_found_without_diacritics,
    help_knows_the_page_before,
);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/vi")
}

/// The guides: file and text.
fn guides() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|own| own == "md") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// What stands between two marks, each time.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    let parts = text.split(open).skip(1);
    parts.filter_map(|part| part.split(close).next()).collect()
}

/// What stands between pairs of the same mark.
fn marked<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    text.split(mark).skip(1).step_by(2).collect()
}

/// Whether a label of a page, whose placeholders stand for anything, may read like this.
fn reads(label: &str, shown: &str) -> bool {
    let mut fixed = vec![];
    let mut rest = label;
    while let Some((before, tail)) = rest.split_once("%{") {
        fixed.push(before);
        rest = tail.split_once('}').unwrap().1;
    }
    if fixed.is_empty() {
        return label == shown;
    }
    let says_something = |part: &&str| part.chars().any(char::is_alphabetic);
    if !fixed.iter().chain([&rest]).any(says_something) {
        return false;
    }
    let Some(mut left) = shown.strip_suffix(rest) else {
        return false;
    };
    for (at, part) in fixed.iter().enumerate() {
        let found = match at {
            0 => left.starts_with(part).then_some(0),
            // a placeholder stands for at least one character
            _ => left
                .char_indices()
                .nth(1)
                .and_then(|(second, _)| Some(second + left[second..].find(part)?)),
        };
        let Some(start) = found else {
            return false;
        };
        left = &left[start + part.len()..];
    }
    !left.is_empty()
}

#[test]
fn a_label_may_hold_values() {
    for (label, shown, fits) in [
        ("Gửi", "Gửi", true),
        ("Gửi", "Gửi lại", false),
        ("Nhắc cả %{n} đơn vị", "Nhắc cả 7 đơn vị", true),
        ("Nhắc cả %{n} đơn vị", "Nhắc cả đơn vị", false),
        ("Còn lại (%{n})", "Còn lại (3)", true),
        ("%{a}: %{b}", "Chờ: 3", false),
        ("Gửi lại cho %{to}", "Gửi lại cho ", false),
    ] {
        assert_eq!(reads(label, shown), fits, "{label} {shown}");
    }
}

#[test]
fn every_label_in_the_handbook_stands_on_a_page() {
    let all = sentences();
    let labels: BTreeSet<String> = all
        .values()
        .map(|both| both["vi"].trim_matches('"').replace("\\\"", "\""))
        .collect();
    // formats of files are called the same in both languages
    let formats = ["Excel", "CSV", "Word"];
    let (mut count, mut faults) = (0, Vec::new());
    for (file, text) in guides() {
        assert_eq!(text.matches("**").count() % 2, 0, "{file}");
        for label in marked(&text, "**") {
            count += 1;
            let known = formats.contains(&label) || labels.iter().any(|own| reads(own, label));
            if !known {
                faults.push(format!("{file}: {label}"));
            }
        }
    }
    assert!(count > 150, "{count}");
    assert!(
        faults.is_empty(),
        "bold is for labels of pages; these are on none:\n{}",
        faults.join("\n")
    );
}

#[test]
fn tasks_are_short() {
    let mut tasks = 0;
    for (file, text) in guides() {
        for section in text.split("\n## ").skip(1) {
            let steps = section
                .lines()
                .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
                .count();
            assert!(steps <= 7, "{file}: {}", section.lines().next().unwrap());
            tasks += usize::from(steps > 0);
        }
        assert!(text.starts_with("# "), "{file}");
    }
    assert!(tasks > 30, "{tasks}");
}

/// Words of computers for which offices have a word of their own. The guide for the server's
/// administrator is about a computer.
#[test]
fn guides_speak_the_language_of_offices() {
    let words = [
        "click",
        "button",
        "menu",
        "dashboard",
        "email",
        "e-mail",
        "login",
        "log in",
        "server",
        "user",
        "online",
        "tab ",
        "link ",
        "file ",
        "website",
        "database",
        "upload",
        "download",
    ];
    for (file, text) in guides().iter().filter(|(file, _)| file != "install.md") {
        let lower = text.to_lowercase();
        for word in words {
            assert!(!lower.contains(word), "{file}: {word}");
        }
    }
}

#[test]
fn pictures_and_links_of_the_handbook_are_there() {
    let mut used = BTreeSet::new();
    for (file, text) in guides() {
        for target in between(&text, "](", ")") {
            let path = folder().join(target);
            assert!(path.is_file(), "{file}: {target}");
            if let Some(name) = target.strip_prefix("hinh/") {
                let size = fs::metadata(&path).unwrap().len();
                assert!(size < 60_000, "{target}: {size}");
                used.insert(name.to_owned());
            }
        }
        assert!(!text.contains("<"), "{file}: HTML");
    }
    let entries = fs::read_dir(folder().join("hinh")).unwrap();
    let there: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, used, "pictures that no guide shows");
}

const MAIL: &str = "bt@tinh.example";

fn signed_in(app: &TestApp, role: Role) -> Browser {
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, role, MAIL));
    let browser = Browser::of(app);
    assert_eq!(browser.sign_in(MAIL).status, 303);
    browser
}

/// The addresses of guides in the order of the page of help.
fn guides_on(page: &str) -> Vec<&str> {
    between(page, "<dd><a href=\"/tro-giup/", "\"")
}

fn the_help_page_shows_the_own_guide_first(app: &TestApp) {
    let visitor = Browser::of(app).get("/tro-giup").expect_page(200);
    let all = [
        "lanh-dao",
        "nguoi-viet",
        "ban-tuyen-giao",
        "bien-tap",
        "quan-tri",
        "cai-dat",
    ];
    assert_eq!(guides_on(&visitor), all);
    let editor = signed_in(app, Role::Editor);
    let page = editor.get("/tro-giup").expect_page(200);
    assert_eq!(guides_on(&page)[0], "bien-tap");
    assert_eq!(guides_on(&page).len(), all.len());
}

fn guides_are_pages(app: &TestApp) {
    let visitor = Browser::of(app);
    for lang in ["vi", "en"] {
        choose(&visitor, lang);
        let guide = visitor.get("/tro-giup/nguoi-viet");
        assert_page("guide", lang, &guide.text, &[]);
        let searched = visitor.get("/tro-giup?q=ban+nhap");
        assert_page("help_found", lang, &searched.text, &[]);
    }
    for guide in guides_on(&visitor.get("/tro-giup").text) {
        let page = visitor.get(&format!("/tro-giup/{guide}")).expect_page(200);
        assert_eq!(foreign(&page), Vec::<String>::new(), "{guide}");
        // pictures are there, and browsers may keep them
        for picture in between(&page, "<img src=\"", "\"") {
            let reply = visitor.get(picture);
            assert_eq!(reply.status, 200, "{picture}");
            assert_eq!(reply.header("content-type"), "image/webp");
            assert!(reply.header("cache-control").contains("immutable"));
        }
        // so are the sections that the contents name, and the guides that others name
        for section in between(&page, "<li><a href=\"#", "\"") {
            assert!(
                page.contains(&format!("<h2 id=\"{section}\">")),
                "{section}"
            );
        }
        for other in between(&page, "href=\"/tro-giup/", "\"") {
            assert_eq!(visitor.get(&format!("/tro-giup/{other}")).status, 200);
        }
        assert!(!page.contains(".md\""), "{guide}: a link to a file");
    }
    visitor.get("/tro-giup/khong-co").expect_page(404);
}

fn sections_are_found_without_diacritics(app: &TestApp) {
    let visitor = Browser::of(app);
    for asked in ["gia+han", "Gia+H%E1%BA%A1n", "GIA+HAN"] {
        let page = visitor
            .get(&format!("/tro-giup?q=xin+{asked}"))
            .expect_page(200);
        let first = between(&page, "<h3 lang=\"vi\"><a href=\"", "\"")[0];
        assert_eq!(first, "/tro-giup/lanh-dao#xin-gia-han");
        assert!(
            page.contains("<mark>Xin</mark> <mark>gia</mark> <mark>hạn</mark>"),
            "{page}"
        );
    }
    let nothing = visitor.get("/tro-giup?q=vu+tru").expect_page(200);
    assert!(nothing.contains("Tìm thấy 0 mục"), "{nothing}");
    // what is typed comes back as text
    let typed = visitor
        .get("/tro-giup?q=%3Cscript%3E%22gia")
        .expect_page(200);
    assert!(!typed.contains("<script>\"gia"), "{typed}");
    assert!(typed.contains("&#60;script&#62;"), "{typed}");
    let long = format!("/tro-giup?q={}", "gia+".repeat(1_000));
    assert_eq!(visitor.get(&long).status, 200);
}

fn help_knows_the_page_before(app: &TestApp) {
    let department = signed_in(app, Role::Department);
    let about = |path: &str| {
        let from = department.stolen().with("Referer", path);
        let page = from.get("/tro-giup").expect_page(200);
        let after = page.split_once("Về trang anh/chị vừa xem:");
        after.map(|(_, rest)| between(rest, "href=\"", "\"")[0].to_owned())
    };
    assert_eq!(
        about(&format!("{ORIGIN}/hom-nay?x=1")).as_deref(),
        Some("/tro-giup/ban-tuyen-giao#theo-doi-buoi-chieu-14-00-den-16-00")
    );
    assert_eq!(
        about(&format!("{ORIGIN}/ke-hoach/7")).as_deref(),
        Some("/tro-giup/ban-tuyen-giao#lap-ke-hoach-dau-nam")
    );
    assert_eq!(about("https://khac.example/hom-nay"), None);
    assert_eq!(about(&format!("{ORIGIN}/tro-giup")), None);
}
