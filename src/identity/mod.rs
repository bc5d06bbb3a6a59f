//! Who somebody is, without a database: passwords, the second factor, single sign-on, one-time
//! secrets, and turns at the costly work.
//!
//! Only this room names the crates for hashing, guessing, codes, signatures and outgoing HTTP.

mod hashers;
pub mod openid;
pub mod password;
pub mod second_factor;
pub mod secret;
pub mod slots;

/// The operating system or a library refused what it never refuses; told to the log only.
#[derive(Debug, thiserror::Error)]
#[error("identity: {0}")]
pub struct Fault(pub String);

impl Fault {
    #[expect(clippy::needless_pass_by_value, reason = "fits `map_err`")]
    fn of(error: impl ToString) -> Self {
        Self(error.to_string())
    }
}
