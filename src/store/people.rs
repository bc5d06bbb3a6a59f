//! People.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;

use super::readable::{Readable, readable};
use super::schema::{person, unit};
use super::types::{At, Json, StoredAddress, Word};
use super::{Conn, StoreError};
use crate::domain::access::Role;
use crate::domain::field::Field;
use crate::domain::grant::{Days, HeldRole};
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::mail::EmailAddress;
use crate::domain::person::{NewPerson, Position};
use crate::domain::text::{fold, sort_key};

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = person, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct PersonRow {
    #[diesel(skip_insertion)]
    pub id: PersonId,
    pub unit_id: UnitId,
    pub name: String,
    pub name_folded: String,
    pub title: Option<String>,
    #[diesel(deserialize_as = StoredAddress)]
    pub mail: Option<EmailAddress>,
    pub role: Word<Role>,
    pub position: Word<Position>,
    pub fields: Json<Vec<Field>>,
    pub active_from: Option<NaiveDate>,
    pub active_to: Option<NaiveDate>,
    pub moved_from: Option<PersonId>,
    #[serde(skip)]
    pub first_id: Option<PersonId>,
    pub successor_id: Option<PersonId>,
    pub version: i32,
    pub created_at: At,
    pub updated_at: At,
}

impl PersonRow {
    /// The human being: the row under which they were entered first.
    #[must_use]
    pub fn human(&self) -> PersonId {
        self.first_id.unwrap_or(self.id)
    }

    /// Whether the person is in service on a local date.
    pub fn active_on(&self, date: NaiveDate) -> bool {
        self.days().contains(date)
    }

    /// Their days in service.
    pub fn days(&self) -> Days {
        Days::new(self.active_from, self.active_to)
    }

    /// A row for a new person.
    pub fn new(person: &NewPerson, now: DateTime<Utc>) -> Self {
        Self {
            id: PersonId::NONE,
            unit_id: person.unit_id,
            name_folded: fold(&person.name),
            name: person.name.clone(),
            title: person.title.clone(),
            mail: person.mail.as_deref().and_then(|mail| mail.parse().ok()),
            role: person.role.into(),
            position: person.position.into(),
            fields: Json(person.fields.clone()),
            active_from: person.active_from,
            active_to: person.active_to,
            moved_from: None,
            first_id: None,
            successor_id: None,
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        }
    }

    /// The row with these facts instead of its own.
    pub fn with(&self, person: &NewPerson) -> Self {
        Self {
            id: self.id,
            moved_from: self.moved_from,
            first_id: self.first_id,
            successor_id: self.successor_id,
            version: self.version,
            created_at: self.created_at,
            ..Self::new(person, self.updated_at.0)
        }
    }

    /// What the input for this person would be.
    pub fn facts(&self) -> NewPerson {
        NewPerson {
            unit_id: self.unit_id,
            name: self.name.clone(),
            title: self.title.clone(),
            mail: self.mail.as_ref().map(ToString::to_string),
            role: *self.role,
            position: *self.position,
            fields: self.fields.0.clone(),
            active_from: self.active_from,
            active_to: self.active_to,
        }
    }

    /// What they hold by the post.
    pub fn held_role(&self) -> HeldRole {
        HeldRole {
            role: *self.role,
            unit_id: Some(self.unit_id),
            position: *self.position,
            fields: if self.role == Role::Editor {
                self.fields.0.clone()
            } else {
                Vec::new()
            },
            days: self.days(),
        }
    }
}

/// Writes a new person; the `id` is set here.
pub fn insert(conn: &mut Conn, mut row: PersonRow) -> Result<PersonRow, StoreError> {
    row.first_id = match row.moved_from {
        Some(before) => person::table
            .find(before)
            .select(person::first_id)
            .get_result(conn)?,
        None => None,
    };
    row.version = 1;
    row.id = diesel::insert_into(person::table)
        .values((&row, person::name_sort.eq(sort_key(&row.name))))
        .returning(person::id)
        .get_result(conn)?;
    if row.first_id.is_none() {
        row.first_id = Some(row.id);
        diesel::update(person::table.find(row.id))
            .set(person::first_id.eq(row.first_id))
            .execute(conn)?;
    }
    Ok(row)
}

