//! The methods that an address of the API supports, for the header `Allow`.

use std::collections::HashMap;

use actix_web::http::header::HeaderValue;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The methods of each address of a document, by pattern.
#[derive(Debug)]
pub struct Verbs(HashMap<String, HeaderValue>);

/// What is read of a document.
#[derive(Deserialize)]
struct Document {
    paths: HashMap<String, HashMap<String, IgnoredAny>>,
}

/// How `Allow` lists each method; `HEAD` is supported wherever `GET` is.
const SHOWN: [(&str, &str); 5] = [
    ("get", "GET, HEAD"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("patch", "PATCH"),
];

impl Verbs {
    /// Reads an OpenAPI document.
    ///
    /// # Errors
    /// If it is none.
    pub fn of(document: &[u8]) -> serde_json::Result<Self> {
        let document: Document = serde_json::from_slice(document)?;
        let listed = document.paths.into_iter().filter_map(|(path, item)| {
            let taken = SHOWN.iter().filter(|(verb, _)| item.contains_key(*verb));
            let taken: Vec<&str> = taken.map(|(_, shown)| *shown).collect();
            Some((path, HeaderValue::from_str(&taken.join(", ")).ok()?))
        });
        Ok(Self(listed.collect()))
    }

    /// The methods of an address, by its pattern.
    pub fn get(&self, pattern: &str) -> Option<HeaderValue> {
        self.0.get(pattern).cloned()
    }
}
