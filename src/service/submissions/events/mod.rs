//! Events: registering, correcting and cancelling them, answering questions. Each asks for its
//! deadlines in the same transaction.
//!
//! | file | what lives there |
//! |---|---|
//! | `register` | registering, by people and by items that report an event |
//! | `change` | correcting, cancelling, answering |
//! | `read` | events as they are read |
//! | `page` | what pages show of events, and what an event would ask for |

mod change;
mod page;
mod read;
mod register;

pub use change::{AnswerQuestion, CancelEvent, answer, cancel, change};
pub use page::{
    EventDeadline, EventPage, PreviewedDeadline, all_coming, coming, page, preview,
    units_to_act_for,
};
pub use read::{Deadline, Event, EventPart, get, list, part};
pub use register::register;
pub(crate) use register::{Origin, insert};
