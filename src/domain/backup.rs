//! Backups: what one says about itself, how its file is named, which ones are kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::text::ZONE;
use super::years;
use crate::text_enum;

/// The version of the manifest that this program writes and reads.
pub const FORMAT: u32 = 1;

text_enum! {
    /// The database that a backup is of.
    pub enum Engine {
        /// The embedded one: the backup holds its file.
        Sqlite,
        /// The server: the backup holds a dump in the custom format of `pg_dump`.
        Postgres,
    }
}

impl Engine {
    /// The name of the database inside a backup.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Sqlite => "database.sqlite",
            Self::Postgres => "database.dump",
        }
    }
}

/// What a backup says about itself: `manifest.json`, the first file in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// The newest migration of the database.
    pub schema: String,
    /// Which database it is.
    pub engine: Engine,
    /// Everything that was committed by this instant is in the backup.
    #[serde(deserialize_with = "years::read")]
    pub taken_at: DateTime<Utc>,
    /// How long the database's file is, in bytes.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// How many rows each table has.
    pub tables: BTreeMap<String, i64>,
}

impl Manifest {
    /// How many rows there are in all.
    pub fn rows(&self) -> i64 {
        self.tables.values().sum()
    }
}

const NAME: &str = "tinbai-%Y%m%dT%H%M%SZ.tar.gz";

/// The name of a backup's file, which says when it was taken (UTC).
pub fn file_name(taken_at: DateTime<Utc>) -> String {
    taken_at.format(NAME).to_string()
}

/// When the backup with that file name was taken; nothing if it is not the name of a backup.
pub fn taken_at(file_name: &str) -> Option<DateTime<Utc>> {
    let at = NaiveDateTime::parse_from_str(file_name, NAME).ok()?;
    Some(at.and_utc()).filter(|at| self::file_name(*at) == file_name)
}

/// For how many days, weeks and months a backup is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Days.
    pub daily: u16,
    /// Weeks, from Monday on.
    pub weekly: u16,
    /// Months.
    pub monthly: u16,
}

/// Which of these backups are kept: the newest of each of the last days, weeks and months that have
/// one (in the zone of the app), and always the newest of all.
pub fn kept(all: &[DateTime<Utc>], keep: Keep) -> BTreeSet<DateTime<Utc>> {
    let mut newest_first = all.to_vec();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let day = |at: &DateTime<Utc>| at.with_timezone(&ZONE).date_naive();
    let days = last_of_each(&newest_first, keep.daily, |at| day(at).num_days_from_ce());
    let weeks = last_of_each(&newest_first, keep.weekly, |at| {
        let week = day(at).iso_week();
        week.year() * 100 + i32::try_from(week.week()).unwrap_or_default()
    });
    let months = last_of_each(&newest_first, keep.monthly, |at| {
        day(at).year() * 100 + i32::try_from(day(at).month()).unwrap_or_default()
    });
    let newest = newest_first.first().copied();
    days.into_iter()
        .chain(weeks)
        .chain(months)
        .chain(newest)
        .collect()
}

/// The newest backup of each of the last `most` periods that have one.
fn last_of_each(
    newest_first: &[DateTime<Utc>],
    most: u16,
    period: impl Fn(&DateTime<Utc>) -> i32,
) -> Vec<DateTime<Utc>> {
    let mut last: Vec<DateTime<Utc>> = newest_first.to_vec();
    last.dedup_by_key(|at| period(at));
    last.truncate(most.into());
    last
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    const KEEP: Keep = Keep {
        daily: 7,
        weekly: 5,
        monthly: 12,
    };

    #[test]
    fn a_name_says_when_the_backup_was_taken() {
        let instant = at("2026-11-30T02:30:00Z");
        assert_eq!(file_name(instant), "tinbai-20261130T023000Z.tar.gz");
        assert_eq!(taken_at("tinbai-20261130T023000Z.tar.gz"), Some(instant));
        for other in [
            "tinbai-20261130T023000Z.tar",
            "tinbai-20261130T023000Z.tar.gz.part",
            "tinbai-2026113T023000Z.tar.gz",
            "tinbai.sqlite",
            "",
        ] {
            assert_eq!(taken_at(other), None, "{other}");
        }
    }

    #[test]
    fn a_year_of_nights_leaves_days_weeks_and_months() {
        // 02:30 in Vietnam, every night until Monday 30/11/2026
        let nights: Vec<_> = (0..365)
            .map(|n| at("2026-11-29T19:30:00Z") - TimeDelta::days(n))
            .collect();
        let days: Vec<String> = kept(&nights, KEEP)
            .iter()
            .rev()
            .map(|at| at.with_timezone(&ZONE).format("%d/%m").to_string())
            .collect();
        assert_eq!(
            days,
            [
                "30/11", "29/11", "28/11", "27/11", "26/11", "25/11", "24/11", "22/11", "15/11",
                "08/11", "31/10", "30/09", "31/08", "31/07", "30/06", "31/05", "30/04", "31/03",
                "28/02", "31/01", "31/12"
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_kept_is_kept_again_and_never_without_the_newest(
            hours in proptest::collection::vec(0_i64..20_000, 1..200),
            (daily, weekly, monthly) in (0_u16..10, 0_u16..10, 0_u16..15),
        ) {
            let keep = Keep { daily, weekly, monthly };
            let all: Vec<_> = hours.iter().map(|n| at("2026-01-01T00:00:00Z") + TimeDelta::hours(*n)).collect();
            let once = kept(&all, keep);
            prop_assert!(once.contains(all.iter().max().unwrap()));
            prop_assert!(once.len() <= usize::from(daily + weekly + monthly) + 1);
            let rest: Vec<_> = once.iter().copied().collect();
            prop_assert_eq!(kept(&rest, keep), once);
        }
    }
}
