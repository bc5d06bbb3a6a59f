//! What the people of a demonstration do in its year: a list of planned actions, the same for the
//! same seed. Nothing is written to the database here; `simulation` carries the actions out through
//! the use cases that real people use.

mod items;
mod last_days;
mod timing;
mod units;

use chrono::{DateTime, NaiveDate, Utc};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::demo::scenario::Scenario;
use crate::domain::calendar::Calendar;
use crate::domain::field::Field;
use crate::domain::text::local_date;
use crate::domain::unit::Category;

/// How a unit fulfils its obligations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// More than is owed, early.
    Diligent,
    /// What is owed, in time.
    Steady,
    /// What is owed, in the last hours.
    LastMinute,
    /// Often late.
    Late,
    /// Often nothing.
    Forgetful,
}

impl Habit {
    /// The habit of the unit with that index: every habit occurs, and most units do what they owe.
    pub fn of_unit(index: usize) -> Self {
        const ORDER: [Habit; 9] = [
            Habit::Steady,
            Habit::Diligent,
            Habit::LastMinute,
            Habit::Steady,
            Habit::Late,
            Habit::Diligent,
            Habit::Steady,
            Habit::Forgetful,
            Habit::Diligent,
        ];
        ORDER
            .get(index % ORDER.len())
            .copied()
            .unwrap_or(Self::Steady)
    }
}

/// A unit of the demonstration.
#[derive(Debug, Clone)]
pub struct DemoUnit {
    /// Its code.
    pub code: String,
    /// Its name in headlines.
    pub short_name: String,
    /// Its category.
    pub category: Category,
    /// The field that its office works in.
    pub field: Option<Field>,
    /// First day, if it was founded within the year.
    pub founded_on: Option<NaiveDate>,
    /// How it fulfils its obligations.
    pub habit: Habit,
}

/// Everybody who acts.
#[derive(Debug, Clone)]
pub struct Participants {
    /// The units, the federation first.
    pub units: Vec<DemoUnit>,
    /// How many editors there are.
    pub editors: usize,
    /// Whether the federation has a fanpage that owes posts each day.
    pub fanpage: bool,
}

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The head of the unit with that index.
    Head(usize),
    /// The staff of the unit with that index.
    Staff(usize),
    /// An editor.
    Editor(usize),
    /// The department.
    Department,
}

/// Something that somebody does at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedAction {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: By,
    /// What.
    pub what: DemoAction,
}

/// What can be done. Events and items are numbered in the order in which the script invents them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DemoAction {
    /// Registers an event.
    Register {
        /// Its number.
        event: usize,
        /// What is registered.
        new: DemoEvent,
    },
    /// Answers a question.
    Answer {
        /// Number of the event.
        event: usize,
        /// The answer.
        text: &'static str,
    },
    /// Submits an item.
    Submit {
        /// Its number.
        item: usize,
        /// What is submitted.
        new: DemoItem,
    },
    /// Changes the state of an item.
    Change {
        /// Number of the item.
        item: usize,
        /// What is done to it.
        step: ItemStep,
    },
}

/// An event to register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoEvent {
    /// Index of the unit.
    pub unit: usize,
    /// Its title.
    pub title: String,
    /// What sort of event it is.
    pub kind: DemoEventKind,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

/// What sort of event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoEventKind {
    /// News is due after some working hours.
    Ordinary,
    /// News is due on the same day.
    Topical,
    /// A member's question; an answer is due.
    Question,
}

/// An item to submit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoItem {
    /// Index of the unit.
    pub unit: usize,
    /// Number of the event that it is about.
    pub event: Option<usize>,
    /// Code of its kind.
    pub kind: &'static str,
    /// Its title.
    pub title: String,
    /// Its field.
    pub field: Option<Field>,
}

