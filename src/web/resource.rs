//! One resource of the API: its routes, and what the document says about them.

use utoipa::ToResponse;
use utoipa::openapi::OpenApi;

use super::problem::ProblemBody;

/// Makes a file's `routes` and its [`Resource`] out of the tag of its operations and its handlers.
///
/// The two are separate so that the program, which serves `docs/openapi.json` as it is, does not
/// contain what generates it.
macro_rules! resource {
    ($tag:literal: $($handler:ident),+ $(,)?) => {
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($handler),+))]
        struct Document;

        /// Adds the routes of this file.
        pub fn routes(config: &mut actix_web::web::ServiceConfig) {
            $(config.service($handler);)+
        }

        /// What the document says about the routes of this file.
        pub const RESOURCE: $crate::web::resource::Resource = $crate::web::resource::Resource {
            tag: $tag,
            document: <Document as utoipa::OpenApi>::openapi,
        };
    };
}

/// What the API document says about one file of routes.
#[derive(Debug, Clone, Copy)]
pub struct Resource {
    /// Under which its operations are listed in the document.
    pub tag: &'static str,
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
