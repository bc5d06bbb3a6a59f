//! What is wrong with a scheme, before anybody is scored by it. Whether kinds and rules exist is
//! the service's to ask.

use std::collections::BTreeSet;

use super::scheme::Part;
use super::{Band, Criterion, Measure, Points, Scheme, Select};
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::note;

/// Base and bonus cap together never exceed this.
const TOTAL_MAX: Points = Points::whole(105);
/// What the maxima of the base criteria may add up to.
const BASES: [Points; 2] = [Points::whole(95), Points::whole(100)];
/// More than any directive lists; keeps a request from asking for the impossible.
const LIST_MAX: usize = 50;

impl Scheme {
    /// The scheme with its texts cleaned.
    pub fn checked(mut self) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        self.title = note(&mut faults, text::name("title", &self.title)).unwrap_or_default();
        for (place, criterion) in self.criteria.iter_mut().enumerate() {
            let field = format!("criteria[{place}]");
            faults.extend(
                criterion
                    .clean()
                    .into_iter()
                    .map(|fault| fault.within(&field)),
            );
        }
        for (place, band) in self.bands.iter_mut().enumerate() {
            let field = format!("bands[{place}]");
            faults.extend(band.clean().into_iter().map(|fault| fault.within(&field)));
        }
        self.check_totals(&mut faults);
        self.check_bands(&mut faults);
        for (field, length) in [
            ("criteria", self.criteria.len()),
            ("bands", self.bands.len()),
        ] {
            if length > LIST_MAX {
                faults.push(Invalid::new(field, "score_list_too_long").with("max", LIST_MAX));
            }
        }
        faults.extend(twice(
            "criteria",
            self.criteria.iter().map(|one| one.code.as_str()),
        ));
        faults.extend(twice(
            "bands",
            self.bands.iter().map(|band| band.code.as_str()),
        ));
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(faults)
        }
    }

    fn check_totals(&self, faults: &mut Vec<Invalid>) {
        let base = self.base();
        if !BASES.contains(&base) {
            faults.push(Invalid::new("criteria", "score_base").with("value", base));
        }
        let parts = [
            ("bonus_cap", self.bonus_cap, Part::Bonus),
            ("penalty_cap", self.penalty_cap, Part::Penalty),
        ];
        for (field, cap, part) in parts {
            let used = self.criteria.iter().any(|one| one.measure.part() == part);
            if cap < Points::ZERO || cap > Points::whole(100) {
                faults.push(out_of_range(field, cap, Points::ZERO, Points::whole(100)));
            } else if used != (cap > Points::ZERO) {
                faults.push(Invalid::new(
                    field,
                    if used {
                        "score_cap_missing"
                    } else {
                        "score_cap_unused"
                    },
                ));
            }
        }
        if base + self.bonus_cap > TOTAL_MAX {
            faults.push(
                Invalid::new("bonus_cap", "score_total_max")
                    .with("value", base + self.bonus_cap)
                    .with("max", TOTAL_MAX),
            );
        }
    }

    /// From the top, without gap or overlap: limits fall, and the last band takes everything.
    fn check_bands(&self, faults: &mut Vec<Invalid>) {
        for (place, pair) in self.bands.windows(2).enumerate() {
            let [upper, lower] = pair else { continue };
            // two bands may share a limit where the upper one asks for more
            if lower.from > upper.from || (lower.from == upper.from && upper.conditions.is_empty())
            {
                let field = format!("bands[{}].from", place + 1);
                faults.push(
                    Invalid::new(field, "score_bands_overlap")
                        .with("value", lower.from)
                        .with("above", upper.from),
                );
            }
        }
        if !self
            .bands
            .last()
            .is_some_and(|last| last.from == Points::ZERO && last.conditions.is_empty())
        {
            faults.push(Invalid::new("bands", "score_bands_gap"));
        }
    }
}

impl Criterion {
    fn clean(&mut self) -> Vec<Invalid> {
        let mut faults = Vec::new();
        self.code = note(&mut faults, text::code("code", &self.code)).unwrap_or_default();
        self.name = note(&mut faults, text::name("name", &self.name)).unwrap_or_default();
        self.group = note(
            &mut faults,
            text::optional_name("group", self.group.as_deref()),
        )
        .flatten();
        if self.points <= Points::ZERO || self.points > Points::whole(100) {
            faults.push(out_of_range(
                "points",
                self.points,
                Points::hundredths(1),
                Points::whole(100),
            ));
        }
        match (self.measure, self.target_percent) {
            (Measure::Depth, None) => faults.push(Invalid::new("target_percent", "required")),
            (Measure::Depth, Some(1..=100)) => {}
            (Measure::Depth, Some(target)) => {
                let fault = Invalid::new("target_percent", "number_range").with("value", target);
                faults.push(fault.with("from", 1).with("to", 100));
            }
            (_, Some(_)) => faults.push(Invalid::new("target_percent", "score_target_unused")),
            (_, None) => {}
        }
        let of_items = Select {
            item_kinds: self.select.item_kinds.clone(),
            ..Select::default()
        };
        let fits = match self.measure {
            Measure::Manual => self.select.is_all(),
            measure => !measure.is_of_items() || self.select == of_items,
        };
        if !fits {
            faults.push(Invalid::new("select", "score_select_unused"));
        }
        faults.extend(
            self.select
                .faults()
                .into_iter()
                .map(|fault| fault.within("select")),
        );
        faults
    }
}

impl Band {
    fn clean(&mut self) -> Vec<Invalid> {
        let mut faults = Vec::new();
        self.code = note(&mut faults, text::code("code", &self.code)).unwrap_or_default();
        self.name = note(&mut faults, text::name("name", &self.name)).unwrap_or_default();
        if self.from < Points::ZERO || self.from > TOTAL_MAX {
            faults.push(out_of_range("from", self.from, Points::ZERO, TOTAL_MAX));
        }
        for condition in &self.conditions {
            faults.extend(
                condition
                    .no_missed
                    .faults()
                    .into_iter()
                    .map(|fault| fault.within("conditions.no_missed")),
            );
        }
        faults
    }
}

impl Select {
    fn faults(&self) -> Vec<Invalid> {
        let mut faults = Vec::new();
        for (field, codes) in [("rules", &self.rules), ("item_kinds", &self.item_kinds)] {
            faults.extend(
                codes
                    .iter()
                    .filter_map(|code| text::code(field, code).err()),
            );
            if codes.len() > LIST_MAX {
                faults.push(Invalid::new(field, "score_list_too_long").with("max", LIST_MAX));
            }
        }
        faults
    }
}

fn twice<'a>(field: &'static str, codes: impl Iterator<Item = &'a str>) -> Option<Invalid> {
    let mut seen = BTreeSet::new();
    let again = codes
        .filter(|code| !code.is_empty())
        .find(|code| !seen.insert(*code))?;
    Some(Invalid::new(field, "duplicate").with("value", again))
}

fn out_of_range(field: &'static str, value: Points, from: Points, to: Points) -> Invalid {
    Invalid::new(field, "number_range")
        .with("value", value)
        .with("from", from)
        .with("to", to)
}
