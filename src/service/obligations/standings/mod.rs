//! Reading obligations.
//!
//! | file | what it holds |
//! |---|---|
//! | `list` | obligations with their standing |
//! | `detail` | one obligation with everything behind it |
//! | `extensions` | extensions, and those that wait for a decision |
//! | `overdue` | which units are late with what fell due |
//! | `source` | what an obligation comes from, and what happens to it next |
//! | `table` | for each unit, how many obligations of a year stand how |

mod detail;
mod extensions;
mod list;
mod overdue;
mod source;
mod table;

pub use detail::{
    CreditView, ExemptionView, ObligationDetail, ReminderOutcome, ReminderView, detail,
    require_version, require_version_of_asked, show, show_decided,
};
pub use extensions::{
    AskedExtension, ExtensionView, asked_extensions, decided_extensions, one_extension,
};
pub use list::{AfterWork, Named, ObligationView, WorkPart, list, part};
pub(crate) use list::{first, of_ids};
pub(crate) use list::{standing, views};
pub use overdue::{LateUnit, Overdue, late_units, overdue};
pub use source::{PlanSource, RuleSource, Upcoming, UpcomingKind};
pub(crate) use source::{Sources, taken_until};
pub use table::{UnitLine, table};
