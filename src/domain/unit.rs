//! Units: their categories, which category may be below which, and the checks of an input by
//! itself. What depends on other units (whether the parent exists, whether a unit would be below
//! itself) is checked in `service::units`.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

use super::error::Invalid;
use super::mail::EmailAddress;
use super::text;
use super::text::fold;
use super::words::say;
use super::years;
use crate::domain::ids::UnitId;

crate::text_enum! {
    /// What a unit is.
    pub enum Category {
        /// A province's federation, or the confederation above them.
        Federation,
        /// A department of the federation's own office.
        Office,
        /// A union directly above grassroots unions.
        Superior,
        /// A grassroots union.
        Grassroots,
        /// An organisation outside the system.
        Collaborator,
    }
}

impl Category {
    /// The category that people mean: its code, or its name in full or as a sheet calls it, without
    /// regard to diacritics and case.
    pub fn meant(text: &str) -> Option<Self> {
        let folded = fold(text);
        let is_meant = |category: &Self| {
            let is_full = |locale| folded == fold(&say(locale, &category.word(), &[]));
            category.as_str() == text.trim()
                || ["vi", "en"].into_iter().any(is_full)
                || folded == fold(category.in_lists())
        };
        Self::ALL.iter().copied().find(is_meant)
    }

    /// What lists of units call it.
    pub const fn in_lists(self) -> &'static str {
        match self {
            Self::Federation => "liên đoàn",
            Self::Office => "ban",
            Self::Superior => "cấp trên cơ sở",
            Self::Grassroots => "cơ sở",
            Self::Collaborator => "cộng tác viên",
        }
    }

    /// The key of its name in the locale files.
    pub fn word(self) -> String {
        format!("category.{self}")
    }

    /// Whether a unit of this category may be directly below one of `parent`: federations only below
    /// federations, and no unit below one of a lower level.
    pub fn may_be_below(self, parent: Self) -> bool {
        match parent {
            Self::Federation => true,
            Self::Superior => {
                matches!(self, Self::Superior | Self::Grassroots | Self::Collaborator)
            }
            Self::Grassroots => matches!(self, Self::Grassroots | Self::Collaborator),
            Self::Office | Self::Collaborator => self == Self::Collaborator,
        }
    }

    /// Checks that a unit of this category may be below a unit of `parent`; `None` = a root.
    ///
    /// # Errors
    /// `unit_needs_parent` or `unit_parent_category` on `field`.
    pub fn check_parent(self, parent: Option<Self>, field: &'static str) -> Result<(), Invalid> {
        match parent {
            None if self == Self::Federation => Ok(()),
            None => Err(Invalid::new(field, "unit_needs_parent")),
            Some(parent) if self.may_be_below(parent) => Ok(()),
            Some(parent) => {
                let fault = Invalid::new(field, "unit_parent_category");
                Err(fault
                    .with_word("category", self.word())
                    .with_word("parent", parent.word()))
            }
        }
    }
}

/// A unit to be created.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnit {
    /// Short name for machines and files: `ba-tri`.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// What it is.
    pub category: Category,
    /// The unit above; none for a federation that is a root.
    pub parent_id: Option<UnitId>,
    /// Emulation cluster (cụm, khối thi đua).
    pub cluster: Option<String>,
    /// Its first day; absent: it always was.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub founded_on: Option<NaiveDate>,
    /// Mail address of the unit itself.
    pub mail: Option<String>,
}

/// A change of a unit; what is absent stays. An empty text removes cluster or mail address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UnitPatch {
    /// Its new name.
    pub name: Option<String>,
    /// Its new cluster; `null` removes it.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub cluster: Option<Option<String>>,
    /// Its new mail address; `null` removes it.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub mail: Option<Option<String>>,
    /// Its first day, corrected; `null`: it always was.
    #[serde(deserialize_with = "crate::domain::years::present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub founded_on: Option<Option<NaiveDate>>,
    /// Its last day, corrected; `null` takes the end back, and a merger with it.
    #[serde(deserialize_with = "crate::domain::years::present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub ended_on: Option<Option<NaiveDate>>,
    /// Why; required where a day is corrected, kept in the audit trail.
    pub reason: Option<String>,
}

/// A line of a file of units, every field as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of UnitFacts, as text")]
pub struct UnitText {
    pub code: String,
    pub name: String,
    pub category: String,
    pub cluster: String,
    pub founded_on: String,
    pub ended_on: String,
    pub mail: String,
}

/// The facts of a unit by itself, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFacts {
    /// Short name for machines.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// What it is.
    pub category: Category,
    /// Emulation cluster.
    pub cluster: Option<String>,
    /// First day.
    pub founded_on: Option<NaiveDate>,
    /// Last day.
    pub ended_on: Option<NaiveDate>,
    /// The day from which it owes, where an import names one.
    pub counts_from: Option<NaiveDate>,
    /// Mail address of the unit itself.
    pub mail: Option<EmailAddress>,
}

