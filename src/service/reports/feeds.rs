//! Calendar feeds: secret addresses at which calendar programs read deadlines, ends of periods and
//! events, of a person or of a unit. The secret is shown once; the database keeps its hash.

use std::fmt;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::Serialize;

use crate::domain::access::Scope;
use crate::domain::error::Invalid;
use crate::domain::event::EventState;
use crate::domain::ids::{FeedId, UnitId};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::text::{local, local_date, local_due};
use crate::domain::words::say;
use crate::identity::secret;
use crate::office::ics_out::{self, IcsEntry, IcsTime};
use crate::service::core::access::Action;
use crate::service::obligations::naming::Names;
use crate::service::{Error, Tx};
use crate::store::events::EventRow;
use crate::store::feeds::{self, FeedOf, FeedRow};
use crate::store::obligations::ObligationRow;
use crate::store::people;
use crate::store::types::At;
use crate::store::views::events::{self as event_view, EventFilter};
use crate::store::views::obligations::{self as view, ObligationFilter};

/// Where feeds are, below the server's address.
pub const PATH: &str = "/ics/";

/// Most feeds of a person or of a unit that work at once.
const MOST: usize = 5;

/// Most entries of each sort.
const ENTRIES: i64 = 1_000;

/// How far back events are shown.
const BACK: TimeDelta = TimeDelta::days(30);

/// How long before its due instant a deadline is entered.
const SHOWN: TimeDelta = TimeDelta::minutes(30);

/// A feed without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CalendarFeed {
    /// Its id.
    pub id: FeedId,
    /// The unit; none for a feed of one's own.
    pub unit_id: Option<UnitId>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: At,
}

impl From<FeedRow> for CalendarFeed {
    fn from(row: FeedRow) -> Self {
        Self {
            id: row.id,
            unit_id: row.unit_id,
            created_at: row.created_at,
        }
    }
}

/// A new feed. Its address is shown here and never again.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct IssuedFeed {
    /// The feed.
    #[serde(flatten)]
    pub feed: CalendarFeed,
    /// The address that calendar programs read.
    pub address: String,
}

impl fmt::Debug for IssuedFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("IssuedFeed");
        shown.field("feed", &self.feed).finish_non_exhaustive()
    }
}

/// The feeds of the actor, or of a unit, that work.
///
/// # Errors
/// [`Error::NotFound`] for a program without a person, and for a unit that the actor may not see.
pub fn calendar_feeds(tx: &mut Tx<'_>, unit: Option<UnitId>) -> Result<Vec<CalendarFeed>, Error> {
    let of = owner(tx, unit)?;
    let rows = feeds::list(tx.conn, of)?.into_iter();
    Ok(rows.map(CalendarFeed::from).collect())
}

/// Makes a feed of the actor, or of a unit.
///
/// # Errors
/// [`Error::Conflict`] (`feed_too_many`) if there are five already; as [`calendar_feeds`].
pub fn create_feed(tx: &mut Tx<'_>, unit: Option<UnitId>) -> Result<IssuedFeed, Error> {
    let of = owner(tx, unit)?;
    if feeds::list(tx.conn, of)?.len() >= MOST {
        return Err(Error::Conflict(
            Invalid::new("", "feed_too_many").with("max", MOST),
        ));
    }
    let secret = secret::fresh();
    let row = feeds::insert(tx.conn, of, &secret::hash(&secret), tx.now)?;
    record(tx, "create", &row)?;
    Ok(IssuedFeed {
        address: tx.app.link(&format!("{PATH}{secret}.ics")),
        feed: row.into(),
    })
}

/// Takes a feed back: its address works no more.
///
/// # Errors
/// [`Error::NotFound`] for a feed that is not the actor's or of a unit that they act for.
pub fn revoke_feed(tx: &mut Tx<'_>, id: FeedId) -> Result<CalendarFeed, Error> {
    let missing = || Error::not_found("calendar_feed");
    let row = feeds::find(tx.conn, id)?.ok_or_else(missing)?;
    match (row.unit_id, row.person_id) {
        (Some(unit), _) => tx.require(Action::ActForUnit, unit)?,
        (None, person) => match owner(tx, None)? {
            FeedOf::Person(own) if Some(own) == person => {}
            _ => return Err(missing()),
        },
    }
    if row.revoked_at.is_none() {
        feeds::revoke(tx.conn, id, tx.now)?;
        record(tx, "revoke", &row)?;
    }
    Ok(row.into())
}

fn owner(tx: &mut Tx<'_>, unit: Option<UnitId>) -> Result<FeedOf, Error> {
    if let Some(unit) = unit {
        tx.require(Action::ActForUnit, unit)?;
        return Ok(FeedOf::Unit(unit));
    }
    let person = match tx.actor.person_id {
        Some(id) => people::find(tx.conn, id)?,
        None => None,
    };
    let person = person.ok_or(Error::not_found("calendar_feed"))?;
    Ok(FeedOf::Person(person.human()))
}

fn record(tx: &mut Tx<'_>, action: &'static str, row: &FeedRow) -> Result<(), Error> {
    tx.audit(action, "calendar_feed", row.id)
        .unit(row.unit_id)
        .record()
}

