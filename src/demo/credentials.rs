//! Access tokens and accounts for each role of a demonstration: of the federation, and of a unit
//! below it where there is one.

use chrono::{DateTime, Utc};

use crate::domain::access::{Actor, Role};
use crate::domain::person::{NewPerson, Position};
use crate::domain::unit::Category;
use crate::identity::{password, secret};
use crate::service::accounts::tokens::{self, NewToken};
use crate::service::{App, Error, Tx, accounts, units::people as service_people};
use crate::store::people::PersonRow;
use crate::store::units::UnitRow;
use crate::store::{people, units as rows};

/// A token and an account of a role.
#[derive(Clone)]
pub struct Credentials {
    /// What their holder may do.
    pub role: Role,
    /// For whom: the unit, or the whole installation.
    pub holder: String,
    /// The token.
    pub secret: String,
    /// How the person with this role signs in, where there is one: mail and a new password.
    pub sign_in: Option<(String, String)>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("role", &self.role)
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}

/// A new password with its hash.
struct NewPassword {
    plain: String,
    hash: String,
}

impl NewPassword {
    fn generate() -> Result<Self, Error> {
        let plain = secret::words(4);
        let hash = password::hash(&plain)?;
        Ok(Self { plain, hash })
    }
}

/// The federation of a demonstration, and the unit below it that gets credentials.
struct Places {
    federation: UnitRow,
    unit: Option<UnitRow>,
}

/// Makes a token for each role, and an account with a new password for a person who has it.
///
/// # Errors
/// [`Error::NotFound`] without a federation.
pub fn create_credentials(app: &App, now: DateTime<Utc>) -> Result<Vec<Credentials>, Error> {
    // hashed outside the transaction: it takes a while
    let roles = Role::ALL.iter().copied();
    let passwords: Vec<(Role, NewPassword)> = roles
        .map(|role| Ok((role, NewPassword::generate()?)))
        .collect::<Result<_, Error>>()?;
    app.write(&Actor::cli(), now, |tx| {
        let places = places(tx)?;
        let all = passwords.iter();
        all.map(|(role, password)| credentials_of(tx, &places, *role, password))
            .collect()
    })
}

fn places(tx: &mut Tx<'_>) -> Result<Places, Error> {
    let federation = rows::federations(tx.conn)?.into_iter().next();
    let federation = federation.ok_or(Error::not_found("unit"))?;
    let mut children = rows::children(tx.conn, &[federation.id])?;
    children.retain(|row| *row.category == Category::Superior);
    Ok(Places {
        federation,
        unit: children.into_iter().next(),
    })
}

fn credentials_of(
    tx: &mut Tx<'_>,
    places: &Places,
    role: Role,
    password: &NewPassword,
) -> Result<Credentials, Error> {
    let home = match role {
        Role::Department | Role::Editor | Role::Viewer => Some(&places.federation),
        Role::Leader | Role::Contributor => places.unit.as_ref().or(Some(&places.federation)),
        Role::Admin => None,
    };
    let place = home.unwrap_or(&places.federation);
    let mut staff = people::of_units(tx.conn, &[place.id])?.into_iter();
    let person = staff.find(|person| person.role == role);
    let signer = match &person {
        Some(person) => person.clone(),
        None => new_person(tx, place, role)?,
    };
    let mail = accounts::set_up(tx, &signer, &password.hash)?;
    let new = NewToken {
        name: format!("Trình diễn: {role}"),
        role,
        unit_id: home.map(|home| home.id),
        person_id: home.and(person).map(|person| person.id),
        days: None,
    };
    Ok(Credentials {
        role,
        holder: home.map_or_else(|| "toàn hệ thống".to_owned(), |home| home.name.clone()),
        secret: tokens::create(tx, &new)?.secret,
        sign_in: mail.map(|mail| (mail.to_string(), password.plain.clone())),
    })
}

/// A person for a role that nobody in the script has.
fn new_person(tx: &mut Tx<'_>, unit: &UnitRow, role: Role) -> Result<PersonRow, Error> {
    let new = NewPerson {
        unit_id: unit.id,
        name: format!("Trình diễn {role}"),
        title: None,
        mail: Some(format!("{role}@{}.example", unit.code)),
        role,
        position: Position::Staff,
        fields: Vec::new(),
        active_from: None,
        active_to: None,
    };
    Ok(service_people::create(tx, &new)?.person)
}
