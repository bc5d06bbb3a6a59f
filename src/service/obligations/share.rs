//! Who owes, and the share of a quota that falls to them. The rules are those of
//! [`crate::domain::share`].

use std::sync::Arc;

use crate::domain::opening::Life;
use crate::domain::period::Period;
use crate::domain::rule::RuleContent;
use crate::domain::share::Share;
use crate::service::{Error, Tx};
use crate::store::people::{self, PersonRow};
use crate::store::units::UnitRow;

/// A unit, or somebody of it, who may owe something.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    /// The unit.
    pub unit: Arc<UnitRow>,
    /// The person, where the unit itself does not owe it.
    pub person: Option<PersonRow>,
    /// The dates on which the subject is there.
    pub life: Life,
}

impl Owner {
    pub(crate) fn new(unit: Arc<UnitRow>, person: Option<PersonRow>) -> Self {
        Self {
            life: life(&unit, person.as_ref()),
            unit,
            person,
        }
    }

    pub(crate) fn person_id(&self) -> Option<i64> {
        self.person.as_ref().map(|person| person.id)
    }
}

/// The dates on which a unit, or somebody of it, is there.
fn life(unit: &UnitRow, person: Option<&PersonRow>) -> Life {
    let of_unit = Life {
        from: unit.founded_on,
        to: unit.ended_on,
    };
    let of_person = person.map(|person| Life {
        from: person.active_from,
        to: person.active_to,
    });
    of_unit.within(of_person.unwrap_or_default())
}

/// What falls to a subject for a period.
pub(crate) fn share(
    tx: &mut Tx<'_>,
    owner: &Owner,
    content: &RuleContent,
    period: Period,
) -> Result<Share, Error> {
    let before = days_before(tx, owner, content, period)?;
    Ok(Share::of(content, period, owner.life, before))
}

/// Days of the period on which the rule concerned a person in earlier posts within the federation.
fn days_before(
    tx: &mut Tx<'_>,
    owner: &Owner,
    content: &RuleContent,
    period: Period,
) -> Result<u32, Error> {
    let moved = |person: &&PersonRow| person.moved_from.is_some();
    let Some(person) = owner.person.as_ref().filter(moved) else {
        return Ok(0);
    };
    let subject = &content.subject;
    let mut days = 0;
    let posts = people::posts_of(tx.conn, person.id)?;
    let earlier = posts.into_iter().filter(|post| post.id < person.id);
    for post in earlier.filter(|post| subject.concerns_role(*post.role)) {
        let unit = tx.lookups.unit(tx.conn, post.unit_id)?;
        if unit.federation_id == owner.unit.federation_id
            && subject.concerns_unit(&unit.code, *unit.category)
        {
            days += life(&unit, Some(&post)).days_of(period);
        }
    }
    Ok(days)
}
