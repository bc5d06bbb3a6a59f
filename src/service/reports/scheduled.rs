//! Reports that leave by mail at the hour and on the day that the department chose: the monthly table
//! and the half-yearly roll-up, each attached to a mail to the department. They leave on a working
//! day, and not at all where there is nothing to tell, unless the policy wants that.

use chrono::{DateTime, TimeDelta, Utc};

use super::documents::{DocumentQuery, document};
use super::figures::Figures;
use super::monthly::{MonthQuery, monthly};
use crate::domain::access::Actor;
use crate::domain::calendar::Calendar;
use crate::domain::document::DocumentKind;
use crate::domain::file::{File, FileFormat};
use crate::domain::ids::UnitId;
use crate::domain::mail::Attachment;
use crate::domain::period::{Period, PeriodKind};
use crate::domain::policy::SummaryWhenEmpty;
use crate::domain::preference::Lang;
use crate::domain::text::local_date;
use crate::domain::unit::Category;
use crate::domain::words::say;
use crate::mail::render::{Anchor, Block, Letter};
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::Directory;
use crate::service::{App, Error, Tx};
use crate::store::units::UnitRow;

/// How far ahead a working day is looked for.
const DAYS: i64 = 30;

/// What a run of a job did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Mails queued.
    pub mails: usize,
    /// Whether there was nothing to tell.
    pub is_empty: bool,
}

/// Queues the table of the month before the run that is due at `due_at`. A second run of the same
/// month queues nothing.
///
/// # Errors
/// [`Error::NotFound`] if the federation does not exist.
pub fn send_monthly(
    app: &App,
    federation: UnitId,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Sent, Error> {
    let month = before(PeriodKind::Month, due_at);
    app.write(&Actor::system(), now, |tx| {
        let of = Attached {
            kind: "monthly_table",
            period: month,
            due_at,
        };
        let query = MonthQuery {
            unit_id: federation,
            month,
        };
        of.send(tx, federation, |tx| {
            monthly(tx, query, FileFormat::Xlsx, "vi")
        })
    })
}

/// Queues the roll-up of the half-year before the run that is due at `due_at`, as [`send_monthly`].
///
/// # Errors
/// [`Error::NotFound`] if the federation does not exist.
pub fn send_half_year(
    app: &App,
    federation: UnitId,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Sent, Error> {
    let period = before(PeriodKind::HalfYear, due_at);
    app.write(&Actor::system(), now, |tx| {
        let of = Attached {
            kind: "half_year_report",
            period,
            due_at,
        };
        let query = DocumentQuery {
            kind: DocumentKind::RollUp,
            unit_id: federation,
            period,
            category: Category::Superior,
        };
        of.send(tx, federation, |tx| document(tx, query))
    })
}

/// The period before the one in which an instant lies.
fn before(kind: PeriodKind, at: DateTime<Utc>) -> Period {
    Period::containing(kind, local_date(at)).before()
}

/// When a mail leaves that is due at an instant: at that hour of the next working day, if the day is
/// none; and now, if that has passed.
pub(super) fn leaves_at(
    calendar: &Calendar,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let days = (0..DAYS).map(|days| due_at + TimeDelta::days(days));
    let working = |at: &DateTime<Utc>| calendar.is_working_date(calendar.date_of(*at));
    let due = days.into_iter().find(working).unwrap_or(due_at);
    if due >= now {
        return due;
    }
    match working(&now) {
        true => now,
        false => calendar.next_opening(now).unwrap_or(now),
    }
}

/// A report that is attached to a mail.
struct Attached {
    /// What sort of mail it is; the key of its words below `report_mail`.
    kind: &'static str,
    period: Period,
    due_at: DateTime<Utc>,
}

impl Attached {
    fn send(
        &self,
        tx: &mut Tx<'_>,
        federation_id: UnitId,
        file: impl FnOnce(&mut Tx<'_>) -> Result<File, Error>,
    ) -> Result<Sent, Error> {
        let federation = tx.lookups.unit(tx.conn, federation_id)?;
        let today = local_date(self.due_at);
        if federation.ended_on.is_some_and(|last| last < today) {
            return Ok(Sent::default());
        }
        let policy = tx.lookups.policy(tx.conn, federation_id, today)?;
        let figures = Figures::read(tx, federation_id, self.period, "vi")?;
        let skips = policy.summary_when_empty == SummaryWhenEmpty::Skip;
        if skips && figures.rows.is_empty() {
            return Ok(Sent {
                is_empty: true,
                ..Sent::default()
            });
        }
        let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
        let leaves_at = leaves_at(&calendar, self.due_at, tx.now);
        let attached = Attachment::of(&file(tx)?);
        let readers = Directory::on(local_date(tx.now)).department(tx.conn, &federation)?;
        let mut mails = Vec::with_capacity(readers.len());
        for reader in &readers {
            let letter = self.letter(tx.app, &federation, (&reader.name, &figures));
            let envelope = Envelope {
                key: format!(
                    "{}:{federation_id}:{}:{}",
                    self.kind,
                    self.period.key(),
                    reader.party
                ),
                kind: self.kind,
                reader,
                unit_id: federation_id,
                leaves_at,
                expires_at: None,
                check_at: Some(self.due_at),
            };
            let mut mail = outgoing(tx.app, &letter, envelope)?;
            mail.headers.attachments = vec![attached.clone()];
            mails.push(mail);
        }
        Ok(Sent {
            mails: tx.enqueue(mails)?,
            is_empty: false,
        })
    }

    fn letter(
        &self,
        app: &App,
        federation: &UnitRow,
        (reader, figures): (&str, &Figures),
    ) -> Letter {
        let total = figures.total();
        let (period, units) = (self.period.label("vi"), figures.rows.len().to_string());
        let [required, done, late, missed] =
            [total.required, total.done, total.late, total.missed].map(|number| number.to_string());
        let values = [
            ("period", period.as_str()),
            ("federation", federation.name.as_str()),
            ("units", units.as_str()),
            ("required", required.as_str()),
            ("done", done.as_str()),
            ("late", late.as_str()),
            ("missed", missed.as_str()),
            ("name", reader),
        ];
        let word = |key: &str| say("vi", &format!("report_mail.{key}"), &values);
        let button = Anchor::new(word("button"), app.link("/bao-cao"));
        Letter {
            lang: Lang::Vi,
            title: word(&format!("{}.title", self.kind)),
            pressing: None,
            greeting: say("vi", "digest.greeting_person", &values),
            blocks: vec![
                Block::Paragraph(word(&format!("{}.lead", self.kind))),
                Block::Paragraph(word("figures")),
                Block::Button(button),
            ],
            why: word("why"),
            signature: federation.name.clone(),
        }
    }
}
