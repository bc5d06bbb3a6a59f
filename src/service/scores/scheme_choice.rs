//! A scheme that a caller chose: a preset, or written out and checked.

use std::collections::HashSet;

use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::score::{KindNames, Scheme, Select, presets};
use crate::service::scores::scheme_views::kind_names;
use crate::service::{Error, Tx};
use crate::store::scores::inputs::known_rules;

/// A scheme to try or to save: a preset by its code, or written out; exactly one of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemeChoice {
    /// Code of a preset: `national`, `simple`.
    pub preset: Option<String>,
    /// The scheme itself.
    pub scheme: Option<Scheme>,
}

/// The scheme that was chosen, checked; the kinds and rules that it names exist.
pub(crate) fn chosen_scheme(tx: &mut Tx<'_>, choice: &SchemeChoice) -> Result<Scheme, Error> {
    let within = |faults: Vec<Invalid>| {
        let faults = faults.into_iter().map(|fault| fault.within("scheme"));
        Error::Invalid(faults.collect())
    };
    let scheme = scheme_of(choice)?.checked().map_err(within)?;
    let kinds = kind_names(tx.conn)?;
    let selects = selects(&scheme);
    let codes: Vec<&str> = selects
        .iter()
        .flat_map(|(_, select)| &select.rules)
        .map(String::as_str)
        .collect();
    let rules = known_rules(tx.conn, &codes)?;
    let faults = unknown_codes(&selects, &kinds, &rules);
    if faults.is_empty() {
        Ok(scheme)
    } else {
        Err(within(faults))
    }
}

fn scheme_of(choice: &SchemeChoice) -> Result<Scheme, Error> {
    match (&choice.preset, &choice.scheme) {
        (Some(code), None) => presets::get(code).ok_or_else(|| {
            Invalid::new("preset", "preset_unknown")
                .with("value", code.escape_debug())
                .with("names", presets::codes().collect::<Vec<_>>().join(", "))
                .into()
        }),
        (None, Some(scheme)) => Ok(scheme.clone()),
        _ => Err(Invalid::new("scheme", "score_scheme_choice").into()),
    }
}

/// Every selection in a scheme, with the field that it is in.
fn selects(scheme: &Scheme) -> Vec<(String, &Select)> {
    let criteria = scheme.criteria.iter().enumerate();
    let of_criteria =
        criteria.map(|(place, one)| (format!("criteria[{place}].select"), &one.select));
    let bands = scheme.bands.iter().enumerate();
    let of_bands = bands.flat_map(|(place, band)| {
        let field = format!("bands[{place}].conditions.no_missed");
        let conditions = band.conditions.iter();
        conditions.map(move |condition| (field.clone(), &condition.no_missed))
    });
    of_criteria.chain(of_bands).collect()
}

fn unknown_codes(
    selects: &[(String, &Select)],
    kinds: &KindNames,
    rules: &HashSet<String>,
) -> Vec<Invalid> {
    let mut faults = Vec::new();
    for (field, select) in selects {
        let kinds = select
            .item_kinds
            .iter()
            .filter(|kind| !kinds.contains_key(*kind))
            .map(|kind| ("item_kinds", kind));
        let rules = select
            .rules
            .iter()
            .filter(|rule| !rules.contains(*rule))
            .map(|rule| ("rules", rule));
        faults.extend(kinds.chain(rules).map(|(list, code)| {
            let fault = Invalid::new(list, "not_found").with("value", code);
            fault.within(field)
        }));
    }
    faults
}
