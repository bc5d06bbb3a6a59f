//! What lists show beside their rows: heads of columns, filters, pages and choices.

/// A column by which a list can be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The key of its heading.
    pub label: &'static str,
    /// Orders the list by it, or turns the order around.
    pub address: String,
    /// The value of the parameter in the order of now, or of the first press.
    pub value: String,
    /// `ascending` or `descending` where the list is ordered by it.
    pub order: Option<&'static str>,
}

/// A list as files for spreadsheets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Where its Excel file is.
    pub xlsx: String,
    /// Where its CSV file is.
    pub csv: String,
}

/// A filter that is active, with the way to take it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Active {
    /// What is shown.
    pub words: String,
    /// Whether people wrote that.
    pub theirs: bool,
    /// The same list without it.
    pub address: String,
}

impl Active {
    /// The same, with words that people wrote.
    #[must_use]
    pub fn theirs(self) -> Self {
        Self {
            theirs: true,
            ..self
        }
    }
}

/// Where a page of a list stands: `1–100 trong 412`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    /// The number of the first row, from 1; 0 in an empty list.
    pub from: usize,
    /// The number of the last row.
    pub to: usize,
    /// All rows.
    pub total: usize,
    /// The first page, on every other one.
    pub first: Option<String>,
    /// The next page.
    pub next: Option<String>,
}

/// A choice of a select, a radio or a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub words: String,
    /// Whether people wrote that.
    pub theirs: bool,
}

impl Choice {
    /// A choice with its words.
    pub fn new(value: impl ToString, words: impl Into<String>) -> Self {
        Self {
            value: value.to_string(),
            words: words.into(),
            theirs: false,
        }
    }

    /// A choice whose words people wrote.
    pub fn theirs(value: impl ToString, words: impl Into<String>) -> Self {
        Self {
            theirs: true,
            ..Self::new(value, words)
        }
    }

    /// Whether it is the one with this number.
    pub fn is_number(&self, number: &i32) -> bool {
        self.value == number.to_string()
    }

    /// Whether it is the one with this value.
    pub fn is(&self, value: &str) -> bool {
        self.value == value
    }
}
