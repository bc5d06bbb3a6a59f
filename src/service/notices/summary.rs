//! The department's daily summary (DOMAIN: the 16:00 check): one mail for each federation that
//! covers everything since the summary before it: what arrived, what is late, what is still owed.
//! Held on working days; what comes on a day off stands in the next one.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::domain::access::Scope;
use crate::domain::obligation::State;
use crate::domain::text::{local_date, local_due, local_time};
use crate::domain::words::say;
use crate::mail::render::{Anchor, Block, Letter, Row, Table};
use crate::service::core::lookups::Lookups;
use crate::service::notices::links::Signer;
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::{Directory, Recipient};
use crate::service::notices::sweep;
use crate::service::obligations::naming::Names;
use crate::service::{App, Error};
use crate::store::obligations::ObligationRow;
use crate::store::summaries::{self, Arrived};
use crate::store::types::{instant, micros};
use crate::store::units::UnitRow;
use crate::store::views::obligations::asked_extensions;
use crate::store::{Conn, meta, outbox};

/// Lines of one part; what exceeds them is counted.
const LINES: usize = 100;

/// Requests for more time that are named.
const REQUESTS: i64 = 100;

/// How far ahead the summary looks for what will fall due.
const AHEAD: TimeDelta = TimeDelta::hours(48);

/// What a run of the job did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Items that arrived since the summary before.
    pub arrived: usize,
    /// Deadlines found missed since then.
    pub missed: usize,
    /// Deadlines that fall due soon, and older ones that were missed and for which what comes late
    /// is still taken.
    pub owed: usize,
    /// Mails queued.
    pub mails: usize,
    /// The day was a day off: nothing was sent, the next summary covers it.
    pub day_off: bool,
}

