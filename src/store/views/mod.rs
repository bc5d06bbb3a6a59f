//! Read models: what lists and pages show, in the shape in which they show it. Every function takes the
//! [`crate::domain::access::Scope`] that `service::access::scope` makes, so that nobody reads beyond the part of the tree that
//! is theirs.

pub mod jobs;
pub mod obligations;
pub mod people;
pub mod units;
