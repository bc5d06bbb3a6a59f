//! A clock that ran ahead. What was recorded for an instant that is still to come is not believed
//! once the clock is right: runs of jobs are forgotten, obligations are judged again, mails that
//! were not sent are given up.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::access::Actor;
use crate::domain::text::local_date;
use crate::service::{App, Error};
use crate::store::types::{instant, micros};
use crate::store::{Conn, clock_jump as store, meta};

/// What lies further ahead than this was recorded by a wrong clock. A clock that is set by hours
/// changes nothing: what ran has run.
pub const AHEAD: TimeDelta = TimeDelta::days(2);

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
