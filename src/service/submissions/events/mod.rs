//! Events: registering, correcting and cancelling them, answering questions. Each asks for its
//! deadlines in the same transaction.
//!
//! | file | what lives there |
//! |---|---|
//! | `register` | registering, by people and by items that report an event |
//! | `change` | correcting, cancelling, answering |
//! | `read` | events as they are read |

mod change;
mod read;
mod register;

pub use change::{AnswerQuestion, CancelEvent, answer, cancel, change};
pub use read::{Deadline, Event, get, list};
pub use register::register;
pub(crate) use register::{Origin, insert};
