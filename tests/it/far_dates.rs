//! Dates and instants that nobody can mean, in every field of every route of the API document: the
//! field is named, nothing is computed with them, nothing is stored.

use diesel::connection::SimpleConnection as _;
use serde_json::{Map, Value, json};
use tinbai::domain::unit::Category;
use tinbai::store::StoreError;

use crate::both_databases;
use crate::support::app::{Client, Reply, TestApp};
use crate::support::tree::found;

both_databases!(
    a_far_date_in_any_field_of_any_route_is_refused_by_name,
    a_search_text_has_a_length,
    a_question_to_a_calendar_has_an_end,
    an_instant_far_away_is_not_stored,
);

/// What a field holds, and values of it that nobody can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Date,
    Instant,
    Year,
}

impl Holds {
    fn of(name: &str, schema: &Value) -> Option<Self> {
        match schema["format"].as_str() {
            Some("date") => Some(Self::Date),
            Some("date-time") => Some(Self::Instant),
            Some("int32") if name == "year" => Some(Self::Year),
            _ => None,
        }
    }

    fn far(self) -> Vec<Value> {
        match self {
            Self::Date => vec![
                json!("+262142-12-31"),
                json!("-262143-01-01"),
                json!("9999-12-31"),
                json!("2101-01-01"),
                json!("1999-12-31"),
                json!("0000-01-01"),
            ],
            Self::Instant => vec![
                json!("+262142-12-31T23:59:59Z"),
                json!("-262143-01-01T00:00:00Z"),
                json!("9999-12-31T23:59:59Z"),
                json!("2101-01-01T00:00:00+07:00"),
                json!("1999-12-31T23:59:59+07:00"),
                json!("0000-01-01T00:00:00Z"),
            ],
            Self::Year => vec![
                json!(262_142),
                json!(9_999),
                json!(2_101),
                json!(1_999),
                json!(-1),
            ],
        }
    }
}

/// Dotted paths of fields in a body that hold dates.
fn fields(document: &Value, schema: &Value, path: &str, found: &mut Vec<(String, Holds)>) {
    if path.matches('.').count() > 4 {
        return;
    }
    if let Some(name) = schema["$ref"].as_str() {
        let inner = document.pointer(name.trim_start_matches('#')).unwrap();
        return fields(document, inner, path, found);
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for part in schema[key].as_array().into_iter().flatten() {
            fields(document, part, path, found);
        }
    }
    let name = path.rsplit('.').next().unwrap_or_default();
    if let Some(holds) = Holds::of(name, schema) {
        found.push((path.to_owned(), holds));
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let below = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        fields(document, field, &below, found);
    }
}

/// `{"a": {"b": value}}` of `a.b`.
fn nested(path: &str, value: &Value) -> Value {
    path.rsplit('.').fold(value.clone(), |inner, name| {
        Value::Object(Map::from_iter([(name.to_owned(), inner)]))
    })
}

fn encoded(value: &Value) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.replace('+', "%2B")
}

/// The fault of a reply that refuses this field, or what is wrong with the reply.
fn refused(reply: &Reply, field: &str) -> Result<(), String> {
    let named = (reply.status == 400 || reply.status == 422)
        && reply.faults(reply.status).iter().any(|fault| {
            ["date_year", "number_range", "json_date"]
                .iter()
                .any(|code| *fault == format!("{field} {code}"))
        });
    if named {
        Ok(())
    } else {
        Err(format!("{} {}", reply.status, reply.text))
    }
}

fn a_far_date_in_any_field_of_any_route_is_refused_by_name(app: &TestApp) {
    let document = tinbai::web::openapi::document().unwrap();
    let admin = app.admin().knowing(1);
    let mut faults = Vec::new();
    let mut tried = 0;
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            let route = Route {
                verb: verb.to_uppercase(),
                path,
            };
            for (place, holds) in places(&document, operation) {
                for value in holds.far() {
                    let reply = route.send(&admin, &place, &value);
                    tried += 1;
                    if let Err(said) = refused(&reply, place.field()) {
                        faults.push(format!("{} {path} {place:?} = {value}: {said}", route.verb));
                    }
                }
            }
        }
    }
    assert!(tried > 400, "{tried} values");
    assert!(
        faults.is_empty(),
        "{} of {tried}\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// Where a value stands in a request.
#[derive(Debug)]
enum Place {
    Path(String),
    Query(String),
    Body(String),
}

impl Place {
    fn field(&self) -> &str {
        match self {
            Self::Path(name) | Self::Query(name) | Self::Body(name) => name,
        }
    }
}

fn places(document: &Value, operation: &Value) -> Vec<(Place, Holds)> {
    let mut all = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap().to_owned();
        let Some(holds) = Holds::of(&name, &parameter["schema"]) else {
            continue;
        };
        let place = match parameter["in"].as_str() {
            Some("path") => Place::Path(name),
            _ => Place::Query(name),
        };
        all.push((place, holds));
    }
    let content = operation["requestBody"]["content"].as_object();
    for media in content.into_iter().flat_map(Map::values) {
        let mut found = Vec::new();
        fields(document, &media["schema"], "", &mut found);
        all.extend(
            found
                .into_iter()
                .map(|(path, holds)| (Place::Body(path), holds)),
        );
    }
    all
}

