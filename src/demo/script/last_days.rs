//! What happens in the week before the end of the past, so that every standing can be seen: an
//! event without news, and news of the month before that no editor has looked at.

use chrono::{DateTime, Months, TimeDelta, Utc};

use super::timing::first_of;
use super::{
    By, DemoAction, DemoEvent, DemoEventKind, DemoItem, DemoUnit, Habit, Participants, Writer,
};
use crate::demo::headlines;
use crate::domain::text::local_date;
use crate::domain::unit::Category;

impl Writer<'_> {
    /// Plans it; not for a past of less than eight days.
    pub(super) fn last_days(&mut self, participants: &Participants, until: DateTime<Utc>) {
        if local_date(until - TimeDelta::days(8)) < self.from {
            return;
        }
        let units = participants.units.iter().enumerate();
        let superior = units.filter(|(_, unit)| unit.category == Category::Superior);
        let forgetful = superior
            .clone()
            .find(|(_, unit)| unit.habit == Habit::Forgetful);
        if let Some((index, unit)) = forgetful {
            self.unread_month(index, unit);
        }
        for ((index, unit), number) in superior.skip(3).zip(0..2) {
            let ends_at = until - TimeDelta::days(5 + number);
            let title = self.headline(headlines::EVENTS, &unit.short_name);
            let new = DemoEvent {
                unit: index,
                title: title.clone(),
                kind: DemoEventKind::Ordinary,
                starts_at: ends_at - TimeDelta::hours(2),
                ends_at,
            };
            let event = self.next_event();
            let registered = ends_at - TimeDelta::hours(3);
            self.plan(
                registered,
                By::Staff(index),
                DemoAction::Register { event, new },
            );
            if number == 0 {
                let new = DemoItem {
                    unit: index,
                    event: Some(event),
                    kind: "tin",
                    title,
                    field: unit.field,
                };
                self.submit(By::Head(index), new, ends_at + TimeDelta::hours(3));
            }
        }
    }

    /// Enough news of the month before, which no editor has looked at.
    fn unread_month(&mut self, index: usize, unit: &DemoUnit) {
        let this = self.month;
        self.month = this.checked_sub_months(Months::new(1)).unwrap_or(this);
        if self.month >= first_of(self.from) {
            for _ in 0..2 {
                if let Some(day) = self.working_day(20, 28) {
                    let at = self.at(day, 8, 16);
                    let new = DemoItem {
                        unit: index,
                        event: None,
                        kind: "tin",
                        title: self.headline(headlines::NEWS, &unit.short_name),
                        field: unit.field,
                    };
                    self.submit(By::Head(index), new, at);
                }
            }
        }
        self.month = this;
    }
}
