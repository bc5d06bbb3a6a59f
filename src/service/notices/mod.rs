//! What people are told: reminders, digests, the daily summary, and the mails that carry them.

pub mod acknowledge;
pub mod digest;
pub mod links;
pub mod mails;
pub mod post;
pub mod recipients;
pub mod summary;
pub mod sweep;
