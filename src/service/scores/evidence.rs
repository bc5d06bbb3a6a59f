//! The obligations and items behind a unit's score, with their titles.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::ids::{ItemId, ObligationId};
use crate::domain::obligation::State;
use crate::domain::score::Inputs;
use crate::domain::text::local_due;
use crate::service::obligations::credited_at;
use crate::service::obligations::naming::Names;
use crate::service::{Error, Tx};
use crate::store::obligations::{CreditRow, ObligationRow};
use crate::store::scores::inputs::titles;

/// An obligation behind a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ObligationRef {
    /// Its id.
    pub id: ObligationId,
    /// What it is called.
    pub title: String,
    /// When it was due, for people.
    pub due_text: String,
    /// What became of it.
    pub state: State,
    /// How many were owed.
    pub required: u32,
    /// How many counted.
    pub done: u32,
    /// The items that credit it, in order of arrival.
    pub items: Vec<ItemRef>,
}

/// An item behind a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ItemRef {
    /// Its id.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: String,
    /// What it is worth to the obligation: counted, late, surplus…; none for criteria over items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Everything that one unit's score was computed from.
pub(crate) struct Evidence {
    /// In order of the due instant.
    obligations: Vec<ObligationRef>,
    /// Title and kind of each item.
    items: HashMap<ItemId, (String, String)>,
}

impl Evidence {
    /// Reads what a score was computed from as of `at`.
    pub(crate) fn read(
        tx: &mut Tx<'_>,
        inputs: &Inputs,
        at: DateTime<Utc>,
        locale: &str,
    ) -> Result<Self, Error> {
        let ids: Vec<ObligationId> = inputs.obligations.iter().map(|owed| owed.id).collect();
        let credited = credited_at(tx, &ids, at)?;
        let mut evidence = Self {
            obligations: Vec::with_capacity(ids.len()),
            items: titles(tx.conn, &item_ids(inputs, credited.values()))?,
        };
        let names = Names::of(tx, credited.values().map(|(row, _)| row))?;
        let mut found: Vec<_> = inputs
            .obligations
            .iter()
            .filter_map(|owed| Some((credited.get(&owed.id)?, owed)))
            .collect();
        found.sort_by_key(|((row, _), _)| (row.due_at, row.id));
        for ((row, credits), owed) in found {
            let items = credits
                .iter()
                .filter_map(|credit| evidence.item(credit.item_id, Some(credit)))
                .collect();
            evidence.obligations.push(ObligationRef {
                id: owed.id,
                title: names.title(tx, row, locale)?,
                due_text: local_due(row.due_at.0),
                state: owed.state,
                required: owed.required,
                done: owed.done,
                items,
            });
        }
        Ok(evidence)
    }

    /// The obligations with these ids.
    pub(crate) fn obligations(&self, ids: &[ObligationId]) -> Vec<ObligationRef> {
        let all = self.obligations.iter();
        all.filter(|owed| ids.contains(&owed.id)).cloned().collect()
    }

    /// The items with these ids.
    pub(crate) fn items(&self, ids: &[ItemId]) -> Vec<ItemRef> {
        ids.iter().filter_map(|id| self.item(*id, None)).collect()
    }

    fn item(&self, id: ItemId, credit: Option<&CreditRow>) -> Option<ItemRef> {
        let (title, kind) = self.items.get(&id)?.clone();
        Some(ItemRef {
            id,
            title,
            kind,
            status: credit.map(|credit| credit.status.to_string()),
        })
    }
}

/// The items that count, and those that credit the obligations.
fn item_ids<'a>(
    inputs: &Inputs,
    credited: impl Iterator<Item = &'a (ObligationRow, Vec<CreditRow>)>,
) -> Vec<ItemId> {
    let mut ids: Vec<ItemId> = inputs.items.iter().map(|item| item.id).collect();
    ids.extend(
        credited
            .flat_map(|(_, credits)| credits)
            .map(|credit| credit.item_id),
    );
    ids.sort_unstable();
    ids.dedup();
    ids
}