/// Sends the summary whose run is due at `due_at`. Like every check it acts
/// `worker.check_delay_seconds` after the instant as of which it tells, however late it runs. A
/// second run of the same instant queues nothing.
///
/// # Errors
/// If the federation does not exist, and the database's own.
pub fn run(
    app: &App,
    federation_id: i64,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Report, Error> {
    // what fell due by then is judged before it is told
    sweep::run(app, due_at, now)?;
    let until = due_at - app.settings.worker.check_delay_seconds.delta();
    app.store
        .write(|conn| summary_in(conn, app, federation_id, until, now))
}

/// The key under which a federation's watermark is kept.
#[must_use]
pub fn watermark_key(federation_id: i64) -> String {
    format!("summary:{federation_id}")
}

/// What the summary before covered: everything that had happened up to `until` and was recorded by
/// `seen_at`, when it was written. The next one goes on from both, so that what is recorded late
/// stands in one summary, and in one only.
#[derive(Debug, Clone, Copy)]
struct Told {
    until: DateTime<Utc>,
    seen_at: DateTime<Utc>,
}

impl Told {
    /// As kept, or, before the first summary, a day before `until`.
    fn before(conn: &mut Conn, key: &str, until: DateTime<Utc>) -> Result<Self, Error> {
        let kept = meta::get(conn, key)?;
        let pair = kept.as_deref().and_then(|text| text.split_once(' '));
        let micros = pair.and_then(|(until, seen)| Some((until.parse().ok()?, seen.parse().ok()?)));
        Ok(match micros {
            Some((until, seen_at)) => Self {
                until: instant(until)?,
                seen_at: instant(seen_at)?,
            },
            None => Self {
                until: until - TimeDelta::days(1),
                seen_at: until - TimeDelta::days(1),
            },
        })
    }

    fn keep(self, conn: &mut Conn, key: &str) -> Result<(), Error> {
        Ok(meta::put(
            conn,
            key,
            &format!("{} {}", micros(self.until), micros(self.seen_at)),
        )?)
    }
}

fn summary_in(
    conn: &mut Conn,
    app: &App,
    federation_id: i64,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Report, Error> {
    let mut lookups = Lookups::new(app);
    let federation = lookups.unit(conn, federation_id)?;
    if federation
        .ended_on
        .is_some_and(|last| last < local_date(until))
    {
        return Ok(Report::default());
    }
    let policy = lookups.policy(conn, federation_id, local_date(until))?;
    let (calendar, _) = lookups.calendar(conn, &policy.calendar)?;
    if !calendar.is_working_date(calendar.date_of(until)) {
        return Ok(Report {
            day_off: true,
            ..Report::default()
        });
    }
    let key = watermark_key(federation_id);
    let told = Told::before(conn, &key, until)?;
    if told.until >= until {
        return Ok(Report::default());
    }
    // caught up outside office hours, it leaves at the next opening
    let late = now - until > app.settings.worker.late_after_seconds.delta();
    let leaves_at = if late {
        calendar.next_opening(now).unwrap_or(now)
    } else {
        now
    };
    let facts = Facts::read(conn, &mut lookups, federation_id, told, until)?;
    let mut report = Report {
        arrived: facts.arrived.len(),
        missed: facts.missed.len(),
        owed: facts.owed.len(),
        ..Report::default()
    };
    let frame = Frame {
        app,
        signer: Signer::in_house(conn)?,
        federation: &federation,
        since: told.until,
        until,
        now,
    };
    let readers = Directory::default().department(conn, &federation, local_date(now))?;
    let mut mails = Vec::with_capacity(readers.len());
    for reader in &readers {
        let letter = facts.letter(conn, &mut lookups, &frame, reader)?;
        let envelope = Envelope {
            key: format!("summary:{federation_id}:{}:{}", micros(until), reader.key),
            kind: "summary",
            reader,
            unit_id: federation_id,
            leaves_at,
            expires_at: Some(leaves_at + app.settings.worker.summary_catch_up_seconds.delta()),
            check_at: Some(until),
        };
        mails.push(outgoing(app, &letter, envelope)?);
    }
    report.mails = outbox::enqueue(conn, &mails)?;
    Told {
        until,
        seen_at: now,
    }
    .keep(conn, &key)?;
    Ok(report)
}

/// What the letters to all readers share.
struct Frame<'h> {
    app: &'h App,
    signer: Signer,
    federation: &'h UnitRow,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
}

/// What a summary tells.
struct Facts {
    arrived: Vec<Arrived>,
    late: Vec<i64>,
    missed: Vec<ObligationRow>,
    owed: Vec<ObligationRow>,
    met: usize,
    names: Names,
    /// Units whose request for more time waits for a decision.
    asking: Vec<String>,
}

impl Facts {
    fn read(
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        federation: i64,
        told: Told,
        until: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let (from, seen, to) = (told.until, told.seen_at, until);
        let mut arrived = summaries::arrived(conn, federation, from, to)?;
        arrived.extend(summaries::recorded_late(conn, federation, from, seen)?);
        let late = summaries::late(
            conn,
            &arrived.iter().map(|item| item.item_id).collect::<Vec<_>>(),
        )?;
        let mut fell_due = summaries::fell_due(conn, federation, from, to)?;
        fell_due.extend(summaries::registered_late(conn, federation, from, seen)?);
        let met = fell_due
            .iter()
            .filter(|row| matches!(row.state.0, State::MetOnTime | State::MetLate))
            .count();
        let missed: Vec<ObligationRow> = fell_due
            .into_iter()
            .filter(|row| row.state.0 == State::Missed)
            .collect();
        let owed = summaries::owed(conn, federation, from, to, until + AHEAD)?;
        let names = Names::of(conn, lookups, missed.iter().chain(&owed))?;
        let mut asking = Vec::new();
        for (_, row) in asked_extensions(conn, &Scope::Below(vec![federation]), None, REQUESTS)? {
            asking.push(lookups.unit(conn, row.unit_id)?.name.clone());
        }
        Ok(Self {
            arrived,
            late,
            missed,
            owed,
            met,
            names,
            asking,
        })
    }

    fn letter(
        &self,
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        frame: &Frame<'_>,
        reader: &Recipient,
    ) -> Result<Letter, Error> {
        let numbers = [
            self.arrived.len(),
            self.missed.len(),
            self.owed.len(),
            self.met,
        ]
        .map(|n| n.to_string());
        let (since, until) = (local_time(frame.since), local_time(frame.until));
        let [arrived, missed, owed, met] = &numbers;
        let values = [
            ("since", since.as_str()),
            ("until", until.as_str()),
            ("arrived", arrived.as_str()),
            ("missed", missed.as_str()),
            ("owed", owed.as_str()),
            ("met", met.as_str()),
            ("federation", frame.federation.name.as_str()),
        ];
        let mut blocks = vec![Block::Paragraph(say("vi", "summary.lead", &values))];
        if !self.asking.is_empty() {
            let (number, units) = (self.asking.len().to_string(), self.asking.join("; "));
            let values = [("number", number.as_str()), ("units", units.as_str())];
            blocks.push(Block::Paragraph(say("vi", "summary.asking", &values)));
        }
        let missed = self.deadlines(conn, lookups, frame, reader, &self.missed)?;
        let owed = self.deadlines(conn, lookups, frame, reader, &self.owed)?;
        part(&mut blocks, "missed", missed);
        part(&mut blocks, "owed", owed);
        part(&mut blocks, "arrived", self.items());
        blocks.push(Block::Button(Anchor::new(
            say("vi", "summary.button", &[]),
            frame.app.link("/"),
        )));
        let greeting = if reader.person_id.is_some() {
            "digest.greeting_person"
        } else {
            "digest.greeting_unit"
        };
        Ok(Letter {
            title: say("vi", "summary.title", &values),
            pressing: None,
            greeting: say("vi", greeting, &[("name", reader.name.as_str())]),
            blocks,
            why: say("vi", "summary.why", &values),
            signature: frame.federation.name.clone(),
        })
    }

    fn deadlines(
        &self,
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        frame: &Frame<'_>,
        reader: &Recipient,
        rows: &[ObligationRow],
    ) -> Result<Vec<Row>, Error> {
        let label = say("vi", "digest.missed.link", &[]);
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let unit = lookups.unit(conn, row.unit_id)?;
            let title = self.names.title(conn, lookups, row, "vi")?;
            lines.push(Row {
                what: format!("{}: {title}", unit.name),
                note: progress(row)?,
                due: local_due(row.due_at.0),
                link: Some(Anchor::new(
                    label.clone(),
                    frame
                        .signer
                        .address(frame.app, row.id, &reader.key, frame.now),
                )),
            });
        }
        Ok(lines)
    }

    fn items(&self) -> Vec<Row> {
        let line = |item: &Arrived| {
            let late = self.late.contains(&item.item_id);
            let key = if late {
                "summary.late"
            } else {
                "summary.in_time"
            };
            Row {
                what: format!("{}: {}", item.unit_name, item.title),
                note: format!("{}{}", item.kind_name, say("vi", key, &[])),
                due: local_time(*item.arrived_at),
                link: None,
            }
        };
        self.arrived.iter().map(line).collect()
    }
}

