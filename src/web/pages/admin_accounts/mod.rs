//! Accounts of people, for administrators and the department.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the list |
//! | `one` | one account: its state, its sessions, what can be done |
//! | `invite` | inviting one person, and everybody who has no account |

pub(super) mod invite;
pub(super) mod one;

use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::layout::Layout;
use super::list::{Pager, Query, ROWS};
use super::{people, routes};
use crate::domain::account::AccountStanding;
use crate::domain::text::sort_key;
use crate::service::accounts::{self, AccountFilter, AccountList, AccountView};
use crate::service::overview;
use crate::web::call::Reply;

/// The value of the tab of those whom mails do not reach.
const UNREACHABLE: &str = "unreachable";

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Filter {
    q: String,
    tt: String,
}

/// A tab of the list.
struct Tab {
    words: String,
    address: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "admin_accounts/list.html")]
struct List {
    page: Layout,
    filter: Filter,
    tabs: Vec<Tab>,
    accounts: Vec<AccountView>,
    uninvited: i64,
    pager: Pager,
}

impl Filter {
    fn standing(&self) -> Option<AccountStanding> {
        self.tt.parse().ok()
    }

    fn of_list(&self) -> AccountFilter {
        AccountFilter {
            standing: self.standing(),
            unreachable: self.tt == UNREACHABLE,
            search: Some(self.q.clone()).filter(|part| !part.is_empty()),
        }
    }
}

fn tabs(page: &Layout, query: &Query, (filter, found): (&Filter, &AccountList)) -> Vec<Tab> {
    let counts = found.counts;
    let all = [
        ("", counts.all),
        (AccountStanding::Invited.as_str(), counts.invited),
        (
            AccountStanding::NeverSignedIn.as_str(),
            counts.never_signed_in,
        ),
        (AccountStanding::Active.as_str(), counts.active),
        (AccountStanding::Disabled.as_str(), counts.disabled),
        (UNREACHABLE, counts.unreachable),
    ];
    let known = filter.of_list();
    let is_all = known.standing.is_none() && !known.unreachable;
    let searched = query.only(&["q"]);
    let tab = |(value, count): (&'static str, usize)| Tab {
        words: format!("{} {}", tab_name(page, value), page.number(count)),
        address: match value {
            "" => searched.address(),
            value => searched.with("tt", value),
        },
        current: match value {
            "" => is_all,
            value => filter.tt == value,
        },
    };
    all.into_iter().map(tab).collect()
}

fn tab_name(page: &Layout, value: &str) -> String {
    match value {
        "" => page.say("pages.accounts.all"),
        UNREACHABLE => page.say("pages.people.unreachable"),
        standing => page.say(format!("pages.people.standing.{standing}")),
    }
}

pub(super) async fn list(call: PageCall) -> Reply {
    let query = call.query()?;
    let filter: Filter = query.read()?;
    let asked = filter.of_list();
    let read = call.read(move |tx| {
        let found = accounts::list(tx, &asked)?;
        Ok((found, overview::without_account(tx)?))
    });
    let (mut found, uninvited) = read.await?;
    found
        .accounts
        .sort_by_cached_key(|one| (sort_key(&one.name), one.id));
    let (before, total) = (query.rows_before(), found.accounts.len());
    let tabs = tabs(&call.layout(), &query, (&filter, &found));
    let rows = found.accounts.into_iter().skip(before).take(ROWS);
    let accounts: Vec<AccountView> = rows.collect();
    let end = before + accounts.len();
    let next = (end < total).then(|| end.to_string());
    call.layout().wide().show(|page| List {
        pager: query.pager((before, accounts.len(), total), next.as_deref()),
        page,
        filter,
        tabs,
        accounts,
        uninvited,
    })
}

/// When somebody signed in last.
fn last_sign_in(page: &Layout, account: &AccountView) -> String {
    let last = account.last_sign_in_at.as_ref();
    last.map_or_else(|| page.say("pages.accounts.never"), |at| page.time(at))
}
