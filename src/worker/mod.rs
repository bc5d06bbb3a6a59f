//! Schedule, runner and jobs.
//!
//! The schedule itself (which jobs, when) is in the database and in [`crate::service::schedule`]; [`jobs`] holds the code that
//! runs, one job a file; [`runner`] claims, runs and records; [`boot`] tells leases of dead processes.

pub mod boot;
pub mod jobs;
pub mod runner;
