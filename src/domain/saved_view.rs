//! Filters of lists that somebody keeps under a name.

use super::error::Invalid;
use super::text::{fold, name};

crate::text_enum! {
    /// The lists whose filters can be kept.
    pub enum SavedList {
        /// The list of items.
        Items,
        /// The queue of editors.
        Queue,
        /// The map of units and periods.
        Map,
    }
}

/// The most views that one person keeps, of all lists together.
pub const MOST: usize = 20;

/// The most characters of a name: it stands in a row of links.
const NAME_MAX: usize = 60;

/// The most characters of the query of an address.
const QUERY_MAX: usize = 500;

/// The name of a view, cleaned; with the form by which names are compared.
///
/// # Errors
/// `required`, `control_characters` or `too_long`, on `name`.
pub fn view_name(text: &str) -> Result<(String, String), Invalid> {
    let name = name("name", text)?;
    if name.chars().count() > NAME_MAX {
        return Err(Invalid::new("name", "too_long").with("max", NAME_MAX));
    }
    let folded = fold(&name);
    Ok((name, folded))
}

/// The query of an address as it is kept: what a browser sends, without the `?`.
///
/// # Errors
/// `saved_view_query` on `query` for what is no encoded query; `too_long`.
pub fn view_query(text: &str) -> Result<String, Invalid> {
    let is_encoded =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*%+=&~!'(),:;@/".contains(&byte);
    if !text.bytes().all(is_encoded) {
        return Err(Invalid::new("query", "saved_view_query"));
    }
    if text.len() > QUERY_MAX {
        return Err(Invalid::new("query", "too_long").with("max", QUERY_MAX));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cleaned_and_compared_without_diacritics() {
        let named = view_name("  Chờ   duyệt ").unwrap();
        assert_eq!(named, ("Chờ duyệt".to_owned(), "cho duyet".to_owned()));
        for bad in ["", " \u{200b} ", "a\u{202e}b", "a\u{7}b"] {
            assert!(view_name(bad).is_err(), "{bad:?}");
        }
        assert!(view_name(&"a".repeat(60)).is_ok() && view_name(&"a".repeat(61)).is_err());
    }

    #[test]
    fn a_query_is_what_a_browser_sends() {
        assert!(view_query("tt=approved&q=%C4%91%E1%BB%93ng+kh%E1%BB%9Fi").is_ok());
        assert!(view_query("").is_ok());
        for bad in ["q=<b>", "q=a b", "q=\"", "a#b", "q=đ"] {
            assert_eq!(
                view_query(bad).unwrap_err().code,
                "saved_view_query",
                "{bad}"
            );
        }
        assert!(view_query(&"a".repeat(501)).is_err());
    }
}
