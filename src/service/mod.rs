//! Use cases: one function, one transaction, one line in the audit trail.
//!
//! A use case takes a [`Tx`], checks with [`core::access`] whether the actor may act, does its work
//! in that transaction and answers [`Error`]. [`App::write`] and [`App::read`] open transactions;
//! nothing else does.
//!
//! | topic | what lives there |
//! |---|---|
//! | [`core`] | the context of a use case, access, audit trail, idempotency, errors |
//! | [`units`] | units, people, roles, succession, import |
//! | [`rules`] | calendars, policies, kinds, plans, presets |
//! | [`submissions`] | events and items |
//! | [`obligations`] | opening, folding, deciding, standings |
//! | [`notices`] | sweep, digest, summary, acknowledgement, mails |
//! | [`scores`] | schemes, rounds, sheets, explanations |
//! | [`schedule`] | the scheduled jobs and their runs |
//! | [`accounts`] | accounts, sign-in, tokens, sessions, trail |

pub mod accounts;
pub mod core;
pub mod notices;
pub mod obligations;
pub mod rules;
pub mod schedule;
pub mod scores;
pub mod submissions;
pub mod units;

pub use self::core::app::App;
pub use self::core::error::Error;
pub use self::core::tx::{Loadable, Tx};
