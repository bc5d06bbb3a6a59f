//! Items on their way: submitted, approved, decided by an editor.

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt as _;

use super::{By, DemoAction, DemoItem, ItemStep, Writer};
use crate::demo::headlines;
use crate::domain::field::Field;

impl Writer<'_> {
    /// Submits an item so that it arrives at `at`, and follows it until it is decided.
    pub(super) fn item(&mut self, by: By, new: DemoItem, at: DateTime<Utc>) {
        let (unit, field) = (new.unit, new.field);
        // an item arrives when it is approved; heads and the department approve their own as they
        // submit it
        let approver = match by {
            By::Staff(_) => Some(By::Head(unit)),
            By::Editor(_) => Some(By::Department),
            By::Head(_) | By::Department => None,
        };
        let minutes = if approver.is_some() {
            self.rng.random_range(4..=15)
        } else {
            0
        };
        let item = self.submit(by, new, at - TimeDelta::minutes(minutes));
        if let Some(approver) = approver {
            self.change(at, approver, item, ItemStep::Approve);
        }
        let hours = self.rng.random_range(1..=9);
        let read = self
            .calendar
            .add(at + TimeDelta::minutes(5), TimeDelta::hours(hours));
        let Ok(decided) = read else {
            return;
        };
        let (leader, editor) = (approver.unwrap_or(by), editor_of(item, field));
        let chance: f64 = self.rng.random();
        if chance < 0.05 {
            self.returned(item, leader, editor, decided);
        } else if chance < 0.07 {
            let step = ItemStep::Reject(headlines::REJECTED);
            self.change(decided, editor, item, step);
        } else if chance < 0.08 {
            let step = ItemStep::Withdraw(headlines::WITHDRAWN);
            self.change(at + TimeDelta::minutes(30), leader, item, step);
        } else {
            let grade = self.rng.random_range(3..=5);
            self.change(decided, editor, item, ItemStep::Publish(grade));
        }
    }

    /// Submits an item; its number.
    pub(super) fn submit(&mut self, by: By, new: DemoItem, at: DateTime<Utc>) -> usize {
        let item = self.items;
        self.items += 1;
        self.plan(at, by, DemoAction::Submit { item, new });
        item
    }

    fn returned(&mut self, item: usize, leader: By, editor: By, at: DateTime<Utc>) {
        self.change(at, editor, item, ItemStep::Return(headlines::RETURNED));
        let Ok(again) = self.calendar.add(at, TimeDelta::hours(5)) else {
            return;
        };
        self.change(again, leader, item, ItemStep::Resubmit);
        if let Ok(published) = self.calendar.add(again, TimeDelta::hours(4)) {
            self.change(published, editor, item, ItemStep::Publish(4));
        }
    }

    fn change(&mut self, at: DateTime<Utc>, by: By, item: usize, step: ItemStep) {
        self.plan(at, by, DemoAction::Change { item, step });
    }
}

/// Editors decide on items of their fields. Items of a field that none of the three has are decided
/// by the department.
fn editor_of(item: usize, field: Option<Field>) -> By {
    let place = field.map(|field| Field::ALL.iter().take(3).position(|own| *own == field));
    match place {
        None => By::Editor(item % 3),
        Some(Some(editor)) => By::Editor(editor),
        Some(None) => By::Department,
    }
}
