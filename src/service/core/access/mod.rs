//! The only permission logic: who may do what to which unit, and what a reader may see.
//!
//! A role is held on a unit and is good for that unit and everything below it; [`TABLE`] says how
//! far each action of a role reaches. An actor with several roles may do what any of them allows.
//! What an actor may not see is "not found". What they see but may not do is "forbidden".

mod decisions;
mod people;
mod scope;
mod table;

use chrono::NaiveDate;

use crate::domain::access::{Actor, Grant, Role, Scope, Units};
use crate::domain::error::Invalid;
use crate::domain::field::Field;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::text::local_date;
use crate::service::{Error, Tx};
use crate::store::{Conn, StoreError, people as stored_people, units, views};

pub use decisions::{is_bound_by, require_on_scores, require_read_or_bound};
pub use people::{grants_of_person, grants_of_posts, require_authority_over, require_may_grant};
pub use scope::{scope, scope_for};
use table::reach;
pub use table::{Action, ROLES, Reach, TABLE};

/// The checks of a use case; [`Tx::require`] and [`Tx::may`] are beside the context itself.
impl Tx<'_> {
    /// Checks that the actor may do `action` to a unit that the input names in `field`.
    ///
    /// # Errors
    /// `not_found` on `field` for a unit that the actor can't see, [`Error::Forbidden`].
    pub fn require_named(
        &mut self,
        action: Action,
        target: UnitId,
        field: &'static str,
    ) -> Result<(), Error> {
        require_named(self.conn, self.actor, action, target, field)
    }

    /// Checks that the actor may see the unit that a list is asked of.
    ///
    /// # Errors
    /// `not_found` on `unit_id`.
    pub fn require_known(&mut self, units: Option<Units>) -> Result<(), Error> {
        let Some(Units { unit_id, .. }) = units else {
            return Ok(());
        };
        let unknown = || Invalid::new("unit_id", "not_found").with("value", unit_id);
        views::units::find(self.conn, &self.scope(), unit_id)?.ok_or_else(unknown)?;
        Ok(())
    }

    /// Checks that a role of the actor, on whatever unit, allows `action`: for lists that leave out
    /// what the actor may not see.
    pub fn require_by_any_role(&self, action: Action) -> Result<(), Error> {
        require_by_any_role(self.actor, action)
    }

    /// Checks that the actor may do `action` to everybody who is there: for what binds the whole
    /// installation, as kinds of item and its jobs.
    pub fn require_over_everybody(&mut self, action: Action) -> Result<(), Error> {
        require_over_everybody(self.conn, self.actor, action, local_date(self.now))
    }

    /// Checks that the actor may do `action` to all units, also to those that are still to be
    /// created.
    pub fn require_on_all_units(&self, action: Action) -> Result<(), Error> {
        require_on_all_units(self.actor, action)
    }

    /// Checks that the actor may grant `role` on a unit (`None` = the whole installation).
    ///
    /// # Errors
    /// [`Error::NotFound`] for a unit that the actor can't see, [`Error::Forbidden`].
    pub fn require_may_grant(&mut self, role: Role, target: Option<UnitId>) -> Result<(), Error> {
        require_may_grant(self.conn, self.actor, role, target)
    }

    /// Checks that the actor may grant every role that a person holds or will hold.
    pub fn require_authority_over(&mut self, person_id: PersonId) -> Result<(), Error> {
        require_authority_over(self.conn, self.actor, person_id, self.now)
    }

    /// The part of the unit tree in which the actor may do `action`.
    pub fn scope_for(&self, action: Action) -> Scope {
        scope_for(self.actor, action)
    }
}

/// Checks that `actor` may do `action` to the unit `target`.
///
/// # Errors
/// [`Error::NotFound`] if the actor may not even see the unit, [`Error::Forbidden`] if they may see
/// it but not do this.
pub fn require(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    target: UnitId,
) -> Result<(), Error> {
    let grants = grants_at(conn, actor, target)?;
    if allows(&grants, action) {
        Ok(())
    } else if action.reads() {
        Err(Error::not_found("unit"))
    } else {
        Err(refusal(&grants))
    }
}

/// The grants of an actor that hold at a unit, each with the reach that it needs there.
type GrantsAt<'a> = Vec<(&'a Grant, Reach)>;

fn grants_at<'a>(
    conn: &mut Conn,
    actor: &'a Actor,
    target: UnitId,
) -> Result<GrantsAt<'a>, StoreError> {
    let above = if actor.homes().any(|home| home != target) {
        units::ancestors(conn, target)?
    } else {
        Vec::new()
    };
    let needed = |grant: &Grant| match grant.unit_id {
        None => Some(Reach::Own),
        Some(unit) if unit == target => Some(Reach::Own),
        Some(unit) => above.contains(&unit).then_some(Reach::Below),
    };
    let grants = actor.grants.iter();
    Ok(grants
        .filter_map(|grant| Some((grant, needed(grant)?)))
        .collect())
}

fn allows(grants: &GrantsAt<'_>, action: Action) -> bool {
    grants
        .iter()
        .any(|(grant, needed)| reach(grant.role, action) >= *needed)
}

