//! The rules of the product, pure: no IO, no clock, no database, no HTTP types.

pub mod access;
pub mod calendar;
pub mod error;
pub mod mail;
pub mod schedule;
pub mod text;
