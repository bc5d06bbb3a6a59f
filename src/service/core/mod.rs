//! What every use case shares: its context, access, the audit trail, idempotency and errors.

pub mod access;
pub mod app;
pub mod audit;
pub mod error;
pub mod idempotency;
pub mod lookups;
pub mod tx;
