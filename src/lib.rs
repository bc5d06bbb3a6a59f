//! Tinbai records what units of a federation of labour owe their propaganda department, checks
//! every deadline and mails reminders. This file is the map of the crate; `docs/ARCHITECTURE.md`
//! describes it.
//!
//! | module | content |
//! |---|---|
//! | [`domain`] | the rules themselves, pure: calendars, obligations, ladders, policies |
//! | [`clock`] | the only reader of the wall clock |
//! | [`config`] | settings |
//! | [`store`] | the database; the only user of diesel |
//! | [`service`] | use cases: one function, one write transaction |
//! | [`demo`] | the demonstration: a client of the use cases |
//! | [`identity`] | passwords, second factor, one-time secrets; without the database |
//! | [`office`] | files of office programs, in and out |
//! | [`mail`] | building and sending mails; the only user of lettre |
//! | [`worker`] | schedule, runner and jobs |
//! | [`web`] | pages and API; the only user of actix |
//! | [`cli`] | one command a file |
//! | [`app`] | composition root: settings to running parts |
//! | [`telemetry`] | logs |

rust_i18n::i18n!("config/locales", fallback = "vi");

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod identity;
pub mod mail;
pub mod office;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod worker;
