//! What the people of a demonstration do in its year: a list of deeds, the same for the same seed.
//! Nothing is written here; `play` carries the deeds out through the use cases that real people go
//! through.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::demo::headlines;
use crate::domain::calendar::Calendar;
use crate::domain::field::Field;
use crate::domain::text::{local_date, local_midnight};
use crate::domain::unit::Category;

/// How a unit keeps its duties.
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

/// A unit of the cast.
#[derive(Debug, Clone)]
pub struct Player {
    /// Its code.
    pub code: String,
    /// How headlines call it.
    pub short_name: String,
    /// Its category.
    pub category: Category,
    /// The field that its office works in.
    pub field: Option<Field>,
    /// First day, if it was founded within the year.
    pub founded_on: Option<NaiveDate>,
    /// How it keeps its duties.
    pub habit: Habit,
}

/// Everybody who acts.
#[derive(Debug, Clone)]
pub struct Cast {
    /// The units, the federation first.
    pub units: Vec<Player>,
    /// How many editors sit on the board.
    pub editors: usize,
    /// Whether the federation keeps a fanpage that owes posts each day.
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

/// One thing that somebody does.
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
#[expect(missing_docs, reason = "named as DOMAIN names them")]
pub enum Nature {
    Ordinary,
    Topical,
    Question,
}

/// The story of a cast from one local date to another, both included, in order of time.
#[must_use]
pub fn tell(
    cast: &Cast,
    calendar: &Calendar,
    seed: u64,
    from: NaiveDate,
    to: NaiveDate,
) -> Vec<Deed> {
    let mut teller = Teller {
        calendar,
        rng: StdRng::seed_from_u64(seed),
        deeds: Vec::new(),
        events: 0,
        items: 0,
        from,
        month: from,
    };
    let mut month = first_of(from);
    while month <= to {
        teller.month = month;
        for (unit, player) in cast.units.iter().enumerate() {
            if player.founded_on.is_none_or(|on| on < next_month(month)) {
                teller.month_of(unit, player);
            }
        }
        for editor in 0..cast.editors {
            teller.month_of_editor(editor);
        }
        if cast.fanpage {
            teller.month_of_fanpage();
        }
        month = next_month(month);
    }
    let mut deeds = teller.deeds;
    deeds.retain(|deed| (from..=to).contains(&local_date(deed.at)));
    // of what happens at the same instant, the order of invention is the order of doing
    deeds.sort_by_key(|deed| deed.at);
    deeds
}

struct Teller<'c> {
    calendar: &'c Calendar,
    rng: StdRng,
    deeds: Vec<Deed>,
    events: usize,
    items: usize,
    /// The story's first date.
    from: NaiveDate,
    month: NaiveDate,
}

/// An item on its way.
struct Piece {
    unit: usize,
    by: By,
    event: Option<usize>,
    kind: &'static str,
    title: String,
    field: Option<Field>,
}

