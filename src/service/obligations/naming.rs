//! What an obligation is called where people read it.

use std::collections::HashMap;

use crate::domain::ids::{EventId, RuleVersionId};
use crate::domain::obligation::ObligationKind;
use crate::domain::words::say;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::changes::period_of;
use crate::store::events;
use crate::store::obligations::ObligationRow;

/// Names obligations; reads the titles of their events at once.
#[derive(Debug, Default)]
pub struct Names {
    events: HashMap<EventId, String>,
}

impl Names {
    /// Reads what naming these obligations needs.
    pub fn of<'a>(
        tx: &mut Tx<'_>,
        rows: impl Iterator<Item = &'a ObligationRow> + Clone,
    ) -> Result<Self, Error> {
        let mut events: Vec<EventId> = rows.clone().filter_map(|row| row.event_id).collect();
        events.sort_unstable();
        events.dedup();
        let of_rules = rows.filter(|row| row.event_id.is_none());
        let versions: Vec<RuleVersionId> = of_rules.map(|row| row.rule_version_id).collect();
        tx.lookups.read_contents(tx.conn, &versions)?;
        let events = events::find_many(tx.conn, &events)?
            .into_iter()
            .map(|(id, event)| (id, event.title))
            .collect();
        Ok(Self { events })
    }

    /// "2 tin mỗi tháng - tháng 11/2026", "Tin thời sự: Hội nghị …", in the given locale (`vi` or
    /// `en`).
    pub fn title(
        &self,
        tx: &mut Tx<'_>,
        row: &ObligationRow,
        locale: &str,
    ) -> Result<String, Error> {
        let kind = row.kind.0;
        if let Some(event) = row.event_id {
            let key = match kind {
                ObligationKind::Cutoff => "topical",
                ObligationKind::Answer => "answer",
                _ => "event",
            };
            let event = self.events.get(&event).map_or("", String::as_str);
            return Ok(say(
                locale,
                &format!("obligation.title.{key}"),
                &[("event", event)],
            ));
        }
        let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
        Ok(match period_of(row) {
            Some(period) => format!("{} - {}", content.title, period.label(locale)),
            None => content.title.clone(),
        })
    }
}
