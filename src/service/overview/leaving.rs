//! What is sent next, and how the service is.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::text::serialize_instant;
use crate::service::schedule::{self, kind_of};
use crate::service::{Error, Tx};
use crate::store::views::{ahead, jobs};

/// How many are named of each kind.
const EACH: i64 = 3;

crate::text_enum! {
    /// What is sent.
    #[derive(PartialOrd, Ord)]
    pub enum LeavingKind {
        /// Reminders that are written and wait for their hour.
        Reminders,
        /// Work is looked at; who still owes it is reminded.
        Check,
        /// The summary of the day, to the department.
        Summary,
    }
}

/// Something that is sent next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Leaving {
    /// When.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub at: DateTime<Utc>,
    /// What.
    pub what: LeavingKind,
    /// How many reminders, or how much work is looked at.
    pub number: i64,
}

/// How the service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServiceLine {
    /// Whether a scheduled run is later than it may be.
    pub is_late: bool,
    /// How many minutes the oldest run is late.
    pub late_minutes: i64,
    /// How many rows no job can judge.
    pub set_aside: i64,
}

impl ServiceLine {
    /// Whether nobody has to look after it.
    pub fn is_well(&self) -> bool {
        !self.is_late && self.set_aside == 0
    }
}

/// What is sent next, in order of time.
pub(crate) fn leaving(tx: &mut Tx<'_>) -> Result<Vec<Leaving>, Error> {
    let (scope, now) = (tx.scope(), tx.now);
    let mut all = Vec::new();
    for (at, number) in ahead::reminders(tx.conn, &scope, EACH)? {
        let (at, what) = (at.max(now), LeavingKind::Reminders);
        all.push(Leaving { at, what, number });
    }
    for (at, number) in ahead::checks(tx.conn, &scope, now, EACH)? {
        let what = LeavingKind::Check;
        all.push(Leaving { at, what, number });
    }
    for job in jobs::list(tx.conn, &scope)? {
        let Some(at) = job.next_at.filter(|_| job.enabled) else {
            continue;
        };
        if kind_of(&job.name) == "summary" && job.unit_id.is_some() {
            let (at, what) = (at.0.max(now), LeavingKind::Summary);
            all.push(Leaving {
                at,
                what,
                number: 1,
            });
        }
    }
    all.sort_by_key(|one| (one.at, one.what));
    Ok(all)
}

/// How the service is now.
pub(super) fn service_line(tx: &mut Tx<'_>) -> Result<ServiceLine, Error> {
    let health = schedule::health_of(tx)?;
    let allowed: TimeDelta = tx.app.settings.worker.late_after_seconds.delta();
    Ok(ServiceLine {
        is_late: health.late > allowed,
        late_minutes: health.late.num_minutes(),
        set_aside: health.set_aside,
    })
}
