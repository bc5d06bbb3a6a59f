//! Makes the past of a demonstration: creates the tree, then carries the script out through the use
//! cases, while the scheduler runs on the clock of the script. So the past has its reminders and
//! job runs like any other past; its mails count as sent.

mod last_day;
mod scheduler;
mod setup;
mod staff;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

pub use setup::create_federation;

use crate::demo::scenario::{Scenario, Tree};
use crate::demo::script::{
    By, DemoAction, DemoEvent, DemoEventKind, DemoItem, ItemStep, Participants, PlannedAction,
    write_script,
};
use crate::domain::access::Actor;
use crate::domain::event::{EventType, NewEvent};
use crate::domain::ids::{EventId, ItemId, UnitId};
use crate::domain::item::{Channel, NewItem};
use crate::domain::text::local_midnight;
use crate::service::submissions::events::{self, AnswerQuestion};
use crate::service::submissions::items::{self, ItemDetail, PublishItem, WithReason};
use crate::service::{App, Error, Tx};
use crate::store::units::UnitRow;
use scheduler::{mark_mails_sent, run_up_to};
use staff::UnitStaff;

/// Creates the tree and makes the past; `tick` runs what the scheduler has due at an instant. The
/// federation.
///
/// # Errors
/// Those of the use cases: an action that they refuse is a fault of the script.
pub fn simulate(
    app: &App,
    scenario: &Scenario,
    mut tick: impl FnMut(DateTime<Utc>) -> Result<(), Error>,
) -> Result<UnitRow, Error> {
    let begin = local_midnight(scenario.from);
    let mut simulation = Simulation::set_up(app, scenario, begin)?;
    let federation_id = simulation.federation.id;
    let calendar = app.read(&Actor::cli(), begin, |tx| {
        let policy = tx.lookups.policy(tx.conn, federation_id, scenario.from)?;
        Ok(tx.lookups.calendar(tx.conn, &policy.calendar)?.0)
    })?;
    let actions = write_script(&simulation.participants, &calendar, scenario);
    let mut clock = begin;
    for action in actions.into_iter().filter(|one| one.at < scenario.until) {
        clock = run_up_to(app, clock, action.at, &mut tick)?;
        simulation.begin_year(action.at)?;
        simulation.carry_out(action)?;
    }
    simulation.begin_year(scenario.until)?;
    run_up_to(app, clock, scenario.until, &mut tick)?;
    simulation.leave_open(scenario.until)?;
    tick(scenario.until)?;
    mark_mails_sent(app, scenario.until)?;
    Ok(simulation.federation)
}

/// The tree, its people, and what the numbers of the script stand for.
struct Simulation<'a> {
    app: &'a App,
    tree: Tree,
    federation: UnitRow,
    participants: Participants,
    /// By index of the unit; none for the federation.
    staff: Vec<Option<UnitStaff>>,
    editors: Vec<Actor>,
    department: Actor,
    /// Ids of the events by their numbers in the script.
    events: HashMap<usize, EventId>,
    /// Ids of the items by their numbers in the script.
    items: HashMap<usize, ItemId>,
    /// The year whose plans are in force.
    year: i32,
}

impl Simulation<'_> {
    fn carry_out(&mut self, action: PlannedAction) -> Result<(), Error> {
        let PlannedAction { at, by, what } = action;
        let actor = self.actor(by, at)?;
        let app = self.app;
        match what {
            DemoAction::Register { event, new } => {
                let new = new_event(self.unit_id(new.unit, at)?, new);
                let registered = app.write(&actor, at, |tx| events::register(tx, &new))?;
                self.events.insert(event, registered.id);
            }
            DemoAction::Answer { event, text } => {
                let id = known(&self.events, event)?;
                let answer = AnswerQuestion {
                    answer: text.to_owned(),
                    arrival: None,
                };
                app.write(&actor, at, |tx| {
                    let version = events::get(tx, id)?.version;
                    events::answer(tx, id, &answer, version)
                })?;
            }
            DemoAction::Submit { item, new } => {
                let new = self.new_item(&actor, new, at)?;
                let submitted = app.write(&actor, at, |tx| items::submit(tx, &new))?;
                self.items.insert(item, submitted.item.id);
            }
            DemoAction::Change { item, step } => {
                let id = known(&self.items, item)?;
                app.write(&actor, at, |tx| change_item(tx, id, step))?;
            }
        }
        Ok(())
    }

    fn new_item(
        &mut self,
        actor: &Actor,
        new: DemoItem,
        at: DateTime<Utc>,
    ) -> Result<NewItem, Error> {
        let event_id = new.event.map(|event| known(&self.events, event));
        Ok(NewItem {
            unit_id: self.unit_id(new.unit, at)?,
            kind: new.kind.to_owned(),
            title: new.title,
            field: new.field,
            url: None,
            body: None,
            channel: Channel::Web,
            authors: Some(actor.person_id.into_iter().collect()),
            event_id: event_id.transpose()?,
            event: None,
            happened_on: None,
            arrival: None,
        })
    }

    fn actor(&mut self, by: By, now: DateTime<Utc>) -> Result<Actor, Error> {
        Ok(match by {
            By::Head(unit) => self.staff_of(unit, now)?.head.clone(),
            By::Staff(unit) => self.staff_of(unit, now)?.staff.clone(),
            By::Editor(number) => self.editors.get(number).unwrap_or(&self.department).clone(),
            By::Department => self.department.clone(),
        })
    }

    fn unit_id(&mut self, unit: usize, now: DateTime<Utc>) -> Result<UnitId, Error> {
        if unit == 0 {
            Ok(self.federation.id)
        } else {
            Ok(self.staff_of(unit, now)?.unit_id)
        }
    }
}

fn new_event(unit_id: UnitId, new: DemoEvent) -> NewEvent {
    let event_type = match new.kind {
        DemoEventKind::Ordinary => EventType::Ordinary,
        DemoEventKind::Topical => EventType::Topical,
        DemoEventKind::Question => EventType::Question,
    };
    NewEvent {
        unit_id,
        title: new.title,
        place: None,
        types: vec![event_type],
        starts_at: Some(new.starts_at),
        ends_at: Some(new.ends_at),
        starts_on: None,
        ends_on: None,
    }
}

fn change_item(tx: &mut Tx<'_>, id: ItemId, step: ItemStep) -> Result<ItemDetail, Error> {
    let with = |reason: &str| WithReason {
        reason: reason.to_owned(),
    };
    let version = items::get(tx, id)?.item.version;
    match step {
        ItemStep::Approve => items::approve(tx, id, version),
        ItemStep::Publish(grade) => {
            let publish = PublishItem {
                url: None,
                grade: Some(grade),
            };
            items::publish(tx, id, &publish, version)
        }
        ItemStep::Return(reason) => items::return_for_changes(tx, id, &with(reason), version),
        ItemStep::Resubmit => items::resubmit(tx, id, version),
        ItemStep::Reject(reason) => items::reject(tx, id, &with(reason), version),
        ItemStep::Withdraw(reason) => items::withdraw(tx, id, &with(reason), version),
    }
}

fn known<Id: Copy>(ids: &HashMap<usize, Id>, number: usize) -> Result<Id, Error> {
    ids.get(&number).copied().ok_or(Error::not_found("script"))
}
