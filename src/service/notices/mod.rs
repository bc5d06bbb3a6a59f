//! What people are told: reminders, digests, the daily summary, and the mails that carry them.

pub mod acknowledge;
mod approval_letter;
pub mod approvals;
pub mod digest;
mod digest_letter;
pub mod forecast;
pub mod links;
mod mailboxes;
pub mod mails;
pub mod manual;
pub(crate) mod parts;
pub mod post;
pub mod readers;
pub mod recipients;
pub mod summary;
mod summary_coverage;
mod summary_letter;
pub mod sweep;
