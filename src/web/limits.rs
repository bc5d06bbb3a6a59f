//! How often one may try to sign in: a budget for each account and one for each address, by the house's clock. An unknown mail has
//! its budget like a known one. Single sign-on has a budget of its own for each address, much larger: there is nothing to guess, and a
//! whole office behind one address signs in each morning. A process keeps its own count; two replicas let twice as many pass.

use std::net::IpAddr;
use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use governor::clock::Clock as Ticks;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use sha2::{Digest as _, Sha256};

use super::error::Problem;
use crate::clock::SharedClock;
use crate::config::AccountSettings;

/// How much larger the budget of single sign-on is.
const PROVIDER_TIMES: u32 = 20;

/// Budgets beyond which full ones are forgotten.
const KEPT: usize = 10_000;

#[derive(Clone)]
struct HouseClock(SharedClock);

impl Ticks for HouseClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let nanos = self.0.now().timestamp_nanos_opt().unwrap_or_default();
        Nanos::new(u64::try_from(nanos).unwrap_or_default())
    }
}

type Limiter = RateLimiter<String, HashMapStateStore<String>, HouseClock, NoOpMiddleware<Nanos>>;

/// The budgets of a process.
pub struct Limits {
    by_account: Limiter,
    by_address: Limiter,
    to_provider: Limiter,
    clock: HouseClock,
}

impl Limits {
    /// Full budgets.
    #[must_use]
    pub fn new(settings: &AccountSettings, clock: SharedClock) -> Self {
        let clock = HouseClock(clock);
        let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let limiter = |times| {
            let (burst, rate) = (settings.sign_in_burst * times, settings.sign_in_per_minute * times);
            let quota = Quota::per_minute(number(rate)).allow_burst(number(burst));
            RateLimiter::new(quota, HashMapStateStore::default(), clock.clone())
        };
        let (by_account, by_address, to_provider) = (limiter(1), limiter(1), limiter(PROVIDER_TIMES));
        Self { by_account, by_address, to_provider, clock: clock.clone() }
    }

    /// A try from an address.
    ///
    /// # Errors
    /// 429.
    pub fn of_address(&self, address: IpAddr) -> Result<(), Problem> {
        self.take(&self.by_address, network(address))
    }

    /// A step of a single sign-on from an address.
    ///
    /// # Errors
    /// 429.
    pub fn of_provider(&self, address: IpAddr) -> Result<(), Problem> {
        self.take(&self.to_provider, network(address))
    }

    /// A try at something named by `key`: a mail, a device, the second step of an account.
    ///
    /// # Errors
    /// 429.
    pub fn of_account(&self, kind: &str, key: &str) -> Result<(), Problem> {
        // hashed, so that a gigantic name takes no memory
        let key = URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{kind}:{}", key.to_ascii_lowercase())));
        self.take(&self.by_account, key)
    }

    fn take(&self, limiter: &Limiter, key: String) -> Result<(), Problem> {
        if limiter.len() > KEPT {
            limiter.retain_recent();
        }
        limiter.check_key(&key).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            Problem::too_many(wait.as_secs() + 1)
        })
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
