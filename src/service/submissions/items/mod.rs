//! Items, from handing in to publication. Every step folds what the item counts for in the same
//! transaction.
//!
//! | file | what lives there |
//! |---|---|
//! | `submit` | handing in, also what came by mail, Zalo or the document system |
//! | `steps` | what happens to an item afterwards; who may do what where is `domain::item::Stand` |
//! | `checks` | what an item asks of its unit, kind, authors and event |
//! | `facts` | items as they are read |

mod checks;
mod facts;
mod steps;
mod submit;

pub use facts::{ItemDetail, ItemFacts, StepFacts, WorthFacts, get, list_in};
pub use steps::{
    GradeItem, PublishItem, WithReason, approve, change, correct_arrival, find_incomplete, grade,
    publish, reject, resubmit, return_for_changes, withdraw,
};
pub use submit::{submit, submit_in};
