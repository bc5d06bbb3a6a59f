//! Reading what can be read: one row with a value that no code writes must not hide the others.

use std::fmt::Display;

use super::{Conn, StoreError};

/// The rows that could be read, and the ids of the others, each with why.
pub struct Readable<R, I> {
    /// In the order of their ids.
    pub rows: Vec<R>,
    /// What cannot be read.
    pub unreadable: Vec<(I, StoreError)>,
}

impl<R, I: Display> Readable<R, I> {
    /// The rows alone; what cannot be read is named in the log.
    pub fn logged(self, what: &str) -> Vec<R> {
        for (id, why) in &self.unreadable {
            tracing::error!(what, %id, %why, "a row cannot be read and is left out");
        }
        self.rows
    }
}

/// What was read at once, or row by row if one of the rows cannot be read.
///
/// # Errors
/// Those that are not about the data.
pub fn readable<R, I: Copy>(
    conn: &mut Conn,
    all: Result<Vec<R>, StoreError>,
    ids: impl FnOnce(&mut Conn) -> Result<Vec<I>, StoreError>,
    find: impl Fn(&mut Conn, I) -> Result<Option<R>, StoreError>,
) -> Result<Readable<R, I>, StoreError> {
    let mut found = Readable {
        rows: Vec::new(),
        unreadable: Vec::new(),
    };
    match all {
        Err(error) if error.is_about_data() => {}
        all => {
            found.rows = all?;
            return Ok(found);
        }
    }
    for id in ids(conn)? {
        match find(conn, id) {
            Ok(row) => found.rows.extend(row),
            Err(why) if why.is_about_data() => found.unreadable.push((id, why)),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}
