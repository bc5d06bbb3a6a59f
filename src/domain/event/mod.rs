//! Events: their types and states. The fields of a request live in `input`, the time of an event in
//! `when`. What depends on the database is checked in `service::submissions::events`.

mod input;
mod when;

pub use input::{CheckedEvent, EventPatch, EventText, NewEvent};
pub use when::When;

crate::text_enum! {
    /// Which deadline an event asks for; it may be of several types.
    #[derive(PartialOrd, Ord)]
    pub enum EventType {
        /// Its news is due within working hours.
        Ordinary,
        /// Thời sự: its news is due by the daily cut-off.
        Topical,
        /// A member's question: its answer is due within clock hours.
        Question,
    }
}

crate::text_enum! {
    /// What became of an event; stored.
    pub enum EventState {
        /// It takes place.
        Registered,
        /// It does not, and asks for nothing.
        Cancelled,
    }
}

#[cfg(test)]
mod tests;
