//! The JSON API: one file a resource, each with its handlers and DTOs.

use actix_web::web::{Path, ServiceConfig};

use super::body::{Body, FileBody, Nothing};
use super::call::{Call, Created, IdempotencyKey, JsonReply, Reply};
use super::error::Problem;
use super::etag::{Edit, IfMatch};
use super::page::{All, Page, PageParams, Paged, Params};
use super::resource::Resource;
use super::time::Instant;

mod accounts;
mod calendar_changes;
mod calendars;
mod documents;
mod drafts;
mod events;
mod feeds;
mod health;
mod imports;
mod items;
mod jobs;
mod kinds;
mod mails;
mod me;
mod obligations;
mod overview;
mod people;
mod plans;
mod policies;
mod presets;
mod queue;
mod reminders;
mod reports;
mod rules;
mod saved_views;
mod score_rounds;
mod scores;
mod sessions;
mod standings;
mod tokens;
mod trail;
mod units;

macro_rules! resources {
    ($($file:ident),+ $(,)?) => {
        /// Adds the routes of every file.
        pub fn routes(config: &mut ServiceConfig) {
            $($file::routes(config);)+
        }

        /// What the document says about every file.
        pub const RESOURCES: &[Resource] = &[$($file::RESOURCE),+];
    };
}

// A new file adds its line here.
#[rustfmt::skip]
resources![
    accounts,
    calendar_changes,
    calendars,
    documents,
    drafts,
    events,
    feeds,
    health,
    imports,
    items,
    jobs,
    kinds,
    mails,
    me,
    obligations,
    overview,
    people,
    plans,
    policies,
    presets,
    queue,
    reminders,
    reports,
    rules,
    saved_views,
    score_rounds,
    scores,
    sessions,
    standings,
    tokens,
    trail,
    units,
];
