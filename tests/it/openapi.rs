//! The API document: the copy in the repository is the generated one, and what it lists is closed without a token.

use serde_json::Value;

use crate::both_databases;
use crate::support::app::TestApp;

both_databases!(every_route_of_the_document_is_closed_without_a_token);

/// Addresses that DESIGN leaves open.
const OPEN: [&str; 2] = ["/healthz", "/readyz"];

fn document() -> Value {
    serde_json::to_value(tinbai::web::openapi::document()).unwrap()
}

#[test]
fn the_copy_in_the_repository_is_the_generated_document() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    let generated = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, &generated).unwrap();
    }
    let copy = std::fs::read_to_string(path).unwrap_or_default();
    assert!(copy == generated, "docs/openapi.json is behind: UPDATE_OPENAPI=1 cargo test --test it openapi");
}

fn every_route_of_the_document_is_closed_without_a_token(app: &TestApp) {
    let document = document();
    assert_eq!(app.nobody().get("/api/v1/openapi.json").expect(200), document);
    let mut closed = 0;
    for (path, verbs) in document["paths"].as_object().unwrap() {
        // any value will do: nobody gets that far
        let address: String =
            path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/");
        for verb in verbs.as_object().unwrap().keys() {
            let open = OPEN.contains(&path.as_str());
            let reply = app.nobody().send(&verb.to_uppercase(), &address, (verb != "get").then(|| "{}".to_owned()));
            assert_eq!(reply.status == 401, !open, "{verb} {path}: {}", reply.status);
            closed += usize::from(!open);
        }
    }
    assert!(closed > 10, "{closed} routes");
}
