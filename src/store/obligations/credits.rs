//! Credits: which items count towards which obligation.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::domain::ids::{ItemId, ObligationId};
use crate::domain::settle::CreditStatus;
use crate::on_inner;
use crate::store::schema::credit;
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// A credit as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = credit, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct CreditRow {
    pub obligation_id: ObligationId,
    pub item_id: ItemId,
    pub status: Word<CreditStatus>,
    pub arrived_at: At,
}

/// Ids of obligations that an item credits now.
pub fn credited_by(conn: &mut Conn, item_id: ItemId) -> Result<Vec<ObligationId>, StoreError> {
    Ok(credit::table
        .filter(credit::item_id.eq(item_id))
        .select(credit::obligation_id)
        .load(conn)?)
}

/// The stored credits of these obligations.
pub fn credits(
    conn: &mut Conn,
    obligations: &[ObligationId],
) -> Result<HashMap<ObligationId, Vec<CreditRow>>, StoreError> {
    let mut all: HashMap<ObligationId, Vec<CreditRow>> = HashMap::new();
    for chunk in obligations.chunks(5_000) {
        let rows = CreditRow::query()
            .filter(credit::obligation_id.eq_any(chunk))
            .order((credit::obligation_id, credit::arrived_at, credit::item_id))
            .load(conn)?;
        for row in rows {
            all.entry(row.obligation_id).or_default().push(row);
        }
    }
    Ok(all)
}

/// Writes or changes credits.
pub fn put_credits(conn: &mut Conn, rows: &[CreditRow]) -> Result<(), StoreError> {
    for chunk in rows.chunks(5_000) {
        on_inner!(conn, c => diesel::insert_into(credit::table)
            .values(chunk)
            .on_conflict((credit::obligation_id, credit::item_id))
            .do_update()
            .set((credit::status.eq(excluded(credit::status)), credit::arrived_at.eq(excluded(credit::arrived_at))))
            .execute(c))?;
    }
    Ok(())
}

/// Takes credits of an obligation away.
pub fn delete_credits(
    conn: &mut Conn,
    obligation_id: ObligationId,
    items: &[ItemId],
) -> Result<(), StoreError> {
    let gone = credit::table
        .filter(credit::obligation_id.eq(obligation_id))
        .filter(credit::item_id.eq_any(items.to_vec()));
    diesel::delete(gone).execute(conn)?;
    Ok(())
}
