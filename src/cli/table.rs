//! Tables for people at a terminal: columns as wide as their longest cell, two spaces between them.

use std::io::{self, Write};

use chrono::{DateTime, Utc};

use crate::domain::text::ZONE;

/// Writes `rows` below `head`; the last column is not padded.
pub fn write<const N: usize>(
    out: &mut dyn Write,
    head: [&str; N],
    rows: &[[String; N]],
) -> io::Result<()> {
    let head = head.map(str::to_owned);
    let mut widths = [0; N];
    for row in std::iter::once(&head).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// An instant as users read it: `20/11/2026 16:00`, with seconds if there are any.
pub fn local(at: DateTime<Utc>) -> String {
    let format = if at.timestamp() % 60 == 0 {
        "%d/%m/%Y %H:%M"
    } else {
        "%d/%m/%Y %H:%M:%S"
    };
    at.with_timezone(&ZONE).format(format).to_string()
}

/// A length of time: `350 ms`, `1,2 s`, `3 phút`, `2 giờ`, `5 ngày`.
pub fn span(millis: i64) -> String {
    match millis {
        ..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{},{} s", millis / 1_000, millis % 1_000 / 100),
        60_000..7_200_000 => format!("{} phút", millis / 60_000),
        7_200_000..172_800_000 => format!("{} giờ", millis / 3_600_000),
        _ => format!("{} ngày", millis / 86_400_000),
    }
}

/// A number of bytes: `512 byte`, `1,2 kB`, `3,4 MB`, `5,6 GB`.
pub fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{},{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        ..1_000 => format!("{bytes} byte"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_diacritics() {
        let mut out = Vec::new();
        let rows = [
            ["dọn".to_owned(), "xong".to_owned()],
            ["tổng hợp".to_owned(), String::new()],
        ];
        write(&mut out, ["Việc", "Kết quả"], &rows).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "Việc      Kết quả\ndọn       xong\ntổng hợp\n"
        );
    }

    #[test]
    fn lengths_are_told_in_the_unit_that_fits() {
        let told: Vec<String> = [0, 350, 1_250, 180_000, 7_200_000, 432_000_000]
            .into_iter()
            .map(span)
            .collect();
        assert_eq!(
            told,
            ["0 ms", "350 ms", "1,2 s", "3 phút", "2 giờ", "5 ngày"]
        );
    }

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        let told: Vec<String> = [999, 1_250, 3_400_000, 5_678_000_000]
            .into_iter()
            .map(size)
            .collect();
        assert_eq!(told, ["999 byte", "1,2 kB", "3,4 MB", "5,6 GB"]);
    }
}
