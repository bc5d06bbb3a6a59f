//! Finding sections of the handbook. Case and diacritics do not matter; what is typed with them ranks
//! sections higher that are written the same way.

use std::ops::Range;

use super::{Guide, Handbook, Section};
use crate::domain::access::Role;
use crate::domain::text::{fold, same_key};

/// Most sections that are shown.
const MOST: usize = 20;

/// Words of an excerpt before the first word that was found, and in all.
const BEFORE: usize = 8;
const EXCERPT: usize = 36;

/// A text taken apart into words.
pub struct Words {
    text: String,
    words: Vec<Word>,
}

struct Word {
    at: Range<usize>,
    /// Without case.
    exact: String,
    /// Without case and diacritics.
    folded: String,
}

impl Words {
    /// Takes a text apart.
    pub fn of(text: &str) -> Self {
        let mut words = Vec::new();
        let mut start = None;
        let ends = text.char_indices().chain([(text.len(), ' ')]);
        for (at, letter) in ends {
            match (letter.is_alphanumeric(), start) {
                (true, None) => start = Some(at),
                (false, Some(from)) => {
                    let word = text.get(from..at).unwrap_or_default();
                    words.push(Word {
                        at: from..at,
                        exact: same_key(word),
                        folded: fold(word),
                    });
                    start = None;
                }
                _ => {}
            }
        }
        Self {
            text: text.to_owned(),
            words,
        }
    }

    /// Whether they contain all words of the query, the last of which may be the beginning of one.
    fn contain(&self, query: &Self) -> bool {
        let last = query.words.len().saturating_sub(1);
        query.words.iter().enumerate().all(|(at, asked)| {
            self.words
                .iter()
                .any(|word| word.answers(asked, at == last))
        })
    }

    /// Whether they contain the words of the query side by side, compared by `key`.
    fn contain_phrase(&self, query: &Self, key: fn(&Word) -> &str) -> bool {
        self.words.windows(query.words.len().max(1)).any(|window| {
            let pairs = window.iter().zip(&query.words);
            window.len() == query.words.len()
                && pairs.clone().all(|(word, asked)| key(word) == key(asked))
        })
    }

    /// Whether a word answers this query.
    fn has_asked(&self, word: &Word) -> bool {
        let last = self.words.len().saturating_sub(1);
        let mut asked = self.words.iter().enumerate();
        asked.any(|(at, asked)| word.answers(asked, at == last))
    }

    /// The text between two places, cut at the words that answer the query.
    fn pieces(&self, shown: &Range<usize>, query: &Self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut from = shown.start;
        let mut add = |at: Range<usize>, is_found| {
            let text = self.text.get(at).unwrap_or_default().to_owned();
            if !text.is_empty() {
                pieces.push(Piece { text, is_found });
            }
        };
        let inside = |word: &&Word| shown.start <= word.at.start && word.at.end <= shown.end;
        for word in self.words.iter().filter(inside) {
            if query.has_asked(word) {
                add(from..word.at.start, false);
                add(word.at.clone(), true);
                from = word.at.end;
            }
        }
        add(from..shown.end, false);
        pieces
    }

    /// Some words around the first one that answers the query.
    fn excerpt(&self, query: &Self) -> Vec<Piece> {
        let hit = self.words.iter().position(|word| query.has_asked(word));
        let first = hit.unwrap_or_default().saturating_sub(BEFORE);
        let shown = self.words.get(first..).unwrap_or_default();
        let end_of_shown = shown.len().min(EXCERPT).checked_sub(1);
        let last = end_of_shown.and_then(|at| shown.get(at));
        let Some((from, to)) = shown.first().zip(last) else {
            return Vec::new();
        };
        let is_cut = shown.len() > EXCERPT;
        let end = if is_cut { to.at.end } else { self.text.len() };
        let mut pieces = self.pieces(&(from.at.start..end), query);
        let mark = |text: &str| Piece {
            text: text.to_owned(),
            is_found: false,
        };
        if first > 0 {
            pieces.insert(0, mark("… "));
        }
        if is_cut {
            pieces.push(mark(" …"));
        }
        pieces
    }
}

