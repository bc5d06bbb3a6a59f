//! Lists: the address holds filters, order and page, so that it can be bookmarked and printed.

use actix_web::HttpRequest;
use serde::de::DeserializeOwned;

pub use super::list_parts::{Active, Choice, Column, Files, Pager};
use crate::domain::text::clean;
use crate::web::error::Problem;
use crate::web::fault::fault;
use crate::web::page::key_of;

/// The parameter of the order: a column's name, with `-` before it from the end.
pub const SORT: &str = "sap";

/// The parameter of the page: a cursor.
pub const PAGE: &str = "trang";

/// Rows of a page.
pub const ROWS: usize = 100;

/// The last row of a part that has as many rows as were asked for: more may come behind it.
pub fn last_of_full<T>(rows: &[T], limit: i64) -> Option<&T> {
    let is_full = i64::try_from(rows.len()).is_ok_and(|read| read == limit);
    rows.last().filter(|_| is_full)
}

/// The address of a list with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(super) fn of(req: &HttpRequest) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(req.query_string()).map_err(Problem::internal)?;
        let known = |(name, value): (String, String)| (name, clean(&value));
        Ok(Self {
            path: req.path().to_owned(),
            pairs: pairs
                .into_iter()
                .map(known)
                .filter(|(name, value)| !value.is_empty() && !OF_NOTICES.contains(&name.as_str()))
                .collect(),
        })
    }

    /// The filters as a type, every field of which has a default; a name that comes several times is
    /// a `Vec`.
    ///
    /// # Errors
    /// 400 for a value that the type does not know.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let encoded = self.encoded();
        let read = serde_html_form::from_str(&encoded);
        read.map_err(|error| fault("", &error.to_string()).into())
    }

    /// The first value of a parameter; empty without one.
    pub fn get(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether a parameter has this value.
    pub fn has(&self, name: &str, value: impl ToString) -> bool {
        let value = value.to_string();
        let is = |(own, is): &(String, String)| own == name && *is == value;
        self.pairs.iter().any(is)
    }

    /// With this order where none was chosen; `-` before the column orders from the end.
    #[must_use]
    pub fn ordered(mut self, default: &str) -> Self {
        if self.get(SORT).is_empty() {
            self.pairs.push((SORT.to_owned(), default.to_owned()));
        }
        self
    }

    /// The row behind which the page begins; `None` for the first page, and for a cursor that no page
    /// of the list made.
    pub fn after<K: DeserializeOwned>(&self) -> Option<K> {
        key_of(self.get(PAGE))
    }

    /// How many rows come before the page, in a list whose cursor says that.
    pub fn rows_before(&self) -> usize {
        self.get(PAGE).parse().unwrap_or_default()
    }

    /// The address of what is shown now, from its first page.
    pub fn address(&self) -> String {
        self.without(PAGE).whole()
    }

    /// The filters and the order as the address says them, from the first page.
    pub fn filters(&self) -> String {
        self.without(PAGE).encoded()
    }

    /// The same filters and order at another address: a file, a page to print.
    pub fn at(&self, path: &str) -> String {
        let moved = Self {
            path: path.to_owned(),
            ..self.without(PAGE)
        };
        moved.whole()
    }

    /// The same filters and order as files for spreadsheets.
    pub fn files(&self, xlsx: &str, csv: &str) -> Files {
        Files {
            xlsx: self.at(xlsx),
            csv: self.at(csv),
        }
    }

    /// With this one value of a parameter.
    #[must_use]
    pub fn and(self, name: &str, value: impl ToString) -> Self {
        let mut changed = self.without(name);
        changed.pairs.push((name.to_owned(), value.to_string()));
        changed
    }

    /// The address of the page that begins behind a cursor.
    pub fn page(&self, cursor: &str) -> String {
        self.with(PAGE, cursor)
    }

    /// The address with this one value of a parameter, from the first page.
    pub fn with(&self, name: &str, value: impl ToString) -> String {
        let mut changed = self.without(PAGE).without(name);
        changed.pairs.push((name.to_owned(), value.to_string()));
        changed.whole()
    }

    /// A filter that is active.
    pub fn active(&self, name: &str, value: &str, words: impl Into<String>) -> Active {
        let mut changed = self.without(PAGE);
        changed
            .pairs
            .retain(|(own, is)| !(own == name && (is == value || value.is_empty())));
        Active {
            words: words.into(),
            theirs: false,
            address: changed.whole(),
        }
    }

    /// The column that the list is ordered by, of those given; the first one without a choice. And
    /// whether from the end.
    pub fn order(&self, columns: &[(&'static str, &'static str)]) -> (&'static str, bool) {
        let asked = self.get(SORT);
        let (name, from_end) = match asked.strip_prefix('-') {
            Some(name) => (name, true),
            None => (asked, false),
        };
        let known = columns.iter().find(|(own, _)| *own == name);
        match (known, columns.first()) {
            (Some((own, _)), _) => (own, from_end),
            (None, Some((first, _))) => (first, false),
            (None, None) => ("", false),
        }
    }

    /// The heads of columns by which the list can be ordered: each a name and the key of its label.
    pub fn columns(&self, columns: &[(&'static str, &'static str)]) -> Vec<Column> {
        let (ordered, from_end) = self.order(columns);
        let column = |(name, label): &(&'static str, &'static str)| {
            let is_ordered = *name == ordered;
            let turned = match is_ordered && !from_end {
                true => format!("-{name}"),
                false => (*name).to_owned(),
            };
            let order = if from_end { "descending" } else { "ascending" };
            Column {
                value: match is_ordered && from_end {
                    true => format!("-{name}"),
                    false => (*name).to_owned(),
                },
                label,
                address: self.with(SORT, turned),
                order: is_ordered.then_some(order),
            }
        };
        columns.iter().map(column).collect()
    }

    /// Where this page stands: `before` rows come before it, it shows `shown` of `total`; the next
    /// one begins behind the cursor `next`.
    pub fn pager(
        &self,
        (before, shown, total): (usize, usize, usize),
        next: Option<&str>,
    ) -> Pager {
        Pager {
            from: if shown == 0 { 0 } else { before + 1 },
            to: before + shown,
            total,
            first: (before > 0).then(|| self.address()),
            next: next.map(|cursor| self.page(cursor)),
        }
    }

    /// The address with these parameters alone.
    pub fn only(&self, names: &[&str]) -> Self {
        let mut changed = self.clone();
        changed
            .pairs
            .retain(|(own, _)| names.contains(&own.as_str()));
        changed
    }

    fn without(&self, name: &str) -> Self {
        let mut changed = self.clone();
        changed.pairs.retain(|(own, _)| own != name);
        changed
    }

    fn encoded(&self) -> String {
        // pairs of texts always encode
        serde_urlencoded::to_string(&self.pairs).unwrap_or_default()
    }

    fn whole(&self) -> String {
        match self.pairs.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, self.encoded()),
        }
    }
}

