//! What a missed run is worth (R3): the policy of a job, and what it makes of the instants that
//! have passed.

use chrono::{DateTime, TimeDelta, Utc};

use super::Cron;

/// What happens to instants that passed while nobody ran them. Stored with the job's row as
/// [`CatchUp::to_text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// One run, for the latest of them: for jobs that look at the state of things.
    Coalesce,
    /// Those not older than this are run, each in order; older ones are recorded as skipped.
    Within(TimeDelta),
    /// Every one is run, in order.
    Each,
}

/// What has to be done about a job whose next instant has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Instants that are too old: to be recorded as skipped, oldest first. Of very many only the
    /// latest are named.
    pub skipped: Vec<DateTime<Utc>>,
    /// The instant to run for now.
    pub run: Option<DateTime<Utc>>,
    /// What comes after `run` (or after the last skipped one); in the past if more was missed.
    pub next: Option<DateTime<Utc>>,
}

/// Skipped instants that get a row each; a line of every minute and a machine that was off for a
/// year would fill the table.
const SKIPPED_ROWS: usize = 400;

impl CatchUp {
    /// The name in the database and in answers: `coalesce`, `each`, `within:86400` (seconds).
    pub fn to_text(self) -> String {
        match self {
            Self::Coalesce => "coalesce".to_owned(),
            Self::Each => "each".to_owned(),
            Self::Within(age) => format!("within:{}", age.num_seconds()),
        }
    }

    /// The policy of that name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "coalesce" => Some(Self::Coalesce),
            "each" => Some(Self::Each),
            other => {
                let seconds = other.strip_prefix("within:")?.parse().ok()?;
                TimeDelta::try_seconds(seconds).map(Self::Within)
            }
        }
    }

    /// Judges at `now` a job whose next instant `first` (always due itself, even if it is not on
    /// the line: somebody may have asked for a run by hand) has come.
    pub fn judge(self, cron: &Cron, first: DateTime<Utc>, now: DateTime<Utc>) -> Due {
        let run = match self {
            Self::Each => first,
            Self::Coalesce => cron.latest(first, now),
            Self::Within(age) if now - first <= age => first,
            Self::Within(age) => return skip(cron, first, now, age),
        };
        Due {
            skipped: Vec::new(),
            run: Some(run),
            next: cron.next_after(run),
        }
    }
}

fn skip(cron: &Cron, first: DateTime<Utc>, now: DateTime<Utc>, age: TimeDelta) -> Due {
    let oldest = now - age;
    let mut skipped = std::collections::VecDeque::from([first]);
    let mut run = None;
    for at in cron.between(first, now) {
        if at >= oldest {
            run = Some(at);
            break;
        }
        if skipped.len() == SKIPPED_ROWS {
            skipped.pop_front();
        }
        skipped.push_back(at);
    }
    let settled = run.or(skipped.back().copied()).unwrap_or(first);
    Due {
        skipped: skipped.into(),
        run,
        next: cron.next_after(settled),
    }
}
