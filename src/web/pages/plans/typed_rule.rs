//! What the form of a rule sends, and the rule that it means.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::period::PeriodKind;
use crate::domain::rule::{CountScope, RuleContent, RuleKind, Subject};
use crate::domain::text::{clean, local};
use crate::domain::unit::note;
use crate::service::rules::plans::NewRule;
use crate::web::pages::form::Field;
use crate::web::pages::{format, typed};

/// The labels of the form.
pub(super) const FIELDS: &[Field] = &[
    Field::new("don_vi", "pages.rule.unit", &["content.subject.code"]),
    Field::new("loai", "pages.rule.kinds", &["kinds"]),
    Field::new("so", "pages.rule.minimum", &["minimum"]),
    Field::new("den", "pages.rule.maximum", &["maximum"]),
    Field::new("ky", "pages.rule.period", &["period"]),
    Field::new("han_ngay", "pages.rule.due_date", &["due_at"]),
    Field::new("han_gio", "pages.rule.due_time", &[]),
    Field::new("tu_ngay", "pages.rule.valid_from", &["valid_from"]),
    Field::new("den_ngay", "pages.rule.valid_to", &["valid_to"]),
    Field::new("hieu_luc", "pages.rule.effective_from", &["effective_from"]),
    Field::new("ten", "pages.rule.title", &["title"]),
    Field::new("ma", "pages.rule.code", &["code"]),
];

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TypedRule {
    /// The kind of rule.
    pub kieu: String,
    /// Who owes it: units of categories, one unit, people.
    pub ai: String,
    /// The categories of units.
    pub loai_don_vi: Vec<String>,
    /// One unit by its code or name.
    pub don_vi: String,
    /// The role of people.
    pub vai_tro: String,
    /// The categories of the units of people.
    pub loai_nguoi: Vec<String>,
    /// The kinds of item.
    pub loai: Vec<String>,
    /// How many at least.
    pub so: String,
    /// How many count at most.
    pub den: String,
    /// The length of a period.
    pub ky: String,
    /// When something with a fixed date is due.
    pub han_ngay: String,
    /// At what time of that day.
    pub han_gio: String,
    /// Only items in the person's field.
    pub linh_vuc: String,
    /// Items of the units below as well.
    pub pham_vi: String,
    /// The first day of the rule.
    pub tu_ngay: String,
    /// Its last day.
    pub den_ngay: String,
    /// In a plan in force: from when the change holds.
    pub hieu_luc: String,
    /// Its title.
    pub ten: String,
    /// Its code.
    pub ma: String,
    /// The button that only shows who would owe what.
    xem: String,
}

/// The kinds of rule by their words in addresses.
const KINDS: [(&str, RuleKind); 3] = [
    ("chi-tieu", RuleKind::Quota),
    ("bao-cao", RuleKind::Report),
    ("mot-lan", RuleKind::FixedDate),
];

impl TypedRule {
    /// An empty form for a kind of rule.
    pub fn of_kind(kind: &str) -> Self {
        let known = KINDS.iter().find(|(word, _)| *word == kind);
        Self {
            kieu: known.map_or("chi-tieu", |(word, _)| word).to_owned(),
            ai: "loai".to_owned(),
            ky: PeriodKind::Month.as_str().to_owned(),
            so: "1".to_owned(),
            ..Self::default()
        }
    }

    /// The form as it shows a rule.
    pub fn of(content: &RuleContent) -> Self {
        let kind = KINDS.iter().find(|(_, kind)| *kind == content.kind);
        let due = content.due_at.map(local);
        let date = |date: Option<NaiveDate>| date.map(format::date).unwrap_or_default();
        let mut form = Self {
            kieu: kind.map_or("", |(word, _)| word).to_owned(),
            loai: content.kinds.clone(),
            so: content.minimum.to_string(),
            den: content.maximum.map(|n| n.to_string()).unwrap_or_default(),
            ky: content.period.map_or("", PeriodKind::as_str).to_owned(),
            han_ngay: date(due.map(|due| due.date_naive())),
            han_gio: due.map_or_else(String::new, |due| due.format("%H:%M").to_string()),
            linh_vuc: flag(content.own_field),
            pham_vi: flag(content.scope == CountScope::Subtree),
            tu_ngay: date(content.valid_from),
            den_ngay: date(content.valid_to),
            ten: content.title.clone(),
            ..Self::default()
        };
        form.owes(&content.subject);
        form
    }