/// Parameters of notices are no state of a list.
const OF_NOTICES: [&str; 4] = ["xong", "so", "bo", "muc"];

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde::Deserialize;

    use super::*;
    use crate::web::page::cursor_of;

    const COLUMNS: [(&str, &str); 2] = [("ten", "a"), ("han", "b")];

    fn query(address: &str) -> Query {
        Query::of(&TestRequest::with_uri(address).to_http_request()).unwrap()
    }

    #[test]
    fn an_address_holds_the_state_of_its_list() {
        let list = query("/ban-do?loai=a&loai=b&q=ba+tri&cum=&sap=-han&trang=x&xong=phien&so=2");
        let kept = "loai=a&loai=b&q=ba+tri&sap=-han";
        assert_eq!(list.address(), format!("/ban-do?{kept}"));
        assert_eq!(list.at("/ban-do.csv"), format!("/ban-do.csv?{kept}"));
        assert_eq!(list.page("y"), format!("/ban-do?{kept}&trang=y"));
        assert!(list.has("loai", "b") && !list.has("loai", "c"));
        let active = list.active("loai", "b", "B");
        assert_eq!(active.address, "/ban-do?loai=a&q=ba+tri&sap=-han");
        assert_eq!(
            list.active("q", "", "x").address,
            "/ban-do?loai=a&loai=b&sap=-han"
        );
        assert_eq!(query("/viec?trang=2").address(), "/viec");
    }

    #[test]
    fn filters_are_read_into_a_type() {
        #[derive(Debug, Default, PartialEq, Deserialize)]
        #[serde(default)]
        struct Filter {
            loai: Vec<String>,
            nam: Option<i32>,
        }
        let read = |address: &str| query(address).read::<Filter>();
        let filter = read("/a?loai=x&loai=y&nam=2026&khac=1").unwrap();
        assert_eq!((filter.loai.len(), filter.nam), (2, Some(2026)));
        assert_eq!(read("/a?nam=").unwrap(), Filter::default());
        assert!(read("/a?nam=x").is_err());
    }

    #[test]
    fn a_head_orders_and_turns_around() {
        let heads = query("/a?sap=-han&trang=x").columns(&COLUMNS);
        assert_eq!(
            (heads[0].address.as_str(), heads[0].order),
            ("/a?sap=ten", None)
        );
        assert_eq!(
            (heads[1].address.as_str(), heads[1].order),
            ("/a?sap=han", Some("descending"))
        );
        let heads = query("/a?sap=xyz").columns(&COLUMNS);
        assert_eq!(
            (heads[0].address.as_str(), heads[0].order),
            ("/a?sap=-ten", Some("ascending"))
        );
        assert_eq!(query("/a?sap=-han").order(&COLUMNS), ("han", true));
    }

    #[test]
    fn a_list_without_an_order_has_its_own() {
        let list = query("/a?q=x").ordered("-ten");
        assert_eq!(list.order(&COLUMNS), ("ten", true));
        assert_eq!(query("/a?sap=han").ordered("-ten").order(&COLUMNS).0, "han");
    }

    #[test]
    fn a_page_begins_behind_a_row() {
        let cursor = cursor_of(&("ba tri", 7)).unwrap();
        let list = query(&query("/a?q=x").page(&cursor));
        assert_eq!(list.after(), Some(("ba tri".to_owned(), 7)));
        for made_up in ["100", "x", "%00", ""] {
            let list = query(&format!("/a?trang={made_up}"));
            assert_eq!(list.after::<(String, i64)>(), None, "{made_up}");
        }
    }

    #[test]
    fn a_pager_counts_from_one() {
        let list = query("/a?q=x&trang=c");
        let pager = list.pager((100, 100, 412), Some("d"));
        assert_eq!((pager.from, pager.to, pager.total), (101, 200, 412));
        assert_eq!(pager.first.as_deref(), Some("/a?q=x"));
        assert_eq!(pager.next.as_deref(), Some("/a?q=x&trang=d"));
        let empty = list.pager((0, 0, 0), None);
        assert_eq!((empty.from, empty.to, empty.first), (0, 0, None));
    }
}
