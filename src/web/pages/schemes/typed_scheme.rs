//! What the form of a scheme sends: fields of criteria and bands are numbered, `tc-0-ten`, `m-0-tu`.

use crate::domain::error::Invalid;
use crate::domain::obligation::ObligationKind;
use crate::domain::score::{Band, Condition, Criterion, Measure, Points, Scheme, Select};
use crate::domain::text::{clean, code_of};
use crate::domain::unit::note;
use crate::service::scores::{PutScheme, SchemeView};
use crate::web::pages::format;
use crate::web::pages::typed;

/// Fields as they were sent.
pub type Pairs = Vec<(String, String)>;

/// A criterion as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TypedCriterion {
    pub code: String,
    pub name: String,
    pub group: String,
    pub measure: String,
    pub points: String,
    pub target: String,
    pub kinds: Vec<String>,
    pub deadlines: Vec<String>,
    pub periods: Vec<String>,
    pub rules: String,
    pub is_dropped: bool,
}

/// A band as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TypedBand {
    pub code: String,
    pub name: String,
    pub from: String,
    /// Kinds of which no quota may be missed.
    pub kinds: Vec<String>,
    /// The condition that the band had, as it is stored.
    pub condition: String,
    pub is_dropped: bool,
}

/// A scheme as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TypedScheme {
    pub title: String,
    pub number: String,
    pub date: String,
    pub bonus_cap: String,
    pub penalty_cap: String,
    pub criteria: Vec<TypedCriterion>,
    pub bands: Vec<TypedBand>,
    /// Whether it is only to be tried.
    pub tries: bool,
}

/// Which criteria and bands of the form a scheme was made of, by their numbers.
#[derive(Debug, Clone, Default)]
pub struct Places {
    pub criteria: Vec<usize>,
    pub bands: Vec<usize>,
}

impl TypedScheme {
    /// The form as it shows a scheme.
    pub fn of(scheme: &Scheme, locale: &str) -> Self {
        let points = |points: Points| points.to_text(locale);
        let criterion = |one: &Criterion| TypedCriterion {
            code: one.code.clone(),
            name: one.name.clone(),
            group: one.group.clone().unwrap_or_default(),
            measure: one.measure.as_str().to_owned(),
            points: points(one.points),
            target: (one.target_percent).map_or_else(String::new, |target| target.to_string()),
            kinds: one.select.item_kinds.clone(),
            deadlines: words(one.select.deadlines.iter().map(|one| one.as_str())),
            periods: words(one.select.periods.iter().map(|one| one.as_str())),
            rules: one.select.rules.join(", "),
            is_dropped: false,
        };
        let band = |band: &Band| {
            let condition = band.conditions.first();
            TypedBand {
                code: band.code.clone(),
                name: band.name.clone(),
                from: points(band.from),
                kinds: condition.map_or_else(Vec::new, |one| one.no_missed.item_kinds.clone()),
                condition: condition
                    .and_then(|one| serde_json::to_string(one).ok())
                    .unwrap_or_default(),
                is_dropped: false,
            }
        };
        Self {
            title: scheme.title.clone(),
            bonus_cap: points(scheme.bonus_cap),
            penalty_cap: points(scheme.penalty_cap),
            criteria: scheme.criteria.iter().map(criterion).collect(),
            bands: scheme.bands.iter().map(band).collect(),
            ..Self::default()
        }
    }

    /// The form as it shows a scheme that is stored, with its document.
    pub fn of_view(view: &SchemeView, locale: &str) -> Self {
        Self {
            number: view.document_number.clone(),
            date: view.document_date.map(format::date).unwrap_or_default(),
            ..Self::of(&view.scheme, locale)
        }
    }

