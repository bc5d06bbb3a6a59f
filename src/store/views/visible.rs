//! What a reader may see, as conditions of queries.
//!
//! Each condition asks about the one row that is looked at, by the primary key of `unit_ancestor`:
//! nothing is collected first, however many units a reader sees.

use diesel::dsl;
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::human::{OfHuman, owed_by, written_by};
use crate::domain::access::{ActorId, Own, Scope};
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::item::ItemAction;
use crate::store::multi::MultiBackend;
use crate::store::schema::{item, item_step, obligation, unit_ancestor};
use crate::store::types::{AsText, Word};
use crate::store::{Conn, StoreError};

pub(super) use super::seen::{Seen, in_full, seen};

/// More units than these are not worth asking for by name.
const FEW: i64 = 32;

/// A condition on the rows of `From`.
pub(super) type Condition<From> = Box<dyn BoxableExpression<From, MultiBackend, SqlType = Bool>>;

/// [`obligations_seen`] as a type.
pub(super) type ObligationsSeen = dsl::Or<
    dsl::And<
        Seen<obligation::unit_id>,
        dsl::Or<Seen<obligation::unit_id>, dsl::IsNull<obligation::person_id>>,
    >,
    OfHuman<obligation::person_id>,
>;

/// That the reader sees the obligation: its unit, and of what people owe the own ones only, unless
/// the reader sees the unit in full.
pub(super) fn obligations_seen(scope: &Scope) -> ObligationsSeen {
    let (full, reader) = match scope {
        Scope::All | Scope::Below(_) => (&Scope::All, None),
        Scope::Own(own) => (scope, own.person_id),
    };
    seen(scope, obligation::unit_id)
        .and(in_full(full, obligation::unit_id).or(obligation::person_id.is_null()))
        .or(owed_by(reader.unwrap_or(PersonId::NONE)))
}

/// Items of units that are seen in full: handed in by them, or counted for them.
type OfUnits = dsl::Or<Seen<item::unit_id>, Seen<item::credited_unit_id>>;

/// That the reader sees the item: the unit that handed it in, or the one that it counts for, in
/// full; or the reader submitted it or is among its authors.
pub(super) fn items_seen<From>(scope: &Scope) -> Condition<From>
where
    OfUnits: BoxableExpression<From, MultiBackend, SqlType = Bool>,
    dsl::Or<OfUnits, own_items_of>: BoxableExpression<From, MultiBackend, SqlType = Bool>,
{
    let of_units = in_full(scope, item::unit_id).or(in_full(scope, item::credited_unit_id));
    match scope {
        Scope::All | Scope::Below(_) => Box::new(of_units),
        Scope::Own(own) => Box::new(of_units.or(own_items(own))),
    }
}

/// That the item is the actor's own: they submitted it, or it is one of those written.
#[dsl::auto_type]
fn own_items_of(actor: AsText<ActorId>, written: OfHuman<item::id>) -> _ {
    let submitted: submitted_by = submitted_by(actor);
    submitted.or(written)
}

/// [`own_items_of`] the reader.
pub(super) fn own_items(own: &Own) -> own_items_of {
    let reader = own.person_id.unwrap_or(PersonId::NONE);
    own_items_of(AsText(own.id), written_by(reader))
}

/// Submitted by the actor.
#[dsl::auto_type]
fn submitted_by(actor: AsText<ActorId>) -> _ {
    let submit: Word<ItemAction> = Word(ItemAction::Submit);
    let submitted = item_step::table
        .filter(item_step::actor_id.eq(actor))
        .filter(item_step::action.eq(submit))
        .select(item_step::item_id);
    item::id.eq_any(submitted)
}

/// The units that the reader sees, if they are few. A long list asks for them by name beside
/// [`seen`]: then it is read by an index over units, and not by looking at the rows of every unit.
pub(super) fn few_units(conn: &mut Conn, scope: &Scope) -> Result<Option<Vec<UnitId>>, StoreError> {
    let Some(below) = scope.roots() else {
        return Ok(None);
    };
    let alone = match scope {
        Scope::Own(own) => own.units.as_slice(),
        Scope::All | Scope::Below(_) => &[],
    };
    let itself = unit_ancestor::ancestor_id
        .eq_any(alone)
        .and(unit_ancestor::depth.eq(0));
    let units: Vec<UnitId> = unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq_any(below).or(itself))
        .select(unit_ancestor::unit_id)
        .limit(FEW + 1)
        .load(conn)?;
    Ok(usize::try_from(FEW)
        .is_ok_and(|few| units.len() <= few)
        .then_some(units))
}