/// Why an actor with these grants at a unit may not do something there.
fn refusal(grants: &GrantsAt<'_>) -> Error {
    if allows(grants, Action::Read) {
        Error::Forbidden
    } else {
        Error::not_found("unit")
    }
}

/// [`require`] for a unit that the input names in `field`: a unit that the actor may not see is a
/// fault of the input.
///
/// # Errors
/// `not_found` on `field`, [`Error::Forbidden`].
pub fn require_named(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    target: UnitId,
    field: &'static str,
) -> Result<(), Error> {
    match require(conn, actor, action, target) {
        Err(Error::NotFound { .. }) => {
            let fault = Invalid::new(field, "not_found");
            Err(fault.with("value", target).into())
        }
        checked => checked,
    }
}

/// [`require`] for something that belongs to the unit `target`: if the actor may not see the unit,
/// the thing is missing for them.
///
/// # Errors
/// [`Error::NotFound`] with `what`, [`Error::Forbidden`].
pub fn require_of(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    target: UnitId,
    what: &'static str,
) -> Result<(), Error> {
    match require(conn, actor, action, target) {
        Err(Error::NotFound { .. }) => Err(Error::not_found(what)),
        checked => checked,
    }
}

/// Whether `actor` may do `action` to the unit `target`.
pub fn may(conn: &mut Conn, actor: &Actor, action: Action, target: UnitId) -> Result<bool, Error> {
    Ok(allows(&grants_at(conn, actor, target)?, action))
}

/// Whether the actor may do an editor's work on an item of that field at the unit `target`. Editors
/// work on items of their fields. Items without a field, editors without a field and tokens that
/// belong to no person are not restricted to fields.
pub fn may_edit(
    conn: &mut Conn,
    actor: &Actor,
    target: UnitId,
    field: Option<Field>,
) -> Result<bool, Error> {
    let mut grants = grants_at(conn, actor, target)?;
    grants.retain(|(grant, needed)| reach(grant.role, Action::Edit) >= *needed);
    if grants.iter().any(|(grant, _)| grant.role != Role::Editor) {
        return Ok(true);
    }
    let (Some(field), Some(person)) = (field, actor.person_id) else {
        return Ok(!grants.is_empty());
    };
    let person = stored_people::find(conn, person)?;
    let own = person.map(|row| row.fields.0).unwrap_or_default();
    Ok(grants.iter().any(|(grant, _)| {
        let fields = grant.fields.as_ref().unwrap_or(&own);
        fields.is_empty() || fields.contains(&field)
    }))
}

/// Which items somebody edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditingScope {
    /// At this unit and everything below it; `None` = everywhere.
    pub unit_id: Option<UnitId>,
    /// On items of these fields, and on those without a field; empty = on all.
    pub fields: Vec<Field>,
}

impl EditingScope {
    /// Whether items of this field belong to it.
    pub fn edits(&self, field: Field) -> bool {
        self.fields.is_empty() || self.fields.contains(&field)
    }
}

/// Which items the actor edits, by each of their roles. The same as [`may_edit`], for lists.
pub fn editing_scopes(conn: &mut Conn, actor: &Actor) -> Result<Vec<EditingScope>, Error> {
    let own = match actor.person_id {
        Some(id) => stored_people::find(conn, id)?.map(|row| row.fields.0),
        None => None,
    };
    let edits = |grant: &&Grant| reach(grant.role, Action::Edit) != Reach::No;
    let scope = |grant: &Grant| EditingScope {
        unit_id: grant.unit_id,
        fields: match &own {
            Some(own) if grant.role == Role::Editor => grant.fields.as_ref().unwrap_or(own).clone(),
            _ => Vec::new(),
        },
    };
    Ok(actor.grants.iter().filter(edits).map(scope).collect())
}

/// Checks that a role of `actor`, on whatever unit, allows `action`: for lists that leave out what
/// the actor may not see.
pub fn require_by_any_role(actor: &Actor, action: Action) -> Result<(), Error> {
    forbidden_unless(
        actor
            .grants
            .iter()
            .any(|grant| reach(grant.role, action) != Reach::No),
    )
}

/// Checks that the roles of `actor` that allow `action` cover everybody: each root of the tree that
/// has not ended by `today`. What binds the whole installation takes such roles.
pub fn require_over_everybody(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    today: NaiveDate,
) -> Result<(), Error> {
    let scope = scope_for(actor, action);
    let Some(covered) = scope.roots() else {
        return Ok(());
    };
    let roots = units::roots_on(conn, today)?;
    forbidden_unless(!roots.is_empty() && roots.iter().all(|root| covered.contains(root)))
}

/// Checks that `actor` may do `action` to all units, also to those that are still to be created:
/// creating a root, creating a token for the whole installation.
pub fn require_on_all_units(actor: &Actor, action: Action) -> Result<(), Error> {
    forbidden_unless(
        actor
            .grants
            .iter()
            .any(|grant| grant.unit_id.is_none() && reach(grant.role, action) != Reach::No),
    )
}

fn forbidden_unless(allowed: bool) -> Result<(), Error> {
    if allowed {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}
