//! Who somebody is, without a database: passwords, the second factor, single sign-on, one-time secrets, and turns at the costly work.
//!
//! Only this room names the crates for hashing, guessing, codes, signatures and outgoing HTTP.

pub mod openid;
pub mod password;
pub mod second_factor;
pub mod secret;
pub mod turns;

/// The operating system or a library refused what it never refuses; told to the log only.
#[derive(Debug, thiserror::Error)]
#[error("identity: {0}")]
pub struct Fault(pub String);
