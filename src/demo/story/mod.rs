//! What the people of a demonstration do in its year: a list of planned actions, the same for the
//! same seed. Nothing is written to the database here; `play` carries the actions out through the
//! use cases that real people use.

mod items;
mod timing;
mod units;

use chrono::{DateTime, NaiveDate, Utc};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

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

/// A unit of the demonstration.
#[derive(Debug, Clone)]
pub struct Player {
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
pub struct Cast {
    /// The units, the federation first.
    pub units: Vec<Player>,
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
pub struct Deed {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: By,
    /// What.
    pub act: Act,
}

/// What can be done. Events and items are numbered in the order in which the story invents them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the use cases name them")]
pub enum Act {
    Register {
        event: usize,
        unit: usize,
        title: String,
        nature: Nature,
        starts_at: DateTime<Utc>,
        ends_at: DateTime<Utc>,
    },
    Answer {
        event: usize,
        text: &'static str,
    },
    Submit {
        item: usize,
        unit: usize,
        event: Option<usize>,
        kind: &'static str,
        title: String,
        field: Option<Field>,
    },
    Approve {
        item: usize,
    },
    Publish {
        item: usize,
        grade: i32,
    },
    Return {
        item: usize,
        reason: &'static str,
    },
    Resubmit {
        item: usize,
    },
    Reject {
        item: usize,
        reason: &'static str,
    },
    Withdraw {
        item: usize,
        reason: &'static str,
    },
}

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in docs/DOMAIN.md")]
pub enum Nature {
    Ordinary,
    Topical,
    Question,
}

/// The actions of a cast from one local date to another, both included, in order of time.
#[must_use]
pub fn tell(
    cast: &Cast,
    calendar: &Calendar,
    seed: u64,
    from: NaiveDate,
    to: NaiveDate,
) -> Vec<Deed> {
    let mut writer = Writer {
        calendar,
        rng: StdRng::seed_from_u64(seed),
        deeds: Vec::new(),
        events: 0,
        items: 0,
        from,
        month: timing::first_of(from),
    };
    while writer.month <= to {
        let next = timing::next_month(writer.month);
        for (index, unit) in cast.units.iter().enumerate() {
            if unit.founded_on.is_none_or(|on| on < next) {
                writer.month_of_unit(index, unit);
            }
        }
        for editor in 0..cast.editors {
            writer.month_of_editor(editor);
        }
        if cast.fanpage {
            writer.month_of_fanpage();
        }
        writer.month = next;
    }
    let mut deeds = writer.deeds;
    deeds.retain(|deed| (from..=to).contains(&local_date(deed.at)));
    // actions at the same instant keep the order in which they were invented
    deeds.sort_by_key(|deed| deed.at);
    deeds
}

/// Invents the actions, month by month.
struct Writer<'c> {
    calendar: &'c Calendar,
    rng: StdRng,
    deeds: Vec<Deed>,
    /// How many events were invented.
    events: usize,
    /// How many items were invented.
    items: usize,
    /// The first date of the story.
    from: NaiveDate,
    /// First day of the month that is being written.
    month: NaiveDate,
}

impl Writer<'_> {
    fn plan(&mut self, at: DateTime<Utc>, by: By, act: Act) {
        self.deeds.push(Deed { at, by, act });
    }
}

/// The habit of the unit with that index: every habit occurs, and most units do what they owe.
#[must_use]
pub fn habit(index: usize) -> Habit {
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
        .unwrap_or(Habit::Steady)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::shipped;

    fn cast() -> Cast {
        let unit = |index: usize, category| Player {
            code: format!("u{index}"),
            short_name: format!("Đơn vị {index}"),
            category,
            field: None,
            founded_on: (index == 3).then(|| NaiveDate::from_ymd_opt(2026, 8, 1).unwrap()),
            habit: habit(index),
        };
        let units = vec![
            unit(0, Category::Federation),
            unit(1, Category::Superior),
            unit(2, Category::Office),
            unit(3, Category::Grassroots),
        ];
        Cast {
            units,
            editors: 3,
            fanpage: true,
        }
    }

    fn year(seed: u64) -> Vec<Deed> {
        let calendar = Calendar::compile(&shipped::calendar("ben-tre").unwrap()).unwrap();
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        tell(&cast(), &calendar, seed, day(1, 1), day(11, 20))
    }

    #[test]
    fn the_same_seed_tells_the_same_story_and_another_one_another() {
        assert_eq!(year(7), year(7));
        assert_ne!(year(7), year(8));
    }

    #[test]
    fn nothing_happens_to_an_item_before_it_is_submitted_nor_to_a_unit_before_it_is_founded() {
        let mut seen = std::collections::HashSet::new();
        let mut deeds = 0;
        for deed in year(7) {
            deeds += 1;
            match deed.act {
                Act::Submit { item, unit, .. } => {
                    assert!(
                        unit != 3
                            || local_date(deed.at) >= NaiveDate::from_ymd_opt(2026, 8, 1).unwrap()
                    );
                    assert!(seen.insert(item));
                }
                Act::Register { .. } | Act::Answer { .. } => {}
                Act::Approve { item }
                | Act::Publish { item, .. }
                | Act::Return { item, .. }
                | Act::Resubmit { item }
                | Act::Reject { item, .. }
                | Act::Withdraw { item, .. } => assert!(seen.contains(&item), "{item}"),
            }
        }
        assert!(deeds > 500, "{deeds}");
    }
}
