//! What people call the things that lines of the trail name by a number or a code.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

use serde_json::{Map, Value};

use crate::domain::calendar::Name;
use crate::domain::ids::{PersonId, UnitId};
use crate::service::{Error, Tx};
use crate::store::audit::AuditRow;
use crate::store::{kinds, people, units};

/// Values that are the number of a unit.
const UNITS: [&str; 2] = ["credited_unit_id", "parent_id"];

/// Values that are the number of a person.
const PEOPLE: [&str; 3] = ["person_id", "successor_id", "moved_from"];

/// Values that are the code of a calendar.
const CALENDARS: [&str; 2] = ["calendar", "holidays_from"];

/// Names of units and people by their numbers, of calendars and kinds of item by their codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailNames {
    units: HashMap<i64, String>,
    people: HashMap<i64, String>,
    calendars: HashMap<String, Name>,
    kinds: BTreeMap<String, String>,
}

impl TrailNames {
    /// The names that lines need.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn of(tx: &mut Tx<'_>, rows: &[AuditRow]) -> Result<Self, Error> {
        let sides = rows.iter().flat_map(|row| [&row.old, &row.new]);
        let objects: Vec<Map<String, Value>> = sides
            .filter_map(|side| serde_json::from_str(side.as_deref()?).ok())
            .collect();
        let ids: Vec<UnitId> = wanted(&objects, &UNITS, |value| value.as_i64().map(UnitId));
        let units = units::find_many(tx.conn, &ids)?.into_iter();
        let ids: Vec<PersonId> = wanted(&objects, &PEOPLE, |value| value.as_i64().map(PersonId));
        let people = people::find_many(tx.conn, &ids)?.into_iter();
        let mut calendars = HashMap::new();
        let code = |value: &Value| value.as_str().map(str::to_owned);
        for code in wanted(&objects, &CALENDARS, code) {
            match tx.lookups.calendar(tx.conn, &code) {
                Ok((calendar, _)) => {
                    calendars.insert(code, calendar.name().clone());
                }
                // one that is gone keeps its code
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let kinds = kinds::list(tx.conn)?.into_iter();
        Ok(Self {
            units: units.map(|(id, unit)| (id.0, unit.name)).collect(),
            people: people.map(|(id, person)| (id.0, person.name)).collect(),
            kinds: kinds.map(|kind| (kind.code, kind.name)).collect(),
            calendars,
        })
    }

    /// What the thing is called that a value names, in a language (`vi` or `en`).
    pub fn of_value<'n>(&'n self, field: &str, value: &Value, locale: &str) -> Option<&'n str> {
        match value {
            Value::Number(id) if UNITS.contains(&field) => {
                self.units.get(&id.as_i64()?).map(String::as_str)
            }
            Value::Number(id) if PEOPLE.contains(&field) => {
                self.people.get(&id.as_i64()?).map(String::as_str)
            }
            Value::String(code) if CALENDARS.contains(&field) => {
                self.calendars.get(code).map(|name| name.get(locale))
            }
            _ => None,
        }
    }

    /// What a kind of item is called.
    pub fn kind(&self, code: &str) -> Option<&str> {
        self.kinds.get(code).map(String::as_str)
    }
}

/// The values of some fields, each once.
fn wanted<T: Eq + Hash>(
    objects: &[Map<String, Value>],
    fields: &[&str],
    read: impl Fn(&Value) -> Option<T>,
) -> Vec<T> {
    let values = objects
        .iter()
        .flat_map(|object| fields.iter().filter_map(|field| object.get(*field)));
    let all: HashSet<T> = values.filter_map(read).collect();
    all.into_iter().collect()
}
