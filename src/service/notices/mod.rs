//! What people are told: reminders, digests, the daily summary, and the mails that carry them.

pub mod acknowledge;
pub mod digest;
mod digest_letter;
pub mod links;
pub mod mails;
mod parts;
pub mod post;
pub mod recipients;
pub mod summary;
mod summary_letter;
pub mod sweep;
