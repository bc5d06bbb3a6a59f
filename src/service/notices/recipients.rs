//! Who is reached by a step of a ladder, on a day: heads and deputies of the unit, the department,
//! the unit above, editors. If nobody has an address, the unit's own mail address is
//! used (docs/DOMAIN.md, reminders).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::NaiveDate;

use crate::domain::access::Role;
use crate::domain::ids::UnitId;
use crate::domain::ladder::Audience;
use crate::domain::mail::EmailAddress;
use crate::domain::party::Party;
use crate::domain::person::Position;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::store::obligations::ObligationRow;
use crate::store::people::PersonRow;
use crate::store::roles::RoleGrantRow;
use crate::store::units::UnitRow;
use crate::store::{Conn, StoreError, people, roles, units};

/// Somebody to whom mails go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The person, or the unit whose own address is used: the recipient in the reminder ledger.
    pub party: Party,
    /// The address.
    pub mail: EmailAddress,
    /// The name for greeting.
    pub name: String,
    /// The unit that it belongs to.
    pub unit_id: UnitId,
}

/// A role on a unit, by the post of one who belongs there or given beside another post.
#[derive(Debug)]
struct Post {
    position: Position,
    given: Option<RoleGrantRow>,
    /// Every row of the human; of a post its own row only.
    life: Vec<PersonRow>,
}

impl Post {
    fn of(person: PersonRow) -> Self {
        Self {
            position: *person.position,
            given: None,
            life: vec![person],
        }
    }

    /// Who holds it on a day; `None` where it does not hold then.
    fn holder(&self, on: NaiveDate) -> Option<&PersonRow> {
        let holds = self.given.as_ref().is_none_or(|given| given.holds_on(on));
        self.life
            .iter()
            .rev()
            .find(|row| holds && row.active_on(on))
    }
}

/// Looks up who holds which post on a day; reads each unit once.
#[derive(Debug)]
pub struct Directory {
    on: NaiveDate,
    leaders: HashMap<UnitId, Vec<Post>>,
    staff: HashMap<(UnitId, Role), Vec<Post>>,
}

impl Directory {
    /// Of a day.
    #[must_use]
    pub fn on(day: NaiveDate) -> Self {
        Self {
            on: day,
            leaders: HashMap::new(),
            staff: HashMap::new(),
        }
    }

    /// Reads the leaders of several units at once.
    pub fn read_leaders(&mut self, conn: &mut Conn, units: &[UnitId]) -> Result<(), Error> {
        let mut unknown: Vec<UnitId> = units
            .iter()
            .copied()
            .filter(|id| !self.leaders.contains_key(id))
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        for person in people::of_units(conn, &unknown)?
            .into_iter()
            .filter(|person| person.role == Role::Leader)
        {
            self.leaders
                .entry(person.unit_id)
                .or_default()
                .push(Post::of(person));
        }
        let rows = roles::on_units(conn, Role::Leader, &unknown)?;
        for post in given(conn, rows)? {
            let unit = post.given.as_ref().and_then(|given| given.unit_id);
            self.leaders
                .entry(unit.unwrap_or(UnitId::NONE))
                .or_default()
                .push(post);
        }
        for id in unknown {
            self.leaders.entry(id).or_default();
        }
        Ok(())
    }

    /// Whom an audience means for an obligation; in a fixed order, nobody twice.
    pub fn audience(
        &mut self,
        tx: &mut Tx<'_>,
        row: &ObligationRow,
        audience: Audience,
    ) -> Result<Vec<Recipient>, Error> {
        let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
        let conn = &mut *tx.conn;
        match (audience, row.person_id) {
            (Audience::Leader, Some(person)) => {
                let serving = people::serving(conn, person, self.on)?;
                let own = serving.and_then(|post| as_recipient(&post));
                match own {
                    Some(own) => Ok(vec![own]),
                    None => self.heads(conn, &unit),
                }
            }
            (Audience::Leader, None) | (Audience::Deputy, Some(_)) => self.heads(conn, &unit),
            (Audience::Deputy, None) => self.leaders(conn, unit.id, Some(Position::Deputy)),
            (Audience::Department, _) => {
                let federation = tx.lookups.unit(conn, row.federation_id)?;
                self.department(conn, &federation)
            }
            (Audience::Above, _) => self.above(tx, &unit),
        }
    }

    /// The heads of the nearest unit above that has any with an address.
    fn above(&mut self, tx: &mut Tx<'_>, unit: &UnitRow) -> Result<Vec<Recipient>, Error> {
        let mut next = unit.parent_id;
        while let Some(id) = next {
            let above = tx.lookups.unit(tx.conn, id)?;
            // the department is not the head of its federation
            let heads = if above.federation_id == above.id {
                self.leaders(tx.conn, above.id, Some(Position::Head))?
            } else {
                self.heads(tx.conn, &above)?
            };
            if !heads.is_empty() {
                return Ok(heads);
            }
            next = above.parent_id;
        }
        Ok(Vec::new())
    }

