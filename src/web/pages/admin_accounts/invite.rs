//! Inviting one person, and everybody who has no account.

use askama::Template;
use serde::Deserialize;

use crate::domain::account::NewAccount;
use crate::domain::error::Invalid;
use crate::domain::ids::PersonId;
use crate::service::accounts::{self, InviteMany, Uninvited};
use crate::service::overview;
use crate::service::{Error, Tx};
use crate::store::views::people::PersonView;
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::page::Params;
use crate::web::pages::call::PageCall;
use crate::web::pages::confirm::{self, Confirm, Row, Skipped};
use crate::web::pages::form::{Field, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// Who is invited, and at which address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    nguoi: Option<PersonId>,
    thu: String,
}

const FIELDS: &[Field] = &[Field::new(
    "thu",
    "pages.accounts.mail",
    &["mail", "person_id"],
)];

#[derive(Template)]
#[template(path = "admin_accounts/invite.html")]
struct Page {
    page: Layout,
    person: PersonView,
    mail: String,
}

pub(in crate::web::pages) async fn show(call: PageCall) -> Reply {
    let asked: Typed = call.query()?.read()?;
    form(&call, call.layout(), (asked.nguoi, None)).await
}

async fn form(
    call: &PageCall,
    page: Layout,
    (id, mail): (Option<PersonId>, Option<String>),
) -> Reply {
    let id = id.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let locale = call.locale();
    let read = call.read(move |tx| {
        let record = overview::person(tx, id, locale)?;
        match record.may.account {
            true => Ok(record.person),
            false => Err(Error::Forbidden),
        }
    });
    let person = read.await?;
    let above = page.say("pages.accounts.title");
    page.below(above, routes::ACCOUNTS).show(|page| Page {
        mail: mail.unwrap_or_else(|| person.mail.clone().unwrap_or_default()),
        page,
        person,
    })
}

pub(in crate::web::pages) async fn send(call: PageCall, sent: Sent<Typed>) -> Reply {
    let Typed { nguoi, thu } = sent.typed;
    let new = NewAccount {
        person_id: nguoi.ok_or_else(|| Problem::new(Kind::NotFound))?,
        mail: Some(thu.clone()),
    };
    let work = move |tx: &mut Tx<'_>| {
        let account = accounts::invite(tx, &new)?;
        Ok(Notice::Invited.at(&routes::of(routes::ONE_ACCOUNT, account.row.id)))
    };
    match call.once(&sent.form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            form(
                &call,
                page.comes_back_to(routes::ACCOUNTS),
                (nguoi, Some(thu)),
            )
            .await
        }
    }
}

/// Names those who have no account.
pub(in crate::web::pages) async fn confirm_many(
    call: PageCall,
    Params(before): Params<LeftOut>,
) -> Reply {
    let left_out = before.ids();
    let foresee = move |tx: &mut Tx<'_>| accounts::foresee_invitations(tx, &left_out);
    let found = call.write(foresee).await?;
    confirmation(call.layout(), found)
}

/// People who were not invited before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct LeftOut {
    /// Their numbers, separated by commas.
    bo_lai: String,
}

impl LeftOut {
    fn ids(&self) -> Vec<PersonId> {
        let ids = self.bo_lai.split(',');
        ids.filter_map(|id| id.parse().ok()).collect()
    }
}

/// People to invite, and those who would not be invited, each with the reason.
type Foreseen = (Uninvited, Vec<(PersonView, Invalid)>);

fn confirmation(page: Layout, (found, refused): Foreseen) -> Reply {
    let above = page.say("pages.accounts.title");
    let page = page.below(above, routes::ACCOUNTS);
    let n = page.number(found.people.len());
    let name = |person: &PersonView| format!("{}, {}", person.name, page.short(&person.unit_name));
    let reason = Invalid::new("mail", "account_no_mail").message(page.locale());
    let row = |person: &PersonView| Row {
        id: person.id.to_string(),
        name: match &person.mail {
            Some(mail) => format!("{} <{mail}>", name(person)),
            None => name(person),
        },
    };
    let skipped = |person: &PersonView| Skipped {
        name: name(person),
        reason: reason.clone(),
    };
    let refused = refused.iter().map(|(person, fault)| Skipped {
        name: name(person),
        reason: fault.message(page.locale()),
    });
    let without_mail = found.without_mail.iter().map(skipped);
    let confirm = Confirm {
        title: match found.people.is_empty() {
            true => page.say("pages.accounts.many.none"),
            false => page.say_with("pages.accounts.many.title", "n", &n),
        },
        text: page.say("pages.accounts.many.text"),
        rows: found.people.iter().map(row).collect(),
        skipped: refused.chain(without_mail).collect(),
        action: routes::INVITE_MANY.to_owned(),
        fields: Vec::new(),
        button: page.say_with("pages.accounts.many.button", "n", &n),
        back: routes::ACCOUNTS.to_owned(),
    };
    confirm::show(page, confirm)
}

/// Those who were named.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Chosen {
    muc: Vec<PersonId>,
}

pub(in crate::web::pages) async fn many(call: PageCall, sent: Sent<Chosen>) -> Reply {
    let many = InviteMany {
        ids: sent.typed.muc,
    };
    let work = move |tx: &mut Tx<'_>| {
        let all = accounts::invite_many(tx, &many)?;
        let skipped = all.iter().filter(|one| one.fault.is_some());
        let skipped: Vec<String> = skipped.map(|one| one.person_id.to_string()).collect();
        let counts = (all.len() - skipped.len(), skipped.len());
        // where somebody was left out, the page says who and why
        let then = match skipped.is_empty() {
            true => routes::ACCOUNTS.to_owned(),
            false => format!(
                "{}?bo_lai={}",
                routes::INVITE_MANY_CONFIRM,
                skipped.join(",")
            ),
        };
        Ok(Notice::InvitedMany.at_counted(&then, counts, &[]))
    };
    match call.once(&sent.form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let foresee = |tx: &mut Tx<'_>| accounts::foresee_invitations(tx, &[]);
            let found = call.write(foresee).await?;
            let page = call.again(error, &sent.form, &[])?;
            confirmation(page.comes_back_to(routes::INVITE_MANY_CONFIRM), found)
        }
    }
}
