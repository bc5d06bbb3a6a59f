//! What a form leaves to the program: the title and the code of a rule, and the code of a unit that
//! is named by its name.

use super::manageable;
use super::overview::Vocabulary;
use super::read::with_rules;
use super::rules::NewRule;
use crate::domain::error::Invalid;
use crate::domain::ids::PlanId;
use crate::domain::rule::{RuleContent, Subject};
use crate::domain::text::{clean, code_of, fold};
use crate::service::{Error, Tx};
use crate::store::plans::PlanRow;
use crate::store::units;
use crate::store::views::units::{UnitQuery, list};

/// The language in which titles are written.
const LOCALE: &str = "vi";

/// How many units are compared with a name.
const NAMED: i64 = 200;

/// The rule with a title made of what it says, where it has none, a code made of the title, where it
/// has none, and its unit by code.
///
/// # Errors
/// `rule_unit_unclear` on `content.subject.code` for a name that is not that of one unit;
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn completed(tx: &mut Tx<'_>, id: PlanId, mut new: NewRule) -> Result<NewRule, Error> {
    let head = manageable(tx, id, None)?;
    if let Subject::Unit { code } = &mut new.content.subject {
        *code = unit_code(tx, code)?;
    }
    if clean(&new.content.title).is_empty() {
        new.content.title = title_of(tx, &head, &new.content)?;
    }
    if clean(&new.code).is_empty() {
        let plan = with_rules(tx.conn, head)?;
        let base = match code_of(&new.content.title) {
            base if base.is_empty() => "quy-tac".to_owned(),
            base => base,
        };
        let numbered = (2..).map(|n| format!("{base}-{n}"));
        let mut codes = std::iter::once(base.clone()).chain(numbered);
        let is_free = |code: &String| plan.rules.iter().all(|rule| rule.code != *code);
        new.code = codes.find(is_free).unwrap_or(base);
    }
    Ok(new)
}

/// A title for a rule of a plan, made of what it says.
///
/// # Errors
/// Those of the database.
pub fn title_of(tx: &mut Tx<'_>, plan: &PlanRow, content: &RuleContent) -> Result<String, Error> {
    let vocabulary = Vocabulary::read(tx, plan, std::iter::once(content))?;
    Ok(vocabulary.context(LOCALE).title(content))
}

/// The code of the unit with that code or name.
fn unit_code(tx: &mut Tx<'_>, named: &str) -> Result<String, Error> {
    let named = clean(named);
    if named.is_empty() {
        return Err(Invalid::new("content.subject.code", "required").into());
    }
    if let Some(unit) = units::find_by_code(tx.conn, &named)? {
        return Ok(unit.code);
    }
    let query = UnitQuery {
        search: Some(named.clone()),
        limit: NAMED,
        ..UnitQuery::default()
    };
    let mut found = list(tx.conn, &tx.scope(), &query)?;
    let wanted = fold(&named);
    if found.len() > 1 {
        found.retain(|unit| fold(&unit.name) == wanted);
    }
    match found.as_slice() {
        [only] => Ok(only.code.clone()),
        _ => {
            let fault = Invalid::new("content.subject.code", "rule_unit_unclear");
            Err(fault.with("value", named).into())
        }
    }
}
