//! The list of items: filters, search, order, and the same as a file for spreadsheets.

use actix_web::HttpRequest;
use askama::Template;
use serde::Deserialize;

use crate::domain::access::Role;
use crate::domain::ids::{EventId, UnitId};
use crate::domain::item::ItemState;
use crate::domain::saved_view::SavedList;
use crate::service::accounts::saved_views;
use crate::service::submissions::items::{self, Shown};
use crate::store::views::items::{Behind, ItemFilter, ItemOrder, Slice};
use crate::web::call::{Call, Reply};
use crate::web::error::Problem;
use crate::web::export::{self, Wanted};
use crate::web::page::cursor_of;
use crate::web::pages::call::PageCall;
use crate::web::pages::day_range::DayRange;
use crate::web::pages::form::Field;
use crate::web::pages::layout::Layout;
use crate::web::pages::list::{Active, Choice, Column, Pager, Query, ROWS};
use crate::web::pages::saved::Bar;
use crate::web::pages::{places, routes};

/// The columns by which the list can be ordered.
const COLUMNS: &[(&str, &str)] = &[
    ("gui", "pages.item.submitted_at"),
    ("ten", "pages.submit.title_field"),
    ("den", "pages.item.arrived_at"),
];

/// What was handed in last comes first.
const DEFAULT_ORDER: &str = "-gui";

/// The filters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Filter {
    q: String,
    tt: Option<ItemState>,
    loai: Option<String>,
    #[serde(rename = "don-vi")]
    don_vi: Option<UnitId>,
    #[serde(rename = "su-kien")]
    su_kien: Option<EventId>,
}

#[derive(Template)]
#[template(path = "items/list.html")]
struct List {
    page: Layout,
    shown: Shown,
    columns: Vec<Column>,
    active: Vec<Active>,
    saved: Bar,
    pager: Pager,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    filter: Filter,
    days: DayRange,
    csv: String,
    xlsx: String,
    may_submit: bool,
    /// Whether the reader sees their own items only.
    own: bool,
}

impl Filter {
    /// As the list reads it.
    fn of_list(&self, days: &DayRange) -> Result<ItemFilter, Problem> {
        let (arrived_from, arrived_before) = days.instants()?;
        Ok(ItemFilter {
            unit_id: self.don_vi,
            event_id: self.su_kien,
            kind: self.loai.clone(),
            state: self.tt,
            search: Some(self.q.clone()).filter(|part| !part.is_empty()),
            arrived_from,
            arrived_before,
            ..ItemFilter::default()
        })
    }

    fn is_state(&self, choice: &Choice) -> bool {
        choice.is(self.tt.map_or("", ItemState::as_str))
    }

    fn is_kind(&self, choice: &Choice) -> bool {
        choice.is(self.loai.as_deref().unwrap_or_default())
    }

    /// The filters that are active, with the way to take each away.
    fn active(&self, page: &Layout, query: &Query, shown: &Shown) -> Vec<Active> {
        let mut all = Vec::new();
        let mut add = |name: &str, words: Option<String>| {
            let is_theirs = matches!(name, "q" | "loai" | "don-vi");
            let active = words.map(|words| query.active(name, "", words));
            all.extend(active.map(|one| if is_theirs { one.theirs() } else { one }));
        };
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        add("q", some(&self.q).map(|q| format!("\u{201c}{q}\u{201d}")));
        add(
            "tt",
            self.tt.map(|state| page.say(format!("item.state.{state}"))),
        );
        let kind = self
            .loai
            .as_ref()
            .map(|code| shown.kind_name(code).to_owned());
        add("loai", kind);
        let unit = shown.items.first().map(|item| page.short(&item.unit.name));
        let unnamed = || page.say("pages.items.of_unit");
        add("don-vi", self.don_vi.map(|_| unit.unwrap_or_else(unnamed)));
        add(
            "su-kien",
            self.su_kien.map(|_| page.say("pages.items.of_event")),
        );
        all
    }
}

