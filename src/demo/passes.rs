//! Access tokens and accounts for each role of a demonstration: of the federation, and of a unit
//! below it where there is one.

use chrono::{DateTime, Utc};

use crate::domain::access::{Actor, Role};
use crate::domain::person::{NewPerson, Position};
use crate::domain::unit::Category;
use crate::identity::{password, secret};
use crate::service::accounts::tokens;
use crate::service::accounts::tokens::NewToken;
use crate::service::{App, Error, Tx, accounts, units::people as service_people};
use crate::store::people::PersonRow;
use crate::store::units::UnitRow;
use crate::store::{Conn, people, units as rows};

/// A token and who holds it.
#[derive(Clone)]
pub struct Pass {
    /// What its holder may do.
    pub role: Role,
    /// For whom: the unit, or the whole installation.
    pub holder: String,
    /// The token.
    pub secret: String,
    /// How the person with this role signs in, where there is one: mail and a new password.
    pub sign_in: Option<(String, String)>,
}

impl std::fmt::Debug for Pass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pass")
            .field("role", &self.role)
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}

/// Makes a token for each role, and an account with a new password for a person who has it.
///
/// # Errors
/// Those of the database.
pub fn hand_out(app: &App, now: DateTime<Utc>) -> Result<Vec<Pass>, Error> {
    let words: Vec<(String, String)> = Role::ALL
        .iter()
        .map(|_| {
            let password = secret::words(4);
            Ok((password::hash(&password)?, password))
        })
        .collect::<Result<_, Error>>()?;
    app.write(&Actor::cli(), now, |tx| {
        let federation = rows::federations(tx.conn)?
            .into_iter()
            .next()
            .ok_or(Error::not_found("unit"))?;
        let unit = first_below(tx.conn, &federation)?;
        let mut passes = Vec::with_capacity(Role::ALL.len());
        for (role, (hash, password)) in Role::ALL.iter().copied().zip(&words) {
            let home = match role {
                Role::Department | Role::Editor | Role::Viewer => Some(&federation),
                Role::Leader | Role::Contributor => Some(unit.as_ref().unwrap_or(&federation)),
                Role::Admin => None,
            };
            let place = home.unwrap_or(&federation);
            let person = person_of(tx.conn, place, role)?;
            let signer = match &person {
                Some(person) => person.clone(),
                None => newcomer(tx, place, role)?,
            };
            let mail = accounts::set_up(tx, &signer, hash)?;
            let sign_in = mail.map(|mail| (mail, password.clone()));
            let new = NewToken {
                name: format!("Trình diễn: {}", role.as_str()),
                role,
                unit_id: home.map(|home| home.id),
                person_id: home.and(person).map(|person| person.id),
                days: None,
            };
            let issued = tokens::create(tx, &new)?;
            let holder = home.map_or_else(|| "toàn hệ thống".to_owned(), |home| home.name.clone());
            passes.push(Pass {
                role,
                holder,
                secret: issued.secret,
                sign_in,
            });
        }
        Ok(passes)
    })
}

/// The first superior unit.
fn first_below(conn: &mut Conn, federation: &UnitRow) -> Result<Option<UnitRow>, Error> {
    for row in rows::children(conn, &[federation.id])? {
        if row.category == Category::Superior {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

fn person_of(conn: &mut Conn, unit: &UnitRow, role: Role) -> Result<Option<PersonRow>, Error> {
    Ok(people::of_units(conn, &[unit.id])?
        .into_iter()
        .find(|person| person.role == role))
}

/// Somebody for a role that the story has nobody for.
fn newcomer(tx: &mut Tx<'_>, unit: &UnitRow, role: Role) -> Result<PersonRow, Error> {
    let new = NewPerson {
        unit_id: unit.id,
        name: format!("Trình diễn {}", role.as_str()),
        title: None,
        mail: Some(format!("{}@{}.example", role.as_str(), unit.code)),
        role,
        position: Position::Staff,
        fields: Vec::new(),
        active_from: None,
        active_to: None,
    };
    Ok(service_people::create(tx, &new)?.person)
}
