//! The rules of the product, pure: no IO, no clock, no database, no HTTP types.

pub mod access;
pub mod account;
pub mod calendar;
pub mod deadline;
pub mod error;
pub mod event;
pub mod field;
pub mod grant;
pub mod item;
pub mod ladder;
pub mod mail;
pub mod obligation;
pub mod party;
pub mod period;
pub mod person;
pub mod plan;
pub mod policy;
pub mod reminding;
pub mod rule;
pub mod schedule;
pub mod score;
pub mod settle;
pub mod text;
pub mod text_enum;
pub mod unit;
pub mod words;