    /// What was sent.
    pub fn of_pairs(pairs: &Pairs) -> Self {
        let criterion = |at: usize| {
            let fields = Numbered(pairs, format!("tc-{at}-"));
            TypedCriterion {
                code: fields.one("ma"),
                name: fields.one("ten"),
                group: fields.one("nhom"),
                measure: fields.one("cach"),
                points: fields.one("diem"),
                target: fields.one("muc_tieu"),
                kinds: fields.all("loai"),
                deadlines: fields.all("viec"),
                periods: fields.all("ky"),
                rules: fields.one("quy_tac"),
                is_dropped: !fields.one("bo").is_empty(),
            }
        };
        let band = |at: usize| {
            let fields = Numbered(pairs, format!("m-{at}-"));
            TypedBand {
                code: fields.one("ma"),
                name: fields.one("ten"),
                from: fields.one("tu"),
                kinds: fields.all("loai"),
                condition: fields.one("dieu_kien"),
                is_dropped: !fields.one("bo").is_empty(),
            }
        };
        let fields = Numbered(pairs, String::new());
        Self {
            title: fields.one("ten"),
            number: fields.one("so"),
            date: fields.one("ngay"),
            bonus_cap: fields.one("tran_thuong"),
            penalty_cap: fields.one("tran_tru"),
            criteria: (0..count(pairs, "tc-")).map(criterion).collect(),
            bands: (0..count(pairs, "m-")).map(band).collect(),
            tries: !fields.one("xem").is_empty(),
        }
    }

    /// The scheme that was typed, and what its parts were made of; or what is wrong, by the fields of
    /// the form.
    pub fn scheme(&self) -> Result<(PutScheme, Places), Vec<Invalid>> {
        let (mut faults, mut places) = (Vec::new(), Places::default());
        let mut criteria = Vec::new();
        for (at, one) in self.criteria.iter().enumerate() {
            if !one.is_left_out() {
                places.criteria.push(at);
                criteria.push(one.criterion(at, &mut faults));
            }
        }
        let mut bands = Vec::new();
        for (at, one) in self.bands.iter().enumerate() {
            if !one.is_left_out() {
                places.bands.push(at);
                bands.push(one.band(at, &mut faults));
            }
        }
        give_codes(criteria.iter_mut().map(|one| (&one.name, &mut one.code)));
        give_codes(bands.iter_mut().map(|one| (&one.name, &mut one.code)));
        let document_date = note(
            &mut faults,
            typed::optional_date("document_date", &self.date),
        );
        let scheme = Scheme {
            title: self.title.clone(),
            bonus_cap: cap("tran_thuong", &self.bonus_cap, &mut faults),
            penalty_cap: cap("tran_tru", &self.penalty_cap, &mut faults),
            criteria,
            bands,
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        let put = PutScheme {
            preset: None,
            scheme: Some(scheme),
            document_number: self.number.clone(),
            document_date: document_date.flatten(),
        };
        Ok((put, places))
    }

    /// What the maxima of the base criteria add up to, as far as they can be read.
    pub fn base(&self) -> Points {
        let counted = self.criteria.iter().filter(|one| !one.is_left_out());
        let base = counted.filter(|one| one.measure().is_base());
        base.filter_map(|one| Points::typed(one.points.trim()))
            .sum()
    }
}

impl TypedCriterion {
    fn is_left_out(&self) -> bool {
        self.is_dropped || (self.name.trim().is_empty() && self.points.trim().is_empty())
    }

    fn measure(&self) -> Measure {
        self.measure.parse().unwrap_or(Measure::QuotaMet)
    }

    fn criterion(&self, at: usize, faults: &mut Vec<Invalid>) -> Criterion {
        let measure = self.measure();
        // of another measure the domain refuses it
        let target = (!self.target.trim().is_empty()).then(|| {
            let shown: String = self.target.chars().take(40).collect();
            self.target.trim().parse().unwrap_or_else(|_| {
                let field = format!("tc-{at}-muc_tieu");
                faults.push(Invalid::new(field, "typed_number").with("value", shown));
                1
            })
        });
        Criterion {
            code: self.code.clone(),
            name: self.name.clone(),
            group: Some(self.group.clone()).filter(|group| !group.trim().is_empty()),
            measure,
            points: points(format!("tc-{at}-diem"), &self.points, faults),
            select: self.select(measure),
            target_percent: target,
        }
    }

