//! What somebody has to do, as the pages of their work show it.
//!
//! | file | what it holds |
//! |---|---|
//! | `home` | the work of a reader: what is most urgent, and everything else |
//! | `one` | one obligation, with what the reader may do about it |
//! | `history` | what happened to an obligation |

mod history;
mod home;
mod one;

pub use history::{Happened, What};
pub use home::{Card, Home, Waiting, done_this_month, home};
pub use one::{May, Work, show};
