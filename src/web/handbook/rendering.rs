//! From the Markdown of a guide to HTML and to the sections that a search looks through. HTML inside
//! the Markdown is shown as text.

use std::fmt;

use askama::filters::HtmlSafe;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, html};

use super::search::Words;
use crate::domain::text::slug;
use crate::web::pages::assets;

/// The folder of the pictures, as guides name it.
const PICTURES: &str = "hinh/";

/// HTML made from a guide that is compiled in. Templates show it as it is.
pub struct Markup(String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// A section of a guide: one task.
pub struct Section {
    /// The id of its heading: its words without diacritics, joined by dashes.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// The words of its heading.
    pub title_words: Words,
    /// The words of its text.
    pub words: Words,
}

/// A guide that was rendered.
pub struct Rendered {
    /// Its heading.
    pub title: String,
    /// What stands below the heading.
    pub body: Markup,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// Renders a guide. A link to the file of another guide leads to its page, which `address_of` knows.
pub fn render(markdown: &str, address_of: &dyn Fn(&str) -> Option<String>) -> Rendered {
    let mut guide = Reading::default();
    let events: Vec<Event<'_>> = Parser::new(markdown)
        .filter_map(|event| guide.read(event, address_of))
        .collect();
    guide.end_section();
    let mut body = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut body, with_ids(events, &guide.sections).into_iter());
    Rendered {
        title: guide.title,
        body: Markup(body),
        sections: guide.sections,
    }
}

/// Where the reading of a guide stands.
#[derive(Default)]
struct Reading {
    title: String,
    sections: Vec<Section>,
    /// The heading of the section that is read.
    heading: Option<String>,
    text: String,
    within: Option<HeadingLevel>,
}

impl Reading {
    /// Collects the text of an event; what the page shows of it.
    fn read<'t>(
        &mut self,
        event: Event<'t>,
        address_of: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Event<'t>> {
        match &event {
            Event::Start(Tag::Heading { level, .. }) => {
                self.within = Some(*level);
                if *level == HeadingLevel::H2 {
                    self.end_section();
                    self.heading = Some(String::new());
                }
            }
            Event::Text(text) | Event::Code(text) => self.add(text),
            Event::SoftBreak | Event::HardBreak => self.add(" "),
            Event::End(end) if !is_inline(*end) => self.add(" "),
            _ => {}
        }
        // the layout shows the title
        let is_title = self.within == Some(HeadingLevel::H1);
        if let Event::End(TagEnd::Heading(_)) = event {
            self.within = None;
        }
        (!is_title).then(|| shown(event, address_of))
    }

    fn add(&mut self, text: &str) {
        match (self.within, &mut self.heading) {
            (Some(HeadingLevel::H1), _) => self.title.push_str(text),
            (Some(HeadingLevel::H2), Some(heading)) => heading.push_str(text),
            _ => self.text.push_str(text),
        }
    }

    fn end_section(&mut self) {
        let text = std::mem::take(&mut self.text);
        let Some(title) = self.heading.take() else {
            return;
        };
        let title = title.trim().to_owned();
        self.sections.push(Section {
            id: slug(&title),
            title_words: Words::of(&title),
            words: Words::of(&text),
            title,
        });
    }
}

/// Whether the text goes on in the same line behind it.
fn is_inline(end: TagEnd) -> bool {
    matches!(
        end,
        TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link | TagEnd::Heading(_)
    )
}

/// An event as the page shows it: links lead to pages, pictures to files, HTML is text.
fn shown<'t>(event: Event<'t>, address_of: &dyn Fn(&str) -> Option<String>) -> Event<'t> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: address_of(&dest_url).map_or(dest_url, CowStr::from),
            title,
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            link_type,
            dest_url: match dest_url.strip_prefix(PICTURES) {
                Some(name) => assets::address(name).into(),
                None => dest_url,
            },
            title,
            id,
        }),
        event => event,
    }
}

/// The events with the ids of the sections in their headings.
fn with_ids<'t>(events: Vec<Event<'t>>, sections: &'t [Section]) -> Vec<Event<'t>> {
    let mut ids = sections.iter().map(|section| section.id.as_str());
    let with_id = |event| match event {
        Event::Start(Tag::Heading {
            level: HeadingLevel::H2,
            classes,
            attrs,
            ..
        }) => Event::Start(Tag::Heading {
            level: HeadingLevel::H2,
            id: ids.next().map(CowStr::from),
            classes,
            attrs,
        }),
        event => event,
    };
    events.into_iter().map(with_id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(markdown: &str) -> Rendered {
        render(markdown, &|file| {
            (file == "khac.md").then(|| "/tro-giup/khac".to_owned())
        })
    }

    #[test]
    fn a_guide_has_a_title_and_sections() {
        let guide = rendered(
            "# Cho trưởng **đơn vị**\n\nLời đầu.\n\n## Nộp một tin\n\n1. Bấm **Nộp**.\n2. Gõ tên.\n\n## Xin gia hạn\n\nSớm.\n",
        );
        assert_eq!(guide.title, "Cho trưởng đơn vị");
        let ids: Vec<&str> = guide.sections.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["nop-mot-tin", "xin-gia-han"]);
        let body = guide.body.to_string();
        assert!(body.starts_with("<p>Lời đầu.</p>"), "{body}");
        assert!(
            body.contains("<h2 id=\"nop-mot-tin\">Nộp một tin</h2>"),
            "{body}"
        );
        assert!(
            body.contains("<li>Bấm <strong>Nộp</strong>.</li>"),
            "{body}"
        );
    }

    #[test]
    fn links_between_guides_lead_to_pages() {
        let body = rendered("[khác](khac.md) [ngoài](la.md)").body.to_string();
        assert!(body.contains("href=\"/tro-giup/khac\""), "{body}");
        assert!(body.contains("href=\"la.md\""), "{body}");
    }

    #[test]
    fn html_in_a_guide_is_text() {
        let body = rendered("## A\n\n<script>x</script>\n\na <b>b</b>\n")
            .body
            .to_string();
        assert!(!body.contains("<script") && !body.contains("<b>"), "{body}");
        assert!(body.contains("&lt;b&gt;"), "{body}");
    }
}
