//! The page of help: what the standings and the terms mean, and whom to ask.

use askama::Template;

use super::call::PageCall;
use super::layout::Layout;
use crate::domain::obligation::Standing;
use crate::web::call::Reply;

#[derive(Template)]
#[template(path = "help/help.html")]
struct Help {
    page: Layout,
}

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

pub(super) async fn show(call: PageCall) -> Reply {
    call.layout().show(|page| Help { page })
}
