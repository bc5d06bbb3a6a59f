//! One account: its state in words, its sessions, and the steps that can be taken.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::account::AccountStanding;
use crate::domain::ids::{AccountId, SessionId};
use crate::service::accounts::{self, AccountView};
use crate::service::{Error, Tx};
use crate::store::sessions::SessionView;
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::pages::call::PageCall;
use crate::web::pages::confirm::{self, Confirm, Row};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Nothing, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::{people, routes};

/// What was typed for one of the steps.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    thu: String,
    ly_do: String,
}

const FIELDS: &[Field] = &[
    Field::new("thu", "pages.accounts.new_mail", &["mail"]),
    Field::new("ly_do", "pages.accounts.factor_reason", &["reason"]),
];

#[derive(Template)]
#[template(path = "admin_accounts/one.html")]
struct Page {
    page: Layout,
    account: AccountView,
    sessions: Vec<SessionView>,
    typed: Typed,
}

/// A step; its word stands in the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Enable,
    Disable,
    InviteAgain,
    Reset,
    ChangeMail,
    RemoveFactor,
}

impl Step {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Enable, "mo"),
        (Self::Disable, "khoa"),
        (Self::InviteAgain, "moi-lai"),
        (Self::Reset, "dat-lai"),
        (Self::ChangeMail, "doi-thu"),
        (Self::RemoveFactor, "go-buoc-hai"),
    ];

    fn of(word: &str) -> Result<Self, Problem> {
        let found = Self::ALL.iter().find(|(_, own)| *own == word);
        found
            .map(|(step, _)| *step)
            .ok_or_else(|| Problem::new(Kind::NotFound))
    }

    fn take(self, tx: &mut Tx<'_>, id: AccountId, typed: &Typed) -> Result<Notice, Error> {
        match self {
            Self::Enable => accounts::enable(tx, id).map(|_| Notice::AccountEnabled),
            Self::Disable => accounts::disable(tx, id).map(|_| Notice::AccountDisabled),
            Self::InviteAgain => accounts::resend_invite(tx, id).map(|_| Notice::InvitedAgain),
            Self::Reset => accounts::reset(tx, id).map(|_| Notice::ResetMailed),
            Self::ChangeMail => {
                accounts::change_mail(tx, id, &typed.thu).map(|_| Notice::SignInMailChanged)
            }
            Self::RemoveFactor => {
                accounts::reset_second_factor(tx, id, &typed.ly_do).map(|_| Notice::FactorRemoved)
            }
        }
    }
}

pub(in crate::web::pages) async fn show(call: PageCall, id: Path<AccountId>) -> Reply {
    shown(&call, call.layout(), (*id, Typed::default())).await
}

async fn shown(call: &PageCall, page: Layout, (id, typed): (AccountId, Typed)) -> Reply {
    let read = call.read(move |tx| {
        let account = accounts::show(tx, id)?;
        Ok((account, accounts::sessions(tx, id)?))
    });
    let (account, sessions) = read.await?;
    let above = page.say("pages.accounts.title");
    page.below(above, routes::ACCOUNTS).show(|page| Page {
        page,
        account,
        sessions,
        typed,
    })
}

/// Says what disabling does.
pub(in crate::web::pages) async fn confirm_disabling(call: PageCall, id: Path<AccountId>) -> Reply {
    let id = *id;
    let account = call.read(move |tx| accounts::show(tx, id)).await?;
    let page = call.layout();
    let above = page.say("pages.accounts.title");
    let one = routes::of(routes::ONE_ACCOUNT, id);
    let page = page
        .below(above, routes::ACCOUNTS)
        .below_named(account.name.clone(), one.clone());
    let confirm = Confirm {
        title: page.say("pages.accounts.disable_title"),
        text: page.say("pages.accounts.disable_text"),
        rows: vec![Row {
            id: id.to_string(),
            name: format!("{} <{}>", account.name, account.mail),
        }],
        skipped: Vec::new(),
        action: routes::account_step(id, "khoa"),
        fields: Vec::new(),
        button: page.say("pages.accounts.disable_now"),
        back: one,
    };
    confirm::show(page, confirm)
}

pub(in crate::web::pages) async fn step(
    call: PageCall,
    path: Path<(AccountId, String)>,
    sent: Sent<Typed>,
) -> Reply {
    let (id, word) = path.into_inner();
    let step = Step::of(&word)?;
    let typed = sent.typed.clone();
    let work = move |tx: &mut Tx<'_>| {
        let notice = step.take(tx, id, &typed)?;
        Ok(notice.at(&routes::of(routes::ONE_ACCOUNT, id)))
    };
    match call.once(&sent.form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => again(&call, id, (error, &sent.form, sent.typed)).await,
    }
}

async fn again(
    call: &PageCall,
    id: AccountId,
    (error, form, typed): (PageError, &Form, Typed),
) -> Reply {
    let page = call.again(error, form, FIELDS)?;
    let page = page.comes_back_to(routes::of(routes::ONE_ACCOUNT, id));
    shown(call, page, (id, typed)).await
}

pub(in crate::web::pages) async fn end_session(
    call: PageCall,
    path: Path<(AccountId, SessionId)>,
    sent: Sent<Nothing>,
) -> Reply {
    let (id, session) = path.into_inner();
    let work = move |tx: &mut Tx<'_>| {
        accounts::end_session(tx, id, session)?;
        Ok(Notice::SessionOfOtherEnded.at(&routes::of(routes::ONE_ACCOUNT, id)))
    };
    let done: Result<HttpResponse, PageError> = call.once(&sent.form, work).await;
    Ok(done?)
}
