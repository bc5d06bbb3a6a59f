//! How texts fit into cells and sheets: widths in characters, lines, names.

use crate::office::table::Cell;

/// Characters of the widest and the narrowest column.
const WIDEST: usize = 60;
const NARROWEST: usize = 6;

/// The same where a sheet has more than [`FEW`] columns: of the first two, one of which names the row,
/// of the third, and of the others.
const WIDEST_OF_MANY: [usize; 3] = [36, 36, 20];
const WIDEST_OF_OTHERS: usize = 14;
const FEW: usize = 10;

/// Lines of the highest header and of the highest row: Excel has no row above 409 points.
const HEAD_LINES: usize = 3;
const MOST_LINES: usize = 26;

/// The height of a line, in points.
const LINE: usize = 15;

/// Longer texts are cut: Excel holds 32,767 characters in a cell.
const MOST_LETTERS: usize = 32_000;

/// The widths of the columns of a sheet that is being written.
#[derive(Debug, Default)]
pub(super) struct Widths(Vec<Width>);

#[derive(Debug, Clone, Copy)]
struct Width {
    own: usize,
    most: usize,
}

impl Widths {
    /// Those of a header; each name has at most three lines.
    pub(super) fn of(names: &[String]) -> Self {
        let most = |at| match WIDEST_OF_MANY.get(at) {
            _ if names.len() <= FEW => WIDEST,
            Some(most) => *most,
            None => WIDEST_OF_OTHERS,
        };
        let width = |(at, name): (usize, &String)| {
            let letters = name.chars().count().div_ceil(HEAD_LINES);
            let own = longest_word(name).max(letters).clamp(NARROWEST, WIDEST);
            // room for the button of the filter
            Width {
                own: own + 3,
                most: most(at),
            }
        };
        Self(names.iter().enumerate().map(width).collect())
    }

    /// The width of each column.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|width| width.own)
    }

    /// Makes room for a row, and says how high it is in points; `None` for one of a single line.
    pub(super) fn fit(&mut self, cells: &[Cell]) -> Option<f64> {
        let mut most = 1;
        for (width, cell) in self.0.iter_mut().zip(cells) {
            width.own = letters(cell).min(width.most).max(width.own);
            if let Cell::Text(text) = cell {
                // a column that grows later holds more
                most = most.max(lines(text, letters_that_fit(width.own)));
            }
        }
        points(most)
    }

    /// How high the header is, whose columns are as wide as they are now.
    pub(super) fn head_height(&self, names: &[String]) -> Option<f64> {
        let lines = names.iter().zip(self.all());
        points(
            lines
                .map(|(name, width)| lines_of_head(name, width))
                .max()?,
        )
    }
}

/// How many letters wide a cell is.
fn letters(cell: &Cell) -> usize {
    match cell {
        Cell::Empty => 0,
        Cell::Text(text) => {
            let lines = text.lines().map(|line| line.chars().count());
            lines.max().unwrap_or_default()
        }
        Cell::Whole(number) => number.to_string().len() + 1,
        Cell::Decimal(number) => number.to_string().len() + 2,
        Cell::Share(_) => 7,
        Cell::Date(_) => 10,
        Cell::Time(_) => 16,
    }
}

/// How many letters a column holds, whose width is counted in digits: letters are narrower.
fn letters_that_fit(width: usize) -> usize {
    width + width / 8
}

fn lines_of_head(name: &str, width: usize) -> usize {
    lines(name, width.saturating_sub(2))
}

fn points(lines: usize) -> Option<f64> {
    let points = u32::try_from(lines.min(MOST_LINES) * LINE).ok()?;
    (lines > 1).then(|| f64::from(points))
}

/// How many lines a text takes in so many characters; a line breaks between words.
fn lines(text: &str, width: usize) -> usize {
    let of_one = |line: &str| {
        let (mut lines, mut used) = (1, 0);
        for word in line.split(' ') {
            let letters = word.chars().count();
            let gap = usize::from(used > 0);
            if used + gap + letters <= width {
                used += gap + letters;
                continue;
            }
            // a word longer than the line goes on in the next one
            let more = letters.max(1).div_ceil(width.max(1));
            lines += more - usize::from(used == 0);
            used = letters - (more - 1) * width.max(1);
        }
        lines
    };
    text.lines().map(of_one).sum::<usize>().max(1)
}

/// A text that Excel takes.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn longest_word(text: &str) -> usize {
    let words = text.split_whitespace().map(|word| word.chars().count());
    words.max().unwrap_or_default()
}

/// A name that Excel takes for a sheet: at most 31 characters, none of `[]:*?/\`, no apostrophe at an
/// end, and unlike the others.
pub(super) fn sheet_name(name: &str, others: &[String]) -> String {
    let allowed =
        |c: char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') && !c.is_control();
    let plain: String = name
        .chars()
        .map(|c| if allowed(c) { c } else { ' ' })
        .collect();
    let plain = plain.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    let plain = if plain.is_empty() { "1" } else { plain };
    let is_taken = |name: &str| {
        let mut others = others.iter();
        others.any(|other| other.to_lowercase() == name.to_lowercase())
    };
    let numbered = (1..).map(|n| {
        let end = if n == 1 {
            String::new()
        } else {
            format!(" ({n})")
        };
        let kept: String = plain.chars().take(31 - end.len()).collect();
        format!("{}{end}", kept.trim_end_matches(['\'', ' ']))
    });
    let mut numbered = numbered;
    numbered
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_that_excel_takes() {
        let long = "Cụm thi đua các huyện, thị xã và thành phố miền biển";
        assert_eq!(sheet_name("'Cụm [1]: a/b'", &[]), "Cụm  1   a b");
        assert_eq!(sheet_name(long, &[]).chars().count(), 31);
        let first = sheet_name(long, &[]);
        let second = sheet_name(long, &[first.to_uppercase()]);
        assert!(
            second.ends_with(" (2)") && second.chars().count() <= 31,
            "{second}"
        );
        assert_eq!(sheet_name("", &[]), "1");
    }

    #[test]
    fn a_text_longer_than_a_cell_holds_is_cut() {
        let text = cut(&"ạ".repeat(40_000));
        assert_eq!(text.chars().count(), MOST_LETTERS + 1);
    }

    #[test]
    fn a_text_breaks_between_words() {
        for (text, width, taken) in [
            ("", 10, 1),
            ("hoàn thành đúng hạn 2/2", 20, 2),
            ("hoàn thành đúng hạn", 20, 1),
            ("một\nhai", 20, 2),
            ("https://congdoan.example/mot", 10, 3),
            ("a https://congdoan.example/mot", 10, 4),
        ] {
            assert_eq!(lines(text, width), taken, "{text:?} in {width}");
        }
    }

    #[test]
    fn a_table_of_many_columns_stays_narrow() {
        let names: Vec<String> = (1..=17)
            .map(|month| format!("Tháng {month}/2026"))
            .collect();
        let mut widths = Widths::of(&names);
        let row = [
            Cell::from("Liên đoàn Lao động"),
            "không hoàn thành 0/2 kỳ".into(),
        ];
        let third = Cell::from("Cụm thi đua các huyện");
        let fourth = Cell::from("hoàn thành đúng hạn 1/1");
        let row = [row, [third, fourth]].concat();
        assert_eq!(widths.fit(&row), Some(30.0));
        assert_eq!(widths.all().take(4).collect::<Vec<_>>(), [18, 23, 20, 14]);
        let mut few = Widths::of(&names[..3]);
        assert_eq!(few.fit(&row), None);
    }
}
