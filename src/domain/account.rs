//! Accounts: their states, the purposes of one-time links, and the stages of a session.

use crate::domain::ids::PersonId;
use chrono::TimeDelta;
use serde::Deserialize;

crate::text_enum! {
    /// The state of an account.
    pub enum AccountState {
        /// Its person was mailed an invitation and has not accepted it yet, neither by setting a
        /// password nor by single sign-on.
        Invited,
        /// Its person may sign in.
        Active,
        /// Nobody may sign in.
        Disabled,
    }
}

crate::text_enum! {
    /// The purpose of a one-time link.
    pub enum LinkPurpose {
        /// To accept an invitation by setting the first password.
        Invite,
        /// To reset a forgotten password.
        Reset,
    }
}

impl LinkPurpose {
    /// How long a link works.
    pub const fn lifetime(self) -> TimeDelta {
        match self {
            Self::Invite => TimeDelta::days(7),
            Self::Reset => TimeDelta::hours(1),
        }
    }

    /// The path of the page that its links open, before the secret.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Invite => "/moi/",
            Self::Reset => "/dat-lai/",
        }
    }
}

crate::text_enum! {
    /// The stage that a session has reached.
    pub enum SessionStage {
        /// The password was right; the code of the second factor is still missing.
        Code,
        /// A second factor has to be set up before anything else.
        Enrol,
        /// Signed in.
        Done,
    }
}

crate::text_enum! {
    /// How a session was started.
    pub enum SignInMethod {
        /// With a password.
        Password,
        /// By single sign-on with an OpenID provider.
        #[serde(rename = "openid")]
        #[strum(serialize = "openid")]
        OpenId,
    }
}

/// A person to invite.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The person.
    pub person_id: PersonId,
    /// The address to sign in with; absent: the person's own.
    pub mail: Option<String>,
}
