//! The rules of a plan and its targets as files for spreadsheets.

use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::ids::PlanId;
use crate::domain::words::say;
use crate::service::reports::Cell;
use crate::service::rules::{kinds, plans};
use crate::service::{Error, Tx};
use crate::web::error::Problem;
use crate::web::pages::list::Query;
use crate::web::pages::list_file::{ListFile, Rows};

/// The plan that the address names.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct RulesOf {
    ke_hoach: Option<PlanId>,
}

impl ListFile for RulesOf {
    const NAME: &'static str = "quy-tac";
    const TITLE: &'static str = "pages.file.rules";
    const COLUMNS: &'static [&'static str] = &[
        "pages.file.code",
        "pages.file.who",
        "pages.file.rule",
        "pages.file.since",
        "pages.people.state",
    ];
    /// The rules of a plan are whole.
    type Behind = ();

    fn asked(query: &Query) -> Result<Self, Problem> {
        asked(query)
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        _behind: Option<()>,
        locale: &'static str,
    ) -> Result<Rows<()>, Error> {
        let id = self.ke_hoach.ok_or(Error::not_found("plan"))?;
        let plan = plans::overview(tx, id, locale)?;
        let removed = say(locale, "pages.file.removed", &[]);
        let mut rows = Vec::new();
        for (rule, words) in plan.plan.rules.iter().zip(&plan.words) {
            for version in &words.versions {
                rows.push(vec![
                    rule.code.as_str().into(),
                    words.who.as_str().into(),
                    version.sentence.as_str().into(),
                    version.effective_from.into(),
                    Cell::of(rule.removed.then(|| removed.clone())),
                ]);
            }
        }
        Ok((rows, None))
    }
}

/// The targets of a plan, as `tinbai import targets` reads them.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::pages) struct TargetsOf(RulesOf);

impl ListFile for TargetsOf {
    const NAME: &'static str = "chi-tieu";
    const TITLE: &'static str = "pages.file.targets";
    const COLUMNS: &'static [&'static str] = &[
        "pages.file.unit_code",
        "pages.file.who",
        "pages.file.kind",
        "pages.file.period",
        "pages.file.minimum",
        "pages.file.maximum",
        "pages.file.year",
        "pages.file.plan",
    ];
    /// The targets of a plan are whole.
    type Behind = ();

    fn asked(query: &Query) -> Result<Self, Problem> {
        Ok(Self(asked(query)?))
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        _behind: Option<()>,
        locale: &'static str,
    ) -> Result<Rows<()>, Error> {
        let id = self.0.ke_hoach.ok_or(Error::not_found("plan"))?;
        let plan = plans::overview(tx, id, locale)?;
        let kinds = kinds::list(tx)?;
        let head = &plan.plan.head;
        let mut rows = Vec::new();
        for (rule, words) in plan.plan.rules.iter().zip(&plan.words) {
            let content = &rule.newest()?.content.0;
            let Some((unit, code, period)) = content.target().filter(|_| !rule.removed) else {
                continue;
            };
            let kind = kinds.iter().find(|kind| kind.code == code);
            let each = format!("rule.each.{}", period.as_str());
            rows.push(vec![
                unit.into(),
                words.who.as_str().into(),
                kind.map_or(code, |kind| kind.name.as_str()).into(),
                say(locale, &each, &[]).into(),
                i64::from(content.minimum).into(),
                Cell::of(content.maximum.map(i64::from)),
                head.year.into(),
                head.code.as_str().into(),
            ]);
        }
        Ok((rows, None))
    }
}

/// Reads the address, which has to name a plan.
fn asked(query: &Query) -> Result<RulesOf, Problem> {
    let asked: RulesOf = query.read()?;
    match asked.ke_hoach {
        Some(_) => Ok(asked),
        None => Err(Invalid::new("ke_hoach", "required").into()),
    }
}
