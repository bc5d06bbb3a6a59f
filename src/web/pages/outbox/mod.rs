//! The outbox: which mails wait, were sent, or were given up and what to do about it.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the list |
//! | `file` | the list as a file |
//! | `one` | one mail as it looked, and trying it again |

mod file;
pub(super) mod one;

use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::day_range::DayRange;
use super::form::Field;
use super::layout::Layout;
use super::list::{Active, Choice, Files, Query, ROWS};
use super::routes;
use crate::domain::dead_mail::DeadCause;
use crate::domain::ids::MailId;
use crate::domain::mail::MailState;
use crate::service::notices::mails::{self, MailFilter, MailList, Queued};
use crate::web::call::Reply;
use crate::web::error::Problem;

/// The sorts of mails, by their words in the outbox.
const KINDS: [&str; 7] = [
    "digest",
    "summary",
    "approval",
    "score",
    "account",
    "set_aside",
    "test",
];

/// A tab of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum Tab {
    #[serde(rename = "cho")]
    Waiting,
    #[serde(rename = "da-gui")]
    Sent,
    #[default]
    #[serde(rename = "bi-bo")]
    Dead,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Dead, Self::Waiting, Self::Sent];

    const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "cho",
            Self::Sent => "da-gui",
            Self::Dead => "bi-bo",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Waiting => "pages.mails.tab.waiting",
            Self::Sent => "pages.mails.tab.sent",
            Self::Dead => "pages.mails.tab.dead",
        }
    }

    const fn empty(self) -> &'static str {
        match self {
            Self::Waiting => "pages.mails.none.waiting",
            Self::Sent => "pages.mails.none.sent",
            Self::Dead => "pages.mails.none.dead",
        }
    }
}

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Filter {
    tt: Tab,
    q: String,
    loai: String,
}

#[derive(Template)]
#[template(path = "outbox/list.html")]
struct List {
    page: Layout,
    filter: Filter,
    days: DayRange,
    found: MailList,
    kinds: Vec<Choice>,
    active: Vec<Active>,
    query: Query,
    files: Files,
    next: Option<String>,
}

impl Filter {
    fn of_list(&self, days: &DayRange) -> Result<MailFilter, Problem> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (from, before) = days.instants()?;
        Ok(MailFilter {
            state: match self.tt {
                Tab::Waiting => None,
                Tab::Sent => Some(MailState::Sent),
                Tab::Dead => Some(MailState::Dead),
            },
            waiting: self.tt == Tab::Waiting,
            kind: some(&self.loai),
            search: some(&self.q),
            from,
            before,
            below: None,
        })
    }

    fn active(&self, page: &Layout, query: &Query) -> Vec<Active> {
        let mut all = Vec::new();
        let mut add = |name: &str, text: &str, words: String| {
            if !text.is_empty() {
                all.push(query.active(name, "", words));
            }
        };
        add("q", &self.q, format!("\u{201c}{}\u{201d}", self.q));
        if KINDS.contains(&self.loai.as_str()) {
            add("loai", &self.loai, kind_name(page, &self.loai));
        }
        all
    }
}

/// What a sort of mails is called.
fn kind_name(page: &Layout, kind: &str) -> String {
    match KINDS.contains(&kind) {
        true => page.say(format!("pages.mails.kind.{kind}")),
        false => kind.to_owned(),
    }
}

/// The fields of the filter that can be mistyped.
const FIELDS: &[Field] = &[
    Field::new("tu", "pages.mails.from", &["tu"]),
    Field::new("den", "pages.mails.to", &["den"]),
];

pub(super) async fn list(call: PageCall) -> Reply {
    let query = call.query()?;
    let (filter, days): (Filter, _) = (query.read()?, DayRange::of(&query));
    let (page, asked) = call.filtered(filter.of_list(&days), FIELDS)?;
    let before: Option<MailId> = query.get("trang").parse().ok();
    let limit = ROWS as i64;
    let read = call.read(move |tx| mails::page(tx, &asked, before, limit + 1));
    let mut found = read.await?;
    let has_more = found.mails.len() > ROWS;
    found.mails.truncate(ROWS);
    let last = found.mails.last().filter(|_| has_more);
    let next = last.map(|mail| query.page(&mail.id.to_string()));
    page.wide().show(|page| List {
        kinds: std::iter::once(Choice::new("", page.say("pages.mails.all_kinds")))
            .chain(KINDS.map(|kind| Choice::new(kind, kind_name(&page, kind))))
            .collect(),
        active: [filter.active(&page, &query), days.active(&page, &query)].concat(),
        files: query.files(routes::OUTBOX_XLSX, routes::OUTBOX_CSV),
        page,
        filter,
        days,
        found,
        query,
        next,
    })
}

fn count_of(found: &MailList, tab: &Tab) -> i64 {
    match tab {
        Tab::Waiting => found.waiting,
        Tab::Sent => found.sent,
        Tab::Dead => found.dead,
    }
}

/// How far a mail has come, in words.
fn state(page: &Layout, mail: &Queued) -> String {
    match (mail.state, mail.next_at, mail.finished_at) {
        (MailState::Sent, _, Some(at)) => {
            page.say_with("pages.mails.sent_at", "at", page.time(&at))
        }
        (MailState::Dead, _, Some(at)) => {
            page.say_with("pages.mails.dead_at", "at", page.time(&at))
        }
        (MailState::Leased, ..) => page.say("pages.mails.leaving"),
        (MailState::Retry | MailState::Unknown, Some(at), _) => {
            page.say_with("pages.mails.again_at", "at", page.time(&at))
        }
        _ => page.say("pages.mails.first_try"),
    }
}

/// Why a mail was given up, where it was.
fn cause(mail: &Queued) -> Option<DeadCause> {
    let is_dead = mail.state == MailState::Dead;
    is_dead.then(|| DeadCause::of(mail.last_error.as_deref().unwrap_or_default()))
}
