//! The OpenAPI 3.1 document, put together from the handlers; `docs/openapi.json` is a copy that a test keeps equal.

use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, OpenApi};
use utoipa::{Modify, OpenApi as _, ToResponse};

use super::api::RESOURCES;
use super::error::ProblemBody;

/// Where the document is served.
pub const PATH: &str = "/api/v1/openapi.json";

/// A refusal; the one description that all handlers point to.
#[derive(ToResponse)]
#[response(
    description = "Not done; the problem says why, in the language asked for",
    content_type = "application/problem+json"
)]
#[expect(dead_code, reason = "describes what `error::Problem` is answered as")]
pub struct Refused(ProblemBody);

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "tinbai",
        description = "Submission deadlines and quotas of news items for provincial federations of labour.\n\n\
                       Every request takes `Authorization: Bearer tb_…`. Texts for people come in Vietnamese, or in English with \
                       `Accept-Language: en`. What can be edited carries an `ETag`; edits send it back in `If-Match` (428 \
                       without, 412 if somebody else saved first). Requests that create take an `Idempotency-Key`: the same key \
                       with the same body gets the first reply again. Lists come in pages: send `next_cursor` back as `cursor`. \
                       What the caller may not see is 404; what it sees but may not do is 403."
    ),
    components(schemas(ProblemBody), responses(Refused)),
    security(("token" = [])),
    modifiers(&Scheme)
)]
struct Head;

struct Scheme;

impl Modify for Scheme {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_with(Components::new).add_security_scheme("token", scheme);
    }
}

/// The whole document.
#[must_use]
pub fn document() -> OpenApi {
    RESOURCES.iter().fold(Head::openapi(), |document, resource| document.merge_from(named((resource.document)())))
}

/// Handlers are named within their file only; operations need names of their own: `units_list`.
fn named(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        let verbs = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in verbs.into_iter().flatten() {
            let tag = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
            operation.operation_id = operation.operation_id.take().map(|id| format!("{tag}_{id}"));
        }
    }
    document
}
