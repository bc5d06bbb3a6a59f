//! The JSON API: one file a resource, each with its handlers and DTOs.

use actix_web::web::ServiceConfig;
use utoipa::openapi::OpenApi;

/// Makes a file's [`Resource`] out of its handlers: their routes, and their part of the API document.
macro_rules! resource {
    ($($handler:ident),+ $(,)?) => {
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($handler),+))]
        struct Document;

        /// The routes of this file and what the document says about them.
        pub const RESOURCE: $crate::web::api::Resource = $crate::web::api::Resource {
            routes: |config| {
                $(config.service($handler);)+
            },
            document: <Document as utoipa::OpenApi>::openapi,
        };
    };
}

mod accounts;
mod calendars;
mod events;
mod health;
mod items;
mod jobs;
mod kinds;
mod mails;
mod me;
mod obligations;
mod people;
mod plans;
mod policies;
mod presets;
mod score_rounds;
mod scores;
mod sessions;
mod standings;
mod tokens;
mod trail;
mod units;

/// One resource.
#[derive(Debug, Clone, Copy)]
pub struct Resource {
    /// Adds its routes.
    pub routes: fn(&mut ServiceConfig),
    /// Its part of the API document.
    pub document: fn() -> OpenApi,
}

/// Every resource of the API. A new file adds its line here.
#[rustfmt::skip]
pub const RESOURCES: &[Resource] = &[
    accounts::RESOURCE,
    calendars::RESOURCE,
    events::RESOURCE,
    health::RESOURCE,
    items::RESOURCE,
    jobs::RESOURCE,
    kinds::RESOURCE,
    mails::RESOURCE,
    me::RESOURCE,
    obligations::RESOURCE,
    people::RESOURCE,
    plans::RESOURCE,
    policies::RESOURCE,
    presets::RESOURCE,
    score_rounds::RESOURCE,
    scores::RESOURCE,
    sessions::RESOURCE,
    standings::RESOURCE,
    tokens::RESOURCE,
    trail::RESOURCE,
    units::RESOURCE,
];
