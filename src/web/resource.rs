//! One resource of the API: its routes, and what the document says about them.

use actix_web::web::ServiceConfig;
use utoipa::ToResponse;
use utoipa::openapi::OpenApi;

use super::problem::ProblemBody;

/// Makes a file's [`Resource`] out of the tag of its operations and its handlers: their routes, and
/// their part of the API document.
macro_rules! resource {
    ($tag:literal: $($handler:ident),+ $(,)?) => {
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($handler),+))]
        struct Document;

        /// The routes of this file and what the document says about them.
        pub const RESOURCE: $crate::web::resource::Resource = $crate::web::resource::Resource {
            tag: $tag,
            routes: |config| {
                $(config.service($handler);)+
            },
            document: <Document as utoipa::OpenApi>::openapi,
        };
    };
}

/// One resource.
#[derive(Debug, Clone, Copy)]
pub struct Resource {
    /// Under which its operations are listed in the document.
    pub tag: &'static str,
    /// Adds its routes.
    pub routes: fn(&mut ServiceConfig),
    /// Its part of the API document.
    pub document: fn() -> OpenApi,
}

/// A refusal: one description that all handlers refer to.
#[derive(ToResponse)]
#[response(
    description = "Not done; the problem says why, in the language asked for",
    content_type = "application/problem+json"
)]
#[expect(dead_code, reason = "describes what `error::Problem` is answered as")]
pub struct Refused(ProblemBody);