struct Route<'a> {
    verb: String,
    path: &'a str,
}

impl Route<'_> {
    /// The address with good parts, but for the one that is tried.
    fn address(&self, place: &Place, value: &Value) -> String {
        let filled = |name: &str| match name {
            name if matches!(place, Place::Path(tried) if tried == name) => encoded(value),
            "year" => "2026".to_owned(),
            "category" => "superior".to_owned(),
            "valid_from" => "2026-12-01".to_owned(),
            "code" => "ben-tre".to_owned(),
            "name" => "purge".to_owned(),
            "kind" if self.path.contains("/imports/") => "units".to_owned(),
            _ => "1".to_owned(),
        };
        // a part may go on behind the name: `{year}.csv`
        let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.split_once('}')) {
            Some((name, rest)) => filled(name) + rest,
            None => part.to_owned(),
        };
        let address: Vec<String> = self.path.split('/').map(part).collect();
        address.join("/")
    }

    fn send(&self, client: &Client, place: &Place, value: &Value) -> Reply {
        let mut address = self.address(place, value);
        if let Place::Query(name) = place {
            address = format!("{address}?{name}={}", encoded(value));
        }
        let body = match place {
            Place::Body(path) => Some(nested(path, value).to_string()),
            _ => (self.verb != "GET").then(|| "{}".to_owned()),
        };
        client.send(&self.verb, &address, body)
    }
}

fn a_search_text_has_a_length(app: &TestApp) {
    let admin = app.admin();
    for list in ["units", "people", "items", "events"] {
        let found =
            |letters: usize| admin.get(&format!("/api/v1/{list}?q={}", "a".repeat(letters)));
        assert_eq!(found(400).status, 200, "{list}");
        assert_eq!(found(401).faults(400), ["q too_long"], "{list}");
        assert_eq!(found(7_000).faults(400), ["q too_long"], "{list}");
    }
    let entity = format!("/api/v1/trail?entity_id={}", "1".repeat(401));
    assert_eq!(admin.get(&entity).faults(400), ["entity_id too_long"]);
}

fn a_question_to_a_calendar_has_an_end(app: &TestApp) {
    let admin = app.admin();
    let ask = |from: &str, amount: &str| {
        admin.get(&format!(
            "/api/v1/calendars/ben-tre/deadline?from={from}T10:00:00%2B07:00&{amount}"
        ))
    };
    for amount in [
        "working_hours=12",
        "clock_hours=24",
        "cutoff=16:00",
        "cutoff=16:00&cutoff_days=every",
    ] {
        for from in ["2000-01-01", "2026-11-20", "2100-12-31"] {
            assert_eq!(ask(from, amount).status, 200, "{from} {amount}");
        }
        for from in ["%2B262142-12-31", "-262143-01-01", "2101-01-01"] {
            assert_eq!(
                ask(from, amount).faults(400),
                ["from date_year"],
                "{from} {amount}"
            );
        }
    }
    for amount in ["working_hours", "clock_hours"] {
        let fault = format!("{amount} hours_too_many");
        assert_eq!(
            ask("2026-11-20", &format!("{amount}=10001")).faults(400),
            [fault]
        );
    }
}

fn an_instant_far_away_is_not_stored(app: &TestApp) {
    let unit = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let event = json!({ "unit_id": unit.id, "title": "Hội nghị", "starts_at": "2026-11-23T08:00:00+07:00" });
    let event = admin.post("/api/v1/events", &event).expect(201);
    let owed = &event["deadlines"][0]["obligation_id"];
    let ask = |until: &str| {
        let body = json!({ "until": until, "reason": "Mất điện" });
        admin.post(&format!("/api/v1/obligations/{owed}/extensions"), &body)
    };
    assert_eq!(
        ask("+262142-12-31T00:00:00Z").faults(400),
        ["until date_year"]
    );
    ask("2100-12-31T16:00:00+07:00").expect(201);
    assert_eq!(admin.get("/api/v1/extensions").items().len(), 1);
    let far = "UPDATE extension SET until = 8210266876799000000";
    let written = app
        .store
        .write::<_, StoreError>(|conn| Ok(conn.batch_execute(far)?));
    assert!(
        matches!(written, Err(StoreError::Refused(_))),
        "{written:?}"
    );
    assert_eq!(admin.get("/api/v1/extensions").items().len(), 1);
}
