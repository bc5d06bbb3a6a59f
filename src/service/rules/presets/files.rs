//! The files of the presets, shipped inside the program, and what they say once they are read and
//! put together.

use serde::Deserialize;

use crate::domain::policy::PolicyPatch;
use crate::domain::rule::{RuleContent, Subject};

const FILES: [(&str, &str); 5] = [
    (
        "thanh-hoa",
        include_str!("../../../../config/presets/thanh-hoa.json"),
    ),
    (
        "ben-tre",
        include_str!("../../../../config/presets/ben-tre.json"),
    ),
    (
        "lai-chau",
        include_str!("../../../../config/presets/lai-chau.json"),
    ),
    (
        "lao-cai",
        include_str!("../../../../config/presets/lao-cai.json"),
    ),
    ("demo", include_str!("../../../../config/presets/demo.json")),
];

/// In a file, the code of the unit that the preset is applied to.
const FEDERATION: &str = "federation";

/// A file as it is written: a preset of its own, or made of parts of others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    note: String,
    note_en: String,
    legal_basis: Option<String>,
    #[serde(default)]
    policy: PolicyPatch,
    #[serde(default)]
    plans: Vec<PresetPlan>,
    #[serde(default)]
    parts: Vec<Part>,
}

/// What a preset takes from another one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    preset: String,
    /// Its policy too.
    #[serde(default)]
    policy: bool,
    /// Codes of the rules that are taken; left out = all.
    rules: Option<Vec<String>>,
}

/// A plan of a preset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetPlan {
    /// Its code.
    pub code: String,
    /// Its title; `%{year}` stands for the year.
    pub title: String,
    /// Its rules.
    pub rules: Vec<PresetRule>,
}

/// A rule of a preset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetRule {
    /// Its code.
    pub code: String,
    /// What it says.
    pub content: RuleContent,
}

/// A preset, its parts put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: String,
    /// What has to be known about it.
    pub note: String,
    /// The same in English.
    pub note_en: String,
    /// What its policy rests on.
    pub legal_basis: Option<String>,
    /// What it sets.
    pub policy: PolicyPatch,
    /// What it asks for.
    pub plans: Vec<PresetPlan>,
}

/// All presets.
pub(crate) fn all() -> impl Iterator<Item = Preset> {
    FILES.iter().filter_map(|(code, _)| get(code))
}

/// Codes of all presets.
pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(code, _)| *code)
}

/// The preset with this code. That all of them read is tested before they ship.
pub(crate) fn get(code: &str) -> Option<Preset> {
    let (code, file) = read(code)?;
    let mut preset = Preset {
        code,
        name: file.name,
        note: file.note,
        note_en: file.note_en,
        legal_basis: file.legal_basis,
        policy: file.policy,
        plans: file.plans,
    };
    for part in file.parts {
        let (_, other) = read(&part.preset)?;
        if part.policy {
            preset.policy = preset.policy.overlaid(&other.policy);
            preset.legal_basis = preset.legal_basis.or(other.legal_basis);
        }
        let wanted = |rule: &PresetRule| {
            part.rules
                .as_ref()
                .is_none_or(|codes| codes.contains(&rule.code))
        };
        preset.plans.extend(other.plans.into_iter().map(|mut plan| {
            plan.rules.retain(wanted);
            plan
        }));
    }
    Some(preset)
}

fn read(code: &str) -> Option<(&'static str, File)> {
    let (code, text) = FILES.iter().find(|(name, _)| *name == code)?;
    Some((code, serde_json::from_str(text).ok()?))
}

impl PresetPlan {
    /// The plan for one year and unit: its title, and its rules by code.
    pub(crate) fn for_unit(&self, year: i32, unit_code: &str) -> (String, Vec<PresetRule>) {
        let rules = self.rules.iter().cloned().map(|mut rule| {
            if let Subject::Unit { code } = &mut rule.content.subject
                && code == FEDERATION
            {
                unit_code.clone_into(code);
            }
            rule
        });
        (
            self.title.replace("%{year}", &year.to_string()),
            rules.collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_reads_and_every_rule_is_without_fault() {
        for (code, text) in FILES {
            let file: File = serde_json::from_str(text).unwrap_or_else(|e| panic!("{code}: {e}"));
            for part in &file.parts {
                let other = get(&part.preset).unwrap();
                let known: Vec<_> = other
                    .plans
                    .iter()
                    .flat_map(|plan| &plan.rules)
                    .map(|rule| &rule.code)
                    .collect();
                assert!(
                    part.rules
                        .iter()
                        .flatten()
                        .all(|code| known.contains(&code)),
                    "{code}: {known:?}"
                );
            }
            let preset = get(code).unwrap();
            preset.policy.check().unwrap();
            assert!(!preset.plans.is_empty());
            for rule in preset.plans.into_iter().flat_map(|plan| plan.rules) {
                assert_eq!(
                    rule.content.clone().checked().unwrap(),
                    rule.content,
                    "{code} {}",
                    rule.code
                );
            }
        }
    }
}
