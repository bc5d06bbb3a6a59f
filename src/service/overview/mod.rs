//! What people look at first: the day, the map, a unit.
//!
//! | file | what it holds |
//! |---|---|
//! | `map` | units × periods; of very many units, their clusters |
//! | `map_file` | the map as a file |
//! | `cells` | the cells of the map |
//! | `unit` | one unit: what it owes, how its year goes |
//! | `reminded` | the reminders of a unit |
//! | `today` | who owes what before the cut-off of the day, and what needs somebody |
//! | `leave` | what passes over when somebody leaves |
//! | `person` | the list of people, and one of them with posts, roles, account and work |
//! | `leaving` | what is sent next, and how the service is |

mod cells;
mod leave;
mod leaving;
mod map;
mod map_file;
mod person;
mod reminded;
mod system;
mod today;
mod unit;

pub use cells::MapCell;
pub use leave::{LeavePreview, colleagues, preview_leave};
pub(crate) use leaving::leaving;
pub use leaving::{Leaving, LeavingKind, ServiceLine};
pub use map::{ClusterLine, MapLine, MapQuery, Part, UnitMap, map};
pub use map_file::map_file;
pub use person::{
    PeopleList, PersonLine, PersonRecord, PersonRights, RoleLine, people, person, unit_name,
    without_account,
};
pub use reminded::{Reminded, reminded};
pub use system::{System, system};
pub use today::{Owed, Owing, Today, owing, today};
pub use unit::{UnitCount, UnitSheet, codes_above, unit, units, work};
