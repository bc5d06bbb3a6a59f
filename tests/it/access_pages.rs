//! Every page with every role, on the unit of the role, the one above it, one beside it and one below
//! it, held against the table of pages in `docs/ACCESS.md`; and whatever a page shows to somebody may
//! be opened and pressed by them. A new page fails here until it has its line there.

use std::collections::BTreeSet;

use tinbai::domain::access::Role;
use tinbai::service::core::access::ROLES;
use tinbai::web::pages::served;

use crate::access::{Class, PLACES, Place, promised, rows};
use crate::access_calls::{Ask, World};
use crate::both_databases;
use crate::page_snapshots::choose;
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, account, person};
use crate::support::page::{codes, foreign};

both_databases!(every_page_answers_every_role_as_the_table_says);

/// Where the lines of pages stand.
const TABLE: &str = "Pages";

/// Whether an address, or a line of the table, is one of a served page.
fn fits(line: &str, page: &str) -> bool {
    let parts = |address: &'_ str| address.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (line, page) = (parts(line), parts(page));
    let same = |(is, wanted): (&String, &String)| is == wanted || wanted.starts_with('{');
    line.len() == page.len() && line.iter().zip(&page).all(same)
}

/// The page that answers at an address: one without variable parts first.
fn page_at<'p>(pages: &'p [String], line: &str) -> Option<&'p String> {
    let found = pages.iter().filter(|page| fits(line, page));
    found.min_by_key(|page| page.matches('{').count())
}

#[test]
fn every_page_has_its_line() {
    let pages = served::names();
    let lines: Vec<&str> = rows(TABLE).iter().map(|row| row[0]).collect();
    let of = |line: &&&str| page_at(&pages, line);
    let listed: BTreeSet<&String> = lines.iter().filter_map(|line| of(&line)).collect();
    let missing: Vec<_> = pages.iter().filter(|page| !listed.contains(page)).collect();
    assert_eq!(missing, Vec::<&String>::new(), "without a line");
    let unknown: Vec<_> = lines.iter().filter(|line| of(line).is_none()).collect();
    assert_eq!(unknown, Vec::<&&str>::new(), "of no page");
}

/// What came back, as far as the right to it goes: faults of the form itself come after it.
fn class(reply: &Reply) -> Class {
    match reply.status {
        403 => Class::Forbidden,
        404 => Class::Unseen,
        // a unit that the form names and the reader may not see is an unknown one
        400 if ["Không tìm thấy", "Không có đơn vị nào tên"]
            .iter()
            .any(|unknown| reply.text.contains(unknown)) =>
        {
            Class::Unseen
        }
        status if status < 500 && status != 401 => Class::Allowed,
        _ => panic!("{} {}", reply.status, reply.text),
    }
}

fn sent(browser: &Browser, ask: &Ask) -> Reply {
    let Some(body) = ask.body.as_ref().filter(|_| ask.verb != "GET") else {
        return match ask.verb {
            "GET" => browser.get(&ask.path),
            _ => browser.form(&ask.path, &[("phien_ban", &version(ask))]),
        };
    };
    let version = version(ask);
    let fields = body.as_object().unwrap().iter();
    let mut fields: Vec<(&str, &str)> = fields
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    fields.push(("phien_ban", &version));
    browser.form(&ask.path, &fields)
}

fn version(ask: &Ask) -> String {
    ask.version.unwrap_or_default().to_string()
}

/// A person who holds a role, signed in; and another one, who reads in English and presses nothing.
struct Reader {
    role: Role,
    mail: String,
    browser: Browser,
    english: Browser,
}

impl Reader {
    fn new(world: &World<'_>, role: Role) -> Self {
        let mail = format!("{role}@trang.example");
        account(world.app, &person(world.app, &world.own, role, &mail));
        let other = format!("{role}-en@trang.example");
        account(world.app, &person(world.app, &world.own, role, &other));
        let reader = Self {
            role,
            mail,
            browser: Browser::of(world.app),
            english: Browser::of(world.app),
        };
        reader.sign_in();
        assert_eq!(reader.english.sign_in(&other).status, 303);
        choose(&reader.english, "en");
        reader
    }

    /// Reads in this language from now on.
    fn choose(&self, lang: &str) {
        let chosen = self
            .browser
            .form("/ngon-ngu", &[("lang", lang), ("toi", "/")]);
        assert_eq!(chosen.status, 303, "{}", chosen.text);
    }

