//! The OpenAPI 3.1 document, generated from the handlers. `docs/openapi.json` is a copy; a test keeps
//! the two equal.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, web};
use serde_json::Value;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::ArrayItems;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    Components, Object, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required, Schema, Type,
};
use utoipa::{Modify, OpenApi as _};

use super::api::RESOURCES;
use super::problem::ProblemBody;
use super::resource::{Refused, Resource};

/// Where the document is served.
pub const PATH: &str = "/api/v1/openapi.json";

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
        document
            .components
            .get_or_insert_with(Components::new)
            .add_security_scheme("token", scheme);
    }
}

/// The whole document.
///
/// # Errors
/// If a part of it can't be written as JSON.
pub fn document() -> serde_json::Result<Value> {
    let all = RESOURCES
        .iter()
        .fold(Head::openapi(), |document, resource| {
            document.merge_from(completed(resource))
        });
    let mut document = serde_json::to_value(with_header_patterns(flattened(all)))?;
    join_paragraphs(&mut document);
    Ok(document)
}

/// The addresses of a document, by pattern, and the methods of each as `Allow` lists them.
#[derive(Debug)]
pub struct Verbs(HashMap<String, HeaderValue>);

impl Verbs {
    /// Those of a document. `HEAD` is supported wherever `GET` is.
    pub fn of(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let listed = paths.into_iter().flatten().filter_map(|(path, item)| {
            let taken: Vec<&str> = [
                ("get", "GET, HEAD"),
                ("put", "PUT"),
                ("post", "POST"),
                ("delete", "DELETE"),
                ("patch", "PATCH"),
            ]
            .into_iter()
            .filter(|(verb, _)| item.get(verb).is_some())
            .map(|(_, shown)| shown)
            .collect();
            Some((path.clone(), HeaderValue::from_str(&taken.join(", ")).ok()?))
        });
        Self(listed.collect())
    }

    /// The methods that a pattern supports.
    pub fn allowed(&self, pattern: &str) -> Option<&HeaderValue> {
        self.0.get(pattern)
    }

    /// The pattern of an address; one without a variable part wins.
    fn pattern(&self, path: &str) -> Option<&str> {
        let exact = self.0.get_key_value(path);
        let known = exact.or_else(|| self.0.iter().find(|(pattern, _)| is_like(path, pattern)));
        known.map(|(pattern, _)| pattern.as_str())
    }
}

/// Whether an address has the parts of a pattern.
fn is_like(path: &str, pattern: &str) -> bool {
    let mut parts = path.split('/');
    let same = pattern.split('/').all(|wanted| {
        let part = parts.next();
        part.is_some_and(|part| part == wanted || (wanted.starts_with('{') && !part.is_empty()))
    });
    same && parts.next().is_none()
}

/// The pattern of the address that a request asks for, whatever its method, also before a handler
/// is found.
pub fn pattern_of(req: &HttpRequest) -> Option<String> {
    let of_api = || {
        let verbs = req.app_data::<web::Data<Verbs>>()?;
        verbs.pattern(req.path()).map(str::to_owned)
    };
    req.match_pattern().or_else(of_api)
}

/// Writes a struct that flattens another one as one object with the fields of both: with `allOf` the
/// inner one would refuse the fields of the outer one.
fn flattened(mut document: OpenApi) -> OpenApi {
    let Some(components) = &mut document.components else {
        return document;
    };
    let known = components.schemas.clone();
    components
        .schemas
        .values_mut()
        .for_each(|schema| flatten(schema, &known));
    document
}

