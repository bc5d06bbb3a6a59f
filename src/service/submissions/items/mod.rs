//! Items, from handing in to publication. Every step folds what the item counts for in the same
//! transaction.
//!
//! | file | what lives there |
//! |---|---|
//! | `submit` | handing in, also what came by mail, Zalo or the document system |
//! | `steps` | what is done to an item afterwards; who may do what where is `domain::item::Stand` |
//! | `correct` | correcting its text, kind, authors, event and arrival |
//! | `step` | what all of these share: finding, checking, saving, recording |
//! | `checks` | what an item asks of its unit, kind, authors and event |
//! | `read` | items as they are read |

mod checks;
mod correct;
mod read;
mod step;
mod steps;
mod submit;

pub use correct::{change, correct_arrival};
pub use read::{Item, ItemDetail, get, list};
pub use steps::{
    GradeItem, PublishItem, WithReason, approve, find_incomplete, grade, publish, reject, resubmit,
    return_for_changes, withdraw,
};
pub use submit::submit;