/// Saves changes if nobody saved since `row.version`; `None` if somebody did.
pub fn update(conn: &mut Conn, mut row: PersonRow) -> Result<Option<PersonRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let changed = diesel::update(
        person::table
            .filter(person::id.eq(row.id))
            .filter(person::version.eq(known)),
    )
    .set((&row, person::name_sort.eq(sort_key(&row.name))))
    .execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// A person by id.
pub fn find(conn: &mut Conn, id: PersonId) -> Result<Option<PersonRow>, StoreError> {
    Ok(PersonRow::query()
        .filter(person::id.eq(id))
        .get_result(conn)
        .optional()?)
}

/// Every post of the human behind a person: the rows before and after each move, in order. Empty
/// for a person who does not exist.
pub fn posts_of(conn: &mut Conn, id: PersonId) -> Result<Vec<PersonRow>, StoreError> {
    let same = diesel::alias!(person as same);
    let first = same
        .filter(same.field(person::id).eq(id))
        .select(same.field(person::first_id));
    Ok(PersonRow::query()
        .filter(person::first_id.eq_any(first))
        .order(person::id)
        .load(conn)?)
}

/// [`posts_of`] several people, by the id that was asked for.
///
/// # Errors
/// Those of the database.
pub fn posts_of_many(
    conn: &mut Conn,
    ids: &[PersonId],
) -> Result<HashMap<PersonId, Vec<PersonRow>>, StoreError> {
    let humans = humans(conn, ids)?;
    let lives = lives(conn, &humans.values().copied().collect::<Vec<_>>())?;
    let posts = |human: &PersonId| lives.get(human).cloned().unwrap_or_default();
    Ok(humans
        .iter()
        .map(|(id, human)| (*id, posts(human)))
        .collect())
}

/// The human being behind each of these people, as [`PersonRow::human`] tells.
///
/// # Errors
/// Those of the database.
pub fn humans(
    conn: &mut Conn,
    ids: &[PersonId],
) -> Result<HashMap<PersonId, PersonId>, StoreError> {
    let mut all = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(5_000) {
        let rows: Vec<(PersonId, Option<PersonId>)> = person::table
            .filter(person::id.eq_any(chunk))
            .select((person::id, person::first_id))
            .load(conn)?;
        all.extend(
            rows.into_iter()
                .map(|(id, first)| (id, first.unwrap_or(id))),
        );
    }
    Ok(all)
}

/// Every post of these human beings, in order.
///
/// # Errors
/// Those of the database.
pub fn lives(
    conn: &mut Conn,
    humans: &[PersonId],
) -> Result<HashMap<PersonId, Vec<PersonRow>>, StoreError> {
    let mut lives: HashMap<PersonId, Vec<PersonRow>> = HashMap::with_capacity(humans.len());
    for chunk in humans.chunks(5_000) {
        let posts = PersonRow::query().filter(person::first_id.assume_not_null().eq_any(chunk));
        for row in posts.order(person::id).load(conn)? {
            lives.entry(row.human()).or_default().push(row);
        }
    }
    Ok(lives)
}

/// The row under which the human behind a person is in service on a local date.
pub fn serving(
    conn: &mut Conn,
    id: PersonId,
    on: NaiveDate,
) -> Result<Option<PersonRow>, StoreError> {
    Ok(posts_of(conn, id)?
        .into_iter()
        .rev()
        .find(|row| row.active_on(on)))
}

/// People by id; missing ones are left out.
pub fn find_many(
    conn: &mut Conn,
    ids: &[PersonId],
) -> Result<HashMap<PersonId, PersonRow>, StoreError> {
    let mut all = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(5_000) {
        for row in PersonRow::query()
            .filter(person::id.eq_any(chunk))
            .load(conn)?
        {
            all.insert(row.id, row);
        }
    }
    Ok(all)
}

