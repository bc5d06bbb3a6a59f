//! The part in which two texts differ, for showing a change of a long text.

/// Characters of what both have in common that stand before and behind the part that differs.
const AROUND: usize = 40;

/// The most characters of either part.
const MOST: usize = 500;

/// The parts of two texts that differ, with a little of what stands before and behind; an ellipsis
/// marks what is left out.
pub fn differing(old: &str, new: &str) -> (String, String) {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let same = |(a, b): &(&char, &char)| a == b;
    let before = old.iter().zip(&new).take_while(same).count();
    let rest = old.len().min(new.len()) - before;
    let behind = old.iter().rev().zip(new.iter().rev());
    let behind = behind.take(rest).take_while(same).count();
    let from = before.saturating_sub(AROUND);
    (part(&old, from, behind), part(&new, from, behind))
}

/// The part of a text that begins at `from` and ends a little after what differs, `behind` characters
/// before its end.
fn part(text: &[char], from: usize, behind: usize) -> String {
    let end = text.len() - behind.saturating_sub(AROUND);
    let cut = end.min(from + MOST);
    let shown: String = text.get(from..cut).unwrap_or_default().iter().collect();
    let before = if from > 0 { "… " } else { "" };
    let behind = if cut < text.len() { " …" } else { "" };
    format!("{before}{}{behind}", shown.trim())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_change_of_a_long_text_shows_its_surroundings() {
        let before = "đầu ".repeat(100);
        let (old, new) = (
            format!("{before}ba {before}"),
            format!("{before}bốn {before}"),
        );
        let (old, new) = differing(&old, &new);
        assert!(
            old.starts_with("… ") && old.ends_with(" …") && old.contains(" ba "),
            "{old}"
        );
        assert!(new.contains(" bốn ") && new.chars().count() < 100, "{new}");
        assert_eq!(differing("", "x"), (String::new(), "x".to_owned()));
        assert_eq!(
            differing("một", "một hai"),
            ("một".to_owned(), "một hai".to_owned())
        );
    }

    proptest! {
        #[test]
        fn no_part_is_longer_than_allowed(old in ".{0,900}", new in ".{0,900}") {
            let (old, new) = differing(&old, &new);
            prop_assert!(old.chars().count() <= MOST + 4 && new.chars().count() <= MOST + 4);
        }
    }
}
