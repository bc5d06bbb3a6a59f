//! Signing in: how long sessions live, who needs a second factor, how often one may try.

use serde::{Deserialize, Serialize};

use super::Seconds;
use crate::domain::error::Invalid;

/// `[accounts]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSettings {
    /// Administrators and the department must sign in with a second factor; people
    /// without one set it up first.
    pub require_second_factor: bool,
    /// A session that was not used for this long is over.
    pub session_idle_seconds: Seconds,
    /// A session is over after this long, used or not.
    pub session_life_seconds: Seconds,
    /// A session that its person keeps on a personal device is over after this long, used or not.
    pub kept_session_seconds: Seconds,
    /// Tries to sign in, for an account and for an address each: this many at once…
    pub sign_in_burst: u32,
    /// …and then this many a minute.
    pub sign_in_per_minute: u32,
    /// Mails with a link for a new password that one account is sent in an hour at most.
    pub reset_mails_per_hour: u32,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            require_second_factor: false,
            session_idle_seconds: Seconds(28_800),
            session_life_seconds: Seconds(604_800),
            kept_session_seconds: Seconds(2_592_000),
            sign_in_burst: 10,
            sign_in_per_minute: 1,
            reset_mails_per_hour: 3,
        }
    }
}

impl AccountSettings {
    pub(super) fn check(&self, faults: &mut Vec<Invalid>) {
        within!(faults, "accounts", self, {
            session_idle_seconds: 300..=2_592_000,
            session_life_seconds: 3_600..=7_776_000,
            kept_session_seconds: 3_600..=7_776_000,
            sign_in_burst: 1..=10_000,
            sign_in_per_minute: 1..=10_000,
            reset_mails_per_hour: 1..=100,
        });
    }
}
