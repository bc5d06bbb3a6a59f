//! People: the list, and the page of one.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the list |
//! | `file` | the list as a file |
//! | `one` | one person: posts and roles, account, what they owe |
//! | `form` | entering and changing a person |
//! | `relocate` | moving a person to another unit |
//! | `leave` | recording the last day, and who takes over |
//! | `roles` | granting and revoking roles beside the post |

mod file;
pub(super) mod form;
pub(super) mod leave;
pub(super) mod one;
pub(super) mod relocate;
pub(super) mod roles;

use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::call::PageCall;
use super::error::PageError;
use super::layout::Layout;
use super::list::{Active, Choice, Files, Pager, Query, ROWS};
use super::routes;
use crate::domain::access::{Role, Units};
use crate::domain::account::HasAccount;
use crate::domain::error::Invalid;
use crate::domain::grant::may_grant;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::person::{InService, Position};
use crate::domain::text::local_date;
use crate::service::Error;
use crate::service::accounts::AccountView;
use crate::service::overview::{self, PeopleList, PersonLine, PersonRecord};
use crate::store::views::people::{PeopleQuery, PersonView};
use crate::store::views::roles::RoleView;
use crate::web::call::Reply;
use crate::web::error::Problem;

/// The value that shows people whether in service or not.
const ALL: &str = "all";

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    q: String,
    dv: String,
    #[serde(rename = "don-vi")]
    don_vi: Option<UnitId>,
    #[serde(rename = "vai-tro")]
    vai_tro: Option<Role>,
    #[serde(rename = "cong-tac")]
    cong_tac: String,
    #[serde(rename = "tai-khoan")]
    tai_khoan: Option<HasAccount>,
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct List {
    page: Layout,
    found: PeopleList,
    filter: Filter,
    roles: Vec<Choice>,
    services: Vec<Choice>,
    accounts: Vec<Choice>,
    active: Vec<Active>,
    pager: Pager,
    files: Files,
}

impl Filter {
    /// Whether they are in service; those who are, unless somebody asks otherwise.
    fn service(&self) -> Option<InService> {
        match self.cong_tac.as_str() {
            ALL => None,
            other => Some(other.parse().unwrap_or(InService::Serving)),
        }
    }

    fn units(&self) -> Result<Option<Units>, Invalid> {
        Units::of(self.don_vi, false)
    }

    /// The list from its first row, as of a day.
    fn query(&self, on: NaiveDate) -> Result<PeopleQuery, Invalid> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(PeopleQuery {
            units: self.units()?,
            role: self.vai_tro,
            service: self.service().map(|service| (service, on)),
            account: self.tai_khoan,
            search: some(&self.q),
            unit_search: some(&self.dv),
            ..PeopleQuery::default()
        })
    }

    fn role(&self) -> &'static str {
        self.vai_tro.map_or("", Role::as_str)
    }

    fn account(&self) -> &'static str {
        self.tai_khoan.map_or("", HasAccount::as_str)
    }

    fn active(&self, page: &Layout, query: &Query, found: &PeopleList) -> Vec<Active> {
        let mut all = Vec::new();
        let mut add = |name: &str, words: Option<String>| {
            all.extend(words.map(|words| query.active(name, "", words)));
        };
        let some =
            |text: &str| Some(format!("\u{201c}{text}\u{201d}")).filter(|_| !text.is_empty());
        add("q", some(&self.q));
        add("dv", some(&self.dv));
        let first = found.people.first();
        let unit = first.map(|line| page.short(&line.person.unit_name));
        let unnamed = || page.say("pages.items.of_unit");
        add("don-vi", self.don_vi.map(|_| unit.unwrap_or_else(unnamed)));
        add("vai-tro", self.vai_tro.map(|role| role_name(page, &role)));
        let service = match self.service() {
            Some(InService::Serving) => None,
            Some(service) => Some(page.say(format!("pages.people.service.{service}"))),
            None => Some(page.say("pages.people.service.all")),
        };
        add("cong-tac", service);
        let account = |has: HasAccount| page.say(format!("pages.people.has.{has}"));
        add("tai-khoan", self.tai_khoan.map(account));
        all
    }
}

pub(super) async fn list(call: PageCall) -> Reply {
    let query = call.query()?;
    let filter: Filter = query.read()?;
    let before = query.rows_before();
    let of_list = filter.query(local_date(call.now()));
    let asked = PeopleQuery {
        skip: i64::try_from(before).unwrap_or_default(),
        limit: ROWS as i64,
        ..of_list.map_err(Problem::from)?
    };
    let found = call.read(move |tx| overview::people(tx, &asked)).await?;
    let total = usize::try_from(found.total).unwrap_or_default();
    let end = before + found.people.len();
    let next = (end < total).then(|| end.to_string());
    call.layout().wide().show(|page| List {
        pager: query.pager((before, found.people.len(), total), next.as_deref()),
        active: filter.active(&page, &query, &found),
        files: query.files(routes::PEOPLE_XLSX, routes::PEOPLE_CSV),
        roles: choices(&page, "pages.people.all_roles", Role::ALL, role_name),
        services: services(&page),
        accounts: choices(
            &page,
            "pages.people.any_account",
            HasAccount::ALL,
            |page, has| page.say(format!("pages.people.has.{has}")),
        ),
        page,
        found,
        filter,
    })
}