/// The calendar behind a secret.
///
/// # Errors
/// [`Error::NotFound`] for a secret that is unknown or was taken back, and for somebody who is not in
/// service.
pub fn feed(tx: &mut Tx<'_>, secret: &str) -> Result<String, Error> {
    let missing = || Error::not_found("calendar_feed");
    if secret.len() != secret::LENGTH {
        return Err(missing());
    }
    let row = feeds::of_secret(tx.conn, &secret::hash(secret))?.ok_or_else(missing)?;
    let (unit_id, human, name) = match (row.person_id, row.unit_id) {
        (Some(person), _) => {
            let post = people::serving(tx.conn, person, local_date(tx.now))?;
            let post = post.ok_or_else(missing)?;
            (post.unit_id, Some(post.human()), post.name)
        }
        (None, Some(unit)) => (unit, None, tx.lookups.unit(tx.conn, unit)?.name.clone()),
        (None, None) => return Err(missing()),
    };
    let filter = ObligationFilter {
        of: Some((vec![unit_id], human)),
        states: vec![State::Open, State::AwaitingReview],
        ..ObligationFilter::default()
    };
    // whoever knows the secret may read what it is about
    let rows = view::page(tx.conn, &Scope::All, &filter, ENTRIES)?;
    let names = Names::of(tx, rows.iter())?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in &rows {
        entries.push(of_obligation(tx, &names, row)?);
    }
    let filter = EventFilter {
        unit_id: Some(unit_id),
        state: Some(EventState::Registered),
        from: Some(tx.now - BACK),
        ..EventFilter::default()
    };
    let events = event_view::page(tx.conn, &Scope::All, &filter, ENTRIES)?;
    entries.extend(events.iter().map(|row| of_event(tx, row)));
    Ok(ics_out::write(&format!("Tin bài: {name}"), &entries))
}

/// What names an entry for good.
fn uid(tx: &Tx<'_>, what: &str, id: impl fmt::Display) -> String {
    format!("{what}-{id}@{}", tx.app.settings.mail.message_id_domain())
}

fn of_obligation(tx: &mut Tx<'_>, names: &Names, row: &ObligationRow) -> Result<IcsEntry, Error> {
    let (title, due) = (names.title(tx, row, "vi")?, row.due_at.0);
    let (key, alarms) = of_kind(row.kind.0);
    let (arrived, required) = (row.arrived.to_string(), row.required.to_string());
    let values = [
        ("title", title.as_str()),
        ("arrived", arrived.as_str()),
        ("required", required.as_str()),
    ];
    let due_text = local_due(due);
    let description = say(
        "vi",
        "feed.due",
        &[
            ("due", &due_text),
            ("arrived", &arrived),
            ("required", &required),
        ],
    );
    Ok(IcsEntry {
        uid: uid(tx, "obligation", row.id),
        summary: say("vi", key, &values),
        description,
        place: None,
        url: tx.app.link(&format!("/viec/{}", row.id)),
        time: time_of(row, due),
        changed_at: row.opened_at.0,
        sequence: row.due_revision,
        alarms,
    })
}

/// The end of a period at midnight is a day; every other due instant a time.
fn time_of(row: &ObligationRow, due: DateTime<Utc>) -> IcsTime {
    let at = local(due);
    let last = at.date_naive().pred_opt();
    match last.filter(|_| row.period.is_some() && at.time() == NaiveTime::MIN) {
        Some(last) => IcsTime::Days(last, last),
        None => IcsTime::Span(due - SHOWN, due),
    }
}

/// What an entry of a kind says, and when programs remind of it: as the ladders do by default. Those of
/// whole days at 8 in the morning.
fn of_kind(kind: ObligationKind) -> (&'static str, Vec<TimeDelta>) {
    let minutes = |all: &[i64]| all.iter().map(|one| TimeDelta::minutes(*one)).collect();
    let mornings = [5, 2].map(|days| days * 24 * 60 - 8 * 60);
    match kind {
        ObligationKind::Cutoff => ("feed.deadline", minutes(&[90, 0])),
        ObligationKind::Event => ("feed.deadline", minutes(&[210, 30])),
        ObligationKind::Answer => ("feed.deadline", minutes(&[210])),
        ObligationKind::FixedDate => ("feed.deadline", minutes(&[2 * 24 * 60, 24 * 60])),
        ObligationKind::Quota | ObligationKind::Report => ("feed.period", minutes(&mornings)),
    }
}

fn of_event(tx: &Tx<'_>, row: &EventRow) -> IcsEntry {
    let (from, to) = (row.starts_at.0, row.ends_at.0);
    let last = local_date(to - TimeDelta::seconds(1)).max(local_date(from));
    IcsEntry {
        uid: uid(tx, "event", row.id),
        summary: row.title.clone(),
        description: String::new(),
        place: row.place.clone(),
        url: tx.app.link(&format!("/su-kien/{}", row.id)),
        time: match row.date_only {
            true => IcsTime::Days(local_date(from), last),
            false => IcsTime::Span(from, to),
        },
        changed_at: row.updated_at.0,
        sequence: row.version,
        alarms: vec![TimeDelta::hours(2)],
    }
}
