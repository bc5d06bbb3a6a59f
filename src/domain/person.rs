//! People: their positions, and the checks of an input.

use chrono::NaiveDate;
use serde::Deserialize;

use super::access::Role;
use super::error::Invalid;
use super::field::Field;
use super::text;
use super::unit::{note, present};
use crate::domain::ids::UnitId;

crate::text_enum! {
    /// What somebody is in the unit.
    #[derive(Default)]
    pub enum Position {
        /// Head: gets the first mails about what the unit owes.
        Head,
        /// Deputy: gets mails when something was missed.
        Deputy,
        /// Staff.
        #[default]
        Staff,
    }
}

crate::text_enum! {
    /// Whether somebody is in service on a day.
    pub enum InService {
        /// They are.
        Serving,
        /// They have left.
        Left,
        /// They come later.
        Coming,
    }
}

/// A person to be created; checked by [`NewPerson::checked`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The unit they belong to.
    pub unit_id: UnitId,
    /// Full name.
    pub name: String,
    /// Title, `Chủ tịch`.
    pub title: Option<String>,
    /// Mail address.
    pub mail: Option<String>,
    /// What they may do.
    pub role: Role,
    /// What they are in the unit.
    #[serde(default)]
    pub position: Position,
    /// Their fields of work.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// First day in service; absent: always.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub active_from: Option<NaiveDate>,
    /// Last day in service; absent: open.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub active_to: Option<NaiveDate>,
}

impl NewPerson {
    /// The same with cleaned texts, and fields in order, each once.
    pub fn checked(mut self) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        let name = note(&mut faults, text::name("name", &self.name));
        let title = note(
            &mut faults,
            text::optional_name("title", self.title.as_deref()),
        )
        .flatten();
        let mail = self
            .mail
            .as_deref()
            .map(str::trim)
            .filter(|mail| !mail.is_empty());
        let mail = mail.and_then(|mail| note(&mut faults, text::mail("mail", mail)));
        note(&mut faults, check_service(self.active_from, self.active_to));
        self.fields.sort_unstable();
        self.fields.dedup();
        match name {
            Some(name) if faults.is_empty() => Ok(Self {
                name,
                title,
                mail,
                ..self
            }),
            _ => Err(faults),
        }
    }
}

/// A change of a person; what is absent stays, `null` removes. Another unit is a move, not a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PersonPatch {
    /// Full name.
    pub name: Option<String>,
    /// Title.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub title: Option<Option<String>>,
    /// Mail address.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub mail: Option<Option<String>>,
    /// What they may do.
    pub role: Option<Role>,
    /// What they are in the unit.
    pub position: Option<Position>,
    /// Their fields of work.
    pub fields: Option<Vec<Field>>,
    /// First day in service.
    #[serde(deserialize_with = "crate::domain::years::present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub active_from: Option<Option<NaiveDate>>,
    /// Last day in service.
    #[serde(deserialize_with = "crate::domain::years::present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub active_to: Option<Option<NaiveDate>>,
}

impl PersonPatch {
    /// The person with the changes made; to be checked.
    pub fn applied_to(self, person: NewPerson) -> NewPerson {
        NewPerson {
            unit_id: person.unit_id,
            name: self.name.unwrap_or(person.name),
            title: self.title.unwrap_or(person.title),
            mail: self.mail.unwrap_or(person.mail),
            role: self.role.unwrap_or(person.role),
            position: self.position.unwrap_or(person.position),
            fields: self.fields.unwrap_or(person.fields),
            active_from: self.active_from.unwrap_or(person.active_from),
            active_to: self.active_to.unwrap_or(person.active_to),
        }
    }
}

/// Checks that the last day in service is not before the first.
///
/// # Errors
/// `person_left_before_came` on `active_to`.
pub fn check_service(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<(), Invalid> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => {
            let fault = Invalid::new("active_to", "person_left_before_came");
            Err(fault
                .with("from", from.format("%d/%m/%Y"))
                .with("to", to.format("%d/%m/%Y")))
        }
        _ => Ok(()),
    }
}
