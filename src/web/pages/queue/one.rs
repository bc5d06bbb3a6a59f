//! One item of an editor's queue: its text, what it counts for, and the decision. After it comes the
//! next item of the queue.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::ids::ItemId;
use crate::domain::item::{ItemAction, Review};
use crate::service::Tx;
use crate::service::submissions::items::{self, PublishItem, QueuedItem, Verdict, WithReason};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Sent;
use crate::web::pages::format;
use crate::web::pages::items::one::{FIELDS, meanwhile};
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::queue::filter::Filter;
use crate::web::pages::routes;

/// What the editor decided, as the button says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Decision {
    #[serde(rename = "dang")]
    Publish,
    #[serde(rename = "tra-lai")]
    Return,
    #[serde(rename = "chua-du")]
    Incomplete,
    #[serde(rename = "khong-nhan")]
    Reject,
    #[serde(rename = "nhan")]
    Take,
    #[serde(rename = "nha")]
    GiveBack,
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    buoc: Option<Decision>,
    diem: Option<i32>,
    lien_ket: String,
    ly_do: String,
    #[serde(flatten)]
    filter: Filter,
}

#[derive(Template)]
#[template(path = "queue/one.html")]
struct One {
    page: Layout,
    queued: QueuedItem,
    typed: Typed,
    grades: Vec<Choice>,
    grade: String,
    /// The key of the words for the part of the queue.
    place: &'static str,
    /// How long it has waited.
    waits: String,
    /// Since when somebody reviews it.
    reviewed_since: String,
}

impl Typed {
    fn verdict(&self) -> Result<Verdict, Invalid> {
        let why = || WithReason {
            reason: self.ly_do.clone(),
        };
        let decision = self.buoc.ok_or(Invalid::new("", "form_choice"))?;
        Ok(match decision {
            Decision::Publish => Verdict::Publish(PublishItem {
                url: Some(self.lien_ket.clone()).filter(|url| !url.trim().is_empty()),
                grade: self.diem,
            }),
            Decision::Return => Verdict::Return(why()),
            Decision::Incomplete => Verdict::Incomplete(why()),
            Decision::Reject => Verdict::Reject(why()),
            Decision::Take => Verdict::Take,
            Decision::GiveBack => Verdict::GiveBack,
        })
    }
}

impl Decision {
    const fn notice(self) -> Notice {
        match self {
            Self::Publish => Notice::ItemPublished,
            Self::Return | Self::Incomplete => Notice::ItemReturned,
            Self::Reject => Notice::ItemRejected,
            Self::Take => Notice::ItemTaken,
            Self::GiveBack => Notice::ItemGivenBack,
        }
    }
}

pub(in crate::web::pages) async fn show(call: PageCall, id: Path<ItemId>) -> Reply {
    let typed = Typed {
        filter: call.query()?.read()?,
        ..Typed::default()
    };
    page(&call, call.layout(), (id.into_inner(), typed)).await
}

pub(in crate::web::pages) async fn decide(
    call: PageCall,
    id: Path<ItemId>,
    sent: Sent<Typed>,
) -> Reply {
    let id = id.into_inner();
    match try_decide(&call, id, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let again = call.again(error, &sent.form, FIELDS)?;
            let again = again.comes_back_to(sent.typed.filter.item(&id));
            page(&call, again, (id, sent.typed)).await
        }
    }
}

/// Decides, and leads to the next item of the queue.
async fn try_decide(
    call: &PageCall,
    id: ItemId,
    sent: &Sent<Typed>,
) -> Result<HttpResponse, PageError> {
    let (version, filter) = (sent.form.version()?, sent.typed.filter.clone());
    let decision = items::Decision {
        verdict: sent.typed.verdict()?,
        within: filter.of_queue(),
    };
    let notice = sent.typed.buoc.map(Decision::notice);
    let work = move |tx: &mut Tx<'_>| {
        let next = items::decide(tx, id, &decision, version)?;
        let next = next.map_or(filter.queue(), |next| filter.item(&next));
        Ok(notice.map_or(next.clone(), |notice| notice.at(&next)))
    };
    call.once(&sent.form, work).await
}

async fn page(call: &PageCall, page: Layout, (id, typed): (ItemId, Typed)) -> Reply {
    let locale = call.locale();
    let within = typed.filter.of_queue();
    let queued = call
        .read(move |tx| items::queued_item(tx, id, &within, locale))
        .await?;
    let page = meanwhile(page, &queued.whole);
    let item = &queued.whole.detail.item;
    let above = page.say("pages.queue.title");
    let page = page
        .wide()
        .focus_heading()
        .below(above, typed.filter.queue())
        .edits(item.version);
    let grade = typed.diem.or(item.grade).map(|grade| grade.to_string());
    let since = item.arrived_at.unwrap_or(item.submitted_at);
    let reviewed_since = item.in_review_at.map(|at| page.due(&at));
    let reviewed_since = reviewed_since.unwrap_or_default();
    page.show(|page| One {
        grades: (1..=5)
            .map(|grade| Choice::new(grade, grade.to_string()))
            .collect(),
        grade: grade.unwrap_or_default(),
        place: match typed.filter.ai() {
            "toi" => "pages.queue.place_mine",
            "chua" => "pages.queue.place_free",
            _ => "pages.queue.place",
        },
        waits: format::span(page.lang(), page.now - *since),
        reviewed_since,
        page,
        queued,
        typed,
    })
}
