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
        "nguoi/",
        "vai-tro/",
        "tai-khoan/",
        "thu-di/",
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
        let (named, rest) = part.split_once('.').unwrap();
        let (stem, hash) = named.rsplit_once('-').unwrap();
        assert_eq!(hash.len(), 10, "{part}");
        shown.push_str(&format!("/assets/{stem}-HASH.{rest}"));
    }
    shown
}

/// Elements without an end.
const VOID: [&str; 8] = ["meta", "link", "input", "br", "hr", "img", "path", "use"];

/// The texts of a page in English that have a Vietnamese letter and do not say that they are Vietnamese.
pub fn foreign(html: &str) -> Vec<String> {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let mut open: Vec<(String, bool)> = Vec::new();
    let mut found = Vec::new();
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let name = tag
            .trim_start_matches('/')
            .split([' ', '\n'])
            .next()
            .unwrap();
        if tag.starts_with('/') {
            while open.pop().is_some_and(|(own, _)| own != name) {}
        } else if !VOID.contains(&name) && !tag.starts_with('!') {
            // these may be left open
            let ended: &[&str] = match name {
                "td" | "th" => &["td", "th"],
                "tr" => &["td", "th", "tr"],
                "thead" | "tbody" | "tfoot" => {
                    &["td", "th", "tr", "thead", "tbody", "tfoot", "caption"]
                }
                _ => &[],
            };
            while open
                .last()
                .is_some_and(|(own, _)| ended.contains(&own.as_str()))
            {
                open.pop();
            }
            let lang = tag.split(" lang=\"").nth(1);
            let above = open.last().is_some_and(|(_, is_vi)| *is_vi);
            open.push((
                name.to_owned(),
                lang.map_or(above, |lang| lang.starts_with("vi\"")),
            ));
        }
        let is_vi = open.last().is_some_and(|(_, is_vi)| *is_vi);
        let marked = |letter: char| letter.is_alphabetic() && !letter.is_ascii();
        let text = text.trim();
        // names of the service, of the language, and a number as documents have them
        let known = ["Tin bài", "Tiếng Việt", "For example 15/QĐ-LĐLĐ"];
        if !is_vi && text.contains(marked) && !known.iter().any(|known| text.starts_with(known)) {
            found.push(text.to_owned());
        }
    }
    found
}

/// Words of programs in the texts of a page: codes of kinds of item, of the shipped calendar, of states,
/// and actors as the trail keeps them. What stands in braces is for templates of documents.
pub fn codes(html: &str) -> Vec<String> {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let texts = body.split('<').skip(1).filter_map(|part| {
        let (tag, text) = part.split_once('>')?;
        (!tag.starts_with("textarea")).then_some(text)
    });
    let is_code = |word: &&str| {
        let is_word = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        let is_snake = word.trim_matches('_').contains('_') && word.chars().all(is_word);
        let is_actor = ["person:", "token:"].iter().any(|id| word.starts_with(id));
        is_snake || is_actor || *word == "hanh-chinh"
    };
    let is_part = |letter: char| letter.is_alphanumeric() || "_-:{}".contains(letter);
    let words = texts.flat_map(|text| text.split(move |letter| !is_part(letter)));
    words.filter(is_code).map(str::to_owned).collect()
}

#[test]
fn words_of_programs_are_found() {
    let page = "<body><p id=\"so_an\">tin, bai_chuyen_sau, {don_vi} hanh-chinh</p><b>person:12 (A)</b>\
        <textarea>da_co</textarea><i>bài chuyên sâu, van-phong</i>";
    assert_eq!(codes(page), ["bai_chuyen_sau", "hanh-chinh", "person:12"]);
}

#[test]
fn foreign_texts_are_found() {
    let page = "<body><p lang=\"vi\">Hội nghị</p><p>Hội <b lang=\"vi\">thảo</b><table><tr><th lang=\"vi\">Đ<td>ờ\
        <tr><td lang=\"vi\"><i lang=\"en\">é</i>ă</table><span>Tin bài</span>";
    assert_eq!(foreign(page), ["Hội", "ờ", "é"]);
}
