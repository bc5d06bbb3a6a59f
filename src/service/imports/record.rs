//! Imports as they are remembered: who, when, which file, and what it made.

use serde::Serialize;
use utoipa::ToSchema;

use super::ImportKind;
use crate::domain::ids::ImportId;
use crate::domain::text;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::imports::{self, ImportRow};
use crate::store::types::{AsText, At, Json, Word};

/// So many of the last imports are listed.
const LISTED: i64 = 100;

/// An import that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportEntry {
    /// Its number.
    pub id: ImportId,
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: At,
    /// Who.
    pub actor: String,
    /// What the file held.
    pub kind: ImportKind,
    /// The name of the file.
    pub file_name: String,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// How many things it made.
    pub created: i32,
    /// How many it changed.
    pub changed: i32,
    /// How many of its rows said what was stored already.
    pub unchanged: i32,
    /// When it was undone.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub undone_at: Option<At>,
    /// Who undid it.
    pub undone_by: Option<String>,
}

impl From<ImportRow> for ImportEntry {
    fn from(row: ImportRow) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor: row.actor,
            kind: *row.kind,
            file_name: row.file_name,
            sha256: row.sha256,
            created: row.created,
            changed: row.changed,
            unchanged: row.unchanged,
            undone_at: row.undone_at,
            undone_by: row.undone_by,
        }
    }
}

/// The last imports that the actor may see: their own, and those of roles on units that they manage.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<ImportEntry>, Error> {
    let mut seen = Vec::new();
    for row in imports::last(tx.conn, LISTED)? {
        if is_seen(tx, &row)? {
            seen.push(row.into());
        }
    }
    Ok(seen)
}

/// One import that the actor may see.
pub(super) fn find(tx: &mut Tx<'_>, id: ImportId) -> Result<ImportRow, Error> {
    let missing = || Error::not_found("import");
    let row = imports::find(tx.conn, id)?.ok_or_else(missing)?;
    match is_seen(tx, &row)? {
        true => Ok(row),
        false => Err(missing()),
    }
}

fn is_seen(tx: &mut Tx<'_>, row: &ImportRow) -> Result<bool, Error> {
    if row.actor_id.0 == tx.actor.id {
        return Ok(true);
    }
    match row.unit_id {
        Some(unit) => tx.may(Action::ManageUnits, unit),
        None => Ok(tx.require_on_all_units(Action::ManageUnits).is_ok()),
    }
}

/// An import that was carried out and is to be remembered.
#[derive(Debug)]
pub(super) struct Carried<'f> {
    /// What the file held.
    pub(super) kind: ImportKind,
    /// The name of the file.
    pub(super) name: &'f str,
    /// The SHA-256 of the file, in hexadecimal.
    pub(super) sha256: &'f str,
    /// What it made.
    pub(super) made: Vec<super::Made>,
    /// How many things it changed.
    pub(super) changed: usize,
    /// How many of its rows said what was stored already.
    pub(super) unchanged: usize,
}

/// Remembers an import that made or changed something.
pub(super) fn remember(tx: &mut Tx<'_>, done: Carried<'_>) -> Result<Option<ImportId>, Error> {
    if done.made.len() + done.changed == 0 {
        return Ok(None);
    }
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let row = ImportRow {
        id: ImportId::NONE,
        at: tx.now.into(),
        actor_id: AsText(tx.actor.id),
        actor: tx.actor.name.clone(),
        unit_id: tx.actor.homes().next(),
        kind: Word(done.kind),
        file_name: text::clean(done.name)
            .chars()
            .take(text::NAME_MAX)
            .collect(),
        sha256: done.sha256.to_owned(),
        created: count(done.made.len()),
        changed: count(done.changed),
        unchanged: count(done.unchanged),
        made: Json(done.made),
        undone_at: None,
        undone_by: None,
    };
    let entry = ImportEntry::from(imports::insert(tx.conn, row)?);
    let home = tx.actor.homes().next();
    tx.audit("import", "import", entry.id)
        .unit(home)
        .new_value(&entry)
        .record()?;
    Ok(Some(entry.id))
}
