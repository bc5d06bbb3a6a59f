//! Rows that jobs leave out because they cannot be judged, and why.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;

use super::schema::{obligation, person, plan, set_aside};
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::ids::UnitId;
use crate::domain::set_aside::{SetAsideCause, SetAsideEntity};
use crate::on_inner;

/// A row that was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, HasQuery, Insertable)]
#[diesel(table_name = set_aside, treat_none_as_default_value = false)]
#[schema(as = SetAside)]
pub struct SetAsideRow {
    /// What it is.
    #[schema(value_type = SetAsideEntity)]
    pub entity: Word<SetAsideEntity>,
    /// Its id.
    pub entity_id: i64,
    /// Why it cannot be judged, in technical words.
    pub reason: String,
    /// When it was found.
    pub found_at: At,
    /// When it was last tried.
    pub tried_at: At,
    /// When the administrators were told.
    pub notified_at: Option<At>,
    /// What is wrong with it.
    #[schema(value_type = SetAsideCause)]
    pub cause: Word<SetAsideCause>,
}

impl SetAsideRow {
    /// A row that was found at `now`.
    #[must_use]
    pub fn new(entity: SetAsideEntity, entity_id: i64, now: DateTime<Utc>) -> Self {
        Self {
            entity: Word(entity),
            entity_id,
            reason: String::new(),
            found_at: At(now),
            tried_at: At(now),
            notified_at: None,
            cause: Word(SetAsideCause::Unreadable),
        }
    }

    /// The same row with what is wrong with it.
    #[must_use]
    pub fn because(mut self, cause: SetAsideCause, reason: &str) -> Self {
        self.cause = Word(cause);
        self.reason = reason.replace('\0', " ");
        self
    }
}

/// Sets a row aside, or notes that it was tried again in vain.
pub fn put(conn: &mut Conn, row: &SetAsideRow) -> Result<(), StoreError> {
    on_inner!(conn, c => diesel::insert_into(set_aside::table)
        .values(row)
        .on_conflict((set_aside::entity, set_aside::entity_id))
        .do_update()
        .set((
            set_aside::reason.eq(&row.reason),
            set_aside::cause.eq(row.cause),
            set_aside::tried_at.eq(row.tried_at),
        ))
        .execute(c))?;
    Ok(())
}

/// Everything that is set aside, the oldest first.
pub fn all(conn: &mut Conn) -> Result<Vec<SetAsideRow>, StoreError> {
    Ok(SetAsideRow::query()
        .order((set_aside::found_at, set_aside::entity, set_aside::entity_id))
        .load(conn)?)
}

/// The units that these rows of one sort concern, by the ids of the rows.
pub fn units_of(
    conn: &mut Conn,
    entity: SetAsideEntity,
    ids: &[i64],
) -> Result<HashMap<i64, UnitId>, StoreError> {
    let mut units = HashMap::new();
    for ids in ids.chunks(5_000) {
        let found: Vec<(i64, UnitId)> = match entity {
            SetAsideEntity::Unit => ids.iter().map(|id| (*id, UnitId(*id))).collect(),
            SetAsideEntity::Obligation => obligation::table
                .filter(obligation::id.eq_any(ids))
                .select((obligation::id, obligation::unit_id))
                .load(conn)?,
            SetAsideEntity::Person => person::table
                .filter(person::id.eq_any(ids))
                .select((person::id, person::unit_id))
                .load(conn)?,
            SetAsideEntity::Plan => plan::table
                .filter(plan::id.eq_any(ids))
                .select((plan::id, plan::unit_id))
                .load(conn)?,
        };
        units.extend(found);
    }
    Ok(units)
}

/// How much is set aside.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(set_aside::table.count().get_result(conn)?)
}

/// Forgets rows that could be judged again: those that were not tried in vain at `now`.
pub fn remove(
    conn: &mut Conn,
    entity: SetAsideEntity,
    ids: &[i64],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for ids in ids.chunks(5_000) {
        let judged = set_aside::table
            .filter(set_aside::entity.eq(Word(entity)))
            .filter(set_aside::entity_id.eq_any(ids))
            .filter(set_aside::tried_at.lt(At(now)));
        diesel::delete(judged).execute(conn)?;
    }
    Ok(())
}

/// Notes that administrators were told of these rows.
pub fn mark_notified(
    conn: &mut Conn,
    told: &[SetAsideRow],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for entity in SetAsideEntity::ALL {
        let of_entity = told.iter().filter(|row| row.entity == *entity);
        let ids: Vec<i64> = of_entity.map(|row| row.entity_id).collect();
        for ids in ids.chunks(5_000) {
            let rows = set_aside::table
                .filter(set_aside::entity.eq(Word(*entity)))
                .filter(set_aside::entity_id.eq_any(ids));
            diesel::update(rows)
                .set(set_aside::notified_at.eq(At(now)))
                .execute(conn)?;
        }
    }
    Ok(())
}
