//! Units by their code or name, as files name them.

use std::collections::HashMap;

use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text::fold;
use crate::domain::unit::{long_name, short_name};
use crate::service::{Error, Tx};
use crate::store::views::units::{UnitQuery, UnitView, list};

use super::reading::shown;

/// Names that may differ in so many letters are suggested.
const NEAR: usize = 3;

/// For so many different names a near one is looked for.
const SUGGESTED: usize = 500;

/// So many codes are named where several units have one name.
const NAMED: usize = 5;

/// The units that the actor sees.
pub(super) struct UnitNames {
    units: Vec<UnitView>,
    by_code: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
    /// What was suggested for a name that nobody has: files repeat their mistakes.
    suggested: HashMap<String, Option<usize>>,
}

impl UnitNames {
    /// Reads them.
    pub(super) fn read(tx: &mut Tx<'_>) -> Result<Self, Error> {
        let scope = tx.scope();
        let query = UnitQuery {
            limit: i64::MAX,
            ..UnitQuery::default()
        };
        let units = list(tx.conn, &scope, &query)?;
        let mut names = Self {
            by_code: HashMap::new(),
            by_name: HashMap::new(),
            suggested: HashMap::new(),
            units,
        };
        for (at, unit) in names.units.iter().enumerate() {
            names.by_code.insert(fold(&unit.code), at);
            names.by_name.entry(key(&unit.name)).or_default().push(at);
        }
        Ok(names)
    }

    /// The unit that a cell names by its code, or by its name in full or shortened. Of several with
    /// one name, the one that has not ended.
    ///
    /// # Errors
    /// `required`, `import_unit_many`, `import_unit_near` or `import_unit_unknown` on `field`.
    pub(super) fn find(&mut self, text: &str, field: &'static str) -> Result<UnitId, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new(field, "required"));
        }
        let own = key(text);
        let named = self
            .by_name
            .get(&own)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut found: Vec<&UnitView> = named.iter().filter_map(|at| self.units.get(*at)).collect();
        if let Some(unit) = self
            .by_code
            .get(&fold(text))
            .and_then(|at| self.units.get(*at))
        {
            return Ok(unit.id);
        }
        if found.iter().any(|unit| unit.ended_on.is_none()) {
            found.retain(|unit| unit.ended_on.is_none());
        }
        match found.as_slice() {
            [one] => Ok(one.id),
            [] => Err(self.unknown(text, &own, field)),
            many => {
                let codes = many.iter().take(NAMED).map(|unit| unit.code.as_str());
                let codes: Vec<&str> = codes.collect();
                let fault = Invalid::new(field, "import_unit_many").with("value", shown(text));
                Err(fault.with("codes", codes.join(", ")))
            }
        }
    }

    /// The same with its code and its name.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub(super) fn named(
        &mut self,
        text: &str,
        field: &'static str,
    ) -> Result<(UnitId, String, String), Invalid> {
        let id = self.find(text, field)?;
        let unit = self.units.iter().find(|unit| unit.id == id);
        let named = unit.map(|unit| (id, unit.code.clone(), unit.name.clone()));
        Ok(named.unwrap_or((id, String::new(), String::new())))
    }

    fn unknown(&mut self, text: &str, own: &str, field: &'static str) -> Invalid {
        let near = match self.suggested.get(own) {
            Some(known) => *known,
            // each name is compared with all units
            None if self.suggested.len() >= SUGGESTED => None,
            None => {
                let near = self.nearest(own);
                self.suggested.insert(own.to_owned(), near);
                near
            }
        };
        match near.and_then(|at| self.units.get(at)) {
            Some(unit) => Invalid::new(field, "import_unit_near")
                .with("value", shown(text))
                .with("name", &unit.name)
                .with("code", &unit.code),
            None => Invalid::new(field, "import_unit_unknown").with("value", shown(text)),
        }
    }

    fn nearest(&self, own: &str) -> Option<usize> {
        let far = |(at, unit): (usize, &UnitView)| {
            let by_name = distance(own, &key(&unit.name));
            Some((by_name.min(distance(own, &fold(&unit.code))), at))
        };
        let all = self.units.iter().enumerate().filter_map(far);
        let (far, at) = all.min()?;
        (far <= NEAR.min(own.chars().count() / 3)).then_some(at)
    }
}

/// A name as it is compared: written out, without diacritics and case.
fn key(name: &str) -> String {
    fold(&short_name(&long_name(name)))
}

/// In how many letters two texts differ (Levenshtein); more than [`NEAR`] is not counted further.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > NEAR {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut before = at;
        let mut left = at + 1;
        let mut next = vec![left];
        for (theirs, above) in other.iter().zip(row.iter().skip(1)) {
            let same = usize::from(letter != theirs);
            left = (before + same).min(above + 1).min(left + 1);
            before = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_differ_in_letters() {
        for (one, other, far) in [
            ("ba tri", "ba tri", 0),
            ("ba tri", "ba try", 1),
            ("giong trom", "giong chom", 2),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), far, "{one} {other}");
            assert_eq!(distance(other, one), far, "{other} {one}");
        }
        assert_eq!(distance("a", "abcdef"), usize::MAX);
    }

    #[test]
    fn a_name_is_the_same_in_full_and_shortened() {
        assert_eq!(
            key("LĐLĐ huyện Ba Tri"),
            key("Liên đoàn Lao động huyện Ba Tri")
        );
    }
}
