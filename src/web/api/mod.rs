//! The JSON API: one file a resource, each with its handlers and DTOs.

use actix_web::web::Path;

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

/// Every resource of the API. A new file adds its line here.
#[rustfmt::skip]
pub const RESOURCES: &[Resource] = &[
    accounts::RESOURCE,
    calendar_changes::RESOURCE,
    calendars::RESOURCE,
    documents::RESOURCE,
    drafts::RESOURCE,
    events::RESOURCE,
    feeds::RESOURCE,
    health::RESOURCE,
    imports::RESOURCE,
    items::RESOURCE,
    jobs::RESOURCE,
    kinds::RESOURCE,
    mails::RESOURCE,
    me::RESOURCE,
    obligations::RESOURCE,
    overview::RESOURCE,
    people::RESOURCE,
    plans::RESOURCE,
    policies::RESOURCE,
    presets::RESOURCE,
    queue::RESOURCE,
    reminders::RESOURCE,
    reports::RESOURCE,
    rules::RESOURCE,
    saved_views::RESOURCE,
    score_rounds::RESOURCE,
    scores::RESOURCE,
    sessions::RESOURCE,
    standings::RESOURCE,
    tokens::RESOURCE,
    trail::RESOURCE,
    units::RESOURCE,
];
