//! What stands in the head of a unit's documents and below their text.

use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::Category;

/// What stands in the head of a unit's documents and below their text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Letterhead {
    /// The body above the one that issues the document.
    pub superior_body: String,
    /// The body that issues it.
    pub issuing_body: String,
    /// Where it is issued: "Bến Tre".
    pub place: String,
    /// What stands behind the number: "BC-LĐLĐ".
    pub symbol: String,
    /// Who receives it, one a line.
    pub recipients: Vec<String>,
    /// Lines above the signature: "TM. BAN THƯỜNG VỤ", "CHỦ TỊCH".
    pub signatory_title: Vec<String>,
    /// Who signs.
    pub signatory_name: String,
}

/// A letterhead as it is typed; lists are lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LetterheadInput {
    /// The body above the one that issues the document; at most 200 characters.
    #[serde(default)]
    pub superior_body: String,
    /// The body that issues it; at most 200 characters.
    pub issuing_body: String,
    /// Where it is issued; at most 200 characters.
    pub place: String,
    /// What stands behind the number; at most 200 characters.
    pub symbol: String,
    /// Who receives it; at most 20 lines.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// Lines above the signature; at most 20.
    #[serde(default)]
    pub signatory_title: Vec<String>,
    /// Who signs; at most 200 characters.
    #[serde(default)]
    pub signatory_name: String,
}

/// Most lines of a list.
const LINES: usize = 20;

impl LetterheadInput {
    /// The letterhead.
    ///
    /// # Errors
    /// Every fault of the fields.
    pub fn check(&self) -> Result<Letterhead, Vec<Invalid>> {
        let mut faults = Vec::new();
        let mut keep = |read: Result<String, Invalid>| {
            read.unwrap_or_else(|fault| {
                faults.push(fault);
                String::new()
            })
        };
        let optional = |field, value: &str| {
            let read =
                text::optional_name(field, Some(value).filter(|text| !text.trim().is_empty()));
            read.map(Option::unwrap_or_default)
        };
        let superior_body = keep(optional("superior_body", &self.superior_body));
        let issuing_body = keep(text::name("issuing_body", &self.issuing_body));
        let place = keep(text::name("place", &self.place));
        let symbol = keep(text::name("symbol", &self.symbol));
        let signatory_name = keep(optional("signatory_name", &self.signatory_name));
        let recipients = lines("recipients", &self.recipients);
        let title = lines("signatory_title", &self.signatory_title);
        match (recipients, title) {
            (Ok(recipients), Ok(signatory_title)) if faults.is_empty() => Ok(Letterhead {
                superior_body,
                issuing_body,
                place,
                symbol,
                recipients,
                signatory_title,
                signatory_name,
            }),
            (recipients, title) => {
                faults.extend(recipients.err().into_iter().chain(title.err()));
                Err(faults)
            }
        }
    }
}

/// Lines without empty ones.
fn lines(field: &'static str, lines: &[String]) -> Result<Vec<String>, Invalid> {
    let filled = lines.iter().filter(|line| !text::clean(line).is_empty());
    let read: Vec<String> = filled
        .map(|line| text::name(field, line))
        .collect::<Result<_, _>>()?;
    match read.len() > LINES {
        true => Err(Invalid::new(field, "too_many_lines").with("max", LINES)),
        false => Ok(read),
    }
}

impl Letterhead {
    /// What a unit has before anybody sets it, by its name and that of its federation, or of the unit
    /// above a federation.
    pub fn of(name: &str, above: Option<&str>, category: Category) -> Self {
        let federation = match category {
            Category::Federation => name,
            _ => above.unwrap_or(name),
        };
        let above = above.unwrap_or(match category {
            Category::Federation => "Tổng Liên đoàn Lao động Việt Nam",
            _ => "",
        });
        let titles = titles_of(name, category).iter();
        Self {
            superior_body: above.to_uppercase(),
            issuing_body: name.to_uppercase(),
            place: place_of(federation),
            symbol: symbol_of(name).to_owned(),
            recipients: match above.is_empty() {
                true => vec!["Lưu: VT.".to_owned()],
                false => vec![format!("{above};"), "Lưu: VT.".to_owned()],
            },
            signatory_title: titles.map(|title| (*title).to_owned()).collect(),
            signatory_name: String::new(),
        }
    }
}

