//! How somebody wants pages to look: their language and their colours.

crate::text_enum! {
    /// The languages of pages and replies.
    #[derive(Default)]
    pub enum Lang {
        /// Vietnamese, unless another is asked for.
        #[default]
        Vi,
        /// English.
        En,
    }
}

impl Lang {
    /// Its name in the locale files and in headers.
    pub const fn locale(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// The other one, which the switch offers.
    pub const fn other(self) -> Self {
        match self {
            Self::Vi => Self::En,
            Self::En => Self::Vi,
        }
    }
}

crate::text_enum! {
    /// The colours of pages. Without one, those of the system.
    pub enum Theme {
        /// Dark on light.
        Light,
        /// Light on dark.
        Dark,
    }
}

/// What somebody chose; `None` = not chosen: the browser decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The language.
    pub language: Option<Lang>,
    /// The colours.
    pub theme: Option<Theme>,
}
