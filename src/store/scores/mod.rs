//! Emulation scores: schemes, rounds and sheets, and what scores are computed from.

pub mod inputs;
pub mod rounds;
pub mod schemes;
pub mod sheets;

pub use rounds::{Progress, RoundRow};
pub use schemes::SchemeRow;
pub use sheets::{Sheet, SheetRow};
