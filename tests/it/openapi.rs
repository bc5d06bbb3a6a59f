//! The API document: the copy in the repository is the generated one, and what it lists is closed
//! without a token.

use std::collections::BTreeMap;

use serde_json::Value;
use tinbai::web::api::RESOURCES;

use crate::both_databases;
use crate::support::app::TestApp;

both_databases!(every_route_of_the_document_is_closed_without_a_token);

/// Addresses that are open to everybody.
const OPEN: [&str; 2] = ["/healthz", "/readyz"];

fn document() -> Value {
    tinbai::web::openapi::document().unwrap()
}

#[test]
fn the_copy_in_the_repository_is_the_generated_document() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    let generated = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, &generated).unwrap();
    }
    let copy = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        copy == generated,
        "docs/openapi.json is behind: UPDATE_OPENAPI=1 cargo test --test it openapi"
    );
}

#[test]
fn names_in_the_document_are_unique_and_every_reference_leads_somewhere() {
    let document = document();
    let mut operations = Vec::new();
    for verbs in document["paths"].as_object().unwrap().values() {
        operations.extend(
            verbs
                .as_object()
                .unwrap()
                .values()
                .map(|verb| verb["operationId"].as_str().unwrap()),
        );
    }
    let all = operations.len();
    operations.sort_unstable();
    operations.dedup();
    assert_eq!(operations.len(), all);
    // two types of one name: the second would stand in for the first
    let mut known = BTreeMap::new();
    for resource in RESOURCES {
        let part = serde_json::to_value((resource.document)()).unwrap();
        for (name, schema) in part["components"]["schemas"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let before = known.insert(name.clone(), schema.clone());
            assert!(
                before.is_none_or(|before| before == *schema),
                "two schemas are called {name}"
            );
        }
    }
    for reference in references(&document) {
        let place = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(place).is_some(), "{reference}");
    }
}

#[test]
fn each_paragraph_of_a_description_is_one_line() {
    let broken: Vec<String> = descriptions(&document())
        .into_iter()
        .filter(|text| text.split("\n\n").any(|paragraph| paragraph.contains('\n')))
        .collect();
    assert_eq!(broken, Vec::<String>::new());
}

fn descriptions(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let own =
                ["description", "summary"].map(|name| fields.get(name).and_then(Value::as_str));
            let own = own.into_iter().flatten().map(str::to_owned);
            own.chain(fields.values().flat_map(descriptions)).collect()
        }
        Value::Array(items) => items.iter().flat_map(descriptions).collect(),
        _ => Vec::new(),
    }
}

fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            own.into_iter()
                .chain(fields.values().flat_map(references))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

fn every_route_of_the_document_is_closed_without_a_token(app: &TestApp) {
    let document = document();
    let served = app.nobody().get("/api/v1/openapi.json").expect(200);
    // what was written a moment ago is served by the next build
    if std::env::var_os("UPDATE_OPENAPI").is_none() {
        assert_eq!(served, document);
    }
    let mut closed = 0;
    for (path, verbs) in document["paths"].as_object().unwrap() {
        // any value will do: nobody gets that far
        let address: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for verb in verbs.as_object().unwrap().keys() {
            let open = OPEN.contains(&path.as_str());
            let reply = app.nobody().send(
                &verb.to_uppercase(),
                &address,
                (verb != "get").then(|| "{}".to_owned()),
            );
            assert_eq!(
                reply.status == 401,
                !open,
                "{verb} {path}: {}",
                reply.status
            );
            closed += usize::from(!open);
        }
    }
    assert!(closed > 10, "{closed} routes");
}
