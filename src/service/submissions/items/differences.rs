//! What a step changed in the text of an item and in what it says of itself: old and new values, as
//! they are kept with the step.

use std::collections::HashMap;

use super::read::Item;
use crate::domain::ids::{ItemId, PersonId};
use crate::domain::item::{Changed, ItemAction, ItemField};
use crate::domain::text::{differing, local_time};
use crate::service::Error;
use crate::store::items::ItemRow;
use crate::store::{Conn, views};

/// What differs between two versions of an item, but for the authors. When it arrived is only told of
/// a correction: the steps say the rest.
pub(super) fn of(before: &ItemRow, after: &ItemRow, action: ItemAction) -> Vec<Changed> {
    let text = |text: &Option<String>| text.clone();
    let mut all = vec![
        (
            ItemField::Title,
            Some(before.title.clone()),
            Some(after.title.clone()),
        ),
        (
            ItemField::Kind,
            Some(before.kind.clone()),
            Some(after.kind.clone()),
        ),
        (
            ItemField::Field,
            before.field.map(|field| field.to_string()),
            after.field.map(|field| field.to_string()),
        ),
        (ItemField::Url, text(&before.url), text(&after.url)),
        (
            ItemField::Event,
            before.event_id.map(|id| id.to_string()),
            after.event_id.map(|id| id.to_string()),
        ),
        (
            ItemField::HappenedOn,
            before.happened_on.map(|on| on.to_string()),
            after.happened_on.map(|on| on.to_string()),
        ),
        (
            ItemField::Grade,
            before.grade.map(|grade| grade.to_string()),
            after.grade.map(|grade| grade.to_string()),
        ),
    ];
    if action == ItemAction::CorrectArrival {
        let arrived = |row: &ItemRow| row.arrived_at.map(|at| local_time(*at));
        all.push((ItemField::Arrival, arrived(before), arrived(after)));
    }
    all.retain(|(_, old, new)| old != new);
    if before.body != after.body {
        let body = |row: &ItemRow| row.body.clone().unwrap_or_default();
        let (old, new) = differing(&body(before), &body(after));
        all.push((ItemField::Body, Some(old), Some(new)));
    }
    let changed = |(field, old, new): (ItemField, Option<String>, Option<String>)| Changed {
        field,
        old: old.filter(|text| !text.is_empty()),
        new: new.filter(|text| !text.is_empty()),
    };
    all.into_iter().map(changed).collect()
}

/// The names of an item's authors.
pub(super) fn names(conn: &mut Conn, id: ItemId) -> Result<Option<String>, Error> {
    let mut authors: HashMap<ItemId, Vec<(PersonId, String)>> = views::items::authors(conn, &[id])?;
    let names = authors.remove(&id).unwrap_or_default();
    let names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
    Ok(Some(names.join(", ")).filter(|names| !names.is_empty()))
}

impl Item {
    /// Whether somebody works on it.
    pub fn is_in_review(&self) -> bool {
        self.in_review_at.is_some()
    }
}