/// The part of the list that an address asks for.
fn slice(query: &Query, after: Option<Behind>, limit: usize) -> Slice {
    let (column, from_end) = query.order(COLUMNS);
    let order = match column {
        "ten" => ItemOrder::Title,
        "den" => ItemOrder::Arrived,
        _ => ItemOrder::Submitted,
    };
    Slice {
        order,
        from_end,
        after,
        limit: i64::try_from(limit).unwrap_or_default(),
    }
}

/// The fields of the filter that can be mistyped.
const FIELDS: &[Field] = &[
    Field::new("tu", "pages.items.arrived_from", &["tu"]),
    Field::new("den", "pages.items.arrived_to", &["den"]),
];

pub(in crate::web::pages) async fn show(call: PageCall) -> Reply {
    let asked = call.query()?;
    let query = asked.clone().ordered(DEFAULT_ORDER);
    let (filter, days): (Filter, _) = (query.read()?, DayRange::of(&query));
    let (page, of_list) = call.filtered(filter.of_list(&days), FIELDS)?;
    let part = slice(&query, query.after(), ROWS);
    let (shown, views) = call
        .read(move |tx| {
            let views = saved_views::list(tx, Some(SavedList::Items))?;
            Ok((items::shown(tx, &of_list, &part)?, views))
        })
        .await?;
    let page = page.wide();
    let pager = pager(&query, &shown)?;
    let mut states = vec![Choice::new("", page.say("pages.items.all_states"))];
    let word = |state: &ItemState| Choice::new(state, page.say(format!("item.state.{state}")));
    states.extend(ItemState::ALL.iter().map(word));
    let mut kinds = vec![Choice::new("", page.say("pages.items.all_kinds"))];
    kinds.extend(
        shown
            .kinds
            .iter()
            .map(|kind| Choice::theirs(&kind.code, &kind.name)),
    );
    page.show(|page| List {
        saved: Bar::new(SavedList::Items, &asked, views),
        active: [
            filter.active(&page, &query, &shown),
            days.active(&page, &query),
        ]
        .concat(),
        columns: query.columns(COLUMNS),
        pager,
        csv: query.at(routes::ITEMS_CSV),
        xlsx: query.at(routes::ITEMS_XLSX),
        may_submit: holds(&call, &[Role::Leader, Role::Contributor]),
        own: holds(&call, &[Role::Contributor]) && !holds(&call, SEE_OTHERS),
        states,
        kinds,
        filter,
        days,
        shown,
        page,
    })
}

fn pager(query: &Query, shown: &Shown) -> Result<Pager, Problem> {
    let number = |n: i64| usize::try_from(n).unwrap_or_default();
    let stands = (number(shown.before), shown.items.len(), number(shown.total));
    let next = shown.next.as_ref().map(cursor_of).transpose()?;
    Ok(query.pager(stands, next.as_deref()))
}

/// Roles that see what others hand in.
const SEE_OTHERS: &[Role] = &[
    Role::Department,
    Role::Editor,
    Role::Leader,
    Role::Viewer,
    Role::Admin,
];

/// Whether the reader holds one of these roles.
fn holds(call: &PageCall, wanted: &[Role]) -> bool {
    let roles = call.session().map(|signed| places::roles_of(&signed.actor));
    roles.is_some_and(|roles| roles.iter().any(|role| wanted.contains(role)))
}

/// What the list shows, in its order, for spreadsheets.
pub(in crate::web::pages) async fn file(call: Call, req: HttpRequest) -> Reply {
    let query = Query::of(&req)?.ordered(DEFAULT_ORDER);
    let filter: Filter = query.read()?;
    let (of_list, locale) = (filter.of_list(&DayRange::of(&query))?, call.lang().locale());
    export::send(call, Wanted::of("tin-bai", &req), move |tx, after| {
        let part = slice(&query, after, FILE_ROWS);
        items::file_part(tx, &of_list, &part, locale)
    })
    .await
}

/// Rows of a part of the file.
const FILE_ROWS: usize = 500;
