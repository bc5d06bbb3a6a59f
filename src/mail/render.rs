//! The frame of our mails: one list of blocks, rendered as HTML and as plain text that say the
//! same.
//!
//! The HTML works in old mail programs: one column of at most 600 px, inline styles, no
//! pictures, a reading order that a screen reader can follow. The texts of a mail are
//! those of its sender.

use askama::Template;

use crate::domain::preference::Lang;

/// A mail's content, before it has a recipient.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// Its language.
    pub lang: Lang,
    /// The headline, and the subject without its prefix.
    pub title: String,
    /// What the subject says beyond the headline: most mails are judged by their subject, on a
    /// phone.
    pub pressing: Option<String>,
    /// "Kính gửi …", without the comma at its end.
    pub greeting: String,
    /// What there is to say, in order.
    pub blocks: Vec<Block>,
    /// Why the reader gets this mail and how to settle it.
    pub why: String,
    /// Who sends it, as the signature shows it.
    pub signature: String,
}

/// One part of a mail.
#[derive(Debug, Clone)]
pub enum Block {
    /// A paragraph; line breaks are kept.
    Paragraph(String),
    /// A heading inside the mail.
    Heading(String),
    /// What is owed or done, one line each.
    Table(Table),
    /// One thing to do, as a button.
    Button(Anchor),
}

/// A table: what, by when, and where to go.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What the table lists; read out by screen readers, shown above it.
    pub caption: String,
    /// Heading of the first column ("Nội dung").
    pub what: String,
    /// Heading of the second column ("Hạn").
    pub due: String,
    /// The lines.
    pub rows: Vec<Row>,
}

/// One line of a table.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// What it is about.
    pub what: String,
    /// A remark below it ("còn thiếu 1/2"), may be empty.
    pub note: String,
    /// The rule by which it is owed, with its document; may be empty.
    pub source: String,
    /// By when, as people read it ("16:00 20/11/2026").
    pub due: String,
    /// Where to settle or to see it.
    pub link: Option<Anchor>,
}

/// A link with its words.
#[derive(Debug, Clone)]
pub struct Anchor {
    label: String,
    url: String,
}

impl Anchor {
    /// A link; any scheme but http and https becomes an empty link.
    #[must_use]
    pub fn new(label: impl Into<String>, url: impl Into<String>) -> Self {
        let url = url.into();
        let sound = (url.starts_with("https://") || url.starts_with("http://"))
            && !url.contains(|c: char| c.is_control() || c == ' ');
        Self {
            label: label.into(),
            url: if sound { url } else { "#".into() },
        }
    }
}

/// The two bodies of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bodies {
    /// The plain-text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// Both bodies.
    ///
    /// # Errors
    /// Only if a template fails to write into a string, which nothing in a letter can bring about.
    pub fn render(&self) -> Result<Bodies, askama::Error> {
        let text = Text { letter: self }.render()?;
        Ok(Bodies {
            text,
            html: Html { letter: self }.render()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        let row = Row {
            what: "Tin thời sự: Hội nghị <sơ kết> & \"trao thưởng\"".into(),
            note: "còn thiếu 1/2".into(),
            source: "Quy định: 2 tin mỗi tháng (bản 1)".into(),
            due: "16:00 20/11/2026".into(),
            link: Some(Anchor::new(
                "Xem",
                "https://tinbai.example/nghia-vu/7?a=1&b=2",
            )),
        };
        let late = Row {
            what: "2 tin tháng 11".into(),
            due: "24:00 30/11/2026".into(),
            ..Row::default()
        };
        Letter {
            lang: Lang::Vi,
            title: "2 việc sắp đến hạn".into(),
            pressing: None,
            greeting: "Kính gửi Công đoàn phường <b>Bến Tre</b>".into(),
            blocks: vec![
                Block::Paragraph("Dòng một.\nDòng hai.".into()),
                Block::Heading("Sắp đến hạn".into()),
                Block::Table(Table {
                    caption: "Việc sắp đến hạn".into(),
                    what: "Nội dung".into(),
                    due: "Hạn".into(),
                    rows: vec![row, late],
                }),
                Block::Button(Anchor::new("Gửi bài", "https://tinbai.example/gui-bai")),
            ],
            why: "Đơn vị nhận thư này vì có việc đến hạn.".into(),
            signature: "Ban Tuyên giáo - Nữ công".into(),
        }
    }

    #[test]
    fn both_bodies_say_the_same() {
        let bodies = letter().render().unwrap();
        for words in [
            "2 việc sắp đến hạn",
            "16:00 20/11/2026",
            "còn thiếu 1/2",
            "Quy định: 2 tin mỗi tháng (bản 1)",
            "2 tin tháng 11",
            "Gửi bài",
            "https://tinbai.example/gui-bai",
            "Đơn vị nhận thư này",
        ] {
            assert!(
                bodies.text.contains(words),
                "text lacks {words}:\n{}",
                bodies.text
            );
            assert!(bodies.html.contains(words), "HTML lacks {words}");
        }
    }

    #[test]
    fn the_text_part_reads_well() {
        insta::assert_snapshot!(letter().render().unwrap().text);
    }

    #[test]
    fn names_and_titles_are_escaped_in_html() {
        let html = letter().render().unwrap().html;
        assert!(
            !html.contains("<b>Bến Tre") && !html.contains("<sơ kết>"),
            "{html}"
        );
        assert!(!html.contains("<script") && !html.contains("<img"));
        assert!(html.contains("lang=\"vi\""));
    }

    #[test]
    fn a_link_that_is_no_web_address_leads_nowhere() {
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://a.example/\r\nx",
            "tinbai.example",
        ] {
            assert_eq!(Anchor::new("x", bad).url, "#");
        }
    }
}
