//! The outbox as a file for spreadsheets.

use super::{Filter, KINDS, cause};
use crate::domain::ids::MailId;
use crate::domain::mail::MailState;
use crate::domain::words::say;
use crate::service::notices::mails::{self, MailFilter, Queued};
use crate::service::reports::Cell;
use crate::service::{Error, Tx};
use crate::web::error::Problem;
use crate::web::pages::day_range::DayRange;
use crate::web::pages::list::{Query, last_of_full};
use crate::web::pages::list_file::{ListFile, ROWS, Rows};

impl ListFile for MailFilter {
    const NAME: &'static str = "thu-di";
    const TITLE: &'static str = "pages.mails.title";
    const COLUMNS: &'static [&'static str] = &[
        "pages.mails.subject",
        "pages.mails.recipient",
        "pages.file.address",
        "pages.mails.kind_label",
        "pages.mails.queued_at",
        "pages.people.state",
        "pages.file.finished",
    ];
    type Behind = MailId;

    fn asked(query: &Query) -> Result<Self, Problem> {
        query.read::<Filter>()?.of_list(&DayRange::of(query))
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        behind: Option<Self::Behind>,
        locale: &'static str,
    ) -> Result<Rows<Self::Behind>, Error> {
        let found = mails::list(tx, self, behind, ROWS)?;
        let next = last_of_full(&found, ROWS).map(|mail| mail.id);
        Ok((
            found.into_iter().map(|mail| cells(mail, locale)).collect(),
            next,
        ))
    }
}

fn cells(mail: Queued, locale: &str) -> Vec<Cell> {
    let state = state(&mail, locale);
    let kind = match KINDS.contains(&mail.kind.as_str()) {
        true => say(locale, &format!("pages.mails.kind.{}", mail.kind), &[]),
        false => mail.kind,
    };
    vec![
        mail.subject.into(),
        mail.to_name.into(),
        mail.to_mail.into(),
        kind.into(),
        Cell::Time(*mail.queued_at),
        state.into(),
        Cell::of(mail.finished_at.map(|at| *at)),
    ]
}

/// Whether it waits, was sent, or was given up and why.
fn state(mail: &Queued, locale: &str) -> String {
    let key = match (cause(mail), mail.state) {
        (Some(cause), _) => format!("pages.mails.cause.{cause}.what"),
        (None, MailState::Sent) => "pages.mails.tab.sent".to_owned(),
        (None, _) => "pages.mails.tab.waiting".to_owned(),
    };
    say(locale, &key, &[])
}