/// A choice that filters nothing, then each of these.
pub(super) fn choices<T: ToString>(
    page: &Layout,
    all: &str,
    each: &[T],
    words: impl Fn(&Layout, &T) -> String,
) -> Vec<Choice> {
    let none = Choice::new("", page.say(all));
    let each = each
        .iter()
        .map(|one| Choice::new(one.to_string(), words(page, one)));
    std::iter::once(none).chain(each).collect()
}

/// Those in service are shown without a choice.
fn services(page: &Layout) -> Vec<Choice> {
    let name = |service: InService| page.say(format!("pages.people.service.{service}"));
    vec![
        Choice::new("", name(InService::Serving)),
        Choice::new(InService::Coming, name(InService::Coming)),
        Choice::new(InService::Left, name(InService::Left)),
        Choice::new(ALL, page.say("pages.people.service.all")),
    ]
}

/// What a role is called.
pub(super) fn role_name(page: &Layout, role: &Role) -> String {
    page.say(format!("pages.units.role_name.{role}"))
}

/// What somebody may do by the post, and what they are there.
fn post(page: &Layout, person: &PersonView) -> String {
    let role = person.role.map(|role| role_name(page, &role));
    let position = person
        .position
        .map(|position| page.say(format!("pages.people.position.{}", *position)));
    let both: Vec<String> = role.into_iter().chain(position).collect();
    both.join(", ")
}

/// From when to when; open ends are left out.
pub(super) fn days(page: &Layout, from: &Option<NaiveDate>, to: &Option<NaiveDate>) -> String {
    match (from, to) {
        (None, None) => String::new(),
        (Some(from), None) => page.say_with("pages.people.from", "from", page.date(from)),
        (None, Some(to)) => page.say_with("pages.people.to", "to", page.date(to)),
        (Some(from), Some(to)) => page.say_two(
            "pages.people.from_to",
            ("from", page.date(from)),
            ("to", page.date(to)),
        ),
    }
}

/// From when to when a role is held.
fn role_days(page: &Layout, role: &RoleView) -> String {
    days(page, &Some(role.valid_from), &role.valid_to)
}

/// The state of an account in words.
pub(super) fn account_words(page: &Layout, account: &Option<AccountView>) -> String {
    let account = account.as_ref();
    account.map_or_else(
        || page.say("pages.people.has.none"),
        |account| words_of(page, account),
    )
}

/// The state of an account that there is, in words.
pub(super) fn words_of(page: &Layout, account: &AccountView) -> String {
    let words = page.say(format!("pages.people.standing.{}", account.standing));
    match account.undelivered {
        Some(_) => format!("{words}; {}", page.say("pages.people.unreachable")),
        None => words,
    }
}

/// The account of a line in words; nothing where the reader may not know it.
fn account(page: &Layout, line: &PersonLine) -> String {
    let account = line.account.as_ref();
    account.map_or_else(String::new, |account| account_words(page, account))
}

/// A person whom the reader may change.
///
/// # Errors
/// 403 for others.
async fn to_change(call: &PageCall, id: PersonId) -> Result<PersonRecord, PageError> {
    let locale = call.locale();
    call.read(move |tx| {
        let record = overview::person(tx, id, locale)?;
        match record.may.change {
            true => Ok(record),
            false => Err(Error::Forbidden),
        }
    })
    .await
}

/// The page below that of the person.
fn below(page: Layout, person: &PersonView) -> Layout {
    let people = page.say("pages.people.title");
    page.below(people, routes::PEOPLE)
        .below_named(person.name.clone(), routes::person(person.id))
}

/// The roles that the reader may grant somewhere.
fn roles_of_posts(call: &PageCall, page: &Layout, none: &str) -> Vec<Choice> {
    let grants = call.session().map(|signed| signed.actor.grants.as_slice());
    let grants = grants.unwrap_or_default();
    let may = |role: &Role| grants.iter().any(|grant| may_grant(grant.role, *role));
    let roles: Vec<Role> = Role::ALL.iter().copied().filter(may).collect();
    choices(page, none, &roles, role_name)
}

/// What somebody can be in a unit.
fn positions(page: &Layout) -> Vec<Choice> {
    let name = |one: &Position| page.say(format!("pages.people.position.{one}"));
    let choice = |one: &Position| Choice::new(one, name(one));
    Position::ALL.iter().map(choice).collect()
}

/// A date as a field shows it.
fn typed_date(page: &Layout, date: &Option<NaiveDate>) -> String {
    date.as_ref()
        .map(|date| page.date(date))
        .unwrap_or_default()
}