/// How far it has come; of what was missed, until when it is still taken.
fn progress(row: &ObligationRow) -> Result<String, Error> {
    let taken_until = row
        .missed_at
        .filter(|_| row.state.0 == State::Missed)
        .map(|at| at.0);
    let (arrived, required) = (row.arrived.to_string(), row.required.to_string());
    let mut text = say(
        "vi",
        "summary.progress",
        &[
            ("arrived", arrived.as_str()),
            ("required", required.as_str()),
        ],
    );
    if let Some(until) = taken_until {
        text.push_str(&say(
            "vi",
            "summary.taken_until",
            &[("until", local_due(until).as_str())],
        ));
    }
    Ok(text)
}

fn part(blocks: &mut Vec<Block>, name: &str, mut rows: Vec<Row>) {
    blocks.push(Block::Heading(say(
        "vi",
        &format!("summary.{name}.heading"),
        &[],
    )));
    if rows.is_empty() {
        blocks.push(Block::Paragraph(say(
            "vi",
            &format!("summary.{name}.none"),
            &[],
        )));
        return;
    }
    let more = rows.len().saturating_sub(LINES);
    rows.truncate(LINES);
    blocks.push(Block::Table(Table {
        caption: say("vi", &format!("summary.{name}.caption"), &[]),
        what: say("vi", "summary.what", &[]),
        due: say("vi", &format!("summary.{name}.when"), &[]),
        rows,
    }));
    if more > 0 {
        blocks.push(Block::Paragraph(say(
            "vi",
            "digest.more",
            &[("number", more.to_string().as_str())],
        )));
    }
}
