//! Saved views: filters of lists that the actor keeps under a name. Nobody else sees them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::error::Invalid;
use crate::domain::ids::SavedViewId;
use crate::domain::saved_view::{MOST, SavedList, view_name, view_query};
use crate::service::{Error, Tx};
use crate::store::people::{self, PersonRow};
use crate::store::saved_views::{self as store, SavedViewRow};

/// A view that is to be saved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSavedView {
    /// Of which list.
    pub list: SavedList,
    /// Under which name; at most 60 characters.
    pub name: String,
    /// The query of the list's page, without `?`; at most 500 characters.
    pub query: String,
}

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SavedViewFacts)]
pub struct SavedView {
    /// Its number.
    pub id: SavedViewId,
    /// Of which list.
    pub list: SavedList,
    /// Its name.
    pub name: String,
    /// The query of the list's page, without `?`.
    pub query: String,
}

impl From<SavedViewRow> for SavedView {
    fn from(row: SavedViewRow) -> Self {
        Self {
            id: row.id,
            list: *row.list,
            name: row.name,
            query: row.query,
        }
    }
}

/// The actor's saved views, in the order of their names; those of one list, or all. A program without
/// a person has none.
pub fn list(tx: &mut Tx<'_>, list: Option<SavedList>) -> Result<Vec<SavedView>, Error> {
    let Some(person) = owner(tx)? else {
        return Ok(Vec::new());
    };
    let rows = store::of_person(tx.conn, person.human())?.into_iter();
    let rows = rows.filter(|row| list.is_none_or(|list| *row.list == list));
    Ok(rows.map(SavedView::from).collect())
}

/// Saves a view of the actor.
///
/// # Errors
/// Faults of the name and the query; `saved_view_taken` and `saved_view_too_many` on `name`;
/// [`Error::NotFound`] for a program without a person.
pub fn save(tx: &mut Tx<'_>, new: &NewSavedView) -> Result<SavedView, Error> {
    let person = owner(tx)?.ok_or(Error::not_found("saved_view"))?;
    let (name, name_folded) = view_name(&new.name)?;
    let query = view_query(&new.query)?;
    let own = store::of_person(tx.conn, person.human())?;
    let is_same = |row: &SavedViewRow| *row.list == new.list && row.name_folded == name_folded;
    if own.iter().any(is_same) {
        return Err(Invalid::new("name", "saved_view_taken")
            .with("value", name)
            .into());
    }
    if own.len() >= MOST {
        return Err(Invalid::new("name", "saved_view_too_many")
            .with("max", MOST)
            .into());
    }
    let row = SavedViewRow {
        id: SavedViewId::NONE,
        person_id: person.human(),
        list: new.list.into(),
        name,
        name_folded,
        query,
        created_at: tx.now.into(),
    };
    let row = store::insert(tx.conn, row)?;
    record(tx, "save", &person, &row)?;
    Ok(row.into())
}

/// Deletes a view of the actor; the one that it was.
///
/// # Errors
/// [`Error::NotFound`].
pub fn delete(tx: &mut Tx<'_>, id: SavedViewId) -> Result<SavedView, Error> {
    let missing = || Error::not_found("saved_view");
    let person = owner(tx)?.ok_or_else(missing)?;
    let own = store::of_person(tx.conn, person.human())?;
    let row = own
        .into_iter()
        .find(|row| row.id == id)
        .ok_or_else(missing)?;
    store::delete(tx.conn, id)?;
    record(tx, "delete", &person, &row)?;
    Ok(row.into())
}

fn owner(tx: &mut Tx<'_>) -> Result<Option<PersonRow>, Error> {
    match tx.actor.person_id {
        Some(id) => Ok(people::find(tx.conn, id)?),
        None => Ok(None),
    }
}

/// The trail says that there is a view, not what its owner looks for.
fn record(
    tx: &mut Tx<'_>,
    action: &'static str,
    person: &PersonRow,
    row: &SavedViewRow,
) -> Result<(), Error> {
    tx.audit(action, "saved_view", row.id)
        .unit(person.unit_id)
        .record()
}
