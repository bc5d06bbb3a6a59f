//! The database as a whole: consistent copies of it, and putting one back into an empty place.
//!
//! Tables are found in the database itself, so that a new table can't be forgotten. What a copy
//! holds is counted where it is made and again where it is put back.

mod columns;
mod contents;
mod copy;
mod numbers;
mod place;
mod programs;
mod rows;
mod snapshot;

pub use contents::Contents;
pub(super) use copy::{is_unfinished, unfinished};
pub use place::{Place, is_known};
pub use rows::Sum;
