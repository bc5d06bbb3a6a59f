//! A clock that ran ahead. What was recorded for an instant that is still to come is not believed
//! once the clock is right: runs of jobs are forgotten, obligations are judged again, mails that
//! were not sent are given up.
//!
//! While it still runs ahead nobody can tell, as an outage looks the same. What cannot be taken back
//! therefore waits after each jump: nothing is deleted for some days.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::access::Actor;
use crate::domain::text::local_date;
use crate::service::{App, Error};
use crate::store::types::{instant, micros};
use crate::store::{Conn, clock_jump as store, meta};

/// What lies further ahead than this was recorded by a wrong clock. A clock that is set by hours
/// changes nothing: what ran has run.
pub const AHEAD: TimeDelta = TimeDelta::days(2);

/// For how long nothing is deleted after a jump; within this time somebody notices a wrong clock.
const DOUBT: TimeDelta = TimeDelta::days(7);

/// How often it is noted what the clock shows.
const NOTED_EVERY: TimeDelta = TimeDelta::hours(1);

/// The keys under which it is kept what the clock showed last, and between which instants it jumped.
const SEEN: &str = "clock_seen";
const JUMP: &str = "clock_jump";

/// For how long the health check mentions a jump.
const SHOWN: TimeDelta = TimeDelta::days(7);

/// The key under which the last jump is kept.
const KEY: &str = "clock_jump";

/// Whether something that was recorded at an instant is to be believed.
#[must_use]
pub fn is_believed(recorded_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    recorded_at <= now + AHEAD
}

/// Takes back what was recorded while the clock ran ahead, if it did; true if there was anything.
pub fn recover(app: &App, now: DateTime<Utc>) -> Result<bool, Error> {
    let system = Actor::system();
    let limit = now + AHEAD;
    let latest = |conn: &mut Conn| store::latest_start(conn, limit);
    if app.read(&system, now, |tx| Ok(latest(tx.conn)?))?.is_none() {
        return Ok(false);
    }
    app.write(&system, now, |tx| {
        let Some(ahead) = latest(tx.conn)? else {
            return Ok(false);
        };
        tracing::error!(%ahead, "the clock ran ahead; what was recorded meanwhile is taken back");
        store::forget_runs(tx.conn, limit)?;
        store::take_back_mails(tx.conn, limit, now)?;
        store::reopen(tx.conn, limit, now, local_date(now))?;
        meta::put(tx.conn, KEY, &micros(now).to_string())?;
        let told = serde_json::json!({ "ran_until": ahead });
        tx.audit("recover", "clock", "").new_value(&told).record()?;
        Ok(true)
    })
}

/// When a jump of the clock was last found, if that was within a week.
pub fn last(conn: &mut Conn, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
    let found = meta::get(conn, KEY)?.and_then(|text| text.parse().ok());
    let found = found.map(instant).transpose()?;
    Ok(found.filter(|found| now - *found < SHOWN))
}

/// A step of the clock across more than [`AHEAD`]: it was set, or the service was down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// What it showed before.
    pub from: DateTime<Utc>,
    /// What it showed after it.
    pub to: DateTime<Utc>,
}

impl Jump {
    /// Until when nothing is deleted.
    #[must_use]
    pub fn doubted_until(self) -> DateTime<Utc> {
        self.to + DOUBT
    }
}

/// Notes that the clock shows `now`, and the jump if it shows more than [`AHEAD`] after what it
/// showed last. The jump after which nothing may be deleted yet, if there was one.
pub fn watch(app: &App, now: DateTime<Utc>) -> Result<Option<Jump>, Error> {
    let system = Actor::system();
    let (seen, known) = app.read(&system, now, |tx| {
        let seen = meta::get(tx.conn, SEEN)?.and_then(|text| text.parse().ok());
        Ok((seen.map(instant).transpose()?, jump(tx.conn)?))
    })?;
    let step = seen.map(|seen| now - seen);
    if step.is_some_and(|step| step.abs() < NOTED_EVERY) {
        return Ok(known.filter(|jump| is_doubted(*jump, now)));
    }
    let new = seen.filter(|seen| now - *seen > AHEAD);
    let new = new.map(|from| Jump { from, to: now });
    app.write(&system, now, |tx| {
        if let Some(Jump { from, to }) = new {
            tracing::warn!(%from, %to, "the clock jumped ahead, or the service was down; nothing is deleted for a while");
            let kept = format!("{} {}", micros(from), micros(to));
            meta::put(tx.conn, JUMP, &kept)?;
        }
        Ok(meta::put(tx.conn, SEEN, &micros(now).to_string())?)
    })?;
    Ok(new.or(known).filter(|jump| is_doubted(*jump, now)))
}

/// The last jump that was noted.
fn jump(conn: &mut Conn) -> Result<Option<Jump>, Error> {
    let kept = meta::get(conn, JUMP)?;
    let parts = kept.as_deref().and_then(|kept| kept.split_once(' '));
    let Some((Ok(from), Ok(to))) = parts.map(|(from, to)| (from.parse(), to.parse())) else {
        return Ok(None);
    };
    let (from, to) = (instant(from)?, instant(to)?);
    Ok(Some(Jump { from, to }))
}

/// Whether a jump may still turn out to be a wrong clock. One into the future was undone.
fn is_doubted(jump: Jump, now: DateTime<Utc>) -> bool {
    jump.to <= now && now < jump.doubted_until()
}
