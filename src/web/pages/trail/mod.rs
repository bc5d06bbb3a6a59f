//! The audit trail: who did what when, and what changed, in words; and the same as a file.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the list |
//! | `file` | the list as a file |
//! | `words` | what changed, in words |

mod file;
pub mod words;

use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::day_range::DayRange;
use super::form::Field;
use super::layout::Layout;
use super::list::{Active, Choice, Query};
use super::routes;
use crate::domain::access::Units;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::trail::Entity;
use crate::service::accounts::trail::{self, TrailFilter, TrailView};
use crate::web::call::Reply;
use crate::web::error::Problem;

/// Lines of a page.
const ROWS: usize = 50;

/// So many changes of a line are shown at once; more are behind a press.
const FEW: usize = 2;

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    ai: String,
    nguoi: Option<PersonId>,
    dv: String,
    #[serde(rename = "don-vi")]
    don_vi: Option<UnitId>,
    loai: Option<Entity>,
    ma: String,
}

#[derive(Template)]
#[template(path = "trail/list.html")]
struct List {
    page: Layout,
    filter: Filter,
    days: DayRange,
    lines: Vec<TrailView>,
    kinds: Vec<Choice>,
    active: Vec<Active>,
    csv: String,
    xlsx: String,
    next: Option<String>,
}

impl Filter {
    fn of_list(&self, days: &DayRange) -> Result<TrailFilter, Problem> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (from, to) = days.instants()?;
        Ok(TrailFilter {
            from,
            to,
            actor: some(&self.ai),
            person_id: self.nguoi,
            units: Units::of(self.don_vi, self.don_vi.is_some())?,
            unit_search: some(&self.dv),
            entity: self.loai,
            request_id: some(&self.ma),
            ..TrailFilter::default()
        })
    }

    fn kind(&self) -> &'static str {
        self.loai.map_or("", Entity::as_str)
    }

    fn active(&self, page: &Layout, query: &Query) -> Vec<Active> {
        let mut all = Vec::new();
        let mut add = |name: &str, words: Option<String>| {
            all.extend(words.map(|words| query.active(name, "", words)));
        };
        let quoted =
            |text: &str| Some(format!("\u{201c}{text}\u{201d}")).filter(|_| !text.is_empty());
        add("ai", quoted(&self.ai));
        add(
            "nguoi",
            self.nguoi.map(|_| page.say("pages.trail.one_person")),
        );
        add("dv", quoted(&self.dv));
        add(
            "don-vi",
            self.don_vi.map(|_| page.say("pages.trail.one_unit")),
        );
        add(
            "loai",
            self.loai
                .map(|kind| words::kind(page.locale(), kind.as_str())),
        );
        add("ma", quoted(&self.ma));
        all
    }
}

/// The fields of the filter that can be mistyped.
const FIELDS: &[Field] = &[
    Field::new("tu", "pages.mails.from", &["tu"]),
    Field::new("den", "pages.mails.to", &["den"]),
];

pub(super) async fn list(call: PageCall) -> Reply {
    let query = call.query()?;
    let (filter, days): (Filter, _) = (query.read()?, DayRange::of(&query));
    let (page, asked) = call.filtered(filter.of_list(&days), FIELDS)?;
    let asked = TrailFilter {
        before: query.get("trang").parse().ok(),
        ..asked
    };
    let limit = ROWS as i64 + 1;
    let mut lines = call.read(move |tx| trail::views(tx, &asked, limit)).await?;
    let has_more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let last = lines.last().filter(|_| has_more);
    let next = last.map(|line| query.page(&line.row.id.to_string()));
    page.wide().show(|page| List {
        kinds: std::iter::once(Choice::new("", page.say("pages.trail.all_kinds")))
            .chain(
                Entity::ALL
                    .iter()
                    .map(|kind| Choice::new(kind, words::kind(page.locale(), kind.as_str()))),
            )
            .collect(),
        active: [filter.active(&page, &query), days.active(&page, &query)].concat(),
        csv: query.at(routes::TRAIL_CSV),
        xlsx: query.at(routes::TRAIL_XLSX),
        page,
        filter,
        days,
        lines,
        next,
    })
}

/// Where the thing is that a line is about; nothing where it has no page.
fn thing(line: &TrailView) -> Option<String> {
    let id = &line.row.entity_id;
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let entity: Entity = line.row.entity.parse().ok()?;
    let page = match entity {
        Entity::Person => routes::PERSON,
        Entity::Unit => routes::UNIT,
        Entity::Item => routes::ITEM,
        Entity::Event => routes::EVENT,
        Entity::Obligation => routes::ONE_WORK,
        Entity::Account => routes::ONE_ACCOUNT,
        Entity::Mail => routes::OUTBOX_MAIL,
        Entity::Job => return Some(routes::of(routes::JOB, id)),
        _ => return None,
    };
    is_number.then(|| routes::of(page, id))
}
