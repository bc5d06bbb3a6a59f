//! What somebody sees who reads the own items and obligations only.

use diesel::prelude::*;

use crate::domain::access::actor_key;
use crate::store::schema::{item, item_author, item_step, obligation, unit_ancestor};

/// [`of_units`] and [`handed_in`], for who sees the own items.
macro_rules! own_items {
    ($own:expr) => {{
        let own: &Own = $own;
        let mine = handed_in(
            own.name.clone(),
            under_any_name(&own.name),
            own.person_id.unwrap_or_default(),
        );
        of_units(own.below.clone()).or(mine)
    }};
}
pub(super) use own_items;

/// What is owed by units, by the reader, or where the reader sees more than its own.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn personal(below: Vec<i64>, reader: i64) -> _ {
    let full = unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq_any(below))
        .select(unit_ancestor::unit_id);
    let theirs = obligation::person_id
        .is_null()
        .or(obligation::person_id.eq(reader));
    obligation::unit_id.eq_any(full).or(theirs)
}

/// Handed in by, or counted for, one of these units or one below them.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn of_units(roots: Vec<i64>) -> _ {
    let again: Vec<i64> = roots.clone();
    let from = unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq_any(roots))
        .select(unit_ancestor::unit_id);
    let to = unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq_any(again))
        .select(unit_ancestor::unit_id);
    item::unit_id
        .eq_any(from)
        .or(item::credited_unit_id.eq_any(to))
}

/// Handed in by somebody of that name, or written by the person.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn handed_in(name: String, any_name: String, person: i64) -> _ {
    let submit: &'static str = "submit";
    let by_me = item_step::actor
        .eq(name)
        .or(item_step::actor.like(any_name));
    let submitted = item_step::table
        .filter(item_step::action.eq(submit).and(by_me))
        .select(item_step::item_id);
    let written = item_author::table
        .filter(item_author::person_id.eq(person))
        .select(item_author::item_id);
    item::id.eq_any(submitted).or(item::id.eq_any(written))
}

/// The trail's name for somebody (`person:12 (Tên)`) as a pattern that outlives a change of the
/// name.
pub(super) fn under_any_name(name: &str) -> String {
    format!("{} (%", actor_key(name))
}
