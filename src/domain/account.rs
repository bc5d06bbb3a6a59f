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
    /// What administrators see an account as.
    pub enum AccountStanding {
        /// Its person has not accepted the invitation.
        Invited,
        /// Its person accepted the invitation and never signed in.
        NeverSignedIn,
        /// Its person signs in.
        Active,
        /// Nobody may sign in.
        Disabled,
    }
}

impl AccountStanding {
    /// Of an account in this state, whose person has signed in or has not.
    pub const fn of(state: AccountState, has_signed_in: bool) -> Self {
        match (state, has_signed_in) {
            (AccountState::Invited, _) => Self::Invited,
            (AccountState::Active, false) => Self::NeverSignedIn,
            (AccountState::Active, true) => Self::Active,
            (AccountState::Disabled, _) => Self::Disabled,
        }
    }
}

crate::text_enum! {
    /// The account of a person, for lists of people.
    pub enum HasAccount {
        /// None.
        None,
        /// One that waits for its person to accept the invitation.
        Invited,
        /// One to sign in with.
        Active,
        /// One that is disabled.
        Disabled,
    }
}

impl HasAccount {
    /// The states of such an account; for none, those of every account that there must not be.
    pub const fn states(self) -> &'static [AccountState] {
        match self {
            Self::None => AccountState::ALL,
            Self::Invited => &[AccountState::Invited],
            Self::Active => &[AccountState::Active],
            Self::Disabled => &[AccountState::Disabled],
        }
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
