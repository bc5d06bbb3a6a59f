//! Use cases: one function, one write transaction, one line in the audit trail.
//!
//! Every function takes the [`House`] (or its store), the actor and `now` (UTC), checks with
//! [`access`] whether the actor may, does its work in one [`crate::store::Store::write`], and
//! answers [`Error`]. Functions ending in `_in` work inside a transaction of the caller.

pub mod access;
pub mod accounts;
pub mod acknowledge;
mod administrators;
pub mod audit;
pub mod book;
pub mod calendars;
mod change;
pub mod compiled;
pub mod demonstration;
pub mod digest;
pub mod error;
pub mod events;
pub mod house;
pub mod idempotency;
pub mod import;
pub mod items;
pub mod kinds;
pub mod links;
pub mod mails;
pub mod obligations;
pub mod people;
pub mod plans;
pub mod policies;
pub mod post;
pub mod presets;
pub mod purge;
pub mod recipients;
pub mod roles;
pub mod schedule;
pub mod scores;
pub mod sign_in;
pub mod standings;
mod succession;
pub mod summary;
pub mod sweep;
pub mod tokens;
pub mod trail;
pub mod units;

pub use error::Error;
pub use house::House;
