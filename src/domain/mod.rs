//! The rules of the product, pure: no IO, no clock, no database, no HTTP types.

pub mod calendar;
pub mod access;
pub mod error;
pub mod text;
pub mod mail;
