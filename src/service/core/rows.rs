//! The first rows of a list, with how many the whole list has: what is cut says so.

use serde::Serialize;
use utoipa::ToSchema;

/// Rows of a kind: the first ones, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rows<T> {
    /// How many.
    pub total: usize,
    /// The first ones.
    pub rows: Vec<T>,
}

impl<T> Default for Rows<T> {
    /// No rows.
    fn default() -> Self {
        Self {
            total: 0,
            rows: Vec::new(),
        }
    }
}

impl<T> Rows<T> {
    /// The first `limit` of all rows.
    pub fn first(mut rows: Vec<T>, limit: usize) -> Self {
        let total = rows.len();
        rows.truncate(limit);
        Self { total, rows }
    }

    /// Rows that were read with a limit; `count` counts all where it may have cut some off.
    ///
    /// # Errors
    /// Those of `count`.
    pub fn of<E>(
        rows: Vec<T>,
        limit: i64,
        count: impl FnOnce() -> Result<i64, E>,
    ) -> Result<Self, E> {
        let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let total = if shown < limit { shown } else { count()? };
        Ok(Self {
            total: usize::try_from(total).unwrap_or_default(),
            rows,
        })
    }

    /// The same rows, each as `f` makes it.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Rows<U> {
        Rows {
            total: self.total,
            rows: self.rows.into_iter().map(f).collect(),
        }
    }
}
