//! The page before a step that can't be taken back or by which people get mails: how many, their
//! names, and which are skipped and why. It stands at `…/xac-nhan`.

use askama::Template;

use super::layout::Layout;
use crate::web::call::Reply;

/// What is to be confirmed.
pub struct Confirm {
    /// The title: a question or what will be done.
    pub title: String,
    /// What follows from it; may be empty.
    pub text: String,
    /// What it is done to.
    pub rows: Vec<Row>,
    /// What it can't be done to.
    pub skipped: Vec<Skipped>,
    /// Where the button sends the form.
    pub action: String,
    /// What else the form sends: hidden fields, `(name, value)`.
    pub fields: Vec<(&'static str, String)>,
    /// What the button says it does, to how many.
    pub button: String,
    /// Where to go without doing it.
    pub back: String,
}

/// One thing that the step is done to; the form sends its id as `muc`.
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// One thing that the step leaves out.
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

#[derive(Template)]
#[template(path = "confirm/confirm.html")]
struct Page {
    page: Layout,
    confirm: Confirm,
}

/// Shows it. With nothing to do there is no button.
///
/// # Errors
/// Only if a template fails to write into a string.
pub fn show(page: Layout, confirm: Confirm) -> Reply {
    page.show(|page| Page { page, confirm })
}
