//! What serde says about a value that it could not read, as a fault that names its field and says
//! how to correct it.

use serde::de::DeserializeOwned;

use super::error::Problem;
use crate::domain::error::Invalid;
use crate::domain::years;

/// The fault that a sentence of serde describes; `path` is where it came up.
pub(super) fn fault(path: &str, said: &str) -> Invalid {
    let path = if path == "." { "" } else { path };
    let said = said.split(" at line ").next().unwrap_or(said);
    let mut quoted = said.split('`').skip(1).step_by(2);
    let starts = |with: &str| said.starts_with(with);
    if starts("unknown field") {
        let name = quoted.next().unwrap_or_default();
        let names = quoted.collect::<Vec<_>>().join(", ");
        return Invalid::new(inside(path, name), "json_unknown_field").with("names", names);
    }
    if starts("missing field") {
        return Invalid::new(inside(path, quoted.next().unwrap_or_default()), "required");
    }
    if starts("duplicate field") {
        return Invalid::new(
            inside(path, quoted.next().unwrap_or_default()),
            "json_duplicate",
        );
    }
    if let Some(fault) = years::from_serde(path, said) {
        return fault;
    }
    let field = path.to_owned();
    if starts("unknown variant") {
        let value = quoted.next().unwrap_or_default().escape_debug().to_string();
        let names = quoted.collect::<Vec<_>>().join(", ");
        return Invalid::new(field, "json_variant")
            .with("value", value)
            .with("names", names);
    }
    if let Some((_, expected)) = said.split_once("expected ")
        && (starts("invalid type") || starts("invalid value") || starts("invalid length"))
    {
        return Invalid::new(field, type_code(expected));
    }
    if is_date_fault(said) {
        return Invalid::new(field, "json_date");
    }
    Invalid::new(field, "json_value").with("cause", said.escape_debug())
}

/// The path of a field: serde gives the path of its parent, sometimes of the field itself.
fn inside(path: &str, name: &str) -> String {
    let known = path == name || path.ends_with(&format!(".{name}"));
    match (path, known) {
        ("", _) => name.escape_debug().to_string(),
        (_, true) => path.to_owned(),
        (_, false) => format!("{path}.{}", name.escape_debug()),
    }
}

fn type_code(expected: &str) -> &'static str {
    match expected {
        "a string" | "str" | "string" | "a borrowed string" => "json_text",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "isize" => {
            "json_integer"
        }
        "a boolean" => "json_boolean",
        "a sequence" => "json_list",
        "a map" => "json_object",
        expected if expected.starts_with("struct") => "json_object",
        expected if expected.contains("date") || expected.contains("RFC 3339") => "json_date",
        _ => "json_text",
    }
}

/// Whether this is a sentence of chrono about a date.
fn is_date_fault(said: &str) -> bool {
    const SAID: [&str; 6] = [
        "input is out of range",
        "input contains invalid characters",
        "premature end of input",
        "trailing input",
        "no possible date and time",
        "input is not enough",
    ];
    SAID.iter().any(|sentence| said.starts_with(sentence))
}

/// Reads a value from query parameters, with the same faults as a body.
pub(super) fn from_query<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Problem> {
    let whole = serde_urlencoded::to_string(pairs).map_err(Problem::internal)?;
    let said = match serde_urlencoded::from_str(&whole) {
        Ok(value) => return Ok(value),
        Err(error) => error.to_string(),
    };
    // the parser does not say which value it did not understand: the one that is refused alone
    for (name, value) in pairs {
        let alone = serde_urlencoded::to_string([(name, value)]).map_err(Problem::internal)?;
        let refused = serde_urlencoded::from_str::<T>(&alone)
            .err()
            .map(|error| error.to_string());
        if let Some(said) = refused.filter(|said| !said.starts_with("missing field")) {
            let number =
                said.starts_with("invalid digit") || said.starts_with("cannot parse integer");
            return Err(match said.as_str() {
                said if said.starts_with("provided string was not") => {
                    Invalid::new(name.clone(), "json_boolean")
                }
                _ if number => Invalid::new(name.clone(), "json_integer"),
                said => fault(name, said),
            }
            .into());
        }
    }
    Err(fault("", &said).into())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Inner {
        count: u32,
        on: chrono::NaiveDate,
        kind: Option<crate::domain::unit::Category>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Outer {
        name: String,
        rows: Vec<Inner>,
    }

    fn named(json: &str) -> String {
        match serde_path_to_error::deserialize::<_, Outer>(&mut serde_json::Deserializer::from_str(
            json,
        )) {
            Ok(_) => "fine".to_owned(),
            Err(error) => {
                let fault = fault(&error.path().to_string(), &error.inner().to_string());
                format!("{} {}", fault.field, fault.code)
            }
        }
    }

    #[test]
    fn a_fault_is_named_with_its_place() {
        assert_eq!(
            named(r#"{"name": "a", "rows": [{"count": 1, "on": "2026-11-20", "kind": "office"}]}"#),
            "fine"
        );
        assert_eq!(named(r#"{"name": "a"}"#), "rows required");
        assert_eq!(named(r#"{"name": 1, "rows": []}"#), "name json_text");
        assert_eq!(
            named(r#"{"name": "a", "rows": [], "colour": 1}"#),
            "colour json_unknown_field"
        );
        assert_eq!(named(r#"{"name": "a", "rows": {}}"#), "rows json_list");
        let row = |row: &str| named(&format!(r#"{{"name": "a", "rows": [{row}]}}"#));
        assert_eq!(
            row(r#"{"count": "1", "on": "2026-11-20"}"#),
            "rows[0].count json_integer"
        );
        assert_eq!(
            row(r#"{"count": -1, "on": "2026-11-20"}"#),
            "rows[0].count json_integer"
        );
        assert_eq!(
            row(r#"{"count": 1, "on": "2026-02-30"}"#),
            "rows[0].on json_date"
        );
        assert_eq!(row(r#"{"count": 1, "on": 5}"#), "rows[0].on json_date");
        assert_eq!(
            row(r#"{"count": 1, "on": "2026-11-20", "x": 1}"#),
            "rows[0].x json_unknown_field"
        );
        assert_eq!(
            row(r#"{"count": 1, "on": "2026-11-20", "kind": "x"}"#),
            "rows[0].kind json_variant"
        );
        assert_eq!(
            row(r#"{"count": 1, "count": 1, "on": "2026-11-20"}"#),
            "rows[0].count json_duplicate"
        );
    }
}
