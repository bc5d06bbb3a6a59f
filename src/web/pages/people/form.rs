//! Entering a person, and changing one.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::access::Role;
use crate::domain::account::NewAccount;
use crate::domain::error::Invalid;
use crate::domain::field::Field as WorkField;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::person::{NewPerson, PersonPatch, Position};
use crate::domain::trail::Entity;
use crate::service::accounts::{self, trail};
use crate::service::core::access::Action;
use crate::service::units::{named, people};
use crate::service::{Error, Tx};
use crate::store::views::people::PersonView;
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Sent};
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::{routes, typed};

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    don_vi: String,
    ten: String,
    chuc_danh: String,
    thu: String,
    vai_tro: Option<Role>,
    vi_tri: Position,
    linh_vuc: Vec<WorkField>,
    tu: String,
    den: String,
    moi: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new("don_vi", "pages.people.unit", &["unit_id"]),
    Field::new("ten", "pages.people.name", &["name"]),
    Field::new("chuc_danh", "pages.people.job", &["title"]),
    Field::new("thu", "pages.people.mail", &["mail"]),
    Field::new("vai_tro", "pages.people.role", &["role"]),
    Field::new("vi_tri", "pages.people.position_label", &["position"]),
    Field::new("linh_vuc", "pages.people.fields", &["fields"]),
    Field::new("tu", "pages.people.first_day", &["active_from"]),
    Field::new("den", "pages.people.last_day", &["active_to"]),
];

#[derive(Template)]
#[template(path = "people/form.html")]
struct Page {
    page: Layout,
    typed: Typed,
    /// Who is changed; nobody for somebody new.
    person: Option<PersonView>,
    roles: Vec<Choice>,
    positions: Vec<Choice>,
    fields: &'static [WorkField],
}

/// For which unit somebody is entered.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    #[serde(rename = "don-vi")]
    don_vi: Option<UnitId>,
}

impl Typed {
    fn of(page: &Layout, person: &PersonView) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            don_vi: person.unit_name.clone(),
            ten: person.name.clone(),
            chuc_danh: text(&person.title),
            thu: text(&person.mail),
            vai_tro: person.role.map(|role| *role),
            vi_tri: person
                .position
                .map(|position| *position)
                .unwrap_or_default(),
            linh_vuc: person
                .fields
                .clone()
                .map(|fields| fields.0)
                .unwrap_or_default(),
            tu: super::typed_date(page, &person.active_from),
            den: super::typed_date(page, &person.active_to),
            moi: None,
        }
    }

    fn role(&self) -> &'static str {
        self.vai_tro.map_or("", Role::as_str)
    }

    /// The days, or every fault of both.
    fn days(&self) -> Result<[Option<NaiveDate>; 2], Vec<Invalid>> {
        let from = typed::optional_date("active_from", &self.tu);
        let to = typed::optional_date("active_to", &self.den);
        match (from, to) {
            (Ok(from), Ok(to)) => Ok([from, to]),
            (from, to) => Err(from.err().into_iter().chain(to.err()).collect()),
        }
    }

    /// The person, in a unit that is found later.
    fn person(&self) -> Result<NewPerson, Vec<Invalid>> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        let mut faults = Vec::new();
        if self.vai_tro.is_none() {
            faults.push(Invalid::new("role", "required"));
        }
        let [active_from, active_to] = self.days().unwrap_or_else(|bad| {
            faults.extend(bad);
            [None, None]
        });
        match (self.vai_tro, faults.is_empty()) {
            (Some(role), true) => Ok(NewPerson {
                unit_id: UnitId::NONE,
                name: self.ten.clone(),
                title: some(&self.chuc_danh),
                mail: some(&self.thu),
                role,
                position: self.vi_tri,
                fields: self.linh_vuc.clone(),
                active_from,
                active_to,
            }),
            _ => Err(faults),
        }
    }

    fn patch(&self) -> Result<PersonPatch, Vec<Invalid>> {
        let person = self.person()?;
        Ok(PersonPatch {
            name: Some(person.name),
            title: Some(person.title),
            mail: Some(person.mail),
            role: Some(person.role),
            position: Some(person.position),
            fields: Some(person.fields),
            active_from: Some(person.active_from),
            active_to: Some(person.active_to),
        })
    }
}

pub(in crate::web::pages) async fn show(call: PageCall) -> Reply {
    let asked: Asked = call.query()?.read()?;
    let read = call.read(move |tx| match asked.don_vi {
        Some(id) => {
            tx.require(Action::ManageUnits, id)?;
            Ok(crate::service::overview::unit_name(tx, id)?)
        }
        None => {
            tx.require_by_any_role(Action::ManageUnits)?;
            Ok(String::new())
        }
    });
    let typed = Typed {
        don_vi: read.await?,
        ..Typed::default()
    };
    new_form(&call, call.layout(), typed)
}

