//! Use cases: one function, one transaction, one line in the audit trail.
//!
//! A use case takes a [`Tx`], checks with [`core::access`] whether the actor may act, does its work
//! in that transaction and answers [`Error`]. [`App::write`] and [`App::read`] open transactions;
//! nothing else does. Any use case can fail with [`Error::NotFound`] for what the actor may not see,
//! [`Error::Forbidden`] for what they may not do, and [`Error::Stale`] if it takes a version; the
//! documentation of each names these only where there is more to say.
//!
//! | topic | what lives there |
//! |---|---|
//! | [`core`] | the context of a use case, access, audit trail, idempotency, errors |
//! | [`units`] | units, people, roles, succession, import |
//! | [`rules`] | calendars, policies, kinds, plans, presets |
//! | [`submissions`] | events and items |
//! | [`obligations`] | opening, folding, deciding, standings |
//! | [`imports`] | spreadsheets in, of every kind |
//! | [`notices`] | sweep, digest, summary, acknowledgement, mails |
//! | [`operation`] | backups |
//! | [`overview`] | today, the map and a unit, as people look at them |
//! | [`reports`] | lists and tables for spreadsheets, official documents, feeds of calendars |
//! | [`scores`] | schemes, rounds, sheets, explanations |
//! | [`schedule`] | the scheduled jobs and their runs |
//! | [`setup`] | the first days of a federation |
//! | [`accounts`] | accounts, sign-in, tokens, sessions, trail |

#[macro_use]
pub mod core;

pub mod accounts;
pub mod imports;
pub mod notices;
pub mod obligations;
pub mod operation;
pub mod overview;
pub mod reports;
pub mod rules;
pub mod schedule;
pub mod scores;
pub mod setup;
pub mod submissions;
pub mod units;

pub use self::core::app::App;
pub use self::core::error::Error;
pub use self::core::rows::Rows;
pub use self::core::tx::{Loadable, Tx};