impl Teller<'_> {
    fn month_of(&mut self, unit: usize, player: &Player) {
        match player.category {
            Category::Superior => {
                let events = match player.habit {
                    Habit::Diligent => self.rng.random_range(2..=3),
                    Habit::Steady | Habit::LastMinute => self.rng.random_range(1..=2),
                    Habit::Late | Habit::Forgetful => self.rng.random_range(0..=2),
                };
                let reported = (0..events).filter(|_| self.event(unit, player)).count();
                self.news(unit, player, 2, reported);
                if self.rng.random_bool(0.2) {
                    self.question(unit, player);
                }
                self.in_depth(unit, player, 0.3);
            }
            Category::Office => {
                self.news(unit, player, 1, 0);
                self.in_depth(unit, player, 0.12);
            }
            Category::Grassroots => {
                if self.rng.random_bool(0.3) {
                    self.event(unit, player);
                }
                if self.month.month() % 3 == 2 {
                    self.news(unit, player, 1, 0);
                }
                self.in_depth(unit, player, 0.1);
            }
            Category::Federation | Category::Collaborator => {}
        }
    }

    /// News without an event, up to what the unit means to hand in this month.
    fn news(&mut self, unit: usize, player: &Player, owed: usize, reported: usize) {
        let wanted = match player.habit {
            Habit::Diligent => owed + self.rng.random_range(0..=2),
            Habit::Steady | Habit::LastMinute => owed - usize::from(self.rng.random_bool(0.08)),
            Habit::Late => owed,
            Habit::Forgetful => (0..owed).filter(|_| self.rng.random_bool(0.5)).count(),
        };
        for _ in reported..wanted {
            let Some(at) = self.moment(player.habit) else {
                continue;
            };
            let title = self.headline(headlines::NEWS, &player.short_name);
            let by = if self.rng.random_bool(0.3) {
                By::Head(unit)
            } else {
                By::Staff(unit)
            };
            self.item(
                Piece {
                    unit,
                    by,
                    event: None,
                    kind: "tin",
                    title,
                    field: player.field,
                },
                at,
            );
        }
    }

    fn in_depth(&mut self, unit: usize, player: &Player, chance: f64) {
        let factor = match player.habit {
            Habit::Diligent => 1.4,
            Habit::Steady => 1.0,
            Habit::LastMinute => 0.8,
            Habit::Late => 0.6,
            Habit::Forgetful => 0.25,
        };
        if self.rng.random_bool(chance * factor)
            && let Some(at) = self.moment(Habit::Steady)
        {
            let title = self.headline(headlines::IN_DEPTH, &player.short_name);
            self.item(
                Piece {
                    unit,
                    by: By::Staff(unit),
                    event: None,
                    kind: "bai_chuyen_sau",
                    title,
                    field: player.field,
                },
                at,
            );
        }
    }

    /// An event and, mostly, its news; whether there will be any.
    fn event(&mut self, unit: usize, player: &Player) -> bool {
        let Some(day) = self.working_day(1, 28) else {
            return false;
        };
        if player.founded_on.is_some_and(|on| day < on) {
            return false;
        }
        let starts_at = self.at(day, 7, 15);
        let ends_at = starts_at + TimeDelta::minutes(self.rng.random_range(6..=14) * 15);
        let nature = if self.rng.random_bool(0.35) {
            Nature::Topical
        } else {
            Nature::Ordinary
        };
        let event = self.events;
        self.events += 1;
        let title = self.headline(headlines::EVENTS, &player.short_name);
        let registered = starts_at - TimeDelta::hours(self.rng.random_range(3..=70));
        let registered = registered.max(local_midnight(self.from));
        let act = Act::Register {
            event,
            unit,
            title: title.clone(),
            nature,
            starts_at,
            ends_at,
        };
        self.deeds.push(Deed {
            at: registered,
            by: By::Staff(unit),
            act,
        });
        let Some(at) = self.report_of(player.habit, nature, ends_at) else {
            return false;
        };
        let kind = if self.rng.random_bool(0.8) {
            "tin"
        } else {
            "bai"
        };
        self.item(
            Piece {
                unit,
                by: By::Staff(unit),
                event: Some(event),
                kind,
                title,
                field: player.field,
            },
            at,
        );
        true
    }

    /// When the news of an event arrives, if ever.
    fn report_of(
        &mut self,
        habit: Habit,
        nature: Nature,
        ends_at: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let due = match nature {
            Nature::Topical => self.calendar.add(ends_at, TimeDelta::minutes(50)).ok()?,
            Nature::Ordinary | Nature::Question => {
                self.calendar.add(ends_at, TimeDelta::hours(12)).ok()?
            }
        };
        let (in_time, late) = match habit {
            Habit::Diligent => (0.97, 0.02),
            Habit::Steady => (0.9, 0.07),
            Habit::LastMinute => (0.85, 0.12),
            Habit::Late => (0.4, 0.5),
            Habit::Forgetful => (0.4, 0.15),
        };
        let chance: f64 = self.rng.random();
        if chance < in_time {
            let before = if habit == Habit::LastMinute {
                5..=40
            } else {
                60..=600
            };
            let early = due - TimeDelta::minutes(self.rng.random_range(before));
            return Some(early.max(ends_at + TimeDelta::minutes(20)));
        }
        (chance < in_time + late)
            .then(|| due + TimeDelta::minutes(self.rng.random_range(30..=1_500)))
    }

    fn question(&mut self, unit: usize, player: &Player) {
        let Some(day) = self.working_day(1, 27) else {
            return;
        };
        let asked = self.at(day, 8, 17);
        let event = self.events;
        self.events += 1;
        let title = (*headlines::QUESTIONS.choose(&mut self.rng).unwrap_or(&"")).to_owned();
        let nature = Nature::Question;
        let act = Act::Register {
            event,
            unit,
            title,
            nature,
            starts_at: asked,
            ends_at: asked,
        };
        self.deeds.push(Deed {
            at: asked,
            by: By::Department,
            act,
        });
        let hours = match player.habit {
            Habit::Diligent | Habit::Steady | Habit::LastMinute => self.rng.random_range(2..=22),
            Habit::Late => self.rng.random_range(20..=50),
            Habit::Forgetful if self.rng.random_bool(0.5) => return,
            Habit::Forgetful => 30,
        };
        let text = headlines::ANSWERS.choose(&mut self.rng).unwrap_or(&"");
        self.deeds.push(Deed {
            at: asked + TimeDelta::hours(hours),
            by: By::Head(unit),
            act: Act::Answer { event, text },
        });
    }

    fn month_of_editor(&mut self, editor: usize) {
        for _ in 0..self.rng.random_range(0..=2) {
            let Some(at) = self.moment(Habit::Steady) else {
                continue;
            };
            let title = self.headline(headlines::NEWS, "LĐLĐ tỉnh");
            let field = Field::ALL.get(editor % Field::ALL.len()).copied();
            let kind = if self.rng.random_bool(0.6) {
                "tin"
            } else {
                "bai"
            };
            self.item(
                Piece {
                    unit: 0,
                    by: By::Editor(editor),
                    event: None,
                    kind,
                    title,
                    field,
                },
                at,
            );
        }
    }

    fn month_of_fanpage(&mut self) {
        let mut day = self.month;
        while day < next_month(self.month) {
            if self.rng.random_bool(0.97) {
                for _ in 0..self.rng.random_range(1..=2) {
                    let at = self.at(day, 7, 20);
                    let title = self.headline(headlines::NEWS, "LĐLĐ tỉnh");
                    let item = self.items;
                    self.items += 1;
                    let act = Act::Submit {
                        item,
                        unit: 0,
                        event: None,
                        kind: "bai_fanpage",
                        title,
                        field: None,
                    };
                    self.deeds.push(Deed {
                        at,
                        by: By::Department,
                        act,
                    });
                }
            }
            day = day + Days::new(1);
        }
    }

    /// Hands an item in so that it arrives at `at`, and follows it through the app.
    fn item(&mut self, piece: Piece, at: DateTime<Utc>) {
        let item = self.items;
        self.items += 1;
        let Piece {
            unit,
            by,
            event,
            kind,
            title,
            field,
        } = piece;
        // it arrives as it is approved; heads and the department approve their own as they hand it
        // in
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
        let submitted = at - TimeDelta::minutes(minutes);
        self.deeds.push(Deed {
            at: submitted,
            by,
            act: Act::Submit {
                item,
                unit,
                event,
                kind,
                title,
                field,
            },
        });
        self.deeds.extend(approver.map(|by| Deed {
            at,
            by,
            act: Act::Approve { item },
        }));
        let hours = self.rng.random_range(1..=9);
        let Ok(decided) = self
            .calendar
            .add(at + TimeDelta::minutes(5), TimeDelta::hours(hours))
        else {
            return;
        };
        let editor = editor_of(item, field);
        let chance: f64 = self.rng.random();
        if chance < 0.05 {
            self.sent_back(item, approver.unwrap_or(by), editor, decided);
        } else if chance < 0.07 {
            let act = Act::Reject {
                item,
                reason: headlines::REJECTED,
            };
            self.deeds.push(Deed {
                at: decided,
                by: editor,
                act,
            });
        } else if chance < 0.08 {
            let act = Act::Withdraw {
                item,
                reason: headlines::WITHDRAWN,
            };
            self.deeds.push(Deed {
                at: at + TimeDelta::minutes(30),
                by: approver.unwrap_or(by),
                act,
            });
        } else {
            let grade = self.rng.random_range(3..=5);
            self.deeds.push(Deed {
                at: decided,
                by: editor,
                act: Act::Publish { item, grade },
            });
        }
    }

    fn sent_back(&mut self, item: usize, leader: By, editor: By, at: DateTime<Utc>) {
        let act = Act::Return {
            item,
            reason: headlines::RETURNED,
        };
        self.deeds.push(Deed {
            at,
            by: editor,
            act,
        });
        let Ok(again) = self.calendar.add(at, TimeDelta::hours(5)) else {
            return;
        };
        self.deeds.push(Deed {
            at: again,
            by: leader,
            act: Act::Resubmit { item },
        });
        let Ok(published) = self.calendar.add(again, TimeDelta::hours(4)) else {
            return;
        };
        self.deeds.push(Deed {
            at: published,
            by: editor,
            act: Act::Publish { item, grade: 4 },
        });
    }

    /// When in the month a unit of that habit sends something.
    fn moment(&mut self, habit: Habit) -> Option<DateTime<Utc>> {
        let day = match habit {
            Habit::Diligent => self.working_day(2, 20)?,
            Habit::Steady | Habit::Forgetful => self.working_day(4, 26)?,
            Habit::LastMinute => self.working_day(26, 31)?,
            Habit::Late => {
                let day = self.working_day(20, 31)?;
                if self.rng.random_bool(0.4) {
                    next_month(self.month) + Days::new(self.rng.random_range(0..=3))
                } else {
                    day
                }
            }
        };
        Some(self.at(day, 7, 16))
    }

    /// A working day of the month between two days of it.
    fn working_day(&mut self, first: u32, last: u32) -> Option<NaiveDate> {
        let days: Vec<NaiveDate> = (first..=last)
            .filter_map(|day| self.month.with_day(day))
            .filter(|day| self.calendar.is_working_date(*day))
            .collect();
        days.choose(&mut self.rng).copied()
    }

    /// An instant of a local date between two full hours.
    fn at(&mut self, day: NaiveDate, from: i64, to: i64) -> DateTime<Utc> {
        let minute = self.rng.random_range(from * 60..to * 60);
        local_midnight(day)
            + TimeDelta::minutes(minute)
            + TimeDelta::seconds(self.rng.random_range(0..60))
    }

    fn headline(&mut self, texts: &[&str], unit: &str) -> String {
        let text = texts.choose(&mut self.rng).copied().unwrap_or_default();
        let number = self.rng.random_range(12..=160).to_string();
        let quarter = self.month.month0() / 3 + 1;
        let filled = text
            .replace("{unit}", unit)
            .replace("{n}", &number)
            .replace("{quarter}", &quarter.to_string());
        filled
            .replace("{month}", &self.month.month().to_string())
            .replace("{year}", &self.month.year().to_string())
    }
}

fn first_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// Editors decide on items of their fields; what belongs to none of the three is the department's.
fn editor_of(item: usize, field: Option<Field>) -> By {
    match field.map(|field| Field::ALL.iter().take(3).position(|own| *own == field)) {
        None => By::Editor(item % 3),
        Some(Some(editor)) => By::Editor(editor),
        Some(None) => By::Department,
    }
}

fn next_month(month: NaiveDate) -> NaiveDate {
    month
        .checked_add_months(chrono::Months::new(1))
        .unwrap_or(NaiveDate::MAX)
}

/// Habits of a tree of units: every kind is there, and most do what they owe.
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
    fn nothing_happens_to_an_item_before_it_is_handed_in_nor_to_a_unit_before_it_is_founded() {
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
