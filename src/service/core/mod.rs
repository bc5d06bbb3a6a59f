//! What every use case shares: its context, access, the audit trail, idempotency and errors.

#[macro_use]
pub mod tx;

pub mod access;
pub mod app;
pub mod audit;
pub mod error;
mod frozen;
pub mod idempotency;
pub mod lookups;
pub mod rows;
