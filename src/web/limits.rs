//! How often one may try to sign in: a budget for each account and one for each address, by the house's clock. An unknown mail has
//! its budget like a known one. A process keeps its own count; two replicas let twice as many pass.

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
    clock: HouseClock,
}

impl Limits {
    /// Full budgets.
    #[must_use]
    pub fn new(settings: &AccountSettings, clock: SharedClock) -> Self {
        let clock = HouseClock(clock);
        let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(number(settings.sign_in_per_minute)).allow_burst(number(settings.sign_in_burst));
        let limiter = || RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Self { by_account: limiter(), by_address: limiter(), clock: clock.clone() }
    }

    /// A try from an address; addresses of IPv6 count by their network (/64), which is one customer's.
    ///
    /// # Errors
    /// 429.
    pub fn of_address(&self, address: IpAddr) -> Result<(), Problem> {
        let key = match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(address) => address.to_string(),
                None => format!("{:x}", u128::from(address) >> 64),
            },
        };
        self.take(&self.by_address, key)
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
