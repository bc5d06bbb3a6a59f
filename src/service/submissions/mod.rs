//! What is handed in: events and items.

pub mod drafts;
pub mod events;
pub mod items;
