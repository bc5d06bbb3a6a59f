//! Reports that leave by mail at the hour and on the day that the department chose: the monthly table
//! and the half-yearly roll-up, each attached to a mail to the department, and the half-yearly report
//! of each unit, attached to a mail to its heads. They leave on a working day, and not at all where
//! there is nothing to tell, unless the policy wants that.

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
use crate::service::notices::recipients::{Directory, Recipient};
use crate::service::{App, Error, Tx};
use crate::store::units::{self, UnitRow};

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
    let table = Attached::of(Report::MonthlyTable, due_at);
    app.write(&Actor::system(), now, |tx| table.send(tx, federation))
}

/// Queues the roll-up of the half-year before the run that is due at `due_at`, and the report of each
/// unit below the federation on it, a unit a transaction; as [`send_monthly`].
///
/// # Errors
/// [`Error::NotFound`] if the federation does not exist.
pub fn send_half_year(
    app: &App,
    federation: UnitId,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Sent, Error> {
    let system = Actor::system();
    let roll_up = Attached::of(Report::RollUp, due_at);
    let mut sent = app.write(&system, now, |tx| roll_up.send(tx, federation))?;
    let below = app.read(&system, now, |tx| Ok(units::below(tx.conn, federation)?))?;
    let own = Attached::of(Report::HalfYearOfUnit, due_at);
    for unit in below.into_iter().filter(|unit| *unit != federation) {
        sent.mails += app.write(&system, now, |tx| own.send(tx, unit))?.mails;
    }
    Ok(sent)
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

/// A report that leaves by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Report {
    MonthlyTable,
    RollUp,
    HalfYearOfUnit,
}

impl Report {
    /// What sort of mail it is; the key of its words below `report_mail`.
    const fn kind(self) -> &'static str {
        match self {
            Self::MonthlyTable => "monthly_table",
            Self::RollUp => "half_year_report",
            Self::HalfYearOfUnit => "half_year_of_unit",
        }
    }
}

/// A report that is attached to a mail.
#[derive(Debug, Clone, Copy)]
struct Attached {
    report: Report,
    period: Period,
    due_at: DateTime<Utc>,
}

impl Attached {
    fn of(report: Report, due_at: DateTime<Utc>) -> Self {
        let period = match report {
            Report::MonthlyTable => PeriodKind::Month,
            Report::RollUp | Report::HalfYearOfUnit => PeriodKind::HalfYear,
        };
        Self {
            report,
            period: before(period, due_at),
            due_at,
        }
    }

    /// Queues the mails about a unit.
    fn send(self, tx: &mut Tx<'_>, unit_id: UnitId) -> Result<Sent, Error> {
        let unit = tx.lookups.unit(tx.conn, unit_id)?;
        let today = local_date(self.due_at);
        if !unit.exists_on(today) {
            return Ok(Sent::default());
        }
        let policy = tx.lookups.policy(tx.conn, unit_id, today)?;
        let figures = self.figures(tx, unit_id)?;
        let skips = policy.summary_when_empty == SummaryWhenEmpty::Skip;
        if skips && figures.rows.is_empty() {
            return Ok(Sent {
                is_empty: true,
                ..Sent::default()
            });
        }
        let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
        let leaves_at = leaves_at(&calendar, self.due_at, tx.now);
        let readers = self.readers(tx, &unit)?;
        let attached = Attachment::of(&self.file(tx, unit_id)?);
        let mut mails = Vec::with_capacity(readers.len());
        for reader in &readers {
            let (kind, period) = (self.report.kind(), self.period.key());
            let envelope = Envelope {
                key: format!("{kind}:{unit_id}:{period}:{}", reader.party),
                kind,
                reader,
                unit_id,
                leaves_at,
                expires_at: None,
                check_at: Some(self.due_at),
            };
            let letter = self.letter(tx, &figures, &reader.name)?;
            let mut mail = outgoing(tx.app, &letter, envelope)?;
            mail.headers.attachments = vec![attached.clone()];
            mails.push(mail);
        }
        Ok(Sent {
            mails: tx.enqueue(mails)?,
            is_empty: false,
        })
    }

    fn figures(self, tx: &mut Tx<'_>, unit_id: UnitId) -> Result<Figures, Error> {
        let figures = Figures::read(tx, unit_id, self.period, "vi")?;
        Ok(match self.report {
            Report::HalfYearOfUnit => figures.of_unit_alone(),
            Report::MonthlyTable | Report::RollUp => figures,
        })
    }

    fn readers(self, tx: &mut Tx<'_>, unit: &UnitRow) -> Result<Vec<Recipient>, Error> {
        let mut directory = Directory::on(local_date(tx.now));
        match self.report {
            Report::HalfYearOfUnit => directory.heads(tx.conn, unit),
            Report::MonthlyTable | Report::RollUp => directory.department(tx.conn, unit),
        }
    }

    fn file(self, tx: &mut Tx<'_>, unit_id: UnitId) -> Result<File, Error> {
        let kind = match self.report {
            Report::MonthlyTable => {
                let query = MonthQuery {
                    unit_id,
                    month: self.period,
                };
                return monthly(tx, query, FileFormat::Xlsx, "vi");
            }
            Report::RollUp => DocumentKind::RollUp,
            Report::HalfYearOfUnit => DocumentKind::HalfYear,
        };
        let query = DocumentQuery {
            kind,
            unit_id,
            period: self.period,
            category: Category::Superior,
        };
        document(tx, query)
    }

    fn letter(self, tx: &mut Tx<'_>, figures: &Figures, reader: &str) -> Result<Letter, Error> {
        let federation = tx
            .lookups
            .unit(tx.conn, figures.unit.federation_id)?
            .name
            .clone();
        let total = figures.total();
        let (period, units) = (self.period.label("vi"), figures.rows.len().to_string());
        let [required, done, late, missed] =
            [total.required, total.done, total.late, total.missed].map(|number| number.to_string());
        let values = [
            ("period", period.as_str()),
            ("unit", figures.unit.name.as_str()),
            ("federation", federation.as_str()),
            ("units", units.as_str()),
            ("required", required.as_str()),
            ("done", done.as_str()),
            ("late", late.as_str()),
            ("missed", missed.as_str()),
            ("name", reader),
        ];
        let word = |key: &str| say("vi", &format!("report_mail.{key}"), &values);
        let own = |key: &str| word(&format!("{}.{key}", self.report.kind()));
        let button = Anchor::new(word("button"), tx.app.link("/bao-cao"));
        Ok(Letter {
            lang: Lang::Vi,
            title: own("title"),
            pressing: None,
            greeting: say("vi", "digest.greeting_person", &values),
            blocks: vec![
                Block::Paragraph(own("lead")),
                Block::Paragraph(own("figures")),
                Block::Button(button),
            ],
            why: word("why"),
            signature: federation,
        })
    }
}
