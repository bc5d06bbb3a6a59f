//! The tabs of a unit: each reads what it shows, and nothing of the others.

use serde::Deserialize;

use crate::domain::access::Units;
use crate::domain::period::PeriodKind;
use crate::domain::score::UnitYear;
use crate::domain::text::local_date;
use crate::service::obligations::standings::ObligationView;
use crate::service::overview::{self, Reminded};
use crate::service::rules::policies::{self, EffectivePolicy};
use crate::service::scores::{self, ScoreForecast, UnitScore};
use crate::service::submissions::items::{self, Item};
use crate::service::{Error, Rows, Tx};
use crate::store::views::items::{self as view_items, ItemFilter, Slice};
use crate::store::views::people::{self, PeopleQuery, PersonView};

/// A tab.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Tab {
    /// What it owes and owed.
    #[default]
    Viec,
    /// Its items.
    TinBai,
    /// Its score.
    Diem,
    /// Its people.
    Nguoi,
    /// The policy that holds for it.
    ChinhSach,
    /// Its reminders.
    Nhac,
}

/// Items that are listed.
const ITEMS: i64 = 100;

/// What a tab shows.
pub(super) enum Shown {
    Work(Rows<ObligationView>),
    Items(Rows<Item>),
    /// The score and its forecast; none where there is no scheme or the reader may not see it.
    Score(Option<Box<(UnitScore, ScoreForecast)>>),
    People(Rows<PersonView>),
    Policy(EffectivePolicy),
    Reminders(Rows<Reminded>),
}

impl Tab {
    pub(super) const ALL: [Self; 6] = [
        Self::Viec,
        Self::TinBai,
        Self::Diem,
        Self::Nguoi,
        Self::ChinhSach,
        Self::Nhac,
    ];

    /// Its word in addresses and in the keys of its name.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Viec => "viec",
            Self::TinBai => "tin-bai",
            Self::Diem => "diem",
            Self::Nguoi => "nguoi",
            Self::ChinhSach => "chinh-sach",
            Self::Nhac => "nhac",
        }
    }

    pub(super) fn read(
        self,
        tx: &mut Tx<'_>,
        of: UnitYear,
        column: Option<(PeriodKind, usize)>,
        locale: &str,
    ) -> Result<Shown, Error> {
        Ok(match self {
            Self::Viec => Shown::Work(overview::work(tx, of, column, locale)?),
            Self::TinBai => {
                let filter = ItemFilter {
                    unit_id: Some(of.unit_id),
                    ..ItemFilter::default()
                };
                let scope = tx.scope();
                let rows = items::list(tx.conn, &scope, &filter, &Slice::newest(None, ITEMS))?;
                let count = || view_items::count(tx.conn, &scope, &filter);
                Shown::Items(Rows::of(rows, ITEMS, count)?)
            }
            Self::Diem => Shown::Score(score(tx, of, locale)?),
            Self::Nguoi => {
                let query = PeopleQuery {
                    units: Some(Units {
                        unit_id: of.unit_id,
                        below: false,
                    }),
                    active_on: Some(local_date(tx.now)),
                    ..PeopleQuery::default()
                };
                let scope = tx.scope();
                let rows = people::list(tx.conn, &scope, &query)?;
                let count = || people::count(tx.conn, &scope, &query);
                Shown::People(Rows::of(rows, query.limit, count)?)
            }
            Self::ChinhSach => {
                let today = local_date(tx.now);
                Shown::Policy(policies::effective(tx, of.unit_id, today)?)
            }
            Self::Nhac => Shown::Reminders(match overview::reminded(tx, of.unit_id, locale) {
                // who does not see the unit's people sees no recipients
                Err(Error::NotFound { .. }) => Rows::default(),
                lines => lines?,
            }),
        })
    }
}

/// The score of the unit, where the reader may see it.
fn score(
    tx: &mut Tx<'_>,
    of: UnitYear,
    locale: &str,
) -> Result<Option<Box<(UnitScore, ScoreForecast)>>, Error> {
    let score = match scores::unit_score(tx, of, None, locale) {
        Err(Error::NotFound { .. } | Error::Invalid(_)) => return Ok(None),
        score => score?,
    };
    let forecast = scores::forecast(tx, of, locale)?;
    Ok(Some(Box::new((score, forecast))))
}