    /// What it looks at; lists that the measure does not use are left out.
    fn select(&self, measure: Measure) -> Select {
        let kinds = self.kinds.clone();
        match measure {
            Measure::Manual => Select::default(),
            measure if measure.is_of_items() => Select {
                item_kinds: kinds,
                ..Select::default()
            },
            _ => Select {
                rules: (self.rules.split([',', ' ']))
                    .map(clean)
                    .filter(|code| !code.is_empty())
                    .collect(),
                item_kinds: kinds,
                periods: self
                    .periods
                    .iter()
                    .filter_map(|one| one.parse().ok())
                    .collect(),
                deadlines: (self.deadlines.iter())
                    .filter_map(|one| one.parse().ok())
                    .collect(),
            },
        }
    }
}

impl TypedBand {
    fn is_left_out(&self) -> bool {
        self.is_dropped || (self.name.trim().is_empty() && self.from.trim().is_empty())
    }

    fn band(&self, at: usize, faults: &mut Vec<Invalid>) -> Band {
        Band {
            code: self.code.clone(),
            name: self.name.clone(),
            from: points(format!("m-{at}-tu"), &self.from, faults),
            conditions: self.condition().into_iter().collect(),
        }
    }

    /// The condition: that no quota of these kinds was missed, or the one that the band had, where it
    /// names no kinds.
    fn condition(&self) -> Option<Condition> {
        let had: Option<Condition> = serde_json::from_str(&self.condition).ok();
        if self.kinds.is_empty() {
            return had.filter(|had| had.no_missed.item_kinds.is_empty());
        }
        let before = had.map_or_else(
            || Select {
                deadlines: vec![ObligationKind::Quota],
                ..Select::default()
            },
            |had| had.no_missed,
        );
        Some(Condition {
            no_missed: Select {
                item_kinds: self.kinds.clone(),
                ..before
            },
        })
    }
}

/// The fields whose names begin so.
struct Numbered<'p>(&'p Pairs, String);

impl Numbered<'_> {
    fn all(&self, name: &str) -> Vec<String> {
        let Self(pairs, before) = self;
        let wanted = |sent: &&(String, String)| sent.0.strip_prefix(before.as_str()) == Some(name);
        pairs
            .iter()
            .filter(wanted)
            .map(|(_, value)| value.clone())
            .collect()
    }

    fn one(&self, name: &str) -> String {
        self.all(name).into_iter().next().unwrap_or_default()
    }
}

/// More than any scheme has; keeps a request from asking for the impossible.
const MOST: usize = 60;

/// How many things are numbered with this prefix.
fn count(pairs: &Pairs, prefix: &str) -> usize {
    let number = |name: &str| -> Option<usize> {
        let (number, _) = name.strip_prefix(prefix)?.split_once('-')?;
        number.parse().ok()
    };
    let highest = pairs.iter().filter_map(|(name, _)| number(name)).max();
    highest.map_or(0, |highest| (highest + 1).min(MOST))
}

fn words<'w>(all: impl Iterator<Item = &'w str>) -> Vec<String> {
    all.map(str::to_owned).collect()
}

fn points(field: String, text: &str, faults: &mut Vec<Invalid>) -> Points {
    let text = clean(text);
    Points::typed(&text).unwrap_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        faults.push(match text.is_empty() {
            true => Invalid::new(field, "required"),
            false => Invalid::new(field, "typed_points").with("value", shown),
        });
        Points::ZERO
    })
}

fn cap(field: &'static str, text: &str, faults: &mut Vec<Invalid>) -> Points {
    match text.trim().is_empty() {
        true => Points::ZERO,
        false => points(field.to_owned(), text, faults),
    }
}

/// Gives a code made of its name to everything that has none.
fn give_codes<'c>(all: impl Iterator<Item = (&'c String, &'c mut String)>) {
    let mut all: Vec<(&String, &mut String)> = all.collect();
    let mut taken: Vec<String> = all.iter().map(|(_, code)| (**code).clone()).collect();
    for (name, code) in &mut all {
        if code.is_empty() {
            let base = match code_of(name) {
                base if base.is_empty() => "tieu-chi".to_owned(),
                base => base,
            };
            let numbered = (2..).map(|n| format!("{base}-{n}"));
            let mut codes = std::iter::once(base.clone()).chain(numbered);
            let free = codes.find(|code| !taken.contains(code)).unwrap_or(base);
            taken.push(free.clone());
            **code = free;
        }
    }
}
