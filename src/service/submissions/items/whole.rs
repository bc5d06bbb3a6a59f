//! One item as its page shows it: the item, its way, what it counts for, and what the reader may do
//! with it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::read::{ItemDetail, detail};
use super::step::allowed;
use crate::domain::access::shown_actor;
use crate::domain::ids::{EventId, ItemId, ObligationId};
use crate::domain::item::{ItemAction, ItemState, Stand};
use crate::service::obligations::standings::{Named, ObligationView, of_ids};
use crate::service::{Error, Tx};
use crate::store::views::items as view;
use crate::store::{events, kinds};

/// An item as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The item with its text.
    pub detail: ItemDetail,
    /// The name of its kind.
    pub kind_name: String,
    /// The event that it reports.
    pub event: Option<Named<EventId>>,
    /// Where it stands, and whether the editorial board has it.
    pub stand: Stand,
    /// What it counts for, as far as the reader may see that.
    pub worth: Vec<Worth>,
    /// The steps that it went through, oldest first.
    pub way: Vec<WayStep>,
    /// What the reader may do with it now.
    pub allowed: Vec<ItemAction>,
}

/// Something that an item counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    /// What is owed.
    pub work: ObligationView,
    /// What the item is worth there: counted, pending, surplus, carried, late or void.
    pub status: String,
}

/// A step that an item went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayStep {
    /// When.
    pub at: DateTime<Utc>,
    /// What was done.
    pub action: ItemAction,
    /// The state that followed.
    pub state: ItemState,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
}

impl Whole {
    /// Whether the reader may do this with the item now.
    pub fn allows(&self, action: ItemAction) -> bool {
        self.allowed.contains(&action)
    }
}

/// An item that the actor may see, as its page shows it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn whole(tx: &mut Tx<'_>, id: ItemId, locale: &str) -> Result<Whole, Error> {
    let scope = tx.scope();
    let row = view::find(tx.conn, &scope, id)?.ok_or(Error::not_found("item"))?;
    let (allowed, stand) = (allowed(tx, &row)?, row.stand());
    let kind = kinds::find(tx.conn, &row.kind)?;
    let event = match row.event_id {
        Some(id) => events::find(tx.conn, id)?,
        None => None,
    };
    let detail = detail(tx, row)?;
    Ok(Whole {
        kind_name: kind.map_or_else(|| detail.item.kind.clone(), |kind| kind.name),
        event: event.map(|row| Named {
            id: row.id,
            name: row.title,
        }),
        worth: worth(tx, &detail, locale)?,
        way: way(&detail),
        stand,
        allowed,
        detail,
    })
}

fn worth(tx: &mut Tx<'_>, detail: &ItemDetail, locale: &str) -> Result<Vec<Worth>, Error> {
    let mut status: HashMap<ObligationId, String> = detail
        .credits
        .iter()
        .map(|credit| (credit.obligation_id, credit.status.clone()))
        .collect();
    let ids: Vec<ObligationId> = status.keys().copied().collect();
    let works = of_ids(tx, &ids, locale)?.into_iter();
    let worth = |work: ObligationView| {
        let status = status.remove(&work.id)?;
        Some(Worth { work, status })
    };
    Ok(works.filter_map(worth).collect())
}

fn way(detail: &ItemDetail) -> Vec<WayStep> {
    let steps = detail.steps.iter();
    let step = |step: &crate::store::items::ItemStepRow| WayStep {
        at: *step.at,
        action: *step.action,
        state: *step.state,
        actor: shown_actor(&step.actor).to_owned(),
        reason: step.reason.clone(),
    };
    steps.map(step).collect()
}
