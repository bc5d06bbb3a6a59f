//! The JSON API: one file a resource, each with its handlers and DTOs.

use std::collections::BTreeMap;

use actix_web::guard::{GuardContext, fn_guard};
use actix_web::web::{self, Path, ServiceConfig};

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

/// Adds the routes of every resource.
///
/// The framework compares an address with one pattern after the other. So each topic has a scope of
/// its own, and an address is compared with the patterns of its topic only.
pub fn configure(config: &mut ServiceConfig) {
    for (topic, resources) in topics() {
        let is_of_topic =
            move |request: &GuardContext<'_>| topic_of(request.head().uri.path()) == topic;
        let scope = web::scope("").guard(fn_guard(is_of_topic));
        let add = |scope: actix_web::Scope, resource: &Resource| scope.configure(resource.routes);
        config.service(resources.into_iter().fold(scope, add));
    }
}

/// The resources with addresses of each topic.
fn topics() -> BTreeMap<String, Vec<&'static Resource>> {
    let mut topics: BTreeMap<String, Vec<&Resource>> = BTreeMap::new();
    for resource in RESOURCES {
        let document = (resource.document)();
        let mut own: Vec<&str> = document.paths.paths.keys().map(|at| topic_of(at)).collect();
        own.sort_unstable();
        own.dedup();
        for topic in own {
            topics.entry(topic.to_owned()).or_default().push(resource);
        }
    }
    topics
}

/// The first part of an address below `/api/v1/`: `units` of `/api/v1/units/7`.
fn topic_of(path: &str) -> &str {
    let below = path.strip_prefix("/api/v1/").unwrap_or(path);
    let below = below.strip_prefix('/').unwrap_or(below);
    below.split('/').next().unwrap_or_default()
}
