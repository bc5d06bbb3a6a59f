//! What is left to do at the end of the past: somebody owes something before the cut-off, asks for
//! more time, waits for an editor, and is excused.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Simulation, new_event};
use crate::demo::headlines;
use crate::demo::script::{DemoEvent, DemoEventKind, DemoItem};
use crate::domain::access::{Actor, Scope};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::unit::Category;
use crate::service::Error;
use crate::service::obligations::{decide, exemptions};
use crate::service::submissions::{events, items};
use crate::store::obligations::ObligationRow;
use crate::store::views::obligations::{self as view, ObligationFilter};

/// Units that have something to do today.
const BUSY: usize = 3;

/// How much of what is owed is looked at.
const LOOKED_AT: i64 = 500;

impl Simulation<'_> {
    /// Leaves something of every kind to do.
    pub(super) fn leave_open(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        for (number, unit) in self.superiors().into_iter().take(BUSY).enumerate() {
            self.hold_event(unit, number, now)?;
            if number > 0 {
                self.submit(unit, number, now)?;
            }
        }
        for row in self.owed(State::Open, now)?.iter().take(2) {
            self.ask_for_time(row, now)?;
        }
        let missed = self.owed(State::Missed, now)?;
        if let Some(row) = missed.first() {
            self.app.write(&self.department, now, |tx| {
                exemptions::exempt(tx, row.id, "Đơn vị sắp xếp lại tổ chức trong kỳ này.")
            })?;
        }
        Ok(())
    }

    /// Indices of the superior units with people.
    fn superiors(&self) -> Vec<usize> {
        let units = self.participants.units.iter().enumerate();
        let superior = units.filter(|(_, unit)| unit.category == Category::Superior);
        let known = superior.filter(|(index, _)| matches!(self.staff.get(*index), Some(Some(_))));
        known.map(|(index, _)| index).collect()
    }

    /// A topical event that has just ended: its news is due at the next cut-off.
    fn hold_event(&mut self, unit: usize, number: usize, now: DateTime<Utc>) -> Result<(), Error> {
        let ends_at = now - TimeDelta::minutes(20);
        let title = self.headline(headlines::EVENTS, unit, number, now);
        let new = DemoEvent {
            unit,
            title,
            kind: DemoEventKind::Topical,
            starts_at: ends_at - TimeDelta::minutes(90),
            ends_at,
        };
        let staff = self.staff_of(unit, now)?;
        let (actor, unit_id) = (staff.staff.clone(), staff.unit_id);
        let new = new_event(unit_id, new);
        self.app
            .write(&actor, now, |tx| events::register(tx, &new))?;
        Ok(())
    }

    /// News that an editor has not looked at yet.
    fn submit(&mut self, unit: usize, number: usize, now: DateTime<Utc>) -> Result<(), Error> {
        let title = self.headline(headlines::NEWS, unit, number, now);
        let actor = self.staff_of(unit, now)?.head.clone();
        let new = DemoItem {
            unit,
            event: None,
            kind: "tin",
            title,
            field: None,
        };
        let new = self.new_item(&actor, new, now)?;
        self.app.write(&actor, now, |tx| items::submit(tx, &new))?;
        Ok(())
    }

    fn headline(&self, texts: &[&str], unit: usize, number: usize, now: DateTime<Utc>) -> String {
        use chrono::Datelike as _;
        let today = crate::domain::text::local_date(now);
        let name = self
            .participants
            .units
            .get(unit)
            .map(|unit| unit.short_name.as_str());
        let text = texts.get(number).copied().unwrap_or_default();
        text.replace("{unit}", name.unwrap_or_default())
            .replace("{n}", "40")
            .replace("{quarter}", &(today.month0() / 3 + 1).to_string())
            .replace("{month}", &today.month().to_string())
            .replace("{year}", &today.year().to_string())
    }

    /// Quotas in that state, the last one that was or is due first for those that are missed.
    fn owed(&self, state: State, now: DateTime<Utc>) -> Result<Vec<ObligationRow>, Error> {
        let filter = ObligationFilter {
            states: vec![state],
            kinds: vec![ObligationKind::Quota],
            due_from: (state == State::Open).then_some(now),
            ..ObligationFilter::default()
        };
        let mut rows = self.app.read(&Actor::cli(), now, |tx| {
            Ok(view::page(tx.conn, &Scope::All, &filter, LOOKED_AT)?)
        })?;
        rows.retain(|row| row.arrived < row.required && row.person_id.is_none());
        if state == State::Missed {
            rows.reverse();
        }
        Ok(rows)
    }

    fn ask_for_time(&self, row: &ObligationRow, now: DateTime<Utc>) -> Result<(), Error> {
        let mut staff = self.staff.iter().flatten();
        let Some(staff) = staff.find(|staff| staff.unit_id == row.unit_id) else {
            return Ok(());
        };
        let until = row.due_at.0 + TimeDelta::days(2);
        let reason = "Cán bộ phụ trách đi tập huấn, xin lùi hai ngày.";
        self.app.write(&staff.head, now, |tx| {
            decide::ask_extension(tx, row.id, until, reason)
        })?;
        Ok(())
    }
}