impl NewUnit {
    /// The facts, cleaned.
    pub fn facts(&self) -> Result<UnitFacts, Vec<Invalid>> {
        let text = UnitText {
            code: self.code.clone(),
            name: self.name.clone(),
            cluster: self.cluster.clone().unwrap_or_default(),
            mail: self.mail.clone().unwrap_or_default(),
            ..UnitText::default()
        };
        assemble(
            Vec::new(),
            &text,
            Some(self.category),
            self.founded_on,
            None,
        )
    }
}

impl UnitText {
    /// The facts, cleaned. Dates may be written `2026-07-01` or `01/07/2026`.
    pub fn facts(&self) -> Result<UnitFacts, Vec<Invalid>> {
        let mut faults = Vec::new();
        let category = Category::meant(&self.category);
        match category {
            Some(_) => {}
            None if text::clean(&self.category).is_empty() => {
                faults.push(Invalid::new("category", "required"));
            }
            None => {
                let fault =
                    Invalid::new("category", "unit_category").with("value", shown(&self.category));
                faults.push(fault.with_word("names", "unit.categories"));
            }
        }
        let founded_on = note(&mut faults, date("founded_on", &self.founded_on)).flatten();
        let ended_on = note(&mut faults, date("ended_on", &self.ended_on)).flatten();
        assemble(faults, self, category, founded_on, ended_on)
    }
}

impl UnitPatch {
    /// The patch with its texts cleaned.
    pub fn checked(self) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        let name = self.name.map(|name| text::name("name", &name));
        let cluster = self
            .cluster
            .map(|cluster| text::optional_name("cluster", cluster.as_deref()));
        let mail = self
            .mail
            .map(|mail| optional_mail(&mail.unwrap_or_default()));
        let reason = self
            .reason
            .as_deref()
            .map(|why| text::paragraph("reason", why));
        let checked = Self {
            founded_on: self.founded_on,
            ended_on: self.ended_on,
            reason: reason.and_then(|reason| note(&mut faults, reason)),
            name: name.and_then(|name| note(&mut faults, name)),
            cluster: cluster.and_then(|cluster| note(&mut faults, cluster)),
            mail: mail
                .and_then(|mail| note(&mut faults, mail))
                .map(|mail| mail.map(|mail| mail.to_string())),
        };
        if faults.is_empty() {
            Ok(checked)
        } else {
            Err(faults)
        }
    }
}

fn assemble(
    mut faults: Vec<Invalid>,
    text: &UnitText,
    category: Option<Category>,
    founded_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
) -> Result<UnitFacts, Vec<Invalid>> {
    let code = note(&mut faults, text::code("code", &text.code));
    let name = note(&mut faults, text::name("name", &text.name));
    let cluster = note(
        &mut faults,
        text::optional_name("cluster", Some(&text.cluster)),
    )
    .flatten();
    let mail = note(&mut faults, optional_mail(&text.mail)).flatten();
    if let (Some(founded), Some(ended)) = (founded_on, ended_on)
        && let Err(fault) = check_life(founded, ended)
    {
        faults.push(fault);
    }
    match (code, name, category) {
        (Some(code), Some(name), Some(category)) if faults.is_empty() => Ok(UnitFacts {
            code,
            name,
            category,
            cluster,
            founded_on,
            ended_on,
            counts_from: None,
            mail,
        }),
        _ => Err(faults),
    }
}

/// Checks that a unit does not end before its first day.
///
/// # Errors
/// `unit_ended_before_founded` on `ended_on`.
pub fn check_life(founded: NaiveDate, ended: NaiveDate) -> Result<(), Invalid> {
    if founded <= ended {
        return Ok(());
    }
    let fault = Invalid::new("ended_on", "unit_ended_before_founded");
    Err(fault
        .with("founded", founded.format("%d/%m/%Y"))
        .with("ended", ended.format("%d/%m/%Y")))
}

fn optional_mail(value: &str) -> Result<Option<EmailAddress>, Invalid> {
    if value.trim().is_empty() {
        Ok(None)
    } else {
        EmailAddress::parse("mail", value).map(Some)
    }
}

/// A date in a file, `2026-07-01` or as spreadsheets here write it, `01/07/2026`; empty = none.
fn date(field: &'static str, value: &str) -> Result<Option<NaiveDate>, Invalid> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    let formats = ["%Y-%m-%d", "%d/%m/%Y"];
    let read = formats
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(value, format).ok());
    let date = read.ok_or_else(|| Invalid::new(field, "date").with("value", shown(value)))?;
    years::check(field, date).map(Some)
}

/// A value as a fault shows it: short, without control characters.
fn shown(value: &str) -> String {
    value
        .chars()
        .take(60)
        .collect::<String>()
        .escape_debug()
        .to_string()
}

