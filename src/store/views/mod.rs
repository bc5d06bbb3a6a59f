//! Read models: what lists and pages show, in the shape in which they show it. Every function takes the
//! [`crate::domain::access::Scope`] that `service::access::scope` makes, so that nobody reads beyond the part of the tree that
//! is theirs.

pub mod events;
pub mod items;
pub mod jobs;
pub mod obligations;
pub mod people;
pub mod units;

use crate::domain::access::Scope;

/// The unit that a reader is kept to, if to any.
fn roots(scope: Scope) -> Vec<i64> {
    match scope {
        Scope::House => Vec::new(),
        Scope::Below(root) => vec![root],
    }
}
