//! Ids of stored things: a type for each, so that the id of one is never taken for that of another.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Declares types of ids: whole numbers that the database gives, from 1 on.
macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// The id of nothing: what a row has before it is stored.
            pub const NONE: Self = Self(0);
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// The id of a unit.
    UnitId;
    /// The id of a person in one post; a later post of the same human being has another.
    PersonId;
    /// The id of the grant of a role.
    GrantId;
    /// The id of a calendar feed.
    FeedId;
    /// The id of a plan.
    PlanId;
    /// The id of a rule.
    RuleId;
    /// The id of a version of a rule.
    RuleVersionId;
    /// The id of an import of a file.
    ImportId;
    /// The id of an event.
    EventId;
    /// The id of an item.
    ItemId;
    /// The id of an item that is not handed in yet.
    DraftId;
    /// The id of a saved view.
    SavedViewId;
    /// The id of an obligation.
    ObligationId;
    /// The id of an extension.
    ExtensionId;
    /// The id of a score scheme.
    SchemeId;
    /// The id of a score round.
    RoundId;
    /// The id of a score sheet.
    SheetId;
    /// The id of an account.
    AccountId;
    /// The id of a session.
    SessionId;
    /// The id of an access token.
    TokenId;
    /// The id of a mail.
    MailId;
}
