//! Who is reached by a step of a ladder, on a day: heads and deputies of the unit, the department, the unit above, editors. Nobody
//! with an address: the unit's own mail address (DOMAIN: reminders).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::NaiveDate;

use crate::domain::ladder::Audience;
use crate::service::Error;
use crate::service::book::Book;
use crate::store::obligations::ObligationRow;
use crate::store::people::PersonRow;
use crate::store::units::UnitRow;
use crate::store::{Conn, people, units};

/// Somebody to whom mails go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// `p` or `u` and the id; the ledger's and the digest's key.
    pub key: String,
    /// The address.
    pub mail: String,
    /// The name for greeting.
    pub name: String,
    /// The person, if it is one.
    pub person_id: Option<i64>,
    /// The unit that it belongs to.
    pub unit_id: i64,
}

/// Looks people up, each unit once a transaction.
#[derive(Debug, Default)]
pub struct Directory {
    by_unit: HashMap<i64, Vec<PersonRow>>,
    staff: HashMap<(i64, &'static str), Vec<PersonRow>>,
}

impl Directory {
    /// Reads the people of several units at once.
    ///
    /// # Errors
    /// Only the database's own.
    pub fn learn(&mut self, conn: &mut Conn, units: &[i64]) -> Result<(), Error> {
        let mut unknown: Vec<i64> = units.iter().copied().filter(|id| !self.by_unit.contains_key(id)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        for person in people::of_units(conn, &unknown)? {
            self.by_unit.entry(person.unit_id).or_default().push(person);
        }
        for id in unknown {
            self.by_unit.entry(id).or_default();
        }
        Ok(())
    }

    /// Whom an audience means for an obligation on a day; in a fixed order, nobody twice.
    ///
    /// # Errors
    /// Only the database's own.
    pub fn audience(
        &mut self,
        conn: &mut Conn,
        book: &mut Book<'_>,
        row: &ObligationRow,
        audience: Audience,
        on: NaiveDate,
    ) -> Result<Vec<Recipient>, Error> {
        let unit = book.unit(conn, row.unit_id)?;
        match (audience, row.person_id) {
            (Audience::Leader, Some(person)) => {
                let own =
                    people::find(conn, person)?.filter(|person| person.active_on(on)).and_then(|p| as_recipient(&p));
                match own {
                    Some(own) => Ok(vec![own]),
                    None => self.heads(conn, &unit, on),
                }
            }
            (Audience::Leader, None) | (Audience::Deputy, Some(_)) => self.heads(conn, &unit, on),
            (Audience::Deputy, None) => self.of_position(conn, &unit, "deputy", on),
            (Audience::Department, _) => {
                let federation = book.unit(conn, row.federation_id)?;
                self.department(conn, &federation, on)
            }
            (Audience::Above, _) => match unit.parent_id {
                Some(parent) if parent != row.federation_id => {
                    let parent = book.unit(conn, parent)?;
                    self.heads(conn, &parent, on)
                }
                _ => Ok(Vec::new()),
            },
        }
    }

    /// The heads of a unit: of a federation its department; where nobody is head, any leader; where nobody has an address, the unit.
    ///
    /// # Errors
    /// Only the database's own.
    pub fn heads(&mut self, conn: &mut Conn, unit: &UnitRow, on: NaiveDate) -> Result<Vec<Recipient>, Error> {
        let heads = self.of_position(conn, unit, "head", on)?;
        if !heads.is_empty() {
            return Ok(heads);
        }
        if unit.federation_id == unit.id {
            return self.department(conn, unit, on);
        }
        let any = self.leaders(conn, unit.id, on, |_| true)?;
        Ok(if any.is_empty() { own_address(unit) } else { any })
    }

    fn of_position(
        &mut self,
        conn: &mut Conn,
        unit: &UnitRow,
        position: &str,
        on: NaiveDate,
    ) -> Result<Vec<Recipient>, Error> {
        self.leaders(conn, unit.id, on, |person| person.position == position)
    }

    fn leaders(
        &mut self,
        conn: &mut Conn,
        unit_id: i64,
        on: NaiveDate,
        wanted: impl Fn(&PersonRow) -> bool,
    ) -> Result<Vec<Recipient>, Error> {
        self.learn(conn, &[unit_id])?;
        let all = self.by_unit.get(&unit_id).map_or(&[][..], Vec::as_slice);
        Ok(all
            .iter()
            .filter(|person| person.role == "leader" && person.active_on(on) && wanted(person))
            .filter_map(as_recipient)
            .collect())
    }

    /// The propaganda department of a federation, or the federation's own address.
    ///
    /// # Errors
    /// Only the database's own.
    pub fn department(
        &mut self,
        conn: &mut Conn,
        federation: &UnitRow,
        on: NaiveDate,
    ) -> Result<Vec<Recipient>, Error> {
        let staff = self.of_role(conn, federation.id, "department", on)?;
        Ok(if staff.is_empty() { own_address(federation) } else { staff })
    }

    /// The editors of a federation, or its department where there are none.
    ///
    /// # Errors
    /// Only the database's own.
    pub fn editors(&mut self, conn: &mut Conn, federation: &UnitRow, on: NaiveDate) -> Result<Vec<Recipient>, Error> {
        let editors = self.of_role(conn, federation.id, "editor", on)?;
        if editors.is_empty() { self.department(conn, federation, on) } else { Ok(editors) }
    }

    fn of_role(
        &mut self,
        conn: &mut Conn,
        federation: i64,
        role: &'static str,
        on: NaiveDate,
    ) -> Result<Vec<Recipient>, Error> {
        let all = match self.staff.entry((federation, role)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(people::of_federation(conn, federation, Some(role))?),
        };
        Ok(all.iter().filter(|person| person.active_on(on)).filter_map(as_recipient).collect())
    }
}

impl Recipient {
    /// A person, to be reached at their own address; empty if they have none.
    #[must_use]
    pub fn of(person: &PersonRow) -> Self {
        Self {
            key: format!("p{}", person.id),
            mail: person.mail.clone().unwrap_or_default(),
            name: person.name.clone(),
            person_id: Some(person.id),
            unit_id: person.unit_id,
        }
    }
}

fn as_recipient(person: &PersonRow) -> Option<Recipient> {
    person.mail.is_some().then(|| Recipient::of(person))
}

fn own_address(unit: &UnitRow) -> Vec<Recipient> {
    unit.mail
        .iter()
        .map(|mail| Recipient {
            key: format!("u{}", unit.id),
            mail: mail.clone(),
            name: unit.name.clone(),
            person_id: None,
            unit_id: unit.id,
        })
        .collect()
}

/// The recipients with these keys; those that do not exist any more, have left or have no address are left out.
///
/// # Errors
/// Only the database's own.
pub fn by_keys(conn: &mut Conn, keys: &[String], on: NaiveDate) -> Result<HashMap<String, Recipient>, Error> {
    let ids = |prefix: char| -> Vec<i64> {
        keys.iter().filter_map(|key| key.strip_prefix(prefix)).filter_map(|id| id.parse().ok()).collect()
    };
    let mut found = HashMap::with_capacity(keys.len());
    for person in people::find_many(conn, &ids('p'))?.into_values().filter(|person| person.active_on(on)) {
        found.extend(as_recipient(&person).map(|recipient| (recipient.key.clone(), recipient)));
    }
    for unit in units::find_many(conn, &ids('u'))?.into_values() {
        found.extend(own_address(&unit).into_iter().map(|recipient| (recipient.key.clone(), recipient)));
    }
    Ok(found)
}
