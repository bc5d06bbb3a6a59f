//! Every route of the API, with every role, on the unit of the role, the one above it, one beside
//! it and one below it, held against the tables of `docs/ACCESS.md`. A new route fails here until
//! it has its line there and its request in `access_calls`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::service::core::access::{ROLES, Reach, TABLE};

use crate::access_calls::{Ask, World};
use crate::both_databases;
use crate::support::app::{Client, Reply, TestApp};

both_databases!(every_route_answers_every_role_as_the_table_says);

const PAGE: &str = include_str!("../../docs/ACCESS.md");

/// The rows of the table behind the heading, without its head.
pub fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let table = PAGE.split(&format!("## {heading}\n")).nth(1).unwrap();
    let lines = table
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    lines
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

#[test]
fn the_page_shows_the_table_that_decides() {
    let word = |reach: &Reach| match reach {
        Reach::No => "-",
        Reach::Own => "own",
        Reach::Below => "below",
    };
    let decides = TABLE.iter().map(|(action, row)| {
        std::iter::once(action.as_str())
            .chain(row.iter().map(word))
            .collect::<Vec<_>>()
    });
    assert_eq!(rows("Roles and actions"), decides.collect::<Vec<_>>());
}

/// How far a role's right to an action reaches, by the page.
fn reach(role: Role, action: &str) -> Reach {
    let column = ROLES.iter().position(|listed| *listed == role).unwrap();
    let row = rows("Roles and actions")
        .into_iter()
        .find(|row| row[0] == action);
    match row.unwrap_or_else(|| panic!("{action} is no action"))[column + 1] {
        "below" => Reach::Below,
        "own" => Reach::Own,
        _ => Reach::No,
    }
}

#[test]
fn every_route_has_its_line() {
    let document = tinbai::web::openapi::document().unwrap();
    let mut served = BTreeSet::new();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        served.extend(
            verbs
                .as_object()
                .unwrap()
                .keys()
                .map(|verb| format!("{} {path}", verb.to_uppercase())),
        );
    }
    let listed: BTreeSet<String> = rows("Routes").iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(
        served.difference(&listed).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "without a line"
    );
    assert_eq!(
        listed.difference(&served).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "of no route"
    );
}

/// Where a unit stands to the one on which the role sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Own,
    Parent,
    Sibling,
    Child,
}

pub const PLACES: [Place; 4] = [Place::Own, Place::Parent, Place::Sibling, Place::Child];

/// What the table promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Allowed,
    Forbidden,
    Unseen,
}

pub fn promised(row: &[&str], role: Role, place: Place) -> Class {
    let [_, of, seen_by, needs] = row else {
        panic!("{row:?}")
    };
    let holds = |action: &str, least: Reach| reach(role, action) >= least;
    let far = match place {
        Place::Own => Some(Reach::Own),
        Place::Child => Some(Reach::Below),
        Place::Parent | Place::Sibling => None,
    };
    // a list is its own door, and an operator's things are seen by operators
    let seen_by = if seen_by.is_empty() { needs } else { seen_by };
    let seen = match far {
        Some(far) => holds(seen_by, far),
        None => *of == "bound" && place == Place::Parent && holds(seen_by, Reach::Own),
    };
    match *of {
        // no role of the test is over everybody
        "whole" if holds(seen_by, Reach::Own) => Class::Forbidden,
        "shared" if holds(needs, Reach::Own) => Class::Allowed,
        "shared" if holds(seen_by, Reach::Own) => Class::Forbidden,
        "gated" if !holds(needs, Reach::Own) => Class::Forbidden,
        // what those below may know they may read, and no more
        _ if far.is_none() && seen && needs == seen_by => Class::Allowed,
        _ if !seen => Class::Unseen,
        _ if far.is_some_and(|far| holds(needs, far)) => Class::Allowed,
        _ => Class::Forbidden,
    }
}

