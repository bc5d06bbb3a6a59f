//! What people call the calendars and the kinds of item that policies name by their codes.

use std::collections::BTreeMap;

use super::EffectiveField;
use crate::domain::calendar::Name;
use crate::domain::policy::Policy;
use crate::service::{Error, Tx};
use crate::store::kinds;
use crate::store::policies::PolicyRow;

/// The field that names a calendar.
const CALENDAR: &str = "calendar";

/// Names of the calendars and the kinds of item that values of fields name, by their codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyNames {
    calendars: BTreeMap<String, Name>,
    kinds: BTreeMap<String, String>,
}

impl PolicyNames {
    /// The names that the values of fields need, and those that their defaults do.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn of<'f>(
        tx: &mut Tx<'_>,
        fields: impl IntoIterator<Item = &'f EffectiveField>,
    ) -> Result<Self, Error> {
        let kinds = kinds::list(tx.conn)?.into_iter();
        let mut names = Self {
            calendars: BTreeMap::new(),
            kinds: kinds.map(|kind| (kind.code, kind.name)).collect(),
        };
        names.add_calendar(tx, &Policy::default().calendar)?;
        let chosen = fields.into_iter().filter(|field| field.name == CALENDAR);
        for code in chosen.filter_map(|field| field.value.as_str()) {
            names.add_calendar(tx, code)?;
        }
        Ok(names)
    }

    /// Adds those that settings of a unit need.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn with(mut self, tx: &mut Tx<'_>, rows: &[PolicyRow]) -> Result<Self, Error> {
        for code in rows.iter().filter_map(|row| row.patch.0.calendar.as_ref()) {
            self.add_calendar(tx, code)?;
        }
        Ok(self)
    }

    /// A calendar that is gone has no name: its code is shown.
    fn add_calendar(&mut self, tx: &mut Tx<'_>, code: &str) -> Result<(), Error> {
        match tx.lookups.calendar(tx.conn, code) {
            Ok((calendar, _)) => {
                self.calendars
                    .insert(code.to_owned(), calendar.name().clone());
                Ok(())
            }
            Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What a calendar is called.
    pub fn calendar(&self, code: &str) -> Option<&Name> {
        self.calendars.get(code)
    }

    /// What a kind of item is called; its code if there is no such kind.
    pub fn kind<'n>(&'n self, code: &'n str) -> &'n str {
        self.kinds.get(code).map_or(code, String::as_str)
    }
}
