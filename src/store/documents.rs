//! What official documents are made of: the heads of units and the texts of federations.

use diesel::prelude::*;

use super::schema::{document_template, letterhead};
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::document::DocumentKind;
use crate::domain::ids::UnitId;

/// What stands in the head of a unit's documents and below their text; lists are lines.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = letterhead, primary_key(unit_id))]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct LetterheadRow {
    pub unit_id: UnitId,
    pub superior_body: String,
    pub issuing_body: String,
    pub place: String,
    pub symbol: String,
    pub recipients: String,
    pub signatory_title: String,
    pub signatory_name: String,
    pub version: i32,
    pub updated_at: At,
}

/// The text of which a federation makes a kind of document.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = document_template)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct TemplateRow {
    pub unit_id: UnitId,
    pub kind: Word<DocumentKind>,
    pub title: String,
    pub subject: String,
    pub body: String,
    pub version: i32,
    pub updated_at: At,
}

/// The head of a unit, if it was set.
pub fn letterhead_of(conn: &mut Conn, unit: UnitId) -> Result<Option<LetterheadRow>, StoreError> {
    let found = LetterheadRow::query().filter(letterhead::unit_id.eq(unit));
    Ok(found.get_result(conn).optional()?)
}

/// Writes the head of a unit, in place of the one before.
pub fn put_letterhead(conn: &mut Conn, row: &LetterheadRow) -> Result<(), StoreError> {
    let there = letterhead::table.find(row.unit_id);
    if diesel::update(there).set(row).execute(conn)? == 0 {
        diesel::insert_into(letterhead::table)
            .values(row)
            .execute(conn)?;
    }
    Ok(())
}

/// The texts that a federation wrote.
pub fn templates_of(conn: &mut Conn, unit: UnitId) -> Result<Vec<TemplateRow>, StoreError> {
    let own = TemplateRow::query().filter(document_template::unit_id.eq(unit));
    Ok(own.order(document_template::id).load(conn)?)
}

/// Writes a text, in place of the one before.
pub fn put_template(conn: &mut Conn, row: &TemplateRow) -> Result<(), StoreError> {
    delete_template(conn, row.unit_id, *row.kind)?;
    diesel::insert_into(document_template::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Removes a text: the one that ships holds again.
pub fn delete_template(
    conn: &mut Conn,
    unit: UnitId,
    kind: DocumentKind,
) -> Result<(), StoreError> {
    let one = document_template::table
        .filter(document_template::unit_id.eq(unit))
        .filter(document_template::kind.eq(Word(kind)));
    diesel::delete(one).execute(conn)?;
    Ok(())
}
