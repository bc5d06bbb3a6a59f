//! Accounts: what they may be, and the steps of a session.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// Its person has been sent a link and has neither set a password nor come by single sign-on
    /// yet.
    Invited,
    /// Its person may sign in.
    Active,
    /// Nobody may.
    Disabled,
}

impl AccountState {
    /// Its name in the database and in replies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// What a one-time link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The first password.
    Invite,
    /// A new one.
    Reset,
}

impl Purpose {
    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Reset => "reset",
        }
    }

    /// How long a link works.
    #[must_use]
    pub const fn life(self) -> TimeDelta {
        match self {
            Self::Invite => TimeDelta::days(7),
            Self::Reset => TimeDelta::hours(1),
        }
    }

    /// Where its links lead, below the server's address.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Invite => "/moi/",
            Self::Reset => "/dat-lai/",
        }
    }
}

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The password was right; the code is still to come.
    Code,
    /// A second factor has to be set up before anything else.
    Enrol,
    /// Signed in.
    Done,
}

impl Stage {
    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Enrol => "enrol",
            Self::Done => "done",
        }
    }
}

/// What somebody was known by when they signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Their password.
    Password,
    /// A provider of single sign-on.
    OpenId,
}

impl How {
    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::OpenId => "openid",
        }
    }
}

/// Somebody to be invited.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The person.
    pub person_id: i64,
    /// The address to sign in with; absent: the person's own.
    #[serde(default)]
    pub mail: Option<String>,
}