/// What came back, as far as the right to it goes: faults of the request itself come after it.
fn class(reply: &Reply) -> Class {
    match reply.status {
        403 => Class::Forbidden,
        404 => Class::Unseen,
        // a unit that the request names and the caller may not see is an unknown one
        400 if reply.text.contains("\"not_found\"")
            || reply.text.contains("unit_unknown_parent")
            || reply.text.contains("import_unit_unknown") =>
        {
            Class::Unseen
        }
        status if status < 500 && status != 401 => Class::Allowed,
        _ => panic!("{} {}", reply.status, reply.text),
    }
}

fn every_route_answers_every_role_as_the_table_says(app: &TestApp) {
    app.expect_unread_mails();
    let mut world = World::new(app);
    let clients: BTreeMap<&str, Client> = ROLES
        .iter()
        .map(|role| (role.as_str(), app.client_of(*role, Some(&world.own))))
        .collect();
    let mut faults = Vec::new();
    for row in rows("Routes") {
        let (route, of) = (row[0], row[1]);
        for place in PLACES {
            if matches!(of, "public" | "open" | "own" | "shared" | "whole") && place != Place::Own {
                continue;
            }
            for role in ROLES {
                let Some(ask) = world.ask(route, place) else {
                    continue;
                };
                let caller = &clients[role.as_str()];
                let before = world.trail();
                let reply = sent(caller, &ask);
                let found = match of {
                    "public" | "open" => class(&reply),
                    "list" => {
                        // a unit that the caller may not see is an unknown one
                        if reply.status != 200 && class(&reply) != Class::Unseen {
                            faults.push(format!("{route}: {} {}", reply.status, reply.text));
                        }
                        let shown = reply.text.contains(ask.shows.as_ref().unwrap());
                        if shown { Class::Allowed } else { Class::Unseen }
                    }
                    _ => class(&reply),
                };
                let wanted = match of {
                    "public" | "open" => Class::Allowed,
                    // no token of the test belongs to a person
                    "own" => Class::Unseen,
                    // a list has no door: it leaves out
                    "list" if promised(&row, role, place) != Class::Allowed => Class::Unseen,
                    _ => promised(&row, role, place),
                };
                if found != wanted {
                    faults.push(format!(
                        "{route}, {role:?} on {place:?}: {wanted:?}, but {} {}",
                        reply.status, reply.text
                    ));
                }
                if found != Class::Allowed {
                    assert_eq!(
                        world.trail(),
                        before,
                        "{route}, {role:?} on {place:?} left something behind"
                    );
                }
            }
        }
        if of != "public" {
            let ask = PLACES
                .iter()
                .find_map(|place| world.ask(route, *place))
                .unwrap();
            sent(&app.nobody(), &ask).expect(401);
        }
    }
    assert!(
        faults.is_empty(),
        "{} of\n{}",
        faults.len(),
        faults.join("\n")
    );
}

fn sent(client: &Client, ask: &Ask) -> Reply {
    let client = match ask.version {
        Some(version) => client.knowing(version),
        None => client.clone(),
    };
    // the body of a file is the file
    let body = ask.body.as_ref().map(|body| match body {
        Value::String(file) => file.clone(),
        body => body.to_string(),
    });
    client.send(ask.verb, &ask.path, body)
}

impl Ask {
    pub fn new(verb: &'static str, path: impl Into<String>) -> Self {
        Self {
            verb,
            path: path.into(),
            body: None,
            version: None,
            shows: None,
        }
    }

    pub fn body(self, body: Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    pub fn version(self, version: i64) -> Self {
        Self {
            version: Some(version),
            ..self
        }
    }

    /// That a list shows the thing with this id.
    pub fn shows(self, id: &Value) -> Self {
        Self {
            shows: Some(format!("\"id\":{id},")),
            ..self
        }
    }

    pub fn reason(self) -> Self {
        self.body(json!({ "reason": "Theo quy chế" }))
    }
}
