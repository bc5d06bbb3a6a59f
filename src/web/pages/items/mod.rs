//! Items: handing in, the list, and one item with what can be done with it.
//!
//! | file | what is in it |
//! |---|---|
//! | `edit` | correcting one |
//! | `submit` | the form, and the page after it |
//! | `typed` | what its form has, and what that hands in |
//! | `list` | the list, and its file for spreadsheets |
//! | `one` | one item: its text, its way, its next step |

pub(super) mod edit;
pub(super) mod list;
pub(super) mod one;
pub(super) mod submit;
mod typed;