    /// The heads of a unit: of a federation its department; where nobody is head, any leader; where
    /// nobody has an address, the unit.
    pub fn heads(&mut self, conn: &mut Conn, unit: &UnitRow) -> Result<Vec<Recipient>, Error> {
        let heads = self.leaders(conn, unit.id, Some(Position::Head))?;
        if !heads.is_empty() {
            return Ok(heads);
        }
        if unit.federation_id == unit.id {
            return self.department(conn, unit);
        }
        let any = self.leaders(conn, unit.id, None)?;
        Ok(if any.is_empty() {
            own_address(unit)
        } else {
            any
        })
    }

    fn leaders(
        &mut self,
        conn: &mut Conn,
        unit_id: UnitId,
        position: Option<Position>,
    ) -> Result<Vec<Recipient>, Error> {
        self.read_leaders(conn, &[unit_id])?;
        let all = self.leaders.get(&unit_id).map_or(&[][..], Vec::as_slice);
        Ok(reached(
            all.iter()
                .filter(|post| position.is_none_or(|position| post.position == position)),
            self.on,
        ))
    }

    /// The propaganda department of a federation, or the federation's own address.
    pub fn department(
        &mut self,
        conn: &mut Conn,
        federation: &UnitRow,
    ) -> Result<Vec<Recipient>, Error> {
        let staff = self.of_role(conn, federation.id, Role::Department)?;
        Ok(if staff.is_empty() {
            own_address(federation)
        } else {
            staff
        })
    }

    /// The editors of a federation, or its department where there are none.
    pub fn editors(
        &mut self,
        conn: &mut Conn,
        federation: &UnitRow,
    ) -> Result<Vec<Recipient>, Error> {
        let editors = self.of_role(conn, federation.id, Role::Editor)?;
        if editors.is_empty() {
            self.department(conn, federation)
        } else {
            Ok(editors)
        }
    }

    fn of_role(
        &mut self,
        conn: &mut Conn,
        federation: UnitId,
        role: Role,
    ) -> Result<Vec<Recipient>, Error> {
        let all = match self.staff.entry((federation, role)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let posts = people::of_federation(conn, federation, Some(role))?;
                let mut all: Vec<Post> = posts.into_iter().map(Post::of).collect();
                let rows = roles::in_federation(conn, role, federation)?;
                all.extend(given(conn, rows)?);
                unknown.insert(all)
            }
        };
        Ok(reached(all.iter(), self.on))
    }
}

/// Roles given beside a post, with their people.
fn given(conn: &mut Conn, rows: Vec<RoleGrantRow>) -> Result<Vec<Post>, StoreError> {
    let lives = people::posts_of_many(
        conn,
        &rows.iter().map(|row| row.person_id).collect::<Vec<_>>(),
    )?;
    let post = |row: RoleGrantRow| Post {
        position: *row.position,
        // one person may hold several
        life: lives.get(&row.person_id).cloned().unwrap_or_default(),
        given: Some(row),
    };
    Ok(rows.into_iter().map(post).collect())
}

/// Who holds these on a day and has an address, one for each address.
fn reached<'a>(posts: impl Iterator<Item = &'a Post>, on: NaiveDate) -> Vec<Recipient> {
    let mut all: Vec<Recipient> = Vec::new();
    for recipient in posts.filter_map(|post| as_recipient(post.holder(on)?)) {
        add_new(&mut all, recipient);
    }
    all
}

/// Those of these people who are in service on a day and have an address, one for each address.
pub fn reachable(people: &[PersonRow], on: NaiveDate) -> Vec<Recipient> {
    let mut all = Vec::new();
    for person in people.iter().filter(|person| person.active_on(on)) {
        if let Some(recipient) = as_recipient(person) {
            add_new(&mut all, recipient);
        }
    }
    all
}

/// Adds a recipient unless their address is there already.
pub(super) fn add_new(all: &mut Vec<Recipient>, recipient: Recipient) {
    let address = recipient.mail.folded();
    if !all.iter().any(|known| known.mail.folded() == address) {
        all.push(recipient);
    }
}

impl Recipient {
    /// A person, to be reached at this address.
    #[must_use]
    pub fn person(person: &PersonRow, mail: EmailAddress) -> Self {
        Self {
            party: Party::Person(person.id),
            mail,
            name: person.name.clone(),
            unit_id: person.unit_id,
        }
    }
}

fn as_recipient(person: &PersonRow) -> Option<Recipient> {
    let mail = person.mail.clone()?;
    Some(Recipient::person(person, mail))
}

fn own_address(unit: &UnitRow) -> Vec<Recipient> {
    unit.mail
        .iter()
        .map(|mail| Recipient {
            party: Party::Unit(unit.id),
            mail: mail.clone(),
            name: unit.name.clone(),
            unit_id: unit.id,
        })
        .collect()
}

/// These parties as recipients; those that do not exist any more, have left or have no address are
/// left out.
pub fn find_many(
    conn: &mut Conn,
    parties: &[Party],
    on: NaiveDate,
) -> Result<HashMap<Party, Recipient>, Error> {
    let (person_ids, unit_ids) = Party::split(parties);
    let persons = people::find_many(conn, &person_ids)?.into_values();
    let persons = persons
        .filter(|person| person.active_on(on))
        .filter_map(|person| as_recipient(&person));
    let units = units::find_many(conn, &unit_ids)?.into_values();
    let units = units.flat_map(|unit| own_address(&unit));
    let by_party = |recipient: Recipient| (recipient.party, recipient);
    Ok(persons.chain(units).map(by_party).collect())
}
