//! Items on their way: submitted, approved, decided by an editor.

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt as _;

use super::{Act, By, Writer};
use crate::demo::headlines;
use crate::domain::field::Field;

/// An item to submit.
pub(super) struct NewItem {
    pub unit: usize,
    pub event: Option<usize>,
    pub kind: &'static str,
    pub title: String,
    pub field: Option<Field>,
}

impl Writer<'_> {
    /// Submits an item so that it arrives at `at`, and follows it until it is decided.
    pub(super) fn item(&mut self, by: By, new: NewItem, at: DateTime<Utc>) {
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
            self.plan(at, approver, Act::Approve { item });
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
            let reason = headlines::REJECTED;
            self.plan(decided, editor, Act::Reject { item, reason });
        } else if chance < 0.08 {
            let (at, reason) = (at + TimeDelta::minutes(30), headlines::WITHDRAWN);
            self.plan(at, leader, Act::Withdraw { item, reason });
        } else {
            let grade = self.rng.random_range(3..=5);
            self.plan(decided, editor, Act::Publish { item, grade });
        }
    }

    /// Submits an item; its number.
    pub(super) fn submit(&mut self, by: By, new: NewItem, at: DateTime<Utc>) -> usize {
        let item = self.items;
        self.items += 1;
        let NewItem {
            unit,
            event,
            kind,
            title,
            field,
        } = new;
        let act = Act::Submit {
            item,
            unit,
            event,
            kind,
            title,
            field,
        };
        self.plan(at, by, act);
        item
    }

    fn returned(&mut self, item: usize, leader: By, editor: By, at: DateTime<Utc>) {
        let reason = headlines::RETURNED;
        self.plan(at, editor, Act::Return { item, reason });
        let Ok(again) = self.calendar.add(at, TimeDelta::hours(5)) else {
            return;
        };
        self.plan(again, leader, Act::Resubmit { item });
        if let Ok(published) = self.calendar.add(again, TimeDelta::hours(4)) {
            self.plan(published, editor, Act::Publish { item, grade: 4 });
        }
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
