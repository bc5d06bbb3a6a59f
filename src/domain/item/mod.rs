//! Items: the ways that they come in. Their states and steps live in `state`, the fields of a request
//! in `input`. What depends on the database (units, kinds, authors, events) is checked in
//! `service::submissions::items`.

mod changed;
mod history;
mod input;
mod state;

pub use changed::{Changed, ItemField};
pub use history::{PastStep, Stood, stood_at};
pub use input::{Arrival, ItemPatch, NewItem, grade, optional_url, whole_seconds};
pub use state::{By, ItemAction, ItemState, Review, Stand, held_since};

crate::text_enum! {
    /// How an item came to the app.
    #[derive(Default)]
    pub enum Channel {
        /// The web form.
        Web,
        /// The API.
        #[default]
        Api,
        /// Mail; an editor recorded it.
        Mail,
        /// Zalo; an editor recorded it.
        Zalo,
        /// The document system VNPT-iOffice; an editor recorded it.
        Ioffice,
    }
}

impl Channel {
    /// Whether it came outside this program.
    pub const fn is_recorded(self) -> bool {
        matches!(self, Self::Mail | Self::Zalo | Self::Ioffice)
    }
}

#[cfg(test)]
mod tests;
