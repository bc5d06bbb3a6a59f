//! Pages as snapshots keep them.

/// The page without ids, which differ from database to database, and without the bar, which changes
/// with every page that is built.
pub fn without_ids(html: &str) -> String {
    let (before, rest) = html.split_once("<header class=\"bar\">").unwrap();
    let (_, after) = rest.split_once("</header>").unwrap();
    let html = format!("{before}<header class=\"bar\"></header>{after}");
    let before = [
        "viec/",
        "don-vi/",
        "tin-bai/",
        "su-kien/",
        "diem/2026/",
        "diem/dot/",
        "ke-hoach/",
        "quy-tac-",
        "quy-tac/",
        "don_vi=",
        "nguon=",
        "name=\"don_vi\" value=\"",
        "cham-2026-",
        "name=\"viec\" value=\"",
    ];
    before.iter().fold(html, |html, before| {
        let mut parts = html.split(before);
        let mut shown = parts.next().unwrap().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let id = if rest.len() < part.len() { "ID" } else { "" };
            shown.push_str(&format!("{before}{id}{rest}"));
        }
        shown
    })
}

/// The page without what differs from run to run: the hashes of assets, the keys of forms, and the
/// number of the account that drafts belong to.
pub fn shown(html: &str) -> String {
    let html = hashes_hidden(html);
    let html = hidden_after(&html, "name=\"khoa\" value=\"", "KEY");
    let html = hidden_after(&html, "name=\"giu.khoa\" value=\"", "KEY");
    hidden_after(&html, "data-person=\"", "PERSON")
}

/// Writes `word` for what follows each `before`, up to the next quotation mark.
fn hidden_after(html: &str, before: &str, word: &str) -> String {
    let mut parts = html.split(before);
    let mut shown = parts.next().unwrap().to_owned();
    for part in parts {
        let (_, rest) = part.split_once('"').unwrap();
        shown.push_str(&format!("{before}{word}\"{rest}"));
    }
    shown
}

/// Writes `/assets/tinbai-HASH.css` for `/assets/tinbai-1a2b3c4d5e.css`.
fn hashes_hidden(html: &str) -> String {
    let mut parts = html.split("/assets/");
    let mut shown = parts.next().unwrap().to_owned();
    for part in parts {
        let (stem, rest) = part.split_once('-').unwrap();
        let (hash, rest) = rest.split_once('.').unwrap();
        assert_eq!(hash.len(), 10, "{part}");
        shown.push_str(&format!("/assets/{stem}-HASH.{rest}"));
    }
    shown
}
