//! Requests for more time: those that wait, and those that were decided.

use std::collections::HashSet;

use crate::domain::ids::ObligationId;
use crate::service::core::access::Action;
use crate::service::obligations::standings::{self, AskedExtension};
use crate::service::{Error, Rows, Tx};
use crate::store::views::obligations as view;

/// The most that is shown of each.
const WAITING: i64 = 200;
const DECIDED: i64 = 50;

/// Requests for more time that the reader may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requests {
    /// Those that wait, oldest first, each with whether the reader decides.
    pub waiting: Rows<(AskedExtension, bool)>,
    /// Those that were decided, newest first.
    pub decided: Rows<AskedExtension>,
}

/// Requests for more time that the reader may see.
pub fn requests(tx: &mut Tx<'_>, locale: &str) -> Result<Requests, Error> {
    let waiting = standings::asked_extensions(tx, None, WAITING, locale)?;
    let ids: Vec<ObligationId> = waiting.iter().map(|asked| asked.obligation.id).collect();
    let scope = tx.scope_for(Action::Decide);
    let decidable = view::find_many(tx.conn, &scope, &ids)?;
    let decidable: HashSet<ObligationId> = decidable.into_iter().map(|row| row.id).collect();
    let with_right = |asked: AskedExtension| {
        let decides = decidable.contains(&asked.obligation.id);
        (asked, decides)
    };
    let decided = standings::decided_extensions(tx, DECIDED, locale)?;
    let (of_waiting, of_decided) = view::count_extensions(tx.conn, &tx.scope())?;
    let total = |n: i64| usize::try_from(n).unwrap_or_default();
    Ok(Requests {
        waiting: Rows {
            total: total(of_waiting),
            rows: waiting.into_iter().map(with_right).collect(),
        },
        decided: Rows {
            total: total(of_decided),
            rows: decided,
        },
    })
}
