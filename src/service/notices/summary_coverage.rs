//! Up to when the summaries of a federation reach.

use chrono::{DateTime, TimeDelta, Utc};

use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::schedule::clock_jump::is_believed;
use crate::store::meta;
use crate::store::types::{instant, micros};

/// How many coverages are kept.
const KEPT: usize = 8;

/// What the summary before covered: everything that had happened up to `until` and was recorded by
/// `seen_at`, when it was written. The next one goes on from both, so that what is recorded late
/// stands in one summary, and in one only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Covered {
    pub(super) until: DateTime<Utc>,
    pub(super) seen_at: DateTime<Utc>,
}

impl Covered {
    /// The last one that is to be believed; before the first summary, a day before `until`.
    pub(super) fn read(tx: &mut Tx<'_>, key: &str, until: DateTime<Utc>) -> Result<Self, Error> {
        let day_before = until - TimeDelta::days(1);
        let mut kept = Self::kept(tx, key)?.into_iter();
        let last = kept.rfind(|covered| {
            is_believed(covered.until, tx.now) && is_believed(covered.seen_at, tx.now)
        });
        Ok(last.unwrap_or(Self {
            until: day_before,
            seen_at: day_before,
        }))
    }

    /// The last few, in the order in which they were kept: a clock that ran ahead must not hide
    /// those before it.
    fn kept(tx: &mut Tx<'_>, key: &str) -> Result<Vec<Self>, Error> {
        let text = meta::get(tx.conn, key)?.unwrap_or_default();
        let one = |pair: &str| {
            let (until, seen_at) = pair.split_once(' ')?;
            Some(Self {
                until: instant(until.parse().ok()?).ok()?,
                seen_at: instant(seen_at.parse().ok()?).ok()?,
            })
        };
        Ok(text.split(';').filter_map(one).collect())
    }

    pub(super) fn keep(self, tx: &mut Tx<'_>, key: &str) -> Result<(), Error> {
        let mut kept = Self::kept(tx, key)?;
        kept.push(self);
        let first = kept.len().saturating_sub(KEPT);
        let pair =
            |covered: &Self| format!("{} {}", micros(covered.until), micros(covered.seen_at));
        let text: Vec<String> = kept.iter().skip(first).map(pair).collect();
        Ok(meta::put(tx.conn, key, &text.join(";"))?)
    }
}
