//! What somebody has to do, as the pages of their work show it.
//!
//! | file | what it holds |
//! |---|---|
//! | `home` | the work of a reader: what is most urgent, and everything else |
//! | `one` | one obligation, with what the reader may do about it |
//! | `history` | what happened to an obligation |
//! | `more_time` | more time for it, asked for or given |
//! | `requests` | requests for more time |

mod history;
mod home;
mod more_time;
mod one;
mod requests;

pub use history::{Happened, What};
pub use home::{Card, Home, Waiting, done_this_month, home, own_done, own_open};
pub use more_time::{Became, MoreTime, NewTime, ask_or_give, more_time};
pub use one::{May, Work, show};
pub use requests::{Requests, requests};
