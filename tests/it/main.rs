//! Integration tests, through the doors that users use: the command line, HTTP, and the store's own
//! functions. `support` holds the harness; every other file is one topic.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing test is what a panic is for"
)]

mod support;

mod access;
mod access_calls;
mod access_page_calls;
mod access_pages;
mod accounts;
mod api_calendars;
mod api_events;
mod api_items;
mod api_jobs;
mod api_obligations;
mod api_people;
mod api_plans;
mod api_policies;
mod api_scores;
mod approvals;
mod as_of;
mod backup;
mod browser_pages;
mod calendar;
mod calendar_laws;
mod calendars;
mod cases;
mod cli;
mod copy;
mod delivery;
mod demo;
mod devices;
mod doctor;
mod documents;
mod edge;
mod engine;
mod entering;
mod events;
mod facts;
mod far_dates;
mod feeds;
mod files;
mod filters;
mod frozen;
mod handbook;
mod hints;
mod hostile;
mod hot_path;
mod http;
mod import;
mod imports;
mod imports_hostile;
mod imports_legacy;
mod imports_rows;
mod imports_undo;
mod items;
mod kill;
mod letters;
mod lives;
mod logs;
mod observed;
mod openapi;
mod outbox;
mod page_admin;
mod page_calendars;
mod page_colours;
mod page_drafts;
mod page_events;
mod page_format;
mod page_forms;
mod page_items;
mod page_lists;
mod page_people;
mod page_plans;
mod page_policies;
mod page_saved;
mod page_schemes;
mod page_scores;
mod page_setup;
mod page_snapshots;
mod page_today;
mod page_units;
mod pages;
mod people;
mod personal;
mod plans;
mod reach;
mod review;
mod rights;
mod roles;
mod scenario;
mod schedule;
mod score_year;
mod secure_mail;
mod service;
mod shared;
mod sign_in;
mod sign_on;
mod sign_on_false;
mod silent;
mod slow;
mod spelling;
mod store;
mod subtrees;
mod succession;
mod tokens;
#[cfg(feature = "opentelemetry")]
mod traces;
mod trail;
mod unit_dates;
mod units;
mod unreadable;
mod upgrade;
mod visibility;
mod words;
mod work_pages;
mod year;