    fn sign_in(&self) {
        let reply = self.browser.sign_in(&self.mail);
        assert_eq!(reply.status, 303, "{}", reply.text);
    }
}

/// Pages that end the session of who sends their form.
const ENDS: [&str; 3] = ["/dang-xuat", "/tai-khoan/thoat-het", "/tai-khoan/mat-khau"];

/// What was found wrong, and which links and buttons were tried: of each page the first that leads to
/// a page.
#[derive(Default)]
struct Found {
    faults: Vec<String>,
    tried: BTreeSet<(&'static str, String, String)>,
}

fn every_page_answers_every_role_as_the_table_says(app: &TestApp) {
    app.expect_unread_mails();
    let mut world = World::new(app);
    let readers: Vec<Reader> = ROLES
        .iter()
        .map(|role| Reader::new(&world, *role))
        .collect();
    let mut found = Found::default();
    for row in rows(TABLE) {
        let (line, of) = (row[0], row[1]);
        for place in PLACES {
            if matches!(of, "public" | "open" | "own" | "shared") && place != Place::Own {
                continue;
            }
            for reader in &readers {
                let Some(ask) = world.ask_page(line, place) else {
                    continue;
                };
                // a button of a page before may have chosen another
                reader.choose("vi");
                let before = world.trail();
                let reply = sent(&reader.browser, &ask);
                if ENDS.contains(&ask.path.as_str()) {
                    reader.sign_in();
                }
                if of == "public" {
                    continue;
                }
                let is = match (&ask.shows, class(&reply)) {
                    (Some(shown), Class::Allowed) if !reply.text.contains(shown.as_str()) => {
                        Class::Unseen
                    }
                    (_, class) => class,
                };
                let wanted = match of {
                    "open" => Class::Allowed,
                    "own" => Class::Unseen,
                    // a list has no door: it leaves out
                    "list" if promised(&row, reader.role, place) != Class::Allowed => Class::Unseen,
                    _ => promised(&row, reader.role, place),
                };
                if is != wanted {
                    let text = reply.text.split("<main").nth(1).unwrap_or(&reply.text);
                    found.faults.push(format!(
                        "{line}, {:?} on {place:?}: {wanted:?}, but {} {text}",
                        reader.role, reply.status
                    ));
                }
                if is != Class::Allowed {
                    assert_eq!(
                        world.trail(),
                        before,
                        "{line}, {:?} on {place:?} left something behind",
                        reader.role
                    );
                } else if ask.verb == "GET" && reply.status == 200 {
                    if place == Place::Own {
                        found.read_in_english(reader, (line, &ask.path));
                    }
                    found.try_what_is_shown(reader, (line, &ask.path), &reply.text);
                }
            }
        }
        if of != "public" {
            let before = world.trail();
            let ask = PLACES.iter().find_map(|place| world.ask_page(line, *place));
            let made = world.trail() - before;
            let reply = sent(&Browser::of(app), &ask.unwrap());
            let asked = reply.headers.get("location");
            let asked = asked.is_some_and(|to| to.to_str().unwrap().starts_with("/dang-nhap"));
            if !asked && !matches!(reply.status, 401 | 403) {
                let fault = format!("{line} by nobody: {}", reply.status);
                found.faults.push(fault);
            }
            assert_eq!(world.trail() - before, made, "{line} by nobody");
        }
    }
    let faults = found.faults;
    assert!(
        faults.is_empty(),
        "{} of\n{}",
        faults.len(),
        faults.join("\n")
    );
}

impl Found {
    /// Everything on the page that people wrote says that it is Vietnamese, and no word of a program
    /// stands there.
    fn read_in_english(&mut self, reader: &Reader, (line, path): (&str, &str)) {
        let key = (
            reader.role.as_str(),
            line.to_owned(),
            "in English".to_owned(),
        );
        if !self.tried.insert(key) {
            return;
        }
        let page = reader.english.get(path);
        // what is the first reader's own is not theirs
        if page.status != 200 || !page.text.contains("<html lang=\"en\">") {
            return;
        }
        // the English names of calendars name places
        let places = ["Bến Tre", "Thanh Hóa"].map(|place| format!("Office hours of {place}"));
        let named = places
            .iter()
            .fold(page.text.clone(), |text, name| text.replace(name, ""));
        let found = foreign(&named).into_iter().chain(codes(&page.text));
        for text in found {
            self.faults
                .push(format!("{line} in English, {:?}: {text}", reader.role));
        }
    }

