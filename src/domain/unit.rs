//! Units: the nodes of the federation's tree (DOMAIN: units).

use serde::{Deserialize, Serialize};

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// The province (LĐLĐ tỉnh).
    Federation,
    /// A department of the federation's own office (Ban LĐLĐ tỉnh).
    Office,
    /// A union directly above grassroots unions (Công đoàn cấp trên trực tiếp cơ sở).
    Superior,
    /// A grassroots union directly under the federation (Công đoàn cơ sở trực thuộc).
    Grassroots,
    /// An outside organisation (cộng tác viên ngoài hệ thống).
    Collaborator,
}

impl Category {
    /// All categories.
    pub const ALL: [Self; 5] = [Self::Federation, Self::Office, Self::Superior, Self::Grassroots, Self::Collaborator];

    /// The category's name in the database and in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Federation => "federation",
            Self::Office => "office",
            Self::Superior => "superior",
            Self::Grassroots => "grassroots",
            Self::Collaborator => "collaborator",
        }
    }

    /// The category of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }
}
