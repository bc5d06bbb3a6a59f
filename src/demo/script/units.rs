//! What units, editors and the fanpage of the federation do in a month.

use chrono::{Datelike as _, TimeDelta};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;

use super::timing::next_month;
use super::{By, DemoAction, DemoEvent, DemoEventKind, DemoItem, DemoUnit, Habit, Writer};
use crate::demo::headlines;
use crate::domain::field::Field;
use crate::domain::text::local_midnight;
use crate::domain::unit::Category;

impl Writer<'_> {
    pub(super) fn month_of_unit(&mut self, index: usize, unit: &DemoUnit) {
        match unit.category {
            Category::Superior => {
                let events = match unit.habit {
                    Habit::Diligent => self.rng.random_range(2..=3),
                    Habit::Steady | Habit::LastMinute => self.rng.random_range(1..=2),
                    Habit::Late | Habit::Forgetful => self.rng.random_range(0..=2),
                };
                let reported = (0..events).filter(|_| self.event(index, unit)).count();
                let wanted = self.news_wanted(unit.habit, 2);
                self.news(index, unit, wanted.saturating_sub(reported));
                if self.rng.random_bool(0.2) {
                    self.question(index, unit.habit);
                }
                self.in_depth(index, unit, 0.3);
            }
            Category::Office => {
                let wanted = self.news_wanted(unit.habit, 1);
                self.news(index, unit, wanted);
                self.in_depth(index, unit, 0.12);
            }
            Category::Grassroots => {
                if self.rng.random_bool(0.3) {
                    self.event(index, unit);
                }
                if self.month.month() % 3 == 2 {
                    let wanted = self.news_wanted(unit.habit, 1);
                    self.news(index, unit, wanted);
                }
                self.in_depth(index, unit, 0.1);
            }
            Category::Federation | Category::Collaborator => {}
        }
    }

    /// How much news a unit submits in the month, that about events included.
    fn news_wanted(&mut self, habit: Habit, owed: usize) -> usize {
        match habit {
            Habit::Diligent => owed + self.rng.random_range(0..=2),
            Habit::Steady | Habit::LastMinute => owed - usize::from(self.rng.random_bool(0.08)),
            Habit::Late => owed,
            Habit::Forgetful => (0..owed).filter(|_| self.rng.random_bool(0.5)).count(),
        }
    }

    /// News without an event.
    fn news(&mut self, index: usize, unit: &DemoUnit, number: usize) {
        for _ in 0..number {
            let Some(at) = self.moment(unit.habit) else {
                continue;
            };
            let title = self.headline(headlines::NEWS, &unit.short_name);
            let by = if self.rng.random_bool(0.3) {
                By::Head(index)
            } else {
                By::Staff(index)
            };
            let new = DemoItem {
                unit: index,
                event: None,
                kind: "tin",
                title,
                field: unit.field,
            };
            self.item(by, new, at);
        }
    }

    fn in_depth(&mut self, index: usize, unit: &DemoUnit, chance: f64) {
        let factor = match unit.habit {
            Habit::Diligent => 1.4,
            Habit::Steady => 1.0,
            Habit::LastMinute => 0.8,
            Habit::Late => 0.6,
            Habit::Forgetful => 0.25,
        };
        if self.rng.random_bool(chance * factor)
            && let Some(at) = self.moment(Habit::Steady)
        {
            let new = DemoItem {
                unit: index,
                event: None,
                kind: "bai_chuyen_sau",
                title: self.headline(headlines::IN_DEPTH, &unit.short_name),
                field: unit.field,
            };
            self.item(By::Staff(index), new, at);
        }
    }

    /// An event and, mostly, its news; whether there will be any.
    fn event(&mut self, index: usize, unit: &DemoUnit) -> bool {
        let day = self.working_day(1, 28);
        let existed = |day: &_| unit.founded_on.is_none_or(|on| *day >= on);
        let Some(day) = day.filter(existed) else {
            return false;
        };
        let starts_at = self.at(day, 7, 15);
        let ends_at = starts_at + TimeDelta::minutes(self.rng.random_range(6..=14) * 15);
        let kind = if self.rng.random_bool(0.35) {
            DemoEventKind::Topical
        } else {
            DemoEventKind::Ordinary
        };
        let title = self.headline(headlines::EVENTS, &unit.short_name);
        let registered = starts_at - TimeDelta::hours(self.rng.random_range(3..=70));
        let new = DemoEvent {
            unit: index,
            title: title.clone(),
            kind,
            starts_at,
            ends_at,
        };
        let event = self.next_event();
        self.plan(
            registered.max(local_midnight(self.from)),
            By::Staff(index),
            DemoAction::Register { event, new },
        );
        let Some(at) = self.report_at(unit.habit, kind, ends_at) else {
            return false;
        };
        let new = DemoItem {
            unit: index,
            event: Some(event),
            kind: self.news_kind(0.8),
            title,
            field: unit.field,
        };
        self.item(By::Staff(index), new, at);
        true
    }

    fn question(&mut self, index: usize, habit: Habit) {
        let Some(day) = self.working_day(1, 27) else {
            return;
        };
        let asked = self.at(day, 8, 17);
        let title = (*headlines::QUESTIONS.choose(&mut self.rng).unwrap_or(&"")).to_owned();
        let new = DemoEvent {
            unit: index,
            title,
            kind: DemoEventKind::Question,
            starts_at: asked,
            ends_at: asked,
        };
        let event = self.next_event();
        self.plan(asked, By::Department, DemoAction::Register { event, new });
        let hours = match habit {
            Habit::Diligent | Habit::Steady | Habit::LastMinute => self.rng.random_range(2..=22),
            Habit::Late => self.rng.random_range(20..=50),
            Habit::Forgetful if self.rng.random_bool(0.5) => return,
            Habit::Forgetful => 30,
        };
        let text = headlines::ANSWERS.choose(&mut self.rng).unwrap_or(&"");
        let answered = asked + TimeDelta::hours(hours);
        let what = DemoAction::Answer { event, text };
        self.plan(answered, By::Head(index), what);
    }

    pub(super) fn month_of_editor(&mut self, editor: usize) {
        for _ in 0..self.rng.random_range(0..=2) {
            let Some(at) = self.moment(Habit::Steady) else {
                continue;
            };
            let title = self.headline(headlines::NEWS, "LĐLĐ tỉnh");
            let new = DemoItem {
                unit: 0,
                event: None,
                kind: self.news_kind(0.6),
                title,
                field: Field::ALL.get(editor % Field::ALL.len()).copied(),
            };
            self.item(By::Editor(editor), new, at);
        }
    }

    pub(super) fn month_of_fanpage(&mut self) {
        let next = next_month(self.month);
        for day in self.month.iter_days().take_while(|day| *day < next) {
            if !self.rng.random_bool(0.97) {
                continue;
            }
            for _ in 0..self.rng.random_range(1..=2) {
                let at = self.at(day, 7, 20);
                let new = DemoItem {
                    unit: 0,
                    event: None,
                    kind: "bai_fanpage",
                    title: self.headline(headlines::NEWS, "LĐLĐ tỉnh"),
                    field: None,
                };
                self.submit(By::Department, new, at);
            }
        }
    }

    /// A short or a long piece of news, short with that chance.
    fn news_kind(&mut self, short: f64) -> &'static str {
        if self.rng.random_bool(short) {
            "tin"
        } else {
            "bai"
        }
    }

    /// The number of the event that is invented now.
    pub(super) fn next_event(&mut self) -> usize {
        let event = self.events;
        self.events += 1;
        event
    }
}