/// The value; its fault is collected with those of other fields.
pub(crate) fn note<T>(faults: &mut Vec<Invalid>, read: Result<T, Invalid>) -> Option<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}

/// Distinguishes `null` from absent.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// How names of units begin, and how a table writes it; the longer beginning is listed first.
const SHORT: [(&str, &str); 3] = [
    ("Liên đoàn Lao động", "LĐLĐ"),
    ("Công đoàn cơ sở", "CĐCS"),
    ("Công đoàn", "CĐ"),
];

/// A unit's name in tables: the beginning that all units share is shortened.
pub fn short_name(name: &str) -> String {
    let shortened = SHORT.iter().find_map(|(long, short)| {
        let rest = starts_with(name, long)?;
        let whole = rest.is_empty() || rest.starts_with(' ');
        whole.then(|| format!("{short}{rest}"))
    });
    shortened.unwrap_or_else(|| name.to_owned())
}

/// A unit's name with its beginning written out: the opposite of [`short_name`].
pub fn long_name(name: &str) -> String {
    let written = SHORT.iter().find_map(|(long, short)| {
        let rest = starts_with(name, short)?;
        let whole = rest.is_empty() || rest.starts_with(' ');
        whole.then(|| format!("{long}{rest}"))
    });
    written.unwrap_or_else(|| name.to_owned())
}

/// What follows a beginning, whatever its capitals are.
fn starts_with<'n>(name: &'n str, beginning: &str) -> Option<&'n str> {
    let mut rest = name.chars();
    for wanted in beginning.chars() {
        let same = rest.next()?.to_lowercase().eq(wanted.to_lowercase());
        same.then_some(())?;
    }
    Some(rest.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_is_meant_by_its_code_or_by_a_vietnamese_name() {
        for category in Category::ALL {
            for name in [
                category.as_str(),
                category.in_lists(),
                &say("vi", &category.word(), &[]),
                &say("en", &category.word(), &[]),
            ] {
                assert_eq!(Category::meant(name), Some(*category), "{name}");
            }
        }
        assert_eq!(Category::meant("CẤP TRÊN  cơ sở"), Some(Category::Superior));
        assert_eq!(Category::meant(""), None);
    }

    #[test]
    fn all_faults_of_a_line_are_told_at_once() {
        let text = UnitText {
            code: "Ba Tri".to_owned(),
            name: "a\u{7}b".to_owned(),
            category: "district".to_owned(),
            founded_on: "2026-02-30".to_owned(),
            ended_on: "soon".to_owned(),
            mail: "x".to_owned(),
            ..UnitText::default()
        };
        let faults = text.facts().unwrap_err();
        let told: Vec<String> = faults
            .iter()
            .map(|fault| format!("{} {}", fault.field, fault.code))
            .collect();
        let expected = [
            "category unit_category",
            "founded_on date",
            "ended_on date",
            "code code",
            "name control_characters",
            "mail mail",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn absent_and_null_are_told_apart_in_a_patch() {
        let patch: UnitPatch = serde_json::from_str(r#"{"mail": null}"#).unwrap();
        assert_eq!(
            patch,
            UnitPatch {
                mail: Some(None),
                ..UnitPatch::default()
            }
        );
        assert!(serde_json::from_str::<UnitPatch>(r#"{"code": "x"}"#).is_err());
    }

    #[test]
    fn only_federations_are_roots_and_nobody_stands_below_an_office_but_collaborators() {
        assert!(Category::Federation.check_parent(None, "parent_id").is_ok());
        assert_eq!(
            Category::Superior
                .check_parent(None, "parent_id")
                .unwrap_err()
                .code,
            "unit_needs_parent"
        );
        assert!(
            Category::Federation
                .check_parent(Some(Category::Superior), "parent_id")
                .is_err()
        );
        assert!(
            Category::Grassroots
                .check_parent(Some(Category::Office), "parent_id")
                .is_err()
        );
        assert!(
            Category::Collaborator
                .check_parent(Some(Category::Office), "parent_id")
                .is_ok()
        );
    }

    #[test]
    fn names_of_units_are_shortened_at_their_beginning() {
        for (name, short) in [
            ("Liên đoàn Lao động tỉnh Bến Tre", "LĐLĐ tỉnh Bến Tre"),
            ("Liên đoàn lao động huyện Ba Tri", "LĐLĐ huyện Ba Tri"),
            ("Công đoàn cơ sở Công ty May", "CĐCS Công ty May"),
            ("Công đoàn các Khu công nghiệp", "CĐ các Khu công nghiệp"),
            ("Công đoàn", "CĐ"),
            ("Công đoànviên", "Công đoànviên"),
            ("Ban Tuyên giáo", "Ban Tuyên giáo"),
        ] {
            assert_eq!(short_name(name), short);
        }
    }
}