    fn owes(&mut self, subject: &Subject) {
        let words = |all: &[crate::domain::unit::Category]| {
            all.iter().map(|one| one.as_str().to_owned()).collect()
        };
        let ai = match subject {
            Subject::Units { categories } => {
                self.loai_don_vi = words(categories);
                "loai"
            }
            Subject::Unit { code } => {
                self.don_vi.clone_from(code);
                "don-vi"
            }
            Subject::Persons { role, categories } => {
                self.vai_tro = role.map_or("", |role| role.as_str()).to_owned();
                self.loai_nguoi = words(categories);
                "ca-nhan"
            }
        };
        ai.clone_into(&mut self.ai);
    }

    /// The kind of rule that the form is for.
    pub fn kind(&self) -> RuleKind {
        let known = KINDS.iter().find(|(word, _)| *word == self.kieu);
        known.map_or(RuleKind::Quota, |(_, kind)| *kind)
    }

    /// Whether the form is for the kind with this word.
    pub fn is_kind(&self, word: &str) -> bool {
        self.kieu == word
    }

    /// Whether the rule is not to be saved yet.
    pub fn only_tries(&self) -> bool {
        !self.xem.is_empty()
    }

    /// Whether a field below "advanced" says something.
    pub fn is_advanced(&self) -> bool {
        let texts = [
            &self.den,
            &self.linh_vuc,
            &self.pham_vi,
            &self.tu_ngay,
            &self.den_ngay,
            &self.hieu_luc,
            &self.ma,
        ];
        texts.iter().any(|text| !text.is_empty())
    }

    /// The rule that was typed.
    pub fn rule(&self) -> Result<NewRule, Vec<Invalid>> {
        let mut faults = Vec::new();
        let kind = self.kind();
        let is_fixed = kind == RuleKind::FixedDate;
        let due_at = match is_fixed {
            true => self.due_at(&mut faults),
            false => None,
        };
        let is_personal = self.ai == "ca-nhan";
        let content = RuleContent {
            title: self.ten.clone(),
            kind,
            subject: self.subject(),
            kinds: self.loai.clone(),
            own_field: is_personal && !self.linh_vuc.is_empty(),
            scope: match is_personal || self.pham_vi.is_empty() {
                true => CountScope::Own,
                false => CountScope::Subtree,
            },
            period: self.ky.parse().ok().filter(|_| !is_fixed),
            due_at,
            minimum: note(&mut faults, number("content.minimum", &self.so)).unwrap_or(1),
            maximum: optional(&self.den, |text| {
                note(&mut faults, number("content.maximum", text))
            }),
            valid_from: optional(&self.tu_ngay, |text| {
                note(&mut faults, typed::date("valid_from", text))
            }),
            valid_to: optional(&self.den_ngay, |text| {
                note(&mut faults, typed::date("valid_to", text))
            }),
        };
        let effective_from = optional(&self.hieu_luc, |text| {
            note(&mut faults, typed::date("effective_from", text))
        });
        let new = NewRule {
            code: self.ma.clone(),
            content,
            effective_from,
        };
        if faults.is_empty() {
            Ok(new)
        } else {
            Err(faults)
        }
    }

    fn due_at(&self, faults: &mut Vec<Invalid>) -> Option<chrono::DateTime<chrono::Utc>> {
        let typed = typed::instant(("han_ngay", &self.han_ngay), ("han_gio", &self.han_gio));
        match typed {
            Ok(due) => Some(due),
            Err(found) => {
                faults.extend(found);
                None
            }
        }
    }

    fn subject(&self) -> Subject {
        fn known<T: std::str::FromStr>(words: &[String]) -> Vec<T> {
            words.iter().filter_map(|word| word.parse().ok()).collect()
        }
        match self.ai.as_str() {
            "don-vi" => Subject::Unit {
                code: self.don_vi.clone(),
            },
            "ca-nhan" => Subject::Persons {
                role: self.vai_tro.parse().ok(),
                categories: known(&self.loai_nguoi),
            },
            _ => Subject::Units {
                categories: known(&self.loai_don_vi),
            },
        }
    }
}

fn flag(is: bool) -> String {
    if is { "1" } else { "" }.to_owned()
}

/// What a field that may be left out says.
fn optional<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    match clean(text) {
        text if text.is_empty() => None,
        text => read(&text),
    }
}

/// A whole number.
fn number(field: &'static str, text: &str) -> Result<u32, Invalid> {
    let text = clean(text);
    if text.is_empty() {
        return Err(Invalid::new(field, "required"));
    }
    let shown: String = text.chars().take(40).collect();
    text.parse()
        .map_err(|_| Invalid::new(field, "typed_number").with("value", shown))
}
