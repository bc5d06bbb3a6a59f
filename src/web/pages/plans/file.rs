//! The rules of a plan as a file for spreadsheets.

use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::ids::PlanId;
use crate::domain::words::say;
use crate::service::reports::Cell;
use crate::service::rules::plans;
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
        let asked: Self = query.read()?;
        match asked.ke_hoach {
            Some(_) => Ok(asked),
            None => Err(Invalid::new("ke_hoach", "required").into()),
        }
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