fn flatten(schema: &mut RefOr<Schema>, known: &BTreeMap<String, RefOr<Schema>>) {
    match schema {
        RefOr::T(Schema::Object(object)) => object
            .properties
            .values_mut()
            .for_each(|field| flatten(field, known)),
        RefOr::T(Schema::Array(list)) => {
            if let ArrayItems::RefOrSchema(item) = &mut list.items {
                flatten(item, known);
            }
        }
        RefOr::T(Schema::AllOf(all)) => {
            let parts: Option<Vec<&Object>> =
                all.items.iter().map(|part| object(known, part)).collect();
            let closed = parts.filter(|parts| {
                parts
                    .iter()
                    .any(|part| part.additional_properties.is_some())
            });
            if let Some(parts) = closed {
                let mut whole = Object::default();
                whole.description.clone_from(&all.description);
                for part in parts {
                    whole.properties.extend(part.properties.clone());
                    whole.required.extend(part.required.clone());
                    whole.additional_properties = whole
                        .additional_properties
                        .or_else(|| part.additional_properties.clone());
                }
                *schema = RefOr::T(Schema::Object(whole));
            }
        }
        _ => {}
    }
}

fn object<'a>(
    known: &'a BTreeMap<String, RefOr<Schema>>,
    part: &'a RefOr<Schema>,
) -> Option<&'a Object> {
    match part {
        RefOr::T(Schema::Object(object)) => Some(object),
        RefOr::T(_) => None,
        RefOr::Ref(to) => object(known, known.get(to.ref_location.rsplit('/').next()?)?),
    }
}

/// `*`, or a list of entity tags (RFC 9110, 13.1.1).
const IF_MATCH: &str = r#"^(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)$"#;

/// What `etag` and `service::idempotency` take, for which attributes of utoipa have no word.
fn with_header_patterns(mut document: OpenApi) -> OpenApi {
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        for parameter in operation.parameters.iter_mut().flatten() {
            let RefOr::T(parameter) = parameter else {
                continue;
            };
            let (pattern, longest) = match parameter.name.as_str() {
                "If-Match" => (IF_MATCH, None),
                "Idempotency-Key" => ("^[!-~]+$", Some(255)),
                _ => continue,
            };
            if parameter.name == "If-Match" {
                parameter.required = Required::True;
            }
            let text = ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some(pattern))
                .max_length(longest);
            parameter.schema = Some(RefOr::T(Schema::Object(text.build())));
        }
    }
    document
}

/// Descriptions are written as comments of the code, wrapped at its width: here each paragraph
/// becomes one line.
fn join_paragraphs(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "description" || name == "summary" => {
                        let paragraphs = text.split("\n\n").map(|one| one.replace('\n', " "));
                        *text = paragraphs.collect::<Vec<_>>().join("\n\n");
                    }
                    inner => join_paragraphs(inner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(join_paragraphs),
        _ => {}
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .into_iter()
    .flatten()
}

/// A resource's part of the document, with what all handlers have in common and need not repeat:
/// the tag, a unique name as in `units_list` (a handler's name is unique only within its file), the
/// refusal, and the ids in the address.
fn completed(resource: &Resource) -> OpenApi {
    let mut document = (resource.document)();
    for (address, item) in &mut document.paths.paths {
        for operation in operations(item) {
            operation.tags = Some(vec![resource.tag.to_owned()]);
            if let Some(name) = &mut operation.operation_id {
                name.insert_str(0, &format!("{}_", resource.tag));
            }
            // what everybody may call is never refused
            if operation.security.is_none() {
                let refused =
                    Ref::from_response_name(<Refused as utoipa::ToResponse>::response().0);
                let responses = &mut operation.responses.responses;
                responses.insert("4XX".to_owned(), refused.into());
            }
            add_ids(address, operation);
        }
    }
    document
}

/// What stands in an address and is not described otherwise is an id.
fn add_ids(address: &str, operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    let names = address.split('/').filter_map(placeholder);
    let unknown: Vec<_> = names
        .filter(|name| !parameters.iter().any(|known| is_called(known, name)))
        .map(|name| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(<i64 as utoipa::PartialSchema>::schema()))
                .build()
                .into()
        })
        .collect();
    parameters.splice(0..0, unknown);
    operation.parameters.take_if(|all| all.is_empty());
}

fn placeholder(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

fn is_called(parameter: &RefOr<Parameter>, name: &str) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.name == name)
}