fn new_form(call: &PageCall, page: Layout, typed: Typed) -> Reply {
    let above = page.say("pages.people.title");
    shown(call, page.below(above, routes::PEOPLE), (typed, None))
}

fn shown(call: &PageCall, page: Layout, (typed, person): (Typed, Option<PersonView>)) -> Reply {
    page.show(|page| Page {
        roles: super::roles_of_posts(call, &page, "pages.people.choose_role"),
        positions: super::positions(&page),
        fields: WorkField::ALL,
        page,
        typed,
        person,
    })
}

/// Enters somebody, and invites them where that is asked for.
pub(in crate::web::pages) async fn enter(call: PageCall, sent: Sent<Typed>) -> Reply {
    match try_enter(&call, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            new_form(&call, page.comes_back_to(routes::NEW_PERSON), sent.typed)
        }
    }
}

async fn try_enter(call: &PageCall, sent: &Sent<Typed>) -> Result<HttpResponse, PageError> {
    sent.form.sent()?;
    let typed = sent.typed.clone();
    let work = move |tx: &mut Tx<'_>| {
        tx.require_by_any_role(Action::ManageUnits)?;
        let (unit, person) = (named::unit(tx, &typed.don_vi, "unit_id"), typed.person());
        let new = match (unit, person) {
            (Ok(unit_id), Ok(person)) => NewPerson { unit_id, ..person },
            (Err(Error::Invalid(mut faults)), Err(more)) => {
                faults.extend(more);
                return Err(Error::Invalid(faults));
            }
            (Err(error), _) => return Err(error),
            (_, Err(faults)) => return Err(Error::Invalid(faults)),
        };
        let id = people::create(tx, &new)?.person.id;
        let notice = match typed.moi {
            Some(_) => {
                invite(tx, id)?;
                Notice::PersonInvited
            }
            None => Notice::PersonEntered,
        };
        Ok(notice.at(&routes::person(id)))
    };
    call.once(&sent.form, work).await
}

/// Invites a person at their own address.
pub(super) fn invite(tx: &mut Tx<'_>, person_id: PersonId) -> Result<(), Error> {
    let new = NewAccount {
        person_id,
        mail: None,
    };
    accounts::invite(tx, &new).map(drop)
}

pub(in crate::web::pages) async fn edit(call: PageCall, id: Path<PersonId>) -> Reply {
    edit_form(&call, call.layout(), (*id, None)).await
}

pub(in crate::web::pages) async fn change(
    call: PageCall,
    id: Path<PersonId>,
    sent: Sent<Typed>,
) -> Reply {
    let id = *id;
    match try_change(&call, id, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            let page = page.comes_back_to(routes::of(routes::EDIT_PERSON, id));
            edit_form(&call, page, (id, Some(sent.typed))).await
        }
    }
}

async fn try_change(
    call: &PageCall,
    id: PersonId,
    sent: &Sent<Typed>,
) -> Result<HttpResponse, PageError> {
    sent.form.sent()?;
    let version = sent.form.version()?;
    let patch = sent.typed.patch().map_err(Error::Invalid)?;
    let work = move |tx: &mut Tx<'_>| {
        people::change(tx, id, &patch, version)?;
        Ok(Notice::PersonChanged.at(&routes::person(id)))
    };
    call.once(&sent.form, work).await
}

async fn edit_form(call: &PageCall, page: Layout, (id, typed): (PersonId, Option<Typed>)) -> Reply {
    let person = super::to_change(call, id).await?.person;
    let saved = Typed::of(&page, &person);
    let page = match (page.is_stale, &typed) {
        (true, Some(mine)) => {
            let changed = call
                .read(move |tx| trail::saved_last(tx, Entity::Person, id))
                .await?;
            let (by, at) = changed.unwrap_or_else(|| (String::new(), call.now()));
            let sides = sides(&saved, mine);
            page.beside(Theirs { by, at, sides }, person.version)
        }
        _ => page.edits(person.version),
    };
    let page = super::below(page, &person);
    shown(call, page, (typed.unwrap_or(saved), Some(person)))
}

/// What somebody else saved, beside what was typed.
fn sides(saved: &Typed, mine: &Typed) -> Vec<Side> {
    let side = |label, theirs: &str, mine: &str| Side {
        label,
        theirs: theirs.to_owned(),
        mine: mine.to_owned(),
    };
    vec![
        side("pages.people.name", &saved.ten, &mine.ten),
        side("pages.people.job", &saved.chuc_danh, &mine.chuc_danh),
        side("pages.people.mail", &saved.thu, &mine.thu),
        side("pages.people.first_day", &saved.tu, &mine.tu),
        side("pages.people.last_day", &saved.den, &mine.den),
    ]
}
