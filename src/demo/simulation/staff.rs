//! The people of units.

use chrono::{DateTime, Utc};

use super::Simulation;
use crate::demo::script::DemoUnit;
use crate::domain::access::{Actor, Grant, Role};
use crate::domain::field::Field;
use crate::domain::ids::UnitId;
use crate::domain::person::{NewPerson, Position};
use crate::domain::unit::{Category, NewUnit};
use crate::service::units::{self, people};
use crate::service::{Error, Tx};
use crate::store::people as store;
use crate::store::units::UnitRow;

/// A unit's people who act.
pub(super) struct UnitStaff {
    pub unit_id: UnitId,
    pub head: Actor,
    pub staff: Actor,
}

impl Simulation<'_> {
    /// The people of a unit. The unit that is founded within the year is created with its people
    /// when one of them acts first.
    pub(super) fn staff_of(
        &mut self,
        unit: usize,
        now: DateTime<Utc>,
    ) -> Result<&UnitStaff, Error> {
        if self.staff.get(unit).is_none() {
            let found = self.participants.units.get(unit);
            let demo_unit = found.cloned().ok_or(Error::not_found("unit"))?;
            let new = NewUnit {
                code: demo_unit.code.clone(),
                name: demo_unit.short_name.clone(),
                category: demo_unit.category,
                parent_id: Some(self.federation.id),
                cluster: Some("Cụm thi đua cơ sở trực thuộc".to_owned()),
                founded_on: demo_unit.founded_on,
                mail: Some(format!(
                    "{}@{}.example",
                    demo_unit.code, self.federation.code
                )),
            };
            let row = self
                .app
                .write(&self.department, now, |tx| units::create(tx, &new))?
                .unit;
            let staff = self
                .app
                .write(&Actor::cli(), now, |tx| create(tx, &row, &demo_unit))?;
            self.staff.push(Some(staff));
        }
        let staff = self.staff.get(unit).and_then(Option::as_ref);
        staff.ok_or(Error::not_found("unit"))
    }
}

/// A head and a member of staff for a unit, and a deputy for a superior one.
pub(super) fn create(tx: &mut Tx<'_>, row: &UnitRow, unit: &DemoUnit) -> Result<UnitStaff, Error> {
    let name = |what: &str| format!("{what} {}", unit.short_name);
    let head = NewStaff::head(name("Lãnh đạo"), Role::Leader).of_field(unit.field);
    let head = enter(tx, row, head)?;
    if unit.category == Category::Superior {
        let deputy = NewStaff {
            position: Position::Deputy,
            ..NewStaff::head(name("Cấp phó"), Role::Leader)
        };
        enter(tx, row, deputy)?;
    }
    let staff = NewStaff::member(name("Cán bộ tuyên giáo"), Role::Contributor);
    Ok(UnitStaff {
        unit_id: row.id,
        head,
        staff: enter(tx, row, staff.of_field(unit.field))?,
    })
}

/// Somebody to enter.
pub(super) struct NewStaff {
    name: String,
    role: Role,
    position: Position,
    field: Option<Field>,
}

impl NewStaff {
    pub(super) fn head(name: impl Into<String>, role: Role) -> Self {
        Self {
            name: name.into(),
            role,
            position: Position::Head,
            field: None,
        }
    }

    pub(super) fn member(name: impl Into<String>, role: Role) -> Self {
        Self {
            position: Position::Staff,
            ..Self::head(name, role)
        }
    }

    pub(super) fn of_field(self, field: Option<Field>) -> Self {
        Self { field, ..self }
    }
}

/// Enters a person with a mail address of their own.
pub(super) fn enter(tx: &mut Tx<'_>, unit: &UnitRow, staff: NewStaff) -> Result<Actor, Error> {
    let number = store::of_units(tx.conn, &[unit.id])?.len() + 1;
    let new = NewPerson {
        unit_id: unit.id,
        name: staff.name,
        title: None,
        mail: Some(format!("{}-{number}@{}.example", staff.role, unit.code)),
        role: staff.role,
        position: staff.position,
        fields: staff.field.into_iter().collect(),
        active_from: None,
        active_to: None,
    };
    let person = people::create(tx, &new)?.person;
    let grants = vec![Grant::on(staff.role, unit.id)];
    Ok(Actor::person(person.id, &person.name, grants))
}
