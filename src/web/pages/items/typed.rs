//! An item as its form has it: what was typed, and what that hands in or keeps as a draft.

use serde::Deserialize;

use crate::domain::event::EventText;
use crate::domain::ids::{DraftId, EventId, ObligationId, UnitId};
use crate::domain::item::{Channel, NewItem};
use crate::service::Error;
use crate::service::submissions::drafts::{Draft, DraftText};
use crate::web::pages::events::when::{self, DATE, TIME};
use crate::web::pages::form::Field;
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::routes;

/// The labels of the form.
pub(in crate::web::pages) const FIELDS: &[Field] = &[
    Field::new("ten", "pages.submit.title_field", &["title"]),
    Field::new("loai", "pages.submit.kind", &["kind"]),
    Field::new("noi_dung", "pages.submit.body", &["body"]),
    Field::new("lien_ket", "pages.submit.url", &["url"]),
    DATE,
    TIME,
    Field::new("su_kien", "pages.submit.event", &["event_id", "event"]),
    Field::new("don_vi", "pages.submit.unit", &["unit_id"]),
];

/// What the address asks for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct For {
    pub(super) viec: Option<ObligationId>,
    #[serde(rename = "su-kien")]
    pub(super) su_kien: Option<EventId>,
    #[serde(rename = "don-vi")]
    pub(super) don_vi: Option<UnitId>,
    pub(super) nhap: Option<DraftId>,
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    pub(super) viec: Option<ObligationId>,
    pub(super) su_kien: Option<EventId>,
    pub(super) don_vi: Option<UnitId>,
    pub(super) ten: String,
    pub(super) loai: String,
    pub(super) noi_dung: String,
    pub(super) lien_ket: String,
    /// The time of an event that is not registered yet.
    pub(super) ngay: String,
    pub(super) gio: String,
    pub(super) tinh_chat: String,
    /// The draft that is written on.
    pub(super) nhap: Option<DraftId>,
    /// The button that was pressed, where it does not send.
    pub(super) luu: Option<Keep>,
}

/// What a button does instead of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Keep {
    /// Saves a draft.
    #[serde(rename = "nhap")]
    Draft,
    /// Throws the draft away.
    #[serde(rename = "bo")]
    Discard,
    /// Shows the deadline of the event.
    #[serde(rename = "xem")]
    Look,
}

/// What was typed; nothing for a field that is empty.
fn text(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.trim().is_empty())
}

impl Typed {
    pub(super) fn of(draft: Draft) -> Self {
        Self {
            su_kien: draft.event_id,
            don_vi: Some(draft.unit.id),
            ten: draft.title,
            loai: draft.kind.unwrap_or_default(),
            noi_dung: draft.body.unwrap_or_default(),
            lien_ket: draft.url.unwrap_or_default(),
            nhap: Some(draft.id),
            ..Self::default()
        }
    }

    pub(super) fn draft(&self) -> DraftText {
        DraftText {
            kind: text(&self.loai),
            title: self.ten.clone(),
            url: text(&self.lien_ket),
            body: text(&self.noi_dung),
            event_id: self.su_kien,
        }
    }

    pub(super) fn item(&self) -> Result<NewItem, Error> {
        let is_timed = !self.ngay.trim().is_empty() || !self.gio.trim().is_empty();
        let about = || {
            when::Typed {
                date: &self.ngay,
                time: &self.gio,
                end_date: "",
                end_time: "",
            }
            .read(EventText {
                title: self.ten.clone(),
                types: when::types_of(&self.tinh_chat),
                ..EventText::default()
            })
        };
        let event = is_timed.then(about).transpose().map_err(Error::Invalid)?;
        Ok(NewItem {
            unit_id: self.don_vi.unwrap_or(UnitId::NONE),
            kind: self.loai.clone(),
            title: self.ten.clone(),
            field: None,
            url: text(&self.lien_ket),
            body: text(&self.noi_dung),
            channel: Channel::Web,
            authors: None,
            event_id: self.su_kien,
            event,
            happened_on: None,
            arrival: None,
        })
    }
}

/// The address of the form for what was asked.
pub(super) fn address_of(typed: &Typed) -> String {
    if let Some(draft) = typed.nhap {
        return routes::draft(draft);
    }
    match (typed.viec, typed.su_kien, typed.don_vi) {
        (Some(work), ..) => routes::submit_for(work),
        (_, Some(event), _) => routes::with(routes::SUBMIT, "su-kien", &event.to_string()),
        (.., Some(unit)) => routes::with(routes::SUBMIT, "don-vi", &unit.to_string()),
        _ => routes::SUBMIT.to_owned(),
    }
}

/// For a draft that somebody else saved meanwhile: shows theirs.
pub(super) fn meanwhile(page: Layout, typed: &Typed, drafts: &[Draft]) -> Layout {
    let theirs = drafts.iter().find(|draft| typed.nhap == Some(draft.id));
    let Some(theirs) = theirs.filter(|_| page.is_stale) else {
        return page;
    };
    let side = |label, theirs: Option<&str>, mine: &str| Side {
        label,
        theirs: theirs.unwrap_or_default().to_owned(),
        mine: mine.to_owned(),
    };
    let sides = vec![
        side("pages.submit.title_field", Some(&theirs.title), &typed.ten),
        side("pages.submit.body", theirs.body.as_deref(), &typed.noi_dung),
        side("pages.submit.url", theirs.url.as_deref(), &typed.lien_ket),
    ];
    let (by, at) = (theirs.author.name.clone(), *theirs.updated_at);
    page.beside(Theirs { by, at, sides }, theirs.version)
}
