//! Imports: what a file may hold, and what an import made.

use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// What a file holds.
    pub enum ImportKind {
        /// Units, in a tree.
        Units,
        /// People of units.
        People,
        /// Items, each with its own arrival.
        Items,
        /// Events.
        Events,
        /// Days off of a calendar.
        Holidays,
        /// Quotas of units: rules of a plan.
        Targets,
        /// A year as it was kept before: sheets of units, people, events and items in one file.
        Legacy,
    }
}

crate::text_enum! {
    /// What an import makes.
    pub enum Entity {
        /// A unit.
        Unit,
        /// A person.
        Person,
        /// An item.
        Item,
        /// An event.
        Event,
        /// A day off of a calendar.
        Holiday,
        /// A plan.
        Plan,
        /// A rule of a plan.
        Rule,
    }
}

/// A thing that an import made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Made {
    /// The row that says so.
    pub row: u32,
    /// What it is.
    pub entity: Entity,
    /// Its id; the code of a unit, the calendar and date of a day off, the plan and id of a rule.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its version when it was made; 0 where versions are not compared.
    #[serde(default)]
    pub version: i32,
}

impl ImportKind {
    /// The kinds of the sheets of one file, in the order in which they are entered.
    pub fn parts(self) -> &'static [Self] {
        match self {
            Self::Units => &[Self::Units],
            Self::People => &[Self::People],
            Self::Items => &[Self::Items],
            Self::Events => &[Self::Events],
            Self::Holidays => &[Self::Holidays],
            Self::Targets => &[Self::Targets],
            Self::Legacy => &[Self::Units, Self::People, Self::Events, Self::Items],
        }
    }

    /// The name of the file of its template.
    pub fn template_name(self) -> String {
        let holds = match self {
            Self::Units => "don-vi",
            Self::People => "nguoi",
            Self::Items => "tin-bai",
            Self::Events => "su-kien",
            Self::Holidays => "ngay-nghi",
            Self::Targets => "chi-tieu",
            Self::Legacy => "ca-nam-cu",
        };
        format!("mau-nhap-{holds}.xlsx")
    }

    /// The key of its name in the locale files.
    pub fn word(self) -> String {
        format!("import.kind.{self}")
    }
}
