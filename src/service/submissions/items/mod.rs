//! Items, from handing in to publication. Every step folds what the item counts for in the same
//! transaction.
//!
//! | file | what lives there |
//! |---|---|
//! | `submit` | handing in, also what came by mail, Zalo or the document system |
//! | `steps` | what is done to an item afterwards; who may do what where is `domain::item::Stand` |
//! | `correct` | correcting its text, kind, authors, event and arrival |
//! | `review` | which editor works on it |
//! | `differences` | what a step changed |
//! | `step` | what all of these share: finding, checking, saving, recording |
//! | `checks` | what an item asks of its unit, kind, authors and event |
//! | `queue` | what waits for an editor, and deciding one item after the other |
//! | `many` | publishing several at once |
//! | `read` | items as they are read |
//! | `table` | the list in an order, and as a file |
//! | `whole` | one item as its page shows it: with what the reader may do with it |
//! | `purpose` | what an item is handed in for, before it is |

mod checks;
mod correct;
mod differences;
mod many;
mod purpose;
mod queue;
mod read;
mod review;
mod step;
mod steps;
mod submit;
mod table;
mod whole;

pub use correct::{change, correct_arrival};
pub use many::{BulkChecked, PublishMany, check_many, publish_many};
pub use purpose::{Asked, Purpose, purpose};
pub use queue::{
    Decision, Queue, QueueFilter, QueuedItem, Verdict, Waiting, Whose, decide, queue, queued_item,
};
pub(in crate::service) use read::detail as of_row;
pub use read::{Item, ItemDetail, get, list};
pub use review::{give_back, take};
pub(in crate::service) use step::office_opening;
pub use steps::{
    GradeItem, PublishItem, WithReason, approve, find_incomplete, grade, publish, reject, resubmit,
    return_for_changes, withdraw,
};
pub use submit::submit;
pub use table::{Shown, file_part, shown};
pub use whole::{WayChange, WayStep, Whole, Worth, whole};
