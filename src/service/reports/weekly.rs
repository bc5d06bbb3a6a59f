//! The weekly digest of a unit: what falls due in the week that comes, what was done and what was
//! missed in the week that ends. It goes to the heads of the unit.

use chrono::{DateTime, TimeDelta, Utc};

use super::scheduled::{Sent, leaves_at};
use crate::domain::access::{Actor, Scope};
use crate::domain::ids::UnitId;
use crate::domain::obligation::State;
use crate::domain::period::{Period, PeriodKind};
use crate::domain::policy::SummaryWhenEmpty;
use crate::domain::preference::Lang;
use crate::domain::text::{local_date, local_due};
use crate::domain::words::say;
use crate::mail::render::{Anchor, Block, Letter, Row, Table};
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::{Directory, Recipient};
use crate::service::obligations::naming::Names;
use crate::service::{App, Error, Tx};
use crate::store::obligations::ObligationRow;
use crate::store::units::{self, UnitRow};
use crate::store::views::obligations::{self as view, ObligationFilter};

/// A week.
const WEEK: TimeDelta = TimeDelta::days(7);

/// Most lines of a part.
const LINES: i64 = 50;

/// Queues the digests of all units of a federation for the run that is due at `due_at`, a unit a
/// transaction. A second run of the same week queues nothing.
///
/// # Errors
/// [`Error::NotFound`] if the federation does not exist.
pub fn send_weekly(
    app: &App,
    federation: UnitId,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Sent, Error> {
    let system = Actor::system();
    let below = app.read(&system, now, |tx| Ok(units::below(tx.conn, federation)?))?;
    let mut mails = 0;
    for unit in below.into_iter().filter(|unit| *unit != federation) {
        mails += app.write(&system, now, |tx| of_unit(tx, unit, due_at))?;
    }
    Ok(Sent {
        mails,
        is_empty: mails == 0,
    })
}

/// What a digest tells.
struct Week {
    coming: Vec<ObligationRow>,
    missed: Vec<ObligationRow>,
    met: i64,
    names: Names,
}

impl Week {
    fn read(tx: &mut Tx<'_>, unit: UnitId, at: DateTime<Utc>) -> Result<Self, Error> {
        let own = ObligationFilter {
            of: Some((vec![unit], None)),
            ..ObligationFilter::default()
        };
        let coming = ObligationFilter {
            states: vec![State::Open, State::AwaitingReview],
            due_from: Some(at),
            due_before: Some(at + WEEK),
            ..own.clone()
        };
        let missed = ObligationFilter {
            states: vec![State::Missed],
            decided_from: Some(at - WEEK),
            ..own.clone()
        };
        let met = ObligationFilter {
            states: vec![State::MetOnTime, State::MetLate],
            decided_from: Some(at - WEEK),
            ..own
        };
        let coming = view::page(tx.conn, &Scope::All, &coming, LINES)?;
        let missed = view::page(tx.conn, &Scope::All, &missed, LINES)?;
        Ok(Self {
            met: view::count(tx.conn, &Scope::All, &met)?,
            names: Names::of(tx, coming.iter().chain(&missed))?,
            coming,
            missed,
        })
    }

    fn is_empty(&self) -> bool {
        self.coming.is_empty() && self.missed.is_empty() && self.met == 0
    }
}

fn of_unit(tx: &mut Tx<'_>, unit_id: UnitId, due_at: DateTime<Utc>) -> Result<usize, Error> {
    let unit = tx.lookups.unit(tx.conn, unit_id)?;
    let today = local_date(due_at);
    if !unit.exists_on(today) {
        return Ok(0);
    }
    let policy = tx.lookups.policy(tx.conn, unit_id, today)?;
    let week = Week::read(tx, unit_id, due_at)?;
    if week.is_empty() && policy.summary_when_empty == SummaryWhenEmpty::Skip {
        return Ok(0);
    }
    let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
    let leaves_at = leaves_at(&calendar, due_at, tx.now);
    let readers = Directory::on(local_date(tx.now)).heads(tx.conn, &unit)?;
    let key = Period::containing(PeriodKind::Week, today).key();
    let mut mails = Vec::with_capacity(readers.len());
    for reader in &readers {
        let letter = letter(tx, &unit, (&week, reader))?;
        let envelope = Envelope {
            key: format!("weekly_digest:{unit_id}:{key}:{}", reader.party),
            kind: "weekly_digest",
            reader,
            unit_id,
            leaves_at,
            expires_at: Some(leaves_at + WEEK),
            check_at: Some(due_at),
        };
        mails.push(outgoing(tx.app, &letter, envelope)?);
    }
    tx.enqueue(mails)
}

fn letter(
    tx: &mut Tx<'_>,
    unit: &UnitRow,
    (week, reader): (&Week, &Recipient),
) -> Result<Letter, Error> {
    let (coming, missed, met) = (
        week.coming.len().to_string(),
        week.missed.len().to_string(),
        week.met.to_string(),
    );
    let values = [
        ("unit", unit.name.as_str()),
        ("name", reader.name.as_str()),
        ("coming", coming.as_str()),
        ("missed", missed.as_str()),
        ("met", met.as_str()),
    ];
    let word = |key: &str| say("vi", &format!("report_mail.weekly_digest.{key}"), &values);
    let mut blocks = vec![Block::Paragraph(word("lead"))];
    for (part, rows) in [("coming", &week.coming), ("missed_part", &week.missed)] {
        if rows.is_empty() {
            continue;
        }
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            lines.push(Row {
                what: week.names.title(tx, row, "vi")?,
                note: format!("{}/{}", row.arrived, row.required),
                due: local_due(row.due_at.0),
                ..Row::default()
            });
        }
        blocks.push(Block::Heading(word(part)));
        blocks.push(Block::Table(Table {
            caption: word(&format!("{part}_caption")),
            what: say("vi", "summary.what", &[]),
            due: say("vi", "summary.missed.when", &[]),
            rows: lines,
        }));
    }
    let button = say("vi", "report_mail.weekly_digest.button", &[]);
    blocks.push(Block::Button(Anchor::new(button, tx.app.link("/viec"))));
    let federation = tx.lookups.unit(tx.conn, unit.federation_id)?.name.clone();
    Ok(Letter {
        lang: Lang::Vi,
        title: word("title"),
        pressing: None,
        greeting: crate::service::notices::parts::greeting(Lang::Vi, reader),
        blocks,
        why: word("why"),
        signature: federation,
    })
}
