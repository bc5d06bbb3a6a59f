//! Proving who somebody is, without a database: passwords, the second factor, single sign-on,
//! one-time secrets, and slots that limit costly work.
//!
//! No other module uses the crates for hashing and rating passwords, for codes, signatures and
//! outgoing HTTP.

mod hashers;
pub mod openid;
pub mod password;
pub mod second_factor;
pub mod secret;
pub mod slots;

/// An operation failed that never fails in a healthy process. It is shown in the log only.
#[derive(Debug, thiserror::Error)]
#[error("identity: {0}")]
pub struct Fault(pub String);

impl Fault {
    #[expect(clippy::needless_pass_by_value, reason = "fits `map_err`")]
    fn of(error: impl ToString) -> Self {
        Self(error.to_string())
    }
}
