//! Lists and tables of pages as files for spreadsheets: one way for all of them. The address is that of
//! the page with `.xlsx` or `.csv` behind it, so that the file holds what is filtered.

use actix_web::HttpRequest;

use super::list::Query;
use crate::domain::words::{capitalised, say};
use crate::service::reports::{Cell, Head, Part};
use crate::service::{Error, Tx};
use crate::web::call::{Call, Reply};
use crate::web::error::Problem;
use crate::web::export::{self, Wanted};

/// Rows of a part.
pub(super) const ROWS: i64 = 500;

/// A list or table of a page, as its address asks for it.
pub(super) trait ListFile: Clone + Send + 'static {
    /// What the file is called, without an ending.
    const NAME: &'static str;

    /// The key of its title.
    const TITLE: &'static str;

    /// The keys of its columns.
    const COLUMNS: &'static [&'static str];

    /// What names the row behind which a part begins.
    type Behind: Send + 'static;

    /// Reads the address.
    ///
    /// # Errors
    /// 400 for a filter that can't be read.
    fn asked(query: &Query) -> Result<Self, Problem>;

    /// The rows behind one, and behind which the next part begins; `None` behind the last.
    ///
    /// # Errors
    /// Those of the list.
    fn part(
        &self,
        tx: &mut Tx<'_>,
        behind: Option<Self::Behind>,
        locale: &'static str,
    ) -> Result<Rows<Self::Behind>, Error>;
}

/// Rows, and behind which the next ones begin.
pub(super) type Rows<K> = (Vec<Vec<Cell>>, Option<K>);

/// Sends a list as a file.
pub(super) async fn file<L: ListFile>(call: Call, req: HttpRequest) -> Reply {
    let list = L::asked(&Query::of(&req)?)?;
    let locale = call.lang().locale();
    export::send(call, Wanted::of(L::NAME, &req), move |tx, behind| {
        let (rows, next) = list.part(tx, behind, locale)?;
        let word = |key: &&str| capitalised(&say(locale, key, &[]));
        Ok(Part {
            head: Head {
                title: say(locale, L::TITLE, &[]),
                columns: L::COLUMNS.iter().map(word).collect(),
            },
            rows,
            next,
        })
    })
    .await
}