/// The addresses of those of these people who are in service on a day and have one.
pub fn addresses(
    conn: &mut Conn,
    ids: &[PersonId],
    on: NaiveDate,
) -> Result<Vec<(PersonId, EmailAddress)>, StoreError> {
    type Row = (
        PersonId,
        StoredAddress,
        Option<NaiveDate>,
        Option<NaiveDate>,
    );
    let rows: Vec<Row> = person::table
        .filter(person::id.eq_any(ids))
        .select((
            person::id,
            person::mail,
            person::active_from,
            person::active_to,
        ))
        .load(conn)?;
    let in_service = rows
        .into_iter()
        .filter(|(_, _, from, to)| Days::new(*from, *to).contains(on));
    Ok(in_service
        .filter_map(|(id, mail, ..)| Some((id, Option::<EmailAddress>::from(mail)?)))
        .collect())
}

/// Everybody of the given units, by unit and id. Whoever cannot be read is named in the log.
pub fn of_units(conn: &mut Conn, units: &[UnitId]) -> Result<Vec<PersonRow>, StoreError> {
    Ok(of_units_readable(conn, units)?.logged("person"))
}

/// Everybody of the given units who can be read, by unit and id, and the ids of the others.
pub fn of_units_readable(
    conn: &mut Conn,
    units: &[UnitId],
) -> Result<Readable<PersonRow, PersonId>, StoreError> {
    let mut found = Readable {
        rows: Vec::new(),
        unreadable: Vec::new(),
    };
    for chunk in units.chunks(5_000) {
        let all = PersonRow::query().filter(person::unit_id.eq_any(chunk));
        let all = all.order((person::unit_id, person::id)).load(conn);
        let ids = |conn: &mut Conn| {
            let ids = person::table.filter(person::unit_id.eq_any(chunk));
            let ids = ids.order((person::unit_id, person::id));
            Ok(ids.select(person::id).load(conn)?)
        };
        let part = readable(conn, all.map_err(StoreError::from), ids, find)?;
        found.rows.extend(part.rows);
        found.unreadable.extend(part.unreadable);
    }
    Ok(found)
}

/// Everybody whose post carries this role. Whoever cannot be read is named in the log.
pub fn with_role(conn: &mut Conn, role: Role) -> Result<Vec<PersonRow>, StoreError> {
    let holds = person::role.eq(Word(role));
    let all = PersonRow::query().filter(holds);
    let all = all.order(person::id).load(conn);
    let ids = |conn: &mut Conn| {
        let ids = person::table.filter(holds).order(person::id);
        Ok(ids.select(person::id).load(conn)?)
    };
    Ok(readable(conn, all.map_err(StoreError::from), ids, find)?.logged("person"))
}

/// Everybody of a federation with a role (`None`: whatever role). Whoever cannot be read is named in
/// the log.
pub fn of_federation(
    conn: &mut Conn,
    federation: UnitId,
    role: Option<Role>,
) -> Result<Vec<PersonRow>, StoreError> {
    let units = unit::table
        .filter(unit::federation_id.eq(federation))
        .select(unit::id);
    let mut query = PersonRow::query()
        .filter(person::unit_id.eq_any(units))
        .order(person::id)
        .into_boxed();
    if let Some(role) = role {
        query = query.filter(person::role.eq(Word(role)));
    }
    let ids = |conn: &mut Conn| {
        let mut ids = person::table
            .filter(person::unit_id.eq_any(units))
            .order(person::id)
            .select(person::id)
            .into_boxed();
        if let Some(role) = role {
            ids = ids.filter(person::role.eq(Word(role)));
        }
        Ok(ids.load(conn)?)
    };
    let all = query.load(conn).map_err(StoreError::from);
    Ok(readable(conn, all, ids, find)?.logged("person"))
}

/// Everybody who left before a local date and named who takes over.
pub fn succeeded(conn: &mut Conn, before: NaiveDate) -> Result<Vec<PersonRow>, StoreError> {
    let left = PersonRow::query().filter(person::successor_id.is_not_null());
    Ok(left
        .filter(person::active_to.assume_not_null().lt(before))
        .order(person::id)
        .load(conn)?)
}
