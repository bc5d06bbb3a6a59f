//! Files that leave: their formats and what they are called.

crate::text_enum! {
    /// The format of a file.
    pub enum FileFormat {
        /// A table for any spreadsheet program, without types.
        Csv,
        /// A table for Excel, with dates and numbers.
        Xlsx,
        /// A document for Word.
        Docx,
        /// Dates for a calendar.
        Ics,
    }
}

impl FileFormat {
    /// The format that the end of a name or an address says.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::parse(name.rsplit_once('.')?.1)
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Ics => "text/calendar; charset=utf-8",
        }
    }
}

/// A file, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it is called, with its ending.
    pub name: String,
    /// Its format.
    pub format: FileFormat,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl File {
    /// A file with a name to which the ending of the format is added.
    pub fn new(stem: &str, format: FileFormat, bytes: Vec<u8>) -> Self {
        Self {
            name: format!("{stem}.{format}"),
            format,
            bytes,
        }
    }
}
