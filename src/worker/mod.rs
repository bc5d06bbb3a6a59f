//! Schedule, runner, jobs, and the delivery of mails.

pub mod boot;
pub mod delivery;
