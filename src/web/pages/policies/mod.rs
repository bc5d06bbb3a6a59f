//! Policies: what holds for a unit and who set it, and changing one field from a date on.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the policy of a unit |
//! | `change` | changing a field: the form, what would be sent, saving it |
//! | `value` | values of fields as they are typed |
//! | `words` | fields and steps in words; the page of a unit and the ladders use them too |

pub(super) mod change;
mod value;
pub(super) mod words;

use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::layout::{Layout, Said};
use super::list::Choice;
use super::routes;
use super::typed as dates;
use crate::domain::ids::UnitId;
use crate::domain::policy::Policy;
use crate::domain::text::local_date;
use crate::service::rules::policies::{self, EffectiveField, PolicyNames, PolicySheet};
use crate::store::policies::PolicyRow;
use crate::web::call::Reply;
use crate::web::error::Problem;

/// What the page is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    don_vi: Option<UnitId>,
    ngay: String,
}

#[derive(Template)]
#[template(path = "policies/sheet.html")]
struct Sheet {
    page: Layout,
    sheet: PolicySheet,
    units: Vec<Choice>,
}

pub(super) async fn show(call: PageCall) -> Reply {
    let sheet = read(&call).await?;
    call.layout().wide().show(|page| Sheet {
        units: units(&sheet),
        sheet,
        page,
    })
}

/// The sheet that an address asks for: of a unit, on a day.
pub(super) async fn read(call: &PageCall) -> Result<PolicySheet, Problem> {
    let asked: Asked = call.query()?.read()?;
    let date = match asked.ngay.is_empty() {
        true => local_date(call.now()),
        false => dates::date("ngay", &asked.ngay).map_err(Problem::from)?,
    };
    let sheet = call.read(move |tx| policies::sheet(tx, asked.don_vi, date));
    Ok(sheet.await?)
}

/// The units that can be chosen: those with policies of their own, and the one that is shown.
pub(super) fn units(sheet: &PolicySheet) -> Vec<Choice> {
    let mut all: Vec<Choice> = sheet
        .units
        .iter()
        .map(|unit| Choice::new(unit.id, unit.name.clone()))
        .collect();
    if !sheet.units.iter().any(|unit| unit.id == sheet.unit.id) {
        all.insert(0, Choice::new(sheet.unit.id, sheet.unit.name.clone()));
    }
    all
}

/// A field that a unit set, or inherits again.
struct OwnField {
    /// What it is called, or that it is inherited again.
    label: String,
    /// What it was set to.
    value: Option<Said>,
}

/// What a unit set from a date on, field by field, in words.
fn set_by(page: &Layout, names: &PolicyNames, row: &PolicyRow) -> Vec<OwnField> {
    let patch = &row.patch.0;
    let values = serde_json::to_value(patch).unwrap_or_default();
    let set = patch.fields().into_iter().map(|name| {
        let value = values.get(name).cloned().unwrap_or_default();
        OwnField {
            label: words::name(page, name),
            value: Some(words::value(page, names, name, &value)),
        }
    });
    let inherited = patch.inherited.iter().map(|name| OwnField {
        label: {
            let name = words::name(page, name);
            page.say_with("pages.policies.inherited_again", "field", name)
        },
        value: None,
    });
    set.chain(inherited).collect()
}

/// Where the calendar is that a field names.
fn calendar_address(field: &EffectiveField) -> String {
    routes::calendar(field.value.as_str().unwrap_or_default())
}

/// The value that a field has where nobody set it, if it has another one.
fn other_default(page: &Layout, names: &PolicyNames, field: &EffectiveField) -> Option<Said> {
    let all = serde_json::to_value(Policy::default()).unwrap_or_default();
    let value = all.get(field.name).cloned().unwrap_or_default();
    // that all ladders are those of the defaults is what the page of the ladders says
    let differs = value != field.value && !value.is_object();
    differs.then(|| words::value(page, names, field.name, &value))
}
