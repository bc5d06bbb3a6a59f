//! Rate limits of signing in: a budget for each account and one for each network address. An
//! unknown mail address has a budget like a known one. A successful sign-in gives its attempt back
//! to the address, because a whole office may sign in from one address each morning. Single sign-on
//! has a much larger budget of its own: there is nothing to guess. Requests for unknown calendar feeds have a
//! larger budget too: their secrets are too long to guess. Each process counts by itself,
//! so two replicas allow twice as many attempts.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::error::Problem;
use crate::clock::SharedClock;
use crate::config::AccountSettings;

/// How much larger the budget of single sign-on is.
const PROVIDER_TIMES: u32 = 20;

/// How much larger the budget of unknown calendar feeds is.
const FEED_TIMES: u32 = 5;

/// Budgets beyond which full ones are forgotten.
const KEPT: usize = 10_000;

/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;

/// Budgets of one kind: so many tries at once, then one each `every`. Of each is kept the instant
/// at which it is full again.
struct Budgets {
    every: i64,
    burst: i64,
    full_at: Mutex<HashMap<String, i64>>,
}

impl Budgets {
    fn new(settings: &AccountSettings, times: u32) -> Self {
        let (burst, rate) = (
            i64::from(settings.sign_in_burst * times),
            i64::from(settings.sign_in_per_minute * times),
        );
        Self {
            every: MINUTE / rate.max(1),
            burst: burst.max(1),
            full_at: Mutex::default(),
        }
    }

    fn full_at(&self) -> MutexGuard<'_, HashMap<String, i64>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a try.
    fn take(&self, key: String, now: i64) -> Result<(), Problem> {
        let mut all = self.full_at();
        if all.len() > KEPT {
            all.retain(|_, at| *at > now);
        }
        let after = all.get(&key).map_or(now, |at| now.max(*at)) + self.every;
        let over = after - (now + self.every * self.burst);
        if over > 0 {
            return Err(Problem::too_many(
                u64::try_from(over / 1_000_000).unwrap_or_default() + 1,
            ));
        }
        all.insert(key, after);
        Ok(())
    }

    /// Gives back a try that was taken.
    fn give_back(&self, key: &str) {
        if let Some(at) = self.full_at().get_mut(key) {
            *at -= self.every;
        }
    }
}

/// The budgets of a process.
pub struct Limits {
    by_account: Budgets,
    by_address: Budgets,
    to_provider: Budgets,
    wrong_feeds: Budgets,
    clock: SharedClock,
}

impl Limits {
    /// Full budgets.
    pub fn new(settings: &AccountSettings, clock: SharedClock) -> Self {
        let budgets = |times| Budgets::new(settings, times);
        Self {
            by_account: budgets(1),
            by_address: budgets(1),
            to_provider: budgets(PROVIDER_TIMES),
            wrong_feeds: budgets(FEED_TIMES),
            clock,
        }
    }

    /// A try from an address.
    ///
    /// # Errors
    /// 429.
    pub fn of_address(&self, address: IpAddr) -> Result<(), Problem> {
        self.by_address.take(network(address), self.now())
    }

    /// The try that this address took was a success.
    pub fn succeeded(&self, address: IpAddr) {
        self.by_address.give_back(&network(address));
    }

    /// A step of a single sign-on from an address.
    ///
    /// # Errors
    /// 429.
    pub fn of_provider(&self, address: IpAddr) -> Result<(), Problem> {
        self.to_provider.take(network(address), self.now())
    }

    /// An address of a calendar that does not exist, asked for from a network address. A feed that
    /// exists is never counted: calendars of a whole office ask from one address, and one that was
    /// taken back goes on asking.
    ///
    /// # Errors
    /// 429.
    pub fn of_wrong_feed(&self, address: IpAddr) -> Result<(), Problem> {
        self.wrong_feeds.take(network(address), self.now())
    }

    /// A try at something named by `key`: a mail, a device, the second step of an account.
    ///
    /// # Errors
    /// 429.
    pub fn of_account(&self, kind: &str, key: &str) -> Result<(), Problem> {
        // hashed, so that a very long name takes no memory
        let key = URL_SAFE_NO_PAD.encode(Sha256::digest(format!(
            "{kind}:{}",
            key.to_ascii_lowercase()
        )));
        self.by_account.take(key, self.now())
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_micros()
    }
}

/// Addresses of IPv6 count by their network (/64), which is one customer's.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => format!("{:x}", u128::from(address) >> 64),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_refills_and_never_overflows() {
        let settings = AccountSettings {
            sign_in_burst: 2,
            sign_in_per_minute: 1,
            ..AccountSettings::default()
        };
        let budgets = Budgets::new(&settings, 1);
        let take = |now: i64| budgets.take("a".to_owned(), now).is_ok();
        assert!(take(0) && take(0) && !take(0));
        budgets.give_back("a");
        assert!(take(0) && !take(0), "one was given back");
        assert!(!take(MINUTE - 1) && take(MINUTE), "one a minute");
        budgets.give_back("a");
        budgets.give_back("nobody");
        assert!(
            take(90 * MINUTE) && take(90 * MINUTE) && !take(90 * MINUTE),
            "full is full"
        );
        let waits = budgets
            .take("a".to_owned(), 90 * MINUTE)
            .unwrap_err()
            .headers()
            .unwrap()
            .1;
        assert!((1..=61).contains(&waits.to_str().unwrap().parse::<u64>().unwrap()));
        assert!(budgets.take("b".to_owned(), 0).is_ok(), "each has its own");
    }
}
