//! The places where things are set and looked after, as one list: everybody sees those that their
//! roles allow.

use askama::Template;

use super::call::PageCall;
use super::layout::Layout;
use super::routes;
use crate::service::core::access::Action;
use crate::web::call::Reply;

/// A group of places.
#[derive(Clone, Copy)]
struct Group {
    /// Its key, below `pages.settings`.
    key: &'static str,
    places: &'static [Place],
}

/// A place: its address, its key below `pages.settings`, and what somebody must be allowed to do
/// somewhere to go there.
#[derive(Clone, Copy)]
struct Place {
    address: &'static str,
    key: &'static str,
    needs: Action,
}

const fn place(address: &'static str, key: &'static str, needs: Action) -> Place {
    Place {
        address,
        key,
        needs,
    }
}

const GROUPS: &[Group] = &[
    Group {
        key: "rules",
        places: &[
            place(routes::PLANS, "plans", Action::Read),
            place(routes::SCHEMES, "schemes", Action::Read),
            place(routes::CALENDARS, "calendars", Action::Read),
            place(routes::POLICIES, "policies", Action::Read),
            place(routes::LADDERS, "ladders", Action::Read),
        ],
    },
    Group {
        key: "people",
        places: &[
            place(routes::PEOPLE, "persons", Action::ReadPeople),
            place(routes::ACCOUNTS, "accounts", Action::ManageAccounts),
        ],
    },
    Group {
        key: "operation",
        places: &[
            place(routes::SETUP, "setup", Action::ManageUnits),
            place(routes::IMPORTS, "imports", Action::Edit),
            place(routes::OUTBOX, "outbox", Action::ManageRules),
            place(routes::JOBS, "jobs", Action::Operate),
            place(routes::SYSTEM, "system", Action::Operate),
            place(routes::TRAIL, "trail", Action::ReadTrail),
        ],
    },
];

#[derive(Template)]
#[template(path = "settings/settings.html")]
struct Page {
    page: Layout,
    groups: Vec<(&'static str, Vec<Place>)>,
}

pub(super) async fn show(call: PageCall) -> Reply {
    let groups = call.read(|tx| {
        let seen = |group: &Group| {
            let places = group.places.iter().copied();
            let may = |place: &Place| tx.require_by_any_role(place.needs).is_ok();
            (group.key, places.filter(may).collect::<Vec<_>>())
        };
        let all = GROUPS.iter().map(seen);
        Ok(all.filter(|(_, places)| !places.is_empty()).collect())
    });
    let groups = groups.await?;
    call.layout().show(|page| Page { page, groups })
}