/// The names that federations of labour begin with.
const FEDERATIONS: [&str; 2] = ["Liên đoàn Lao động", "LĐLĐ"];

const OFFICE: &str = "Văn phòng";

/// What stands behind the number of a report: the short form of the body that issues it.
fn symbol_of(name: &str) -> &'static str {
    match name {
        _ if FEDERATIONS.iter().any(|own| name.starts_with(own)) => "BC-LĐLĐ",
        _ if name.starts_with(OFFICE) => "BC-VP",
        _ if name.starts_with("Ban ") => "BC-B",
        _ => "BC-CĐ",
    }
}

/// On whose behalf the head of a unit signs, and as what.
fn titles_of(name: &str, category: Category) -> &'static [&'static str] {
    match category {
        Category::Federation | Category::Superior => &["TM. BAN THƯỜNG VỤ", "CHỦ TỊCH"],
        Category::Office if name.starts_with(OFFICE) => &["CHÁNH VĂN PHÒNG"],
        Category::Office => &["TRƯỞNG BAN"],
        Category::Grassroots => &["TM. BAN CHẤP HÀNH", "CHỦ TỊCH"],
        Category::Collaborator => &["NGƯỜI LẬP BÁO CÁO"],
    }
}

/// The province or city in the name of a federation.
fn place_of(federation: &str) -> String {
    let mut rest = federation;
    for part in [
        "Liên đoàn Lao động ",
        "LĐLĐ ",
        "tỉnh ",
        "thành phố ",
        "TP. ",
    ] {
        rest = rest.strip_prefix(part).unwrap_or(rest);
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_federation_writes_from_its_province_and_a_unit_from_that_of_its_federation() {
        let federation = "Liên đoàn Lao động tỉnh Bến Tre";
        let own = Letterhead::of(federation, None, Category::Federation);
        assert_eq!(own.issuing_body, "LIÊN ĐOÀN LAO ĐỘNG TỈNH BẾN TRE");
        assert_eq!(own.superior_body, "TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM");
        assert_eq!(
            (own.place.as_str(), own.symbol.as_str()),
            ("Bến Tre", "BC-LĐLĐ")
        );
        let union = Letterhead::of("Công đoàn Y tế", Some(federation), Category::Superior);
        assert_eq!(union.superior_body, own.issuing_body);
        assert_eq!(union.place, "Bến Tre");
        assert_eq!(
            union.recipients.first().unwrap(),
            "Liên đoàn Lao động tỉnh Bến Tre;"
        );
    }

    #[test]
    fn the_head_of_a_unit_signs_by_what_the_unit_is() {
        let federation = Some("Liên đoàn Lao động tỉnh Bến Tre");
        for (name, category, symbol, titles) in [
            (
                "Liên đoàn Lao động huyện Ba Tri",
                Category::Superior,
                "BC-LĐLĐ",
                "TM. BAN THƯỜNG VỤ, CHỦ TỊCH",
            ),
            (
                "Công đoàn cơ sở A",
                Category::Grassroots,
                "BC-CĐ",
                "TM. BAN CHẤP HÀNH, CHỦ TỊCH",
            ),
            (
                "Văn phòng LĐLĐ tỉnh",
                Category::Office,
                "BC-VP",
                "CHÁNH VĂN PHÒNG",
            ),
            (
                "Ban Tài chính LĐLĐ tỉnh",
                Category::Office,
                "BC-B",
                "TRƯỞNG BAN",
            ),
        ] {
            let head = Letterhead::of(name, federation, category);
            let own = (head.symbol.as_str(), head.signatory_title.join(", "));
            assert_eq!(own, (symbol, titles.to_owned()), "{name}");
        }
    }

    #[test]
    fn every_fault_is_told() {
        let typed = LetterheadInput {
            recipients: vec!["x".to_owned(); 21],
            ..LetterheadInput::default()
        };
        let faults = typed.check().unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(fields, ["issuing_body", "place", "symbol", "recipients"]);
    }
}