impl Word {
    fn answers(&self, asked: &Self, may_go_on: bool) -> bool {
        self.folded == asked.folded || may_go_on && self.folded.starts_with(&asked.folded)
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What stands there.
    pub text: String,
    /// Whether it was looked for.
    pub is_found: bool,
}

/// A section that was found.
pub struct Found {
    /// Where it is.
    pub address: String,
    /// The title of its guide.
    pub guide: &'static str,
    /// Its heading.
    pub title: Vec<Piece>,
    /// Some of its text.
    pub excerpt: Vec<Piece>,
}

/// The sections that contain all words of a query: those where they stand side by side first, the
/// heading before the text, and then the guides of the reader's roles.
pub fn find(handbook: &'static Handbook, asked: &str, roles: &[Role]) -> Vec<Found> {
    let query = Words::of(asked);
    if query.words.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for guide in handbook.guides_for(roles) {
        for section in &guide.sections {
            let (title, text) = (&section.title_words, &section.words);
            let rank = [
                title.contain_phrase(&query, |word| &word.exact),
                title.contain_phrase(&query, |word| &word.folded),
                text.contain_phrase(&query, |word| &word.exact),
                text.contain_phrase(&query, |word| &word.folded),
                title.contain(&query),
                text.contain(&query),
            ];
            if let Some(rank) = rank.iter().position(|fits| *fits) {
                found.push((rank, guide, section));
            }
        }
    }
    found.sort_by_key(|(rank, ..)| *rank);
    found.truncate(MOST);
    let shown = |(_, guide, section): (usize, &'static Guide, &'static Section)| Found {
        address: guide.section_address(section),
        guide: &guide.title,
        title: section
            .title_words
            .pieces(&(0..section.title.len()), &query),
        excerpt: section.words.excerpt(&query),
    };
    found.into_iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::super::shipped;
    use super::*;

    fn marked(pieces: &[Piece]) -> String {
        let shown = pieces.iter().map(|piece| match piece.is_found {
            true => format!("[{}]", piece.text),
            false => piece.text.clone(),
        });
        shown.collect()
    }

    #[test]
    fn words_are_found_without_case_and_diacritics() {
        let text = Words::of("Bấm **Xin gia hạn**, ghi lý do; trưởng đơn vị ĐỒNG KHỞI.");
        for asked in ["gia han", "GIA HẠN", "đồng khởi", "dong khoi", "xin g"] {
            assert!(text.contain(&Words::of(asked)), "{asked}");
        }
        for asked in ["gia đình", "gi han", "khoi nghia"] {
            assert!(!text.contain(&Words::of(asked)), "{asked}");
        }
        let query = Words::of("gia han");
        assert!(text.contain_phrase(&query, |word| &word.folded));
        assert!(!text.contain_phrase(&query, |word| &word.exact));
        let shown = marked(&text.excerpt(&query));
        assert!(shown.contains("Xin [gia] [hạn]**"), "{shown}");
        assert_eq!(marked(&text.pieces(&(0..0), &query)), "");
    }

    #[test]
    fn an_excerpt_says_that_it_is_cut() {
        let long = format!("{} nhắc {}", "trước ".repeat(60), "sau ".repeat(60));
        let shown = marked(&Words::of(&long).excerpt(&Words::of("nhac")));
        assert!(
            shown.starts_with("… trước") && shown.ends_with("sau …"),
            "{shown}"
        );
        assert!(shown.contains("[nhắc]"), "{shown}");
    }

    #[test]
    fn the_own_guide_and_the_heading_come_first() {
        let first = |asked: &str, roles: &[Role]| {
            let found = find(shipped(), asked, roles);
            found.first().map(|found| found.address.clone())
        };
        let leader = first("xin gia han", &[Role::Leader]);
        assert_eq!(leader.as_deref(), Some("/tro-giup/lanh-dao#xin-gia-han"));
        assert_eq!(first("không có chuyện này đâu", &[]), None);
        assert_eq!(first(" ,. ", &[]), None);
        assert!(find(shipped(), "a", &[]).len() <= MOST);
    }
}
