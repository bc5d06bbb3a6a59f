//! Help: the handbook and its search, what the standings and the terms mean, and whom to ask.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the page of help, and the page of a guide |
//! | `topics` | which section of the handbook tells about which page |

mod topics;

use actix_web::http::header::REFERER;
use actix_web::web;
use askama::Template;

use super::call::PageCall;
use super::layout::Layout;
use super::places::roles_of;
use super::routes;
use crate::domain::access::Role;
use crate::domain::obligation::Standing;
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::handbook::{self, Found, Guide, Handbook};

#[derive(Template)]
#[template(path = "help/help.html")]
struct Help {
    page: Layout,
    /// What is looked for; empty without a search.
    asked: String,
    found: Vec<Found>,
    /// The section about the page from which the reader came.
    about: Option<(String, &'static str)>,
    guides: Vec<&'static Guide>,
}

#[derive(Template)]
#[template(path = "help/guide.html")]
struct OneGuide {
    page: Layout,
    guide: &'static Guide,
    others: Vec<&'static Guide>,
}

/// The parameter of a search.
const ASKED: &str = "q";

/// The terms that pages use, by the last part of their keys.
const TERMS: [&str; 8] = [
    "work",
    "due",
    "quota",
    "period",
    "extension",
    "exemption",
    "return",
    "grace",
];

/// What a standing means.
fn meaning(standing: &Standing) -> String {
    format!("pages.help.standing.{standing}")
}

/// For whom a guide is.
fn audience(guide: &Guide) -> String {
    format!("pages.help.guide.{}", guide.key())
}

pub(super) async fn show(call: PageCall) -> Reply {
    let roles = roles(&call);
    let book = handbook::shipped();
    let query = call.query()?;
    let asked = query.get(ASKED).to_owned();
    let help = |page| Help {
        page,
        found: handbook::find(book, &asked, &roles),
        asked: asked.clone(),
        about: about_page_before(&call, book, &roles),
        guides: book.guides_for(&roles),
    };
    call.layout().show(help)
}

pub(super) async fn guide(call: PageCall, address: web::Path<String>) -> Reply {
    let book = handbook::shipped();
    let guide = book
        .guide(&address)
        .ok_or_else(|| Problem::new(Kind::NotFound))?;
    let mut others = book.guides_for(&roles(&call));
    others.retain(|other| other.key() != guide.key());
    let layout = call.layout();
    let name = layout.say("pages.help.title");
    let page = layout.below(name, routes::HELP);
    page.show(|page| OneGuide {
        page,
        guide,
        others,
    })
}

/// The roles of the reader; none for a visitor.
fn roles(call: &PageCall) -> Vec<Role> {
    call.session()
        .map(|session| roles_of(&session.actor))
        .unwrap_or_default()
}

/// The link in the foot of a page leads to help: the browser says from which page of ours. Where it
/// does not, the page of help shows no such section.
fn about_page_before(
    call: &PageCall,
    book: &'static Handbook,
    roles: &[Role],
) -> Option<(String, &'static str)> {
    let own = call.state().app.settings.server.public_url.as_str();
    let path = call.header(REFERER)?.strip_prefix(own)?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (guide, section) = topics::about(book, path, roles)?;
    Some((guide.section_address(section), section.title.as_str()))
}
