//! Signing in, and the session of a request. An unknown mail address, a wrong password and a
//! disabled account cost the same work and get the same answer. Passwords are hashed outside of
//! every transaction.
//!
//! | file | contents |
//! |---|---|
//! | here | what the steps share |
//! | `code` | the second step: a code of the second factor |
//! | `current` | the session behind a cookie |
//! | `device` | devices that signed in before |
//! | `openid` | single sign-on instead of a password |
//! | `known` | sessions that were found already |
//! | `own_account` | what people do with their own account: the password |
//! | `password` | the first step: mail address and password |
//! | `second_factor` | what people do with their own account: the second factor |
//! | `sessions` | the list of own sessions, signing out |
//! | `start` | starting a session for somebody who has proven who they are |

mod code;
mod current;
mod device;
mod known;
pub mod openid;
mod own_account;
mod password;
mod second_factor;
mod sessions;
mod start;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::access::Actor;
use crate::domain::account::SessionStage;
use crate::domain::ids::AccountId;
use crate::domain::preference::Preferences;
use crate::service::App;
use crate::store::people::PersonRow;
use crate::store::sessions::SessionRow;

pub use crate::identity::slots::Slots;
pub use crate::store::sessions::SessionView;
pub use code::second_step;
pub use current::authenticate;
pub use device::is_known;
pub use known::{KnownSessions, known};
pub use own_account::{
    OwnAccount, PasswordChange, Reauthentication, TypedPassword, change_password, own,
    reauthenticate, set_password, set_preferences,
};
pub use password::{Credentials, begin};
pub use second_factor::{
    Enrolment, begin_second_factor, confirm_second_factor, drop_second_factor, pending_enrolment,
};
pub use sessions::{end, end_all, list, sign_out};
pub(crate) use sessions::{end_of as end_session_of, of_account as sessions_of};

/// Longest mail address and browser name that are accepted, in characters.
const TEXT_MAX: usize = 200;

/// How long a sign-in may wait for its second step.
const SECOND_STEP_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// The browser that a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its address.
    pub address: String,
    /// Its `User-Agent`.
    pub agent: String,
    /// Whether its person says that it is a personal device, on which the session is kept.
    pub keeps: bool,
    /// The secret of a session that it holds already; signing in ends that session.
    pub previous_session: Option<String>,
    /// The id of the request.
    pub request_id: String,
}

impl Client {
    /// Somebody who has not signed in, as the actor of this request.
    pub fn visitor(&self) -> Actor {
        Actor {
            request_id: Some(self.request_id.clone()),
            ..Actor::visitor()
        }
    }
}

/// A session that was started, or renewed by the second step. The secrets go into cookies and
/// nowhere else.
#[derive(Clone)]
pub struct NewSession {
    /// The value of the session cookie.
    pub secret: String,
    /// The stage of the session.
    pub stage: SessionStage,
    /// The sealed name of this device.
    pub device: String,
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// For how many seconds the browser keeps the cookie; `None` = until it is closed.
    pub kept_seconds: Option<u32>,
}

impl std::fmt::Debug for NewSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSession")
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

/// The session behind a cookie.
#[derive(Debug, Clone)]
pub struct CurrentSession {
    /// The session.
    pub session: SessionRow,
    /// Its stage, with the roles of today.
    pub stage: SessionStage,
    /// The person.
    pub person: PersonRow,
    /// The person with the roles of today.
    pub actor: Actor,
    /// How they want pages to look.
    pub preferences: Preferences,
    /// The name of the unit of their post.
    pub unit_name: Option<String>,
}

/// How long a session of this stage may live; `kept` = on a personal device.
fn lifetime(app: &App, stage: SessionStage, kept: bool) -> TimeDelta {
    match stage {
        SessionStage::Code | SessionStage::Enrol => SECOND_STEP_WITHIN,
        SessionStage::Done if kept => app.settings.accounts.kept_session_seconds.delta(),
        SessionStage::Done => app.settings.accounts.session_life_seconds.delta(),
    }
}

/// For how many seconds a browser keeps the cookie of a session of this stage.
fn kept_seconds(app: &App, stage: SessionStage, kept: bool) -> Option<u32> {
    let seconds = lifetime(app, stage, kept).num_seconds();
    (kept && stage == SessionStage::Done).then(|| seconds.try_into().unwrap_or(u32::MAX))
}

impl CurrentSession {
    /// For how many seconds more a browser keeps its cookie; `None` = until it is closed.
    pub fn kept_seconds(&self, now: DateTime<Utc>) -> Option<u32> {
        let left = (*self.session.expires_at - now).num_seconds();
        let left = u32::try_from(left).unwrap_or_default();
        self.session.kept.then_some(left)
    }
}

/// A text of a client, without control characters and not too long.
fn cleaned(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(TEXT_MAX)
        .collect()
}