    /// Opens the links of a page, then presses its buttons: nobody is shown what is refused to them.
    fn try_what_is_shown(&mut self, reader: &Reader, (line, path): (&str, &str), text: &str) {
        for code in codes(text) {
            self.faults
                .push(format!("{line}, {:?}: {code}", reader.role));
        }
        let pages = served::names();
        let links = links(text)
            .into_iter()
            .map(|address| ("GET", address, Vec::new()));
        let forms = forms(text, path).into_iter();
        let forms = forms.map(|(address, fields)| ("POST", address, fields));
        for (verb, address, fields) in links.chain(forms) {
            let bare = address.split(['?', '#']).next().unwrap();
            if bare.starts_with("/api/") || ENDS.contains(&bare) {
                continue;
            }
            let page = page_at(&pages, &format!("{verb} {bare}"));
            let Some(page) = page else {
                self.faults
                    .push(format!("{line} leads nowhere: {verb} {address}"));
                continue;
            };
            if !self
                .tried
                .insert((reader.role.as_str(), line.to_owned(), page.clone()))
            {
                continue;
            }
            let reply = match verb {
                "GET" => reader.browser.get(&address),
                _ => {
                    let fields: Vec<_> = fields
                        .iter()
                        .map(|(n, v)| (n.as_str(), v.as_str()))
                        .collect();
                    reader.browser.form(&address, &fields)
                }
            };
            if !matches!(class(&reply), Class::Allowed) {
                self.faults.push(format!(
                    "{line} shows {:?} {verb} {address}, which answers {}",
                    reader.role, reply.status
                ));
            }
        }
    }
}

fn decoded(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&amp;", "&")
        .replace("&#39;", "'")
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?;
    Some(decoded(value.split('"').next().unwrap()))
}

/// Where the links of a page lead, within the app.
fn links(text: &str) -> Vec<String> {
    let tags = text
        .split("<a")
        .skip(1)
        .map(|tag| tag.split('>').next().unwrap());
    let addresses = tags.filter_map(|tag| attribute(tag, "href"));
    addresses
        .filter(|address| address.starts_with('/'))
        .collect()
}

/// The forms that act, each with its address and its fields as they stand.
fn forms(text: &str, path: &str) -> Vec<(String, Vec<(String, String)>)> {
    let forms = text
        .split("<form")
        .skip(1)
        .map(|form| form.split("</form>").next().unwrap());
    let acting = forms.filter(|form| form.split('>').next().unwrap().contains("method=\"post\""));
    acting
        .map(|form| {
            let address = attribute(form.split('>').next().unwrap(), "action");
            let inputs = form
                .split("<input")
                .skip(1)
                .chain(form.split("<button").skip(1).take(1));
            let fields = inputs.filter_map(|tag| {
                let tag = tag.split('>').next().unwrap();
                Some((
                    attribute(tag, "name")?,
                    attribute(tag, "value").unwrap_or_default(),
                ))
            });
            (address.unwrap_or_else(|| path.to_owned()), fields.collect())
        })
        .collect()
}

#[test]
fn links_and_forms_are_found() {
    let page = "<a class=\"b\" href=\"/a?x=1&#38;y\">A</a><a href=\"#c\">C</a>\
        <form method=\"post\"><input type=\"hidden\" name=\"khoa\" value=\"k\"><button name=\"buoc\" value=\"dang\">\
        </form><form action=\"/b\" method=\"get\"></form>";
    assert_eq!(links(page), ["/a?x=1&y"]);
    let fields = [("khoa", "k"), ("buoc", "dang")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(forms(page, "/p"), [("/p".to_owned(), fields.to_vec())]);
    let pages = ["GET /viec/{id}", "GET /viec/nhac"].map(str::to_owned);
    assert_eq!(page_at(&pages, "GET /viec/nhac"), Some(&pages[1]));
    assert_eq!(page_at(&pages, "GET /viec/7"), Some(&pages[0]));
    assert_eq!(page_at(&pages, "POST /viec/7"), None);
}
