//! What is handed in: events and items.

pub mod events;
pub mod items;