/// What is done to an item that was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemStep {
    /// The unit's leader approves it.
    Approve,
    /// An editor publishes it with this grade.
    Publish(i32),
    /// An editor returns it, for this reason.
    Return(&'static str),
    /// The leader submits it again.
    Resubmit,
    /// An editor rejects it, for this reason.
    Reject(&'static str),
    /// The unit withdraws it, for this reason.
    Withdraw(&'static str),
}

/// The actions of a scenario from its first to its last local date, in order of time.
pub fn write_script(
    participants: &Participants,
    calendar: &Calendar,
    scenario: &Scenario,
) -> Vec<PlannedAction> {
    let (from, to) = (scenario.from, local_date(scenario.until));
    let mut writer = Writer {
        calendar,
        rng: StdRng::seed_from_u64(scenario.seed),
        actions: Vec::new(),
        events: 0,
        items: 0,
        from,
        month: timing::first_of(from),
    };
    while writer.month <= to {
        let next = timing::next_month(writer.month);
        for (index, unit) in participants.units.iter().enumerate() {
            if unit.founded_on.is_none_or(|on| on < next) {
                writer.month_of_unit(index, unit);
            }
        }
        for editor in 0..participants.editors {
            writer.month_of_editor(editor);
        }
        if participants.fanpage {
            writer.month_of_fanpage();
        }
        writer.month = next;
    }
    writer.month = timing::first_of(to);
    writer.last_days(participants, scenario.until);
    let mut actions = writer.actions;
    actions.retain(|action| (from..=to).contains(&local_date(action.at)));
    // actions at the same instant keep the order in which they were invented
    actions.sort_by_key(|action| action.at);
    actions
}

/// Invents the actions, month by month.
struct Writer<'c> {
    calendar: &'c Calendar,
    rng: StdRng,
    actions: Vec<PlannedAction>,
    /// How many events were invented.
    events: usize,
    /// How many items were invented.
    items: usize,
    /// The first date of the script.
    from: NaiveDate,
    /// First day of the month that is being written.
    month: NaiveDate,
}

impl Writer<'_> {
    fn plan(&mut self, at: DateTime<Utc>, by: By, what: DemoAction) {
        self.actions.push(PlannedAction { at, by, what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::scenario::Tree;
    use crate::domain::calendar::shipped;
    use crate::domain::text::local_midnight;

    fn participants() -> Participants {
        let unit = |index: usize, category| DemoUnit {
            code: format!("u{index}"),
            short_name: format!("Đơn vị {index}"),
            category,
            field: None,
            founded_on: (index == 3).then(|| NaiveDate::from_ymd_opt(2026, 8, 1).unwrap()),
            habit: Habit::of_unit(index),
        };
        let units = vec![
            unit(0, Category::Federation),
            unit(1, Category::Superior),
            unit(2, Category::Office),
            unit(3, Category::Grassroots),
        ];
        Participants {
            units,
            editors: 3,
            fanpage: true,
        }
    }

    fn year(seed: u64) -> Vec<PlannedAction> {
        let calendar = Calendar::compile(&shipped::calendar("ben-tre").unwrap()).unwrap();
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        let scenario = Scenario {
            tree: Tree::BenTre,
            seed,
            from: day(1, 1),
            until: local_midnight(day(11, 20)),
        };
        write_script(&participants(), &calendar, &scenario)
    }

    #[test]
    fn the_same_seed_gives_the_same_script_and_another_one_another() {
        assert_eq!(year(7), year(7));
        assert_ne!(year(7), year(8));
    }

    #[test]
    fn nothing_happens_to_an_item_before_it_is_submitted_nor_to_a_unit_before_it_is_founded() {
        let mut submitted = std::collections::HashSet::new();
        let actions = year(7);
        assert!(actions.len() > 500, "{}", actions.len());
        for action in actions {
            match action.what {
                DemoAction::Submit { item, new } => {
                    assert!(
                        new.unit != 3
                            || local_date(action.at)
                                >= NaiveDate::from_ymd_opt(2026, 8, 1).unwrap()
                    );
                    assert!(submitted.insert(item));
                }
                DemoAction::Change { item, .. } => assert!(submitted.contains(&item), "{item}"),
                DemoAction::Register { .. } | DemoAction::Answer { .. } => {}
            }
        }
    }
}
