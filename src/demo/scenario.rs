//! Which demonstration is made: a tree of units, a seed, and how much of the past it gets.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use crate::domain::text::local_date;

/// A tree of units with its rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// Bến Tre's tree and deadlines; its superior and grassroots units owe Thanh Hóa's quotas.
    BenTre,
    /// Thanh Hóa's tree and plan.
    ThanhHoa,
}

impl Tree {
    /// Its units, as a file to import.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::BenTre => include_str!("../../config/presets/units-ben-tre.csv"),
            Self::ThanhHoa => include_str!("../../config/presets/units-thanh-hoa.csv"),
        }
    }

    /// Code of its federation.
    pub(super) const fn federation(self) -> &'static str {
        match self {
            Self::BenTre => "ben-tre",
            Self::ThanhHoa => "thanh-hoa",
        }
    }

    /// Code of the preset with its plans and policies.
    pub(super) const fn preset(self) -> &'static str {
        match self {
            Self::BenTre => "demo",
            Self::ThanhHoa => "thanh-hoa",
        }
    }
}

/// The past of a demonstration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenario {
    /// The tree.
    pub tree: Tree,
    /// The same seed gives the same past.
    pub seed: u64,
    /// First local date of the past.
    pub from: NaiveDate,
    /// The instant at which the past ends.
    pub until: DateTime<Utc>,
}

impl Scenario {
    /// The year up to `until`: from 1 January, in the first quarter from that of the year before.
    pub fn year_up_to(tree: Tree, seed: u64, until: DateTime<Utc>) -> Self {
        let today = local_date(until);
        let year = if today.month() < 4 {
            today.year() - 1
        } else {
            today.year()
        };
        Self {
            tree,
            seed,
            from: NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(today),
            until,
        }
    }
}
