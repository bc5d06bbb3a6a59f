//! The text of a document, with placeholders that are filled in: `{don_vi}`. A line that begins with
//! `# ` is a heading; a placeholder of a table stands on a line of its own.

use serde::{Deserialize, Serialize};

use super::DocumentKind;
use crate::domain::error::Invalid;
use crate::domain::text;

/// What placeholders of tables begin with.
const TABLE: &str = "bang_";

/// The text of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Template {
    /// The title: "BÁO CÁO".
    pub title: String,
    /// What it is about.
    pub subject: String,
    /// The text, a paragraph a line.
    pub body: String,
}

/// A text as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateInput {
    /// The title: "BÁO CÁO"; at most 200 characters.
    pub title: String,
    /// What it is about; at most 200 characters.
    pub subject: String,
    /// The text, a paragraph a line. A line that begins with `# ` is a heading.
    pub body: String,
}

impl From<Template> for TemplateInput {
    fn from(text: Template) -> Self {
        Self {
            title: text.title,
            subject: text.subject,
            body: text.body,
        }
    }
}

impl TemplateInput {
    /// The text, for a kind of document.
    ///
    /// # Errors
    /// Every fault of the fields; `template_placeholder` names a placeholder that the kind does not
    /// know and lists those that it does, `template_table` one of a table that does not stand alone.
    pub fn check(&self, kind: DocumentKind) -> Result<Template, Vec<Invalid>> {
        let fields = [
            text::name("title", &self.title),
            text::name("subject", &self.subject),
            text::paragraph("body", &self.body),
        ];
        let mut faults: Vec<Invalid> = fields
            .iter()
            .filter_map(|read| read.clone().err())
            .collect();
        let [title, subject, body] = fields.map(Result::unwrap_or_default);
        for (field, text) in [("title", &title), ("subject", &subject), ("body", &body)] {
            faults.extend(text.lines().flat_map(|line| faults_of(field, line, kind)));
        }
        match faults.is_empty() {
            true => Ok(Template {
                title,
                subject,
                body,
            }),
            false => Err(faults),
        }
    }
}

fn faults_of(field: &'static str, line: &str, kind: DocumentKind) -> Vec<Invalid> {
    let known = kind.placeholders();
    let all = || {
        known
            .iter()
            .map(|name| format!("{{{name}}}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let named = pieces(line).into_iter().filter_map(Piece::name);
    let fault = |name: &str| {
        let shown: String = name.chars().take(40).collect();
        let shown = format!("{{{shown}}}");
        if !known.contains(&name) {
            let fault = Invalid::new(field, "template_placeholder").with("value", shown);
            return Some(fault.with("known", all()));
        }
        let stands_alone = field == "body" && line.trim() == shown;
        let is_table = name.starts_with(TABLE);
        (is_table && !stands_alone)
            .then(|| Invalid::new(field, "template_table").with("value", shown))
    };
    named.filter_map(fault).collect()
}

/// A part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'l> {
    Text(&'l str),
    Name(&'l str),
}

impl<'l> Piece<'l> {
    fn name(self) -> Option<&'l str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Text(_) => None,
        }
    }
}

/// The texts and placeholders of a line. A brace that is never closed is text.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let (mut found, mut rest) = (Vec::new(), line);
    while let Some((before, tail)) = rest.split_once('{') {
        let Some((name, after)) = tail.split_once('}') else {
            break;
        };
        found.extend([Piece::Text(before), Piece::Name(name)]);
        rest = after;
    }
    found.push(Piece::Text(rest));
    found
}

/// A part of a document's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// The table of this placeholder.
    Table(String),
}

/// A text whose placeholders are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The title.
    pub title: String,
    /// What it is about.
    pub subject: String,
    /// The text.
    pub blocks: Vec<Block>,
}

impl Template {
    /// The text with these values; a placeholder without one stays as it is. A value is filled in as it
    /// is, also if it looks like a placeholder.
    pub fn fill(&self, values: &[(&str, String)]) -> Filled {
        let filled = |line: &str| -> String {
            let value = |piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Name(name) => match values.iter().find(|(known, _)| *known == name) {
                    Some((_, value)) => value.clone(),
                    None => format!("{{{name}}}"),
                },
            };
            pieces(line).into_iter().map(value).collect()
        };
        let block = |line: &str| {
            let line = line.trim();
            let table = line
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'));
            match (table, line.strip_prefix("# ")) {
                (Some(table), _) if table.starts_with(TABLE) => Block::Table(table.to_owned()),
                (_, Some(heading)) => Block::Heading(filled(heading)),
                _ => Block::Paragraph(filled(line)),
            }
        };
        let lines = self.body.lines().filter(|line| !line.trim().is_empty());
        Filled {
            title: filled(&self.title),
            subject: filled(&self.subject),
            blocks: lines.map(block).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(body: &str) -> TemplateInput {
        TemplateInput {
            title: "BÁO CÁO".to_owned(),
            subject: "Kết quả {ky}".to_owned(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn an_unknown_placeholder_is_named_with_those_that_are_known() {
        let faults = typed("{don_vi} {thang}\nCó {bang_loai} này").check(DocumentKind::Monthly);
        let faults = faults.unwrap_err();
        let told: Vec<String> = faults.iter().map(|fault| fault.message("vi")).collect();
        assert_eq!(faults.len(), 2, "{told:?}");
        assert!(
            told[0].contains("{thang}") && told[0].contains("{so_don_vi_dat}"),
            "{told:?}"
        );
        assert!(told[1].contains("{bang_loai}"), "{told:?}");
        // doing what the message says helps
        assert!(
            typed("{don_vi} {ky}\n{bang_loai}\nCó này")
                .check(DocumentKind::Monthly)
                .is_ok()
        );
        // what one kind knows another one may not
        let other = typed("{bang_loai}")
            .check(DocumentKind::Emulation)
            .unwrap_err();
        assert_eq!(other.len(), 2, "the subject names a period");
    }

    #[test]
    fn values_are_filled_in_as_they_are() {
        let text =
            typed("# 1. {don_vi}\n\n{bang_loai}\nĐạt {ty_le} { x").check(DocumentKind::Monthly);
        let values = [
            ("don_vi", "{ky}".to_owned()),
            ("ky", "tháng 11/2026".to_owned()),
        ];
        let filled = text.unwrap().fill(&values);
        assert_eq!(filled.subject, "Kết quả tháng 11/2026");
        assert_eq!(
            filled.blocks,
            [
                Block::Heading("1. {ky}".to_owned()),
                Block::Table("bang_loai".to_owned()),
                Block::Paragraph("Đạt {ty_le} { x".to_owned()),
            ]
        );
    }
}
