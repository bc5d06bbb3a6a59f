//! Who owes, and on how many days of a period. The rules are those of [`crate::domain::share`].
//!
//! A personal quota is owed by the human being. Every post and every role beside it that a rule
//! concerns counts, if its unit stood below the plan's unit when the period or the post began.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::ids::{PersonId, UnitId};
use crate::domain::opening::Life;
use crate::domain::party::Party;
use crate::domain::period::Period;
use crate::domain::rule::Subject;
use crate::domain::share::{Presence, Tenure};
use crate::domain::text::local_midnight;
use crate::service::{Error, Tx};
use crate::store::people::{self, PersonRow};
use crate::store::roles::{self, RoleGrantRow};
use crate::store::units::{self, UnitRow};

/// A unit or a human being that may owe something for a period.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    /// The unit that owes it, or answers for it.
    pub unit: Arc<UnitRow>,
    /// The unit whose policy it is opened with.
    pub policy_unit: UnitId,
    /// The human being, where the unit itself does not owe it.
    pub human: Option<PersonId>,
    /// The dates on which the subject is there.
    pub life: Life,
    /// How many of them lie in the period.
    pub days: u32,
    /// When the unit or the human being was entered: it owes nothing that had ended by then.
    pub entered_at: DateTime<Utc>,
}

impl Owner {
    /// The subject of its obligations.
    pub(crate) fn party(&self) -> Party {
        Party::of(self.unit.id, self.human)
    }

    /// A unit that owes something itself.
    pub(crate) fn of_unit(unit: Arc<UnitRow>, time: Time) -> Self {
        let life = life_of(&unit);
        Self {
            policy_unit: unit.id,
            entered_at: unit.owes_since(),
            unit,
            human: None,
            life,
            days: time.days_of(life),
        }
    }
}

/// The days that a share is computed over: a period, or the one day on which something with a fixed
/// date is opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    first: NaiveDate,
    last: NaiveDate,
}

impl Time {
    /// A period; without one a day.
    pub(crate) fn of(period: Option<Period>, day: NaiveDate) -> Self {
        let (first, last) = period.map_or((day, day), |period| (period.first, period.last));
        Self { first, last }
    }

    const fn life(self) -> Life {
        Life {
            from: Some(self.first),
            to: Some(self.last),
        }
    }

    fn days_of(self, life: Life) -> u32 {
        match life.within(self.life()) {
            Life {
                from: Some(from),
                to: Some(to),
            } if from <= to => u32::try_from((to - from).num_days() + 1).unwrap_or(u32::MAX),
            _ => 0,
        }
    }
}

pub(super) fn life_of(unit: &UnitRow) -> Life {
    Life {
        from: unit.founded_on,
        to: unit.ended_on,
    }
}

/// What people hold and held, and where the units of that stood: read once for many.
#[derive(Debug, Default)]
pub(crate) struct Tenures {
    of: HashMap<PersonId, Vec<Tenure>>,
    entered_at: HashMap<PersonId, DateTime<Utc>>,
    above: HashMap<(UnitId, NaiveDate), Vec<UnitId>>,
}

impl Tenures {
    /// Of these human beings.
    pub(crate) fn read(tx: &mut Tx<'_>, humans: &[PersonId]) -> Result<Self, Error> {
        let lives = people::lives(tx.conn, humans)?;
        let mut human_of = HashMap::new();
        for post in lives.values().flatten() {
            human_of.insert(post.id, post.human());
        }
        let ids: Vec<PersonId> = human_of.keys().copied().collect();
        let granted = roles::ever_of_posts(tx.conn, &ids)?;
        let of_posts = lives.values().flatten().map(|post| post.unit_id);
        let units = of_posts.chain(granted.iter().filter_map(|row| row.unit_id));
        let units: Vec<UnitId> = units.collect();
        tx.lookups.read_units(tx.conn, units.into_iter())?;
        let mut of: HashMap<PersonId, Vec<Tenure>> = HashMap::with_capacity(humans.len());
        let mut entered_at = HashMap::with_capacity(humans.len());
        for (human, posts) in &lives {
            let first = posts.iter().map(|post| post.created_at.0).min();
            entered_at.extend(first.map(|first| (*human, first)));
            let all = of.entry(*human).or_default();
            for post in posts {
                let unit = tx.lookups.unit(tx.conn, post.unit_id)?;
                all.push(by_post(post, &unit));
            }
        }
        for row in &granted {
            let Some(human) = human_of.get(&row.person_id) else {
                continue;
            };
            let posts = of.get(human).cloned().unwrap_or_default();
            let Some(unit) = row.unit_id else { continue };
            let unit = tx.lookups.unit(tx.conn, unit)?;
            let posts = posts.iter().filter(|tenure| !tenure.beside);
            let beside: Vec<Tenure> = posts.map(|post| beside(row, post, &unit)).collect();
            of.entry(*human).or_default().extend(beside);
        }
        Ok(Self {
            of,
            entered_at,
            above: HashMap::new(),
        })
    }

    /// The human being as an owner of what a rule of a plan of `plan_unit` asks for; `None` if it
    /// concerns them on no day of that time.
    pub(crate) fn owner(
        &mut self,
        tx: &mut Tx<'_>,
        human: PersonId,
        (plan_unit, subject): (UnitId, &Subject),
        time: Time,
    ) -> Result<Option<Owner>, Error> {
        let held = self.of.get(&human).cloned().unwrap_or_default();
        let mut concerned = Vec::with_capacity(held.len());
        for tenure in held {
            let begins = tenure
                .days
                .from
                .map_or(time.first, |from| from.max(time.first));
            if begins <= time.last
                && subject.concerns_holder(&tenure)
                && self.stood_below(tx, tenure.unit, plan_unit, begins)?
            {
                concerned.push(tenure);
            }
        }
        let Some(presence) = Presence::of(&concerned, time.life()) else {
            return Ok(None);
        };
        Ok(Some(Owner {
            unit: tx.lookups.unit(tx.conn, presence.last_unit)?,
            policy_unit: presence.first_unit,
            human: Some(human),
            life: presence.life,
            days: presence.days,
            entered_at: self.entered_at.get(&human).copied().unwrap_or_default(),
        }))
    }

    fn stood_below(
        &mut self,
        tx: &mut Tx<'_>,
        unit: UnitId,
        ancestor: UnitId,
        on: NaiveDate,
    ) -> Result<bool, Error> {
        if let Some(above) = self.above.get(&(unit, on)) {
            return Ok(above.contains(&ancestor));
        }
        let above = units::ancestors_at(tx.conn, unit, local_midnight(on))?;
        let stood = above.contains(&ancestor);
        self.above.insert((unit, on), above);
        Ok(stood)
    }
}

fn by_post(post: &PersonRow, unit: &UnitRow) -> Tenure {
    let days = Life {
        from: post.active_from,
        to: post.active_to,
    };
    Tenure {
        role: *post.role,
        unit: unit.id,
        categories: vec![*unit.category],
        beside: false,
        days: days.within(life_of(unit)),
    }
}

/// A role that was granted beside a post: it holds on the days of the post.
fn beside(row: &RoleGrantRow, post: &Tenure, unit: &UnitRow) -> Tenure {
    let held = row.days_held();
    let days = Life {
        from: held.from,
        to: held.to,
    };
    let mut categories = post.categories.clone();
    categories.push(*unit.category);
    Tenure {
        role: *row.role,
        unit: unit.id,
        categories,
        beside: true,
        days: days.within(post.days).within(life_of(unit)),
    }
}
