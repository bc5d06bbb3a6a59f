//! The part of the queue that an address names: `?ai=toi` what the reader took, `?ai=chua` what nobody
//! took, `?loai=` a kind, `?q=` part of the title. Decisions go on in the same part.

use serde::Deserialize;

use crate::domain::ids::ItemId;
use crate::service::submissions::items::{QueueFilter, Whose};
use crate::web::pages::routes;

/// By whose review the items are chosen: the values of the parameter `ai`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(in crate::web::pages) enum Ai {
    #[serde(rename = "toi")]
    Mine,
    #[serde(rename = "chua")]
    Free,
}

/// The filter of the address, and of the form of a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Filter {
    pub(super) ai: Option<Ai>,
    pub(super) loai: String,
    pub(super) q: String,
}

impl Filter {
    /// As the queue reads it.
    pub(super) fn of_queue(&self) -> QueueFilter {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        QueueFilter {
            whose: self.ai.map(|ai| match ai {
                Ai::Mine => Whose::Mine,
                Ai::Free => Whose::Free,
            }),
            kind: some(&self.loai),
            search: some(&self.q),
        }
    }

    /// The parameter of whose items are shown; empty for all.
    pub(super) const fn ai(&self) -> &'static str {
        match self.ai {
            Some(Ai::Mine) => "toi",
            Some(Ai::Free) => "chua",
            None => "",
        }
    }

    /// Whether anything is left out.
    pub(super) fn is_active(&self) -> bool {
        *self != Self::default()
    }

    /// The address of this part of the queue.
    pub(super) fn queue(&self) -> String {
        self.at(routes::QUEUE)
    }

    /// The address of an item in this part of the queue.
    pub(super) fn item(&self, id: &ItemId) -> String {
        self.at(&routes::queued(id))
    }

    fn at(&self, address: &str) -> String {
        let pairs = [("ai", self.ai()), ("loai", &self.loai), ("q", &self.q)];
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        pairs.fold(address.to_owned(), |address, (name, value)| {
            routes::with(&address, name, value)
        })
    }
}
