//! One person: what they hold and held, their account in words, what they owe themselves.

use actix_web::web::Path;
use askama::Template;
use chrono::NaiveDate;

use crate::domain::grant::Days;
use crate::domain::ids::{GrantId, PersonId, UnitId};
use crate::domain::text::local_date;
use crate::service::overview::{self, PersonRecord, RoleLine};
use crate::store::views::people::PersonView;
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::layout::Layout;
use crate::web::pages::routes;

#[derive(Template)]
#[template(path = "people/one.html")]
struct One {
    page: Layout,
    record: PersonRecord,
    held: Vec<Held>,
}

/// A post or a role beside it, in the history of a person.
struct Held {
    /// Post or role.
    what: String,
    /// What they may do by it.
    role: String,
    unit_id: Option<UnitId>,
    unit: String,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    /// Whether they hold it today.
    state: String,
    /// By whom it was granted or revoked, and why; people wrote it.
    note: String,
    /// The role that can still be revoked.
    revocable: Option<GrantId>,
}

impl Held {
    fn of_post(page: &Layout, post: &PersonView) -> Self {
        let days = Days::new(post.active_from, post.active_to);
        Self {
            what: page.say("pages.people.post"),
            role: super::post(page, post),
            unit_id: Some(post.unit_id),
            unit: page.short(&post.unit_name),
            from: post.active_from,
            to: post.active_to,
            state: state(page, days),
            note: post.title.clone().unwrap_or_default(),
            revocable: None,
        }
    }

    fn of_role(page: &Layout, line: &RoleLine, may: bool) -> Self {
        let role = &line.role;
        let days = Days::new(Some(role.valid_from), role.valid_to);
        let is_over = role.valid_to.is_some_and(|to| to < local_date(page.now));
        let revoked = role.revoked_at.as_ref();
        let position = page.say(format!("pages.people.position.{}", *role.position));
        Self {
            what: page.say("pages.people.role_beside"),
            role: format!("{}, {position}", super::role_name(page, &role.role)),
            unit_id: role.unit_id,
            unit: match &line.unit_name {
                Some(name) => page.short(name),
                None => page.say("pages.people.everywhere"),
            },
            from: Some(role.valid_from),
            to: role.valid_to,
            state: match revoked {
                Some(at) => page.say_two(
                    "pages.people.revoked",
                    ("at", page.time(at)),
                    ("by", role.revoked_by.as_deref().unwrap_or("–")),
                ),
                None => state(page, days),
            },
            note: format!("{} ({})", role.reason, role.given_by),
            revocable: (may && revoked.is_none() && !is_over).then_some(role.id),
        }
    }
}

/// Whether these days are now, over, or still to come.
fn state(page: &Layout, days: Days) -> String {
    let today = local_date(page.now);
    let key = match (days.contains(today), days.to) {
        (true, _) => "pages.people.now",
        (false, Some(to)) if to < today => "pages.people.over",
        (false, _) => "pages.people.coming",
    };
    page.say(key)
}

/// Posts and roles, what began last first.
fn history(page: &Layout, record: &PersonRecord) -> Vec<Held> {
    let posts = record.posts.iter().map(|post| Held::of_post(page, post));
    let may = record.may.change;
    let roles = record
        .roles
        .iter()
        .map(|role| Held::of_role(page, role, may));
    let mut all: Vec<Held> = posts.chain(roles).collect();
    all.sort_by_key(|held| std::cmp::Reverse(held.from));
    all
}

pub(in crate::web::pages) async fn show(call: PageCall, id: Path<PersonId>) -> Reply {
    let locale = call.locale();
    let read = call.read(move |tx| overview::person(tx, *id, locale));
    let record = read.await?;
    let above = call.layout().say("pages.people.title");
    let page = call.layout().wide().below(above, routes::PEOPLE);
    page.show(|page| One {
        held: history(&page, &record),
        page,
        record,
    })
}
