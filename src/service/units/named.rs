//! Finding a unit or a person by what somebody typed: a name, the beginning of one, a code, a mail
//! address.

use crate::domain::error::Invalid;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::person::InService;
use crate::domain::text::{clean, fold, local_date};
use crate::domain::unit::{long_name, short_name};
use crate::service::{Error, Tx};
use crate::store::views;
use crate::store::views::people::PeopleQuery;
use crate::store::views::units::UnitQuery;

/// Most rows that are looked at; more are too many to name.
const MOST: i64 = 200;

/// So many are named where several fit.
const NAMED: usize = 5;

/// The unit that a text names; one that exists today and that the actor sees.
///
/// # Errors
/// `required`, `named_unit_unknown` or `named_unit_many` on `field`.
pub fn unit(tx: &mut Tx<'_>, text: &str, field: &'static str) -> Result<UnitId, Error> {
    let text = clean(text);
    if text.is_empty() {
        return Err(Invalid::new(field, "required").into());
    }
    let query = UnitQuery {
        search: Some(long_name(&text)),
        alive: Some((local_date(tx.now), true)),
        limit: MOST,
        ..UnitQuery::default()
    };
    let scope = tx.scope();
    let found = views::units::list(tx.conn, &scope, &query)?;
    let wanted = fold(&text);
    let is_it = |name: &str| fold(name) == wanted || fold(&short_name(name)) == wanted;
    let exact: Vec<UnitId> = found
        .iter()
        .filter(|unit| is_it(&unit.name) || fold(&unit.code) == wanted)
        .map(|unit| unit.id)
        .collect();
    match (exact.as_slice(), found.as_slice()) {
        ([one], _) => Ok(*one),
        (_, [one]) => Ok(one.id),
        (_, []) => Err(Invalid::new(field, "named_unit_unknown")
            .with("value", shown(&text))
            .into()),
        (_, many) => {
            let names = many.iter().map(|unit| unit.name.as_str());
            Err(several(
                Invalid::new(field, "named_unit_many"),
                &text,
                names,
            ))
        }
    }
}

/// The person in service whom a text names: `Name`, `mail@unit.example` or both,
/// `Name <mail@unit.example>`.
///
/// # Errors
/// `required`, `named_person_unknown` or `named_person_many` on `field`.
pub fn person(tx: &mut Tx<'_>, text: &str, field: &'static str) -> Result<PersonId, Error> {
    let text = clean(text);
    if text.is_empty() {
        return Err(Invalid::new(field, "required").into());
    }
    let (name, mail) = match text.split_once('<') {
        Some((name, rest)) => (name.trim(), Some(rest.trim_end_matches('>').trim())),
        None if text.contains('@') => ("", Some(text.as_str())),
        None => (text.as_str(), None),
    };
    let query = PeopleQuery {
        service: Some((InService::Serving, local_date(tx.now))),
        search: Some(name.to_owned()).filter(|name| !name.is_empty()),
        mail: mail.map(str::to_owned),
        limit: MOST,
        ..PeopleQuery::default()
    };
    let scope = tx.scope();
    let found = views::people::list(tx.conn, &scope, &query)?;
    let wanted = fold(name);
    let exact: Vec<PersonId> = found
        .iter()
        .filter(|person| fold(&person.name) == wanted)
        .map(|person| person.id)
        .collect();
    match (exact.as_slice(), found.as_slice()) {
        ([one], _) => Ok(*one),
        (_, [one]) => Ok(one.id),
        (_, []) => {
            let fault = Invalid::new(field, "named_person_unknown");
            Err(fault.with("value", shown(&text)).into())
        }
        (_, many) => {
            let names: Vec<String> = many
                .iter()
                .map(|person| format!("{} ({})", person.name, short_name(&person.unit_name)))
                .collect();
            let fault = Invalid::new(field, "named_person_many");
            Err(several(fault, &text, names.iter().map(String::as_str)))
        }
    }
}

/// [`person`], or nobody where nothing was typed.
///
/// # Errors
/// Those of [`person`].
pub fn optional_person(
    tx: &mut Tx<'_>,
    text: &str,
    field: &'static str,
) -> Result<Option<PersonId>, Error> {
    match clean(text).is_empty() {
        true => Ok(None),
        false => person(tx, text, field).map(Some),
    }
}

fn several<'n>(fault: Invalid, text: &str, names: impl Iterator<Item = &'n str>) -> Error {
    let names: Vec<&str> = names.take(NAMED).collect();
    let fault = fault.with("value", shown(text));
    fault.with("names", names.join("; ")).into()
}

/// As much of a text as a message repeats.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}
