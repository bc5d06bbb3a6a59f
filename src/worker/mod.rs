//! Schedule, runner, jobs, and the delivery of mails.
//!
//! The schedule itself (which jobs, when) is in the database and in [`crate::service::schedule`];
//! [`jobs`] holds the code that runs, one job a file; [`runner`] claims, runs and records;
//! [`delivery`] drains the outbox; [`boot`] recognises leases of processes that have ended.

pub mod boot;
pub mod delivery;
pub mod jobs;
pub mod runner;
