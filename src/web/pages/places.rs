//! The places of the navigation, in one table, and who sees which. A page that is not built yet has
//! no line here, so that the navigation shows only what exists.

use crate::domain::access::{Actor, Role};
use crate::domain::account::SessionStage;
use crate::service::accounts::sign_in::CurrentSession;
use crate::web::pages::routes;

/// Most places in the bar; the others are under "more".
const IN_BAR: usize = 5;

/// A place of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its address.
    pub address: &'static str,
    /// The key of its name, a group `pages.place.…`; a role may call it differently.
    words: &'static str,
    /// Who sees it, and where it stands in their bar: from 1 to 5; [`MORE`] = under "more".
    seats: &'static [(Role, u8)],
}

/// Not in the bar.
const MORE: u8 = 9;

/// Every place that exists. To add a page to the navigation, add its line.
///
/// | role | bar |
/// |---|---|
/// | department | today, map, items, scores |
/// | editor | queue, items, events, map |
/// | leader | work, submit, items, units, scores |
/// | contributor | work, submit, own items |
/// | viewer | today, map, scores, items |
/// | admin | system, accounts, mails, trail |
///
/// The first seat of a role is its home, where `/` leads.
const PLACES: &[Place] = &[
    place(
        "/hom-nay",
        "pages.place.today",
        &[(Role::Department, 1), (Role::Viewer, 1)],
    ),
    place(
        "/ban-do",
        "pages.place.map",
        &[
            (Role::Department, 2),
            (Role::Viewer, 2),
            (Role::Editor, 4),
            (Role::Leader, MORE),
        ],
    ),
    place(
        "/don-vi",
        "pages.place.units",
        &[
            (Role::Leader, 4),
            (Role::Department, MORE),
            (Role::Viewer, MORE),
            (Role::Editor, MORE),
            (Role::Admin, MORE),
        ],
    ),
    place(
        "/viec",
        "pages.place.work",
        &[(Role::Leader, 1), (Role::Contributor, 1)],
    ),
    place(
        "/gia-han",
        "pages.place.extensions",
        &[(Role::Department, MORE)],
    ),
    place(
        routes::QUEUE,
        "pages.place.queue",
        &[(Role::Editor, 1), (Role::Department, MORE)],
    ),
    place(
        routes::SUBMIT,
        "pages.place.submit",
        &[(Role::Leader, 2), (Role::Contributor, 2)],
    ),
    place(
        routes::ITEMS,
        "pages.place.items",
        &[
            (Role::Department, 3),
            (Role::Editor, 2),
            (Role::Leader, 3),
            (Role::Viewer, 4),
            (Role::Admin, MORE),
        ],
    ),
    place(
        routes::ITEMS,
        "pages.place.own_items",
        &[(Role::Contributor, 3)],
    ),
    place(
        routes::SCORES_HOME,
        "pages.place.scores",
        &[
            (Role::Department, 4),
            (Role::Leader, 5),
            (Role::Viewer, 3),
            (Role::Editor, MORE),
            (Role::Admin, MORE),
        ],
    ),
    place(
        routes::REPORTS,
        "pages.place.reports",
        &[
            (Role::Department, MORE),
            (Role::Leader, MORE),
            (Role::Viewer, MORE),
        ],
    ),
    place(
        routes::EVENTS,
        "pages.place.events",
        &[
            (Role::Editor, 3),
            (Role::Department, MORE),
            (Role::Leader, MORE),
            (Role::Contributor, MORE),
        ],
    ),
    place(routes::SYSTEM, "pages.place.system", &[(Role::Admin, 1)]),
    place(
        routes::ACCOUNTS,
        "pages.place.accounts",
        &[(Role::Admin, 2), (Role::Department, MORE)],
    ),
    place(
        routes::OUTBOX,
        "pages.place.outbox",
        &[(Role::Admin, 3), (Role::Department, MORE)],
    ),
    place(
        routes::TRAIL,
        "pages.place.trail",
        &[(Role::Admin, 4), (Role::Department, MORE)],
    ),
    place(
        routes::PLANS,
        "pages.place.plans",
        &[
            (Role::Department, MORE),
            (Role::Leader, MORE),
            (Role::Editor, MORE),
            (Role::Viewer, MORE),
        ],
    ),
    place(
        routes::PEOPLE,
        "pages.place.people",
        &[(Role::Department, MORE), (Role::Admin, MORE)],
    ),
    place(
        routes::SETTINGS,
        "pages.place.settings",
        &[
            (Role::Department, MORE),
            (Role::Admin, MORE),
            (Role::Leader, MORE),
            (Role::Editor, MORE),
            (Role::Viewer, MORE),
        ],
    ),
    place("/api/docs/", "pages.place.api", &[(Role::Admin, MORE)]),
];

const fn place(address: &'static str, words: &'static str, seats: &'static [(Role, u8)]) -> Place {
    Place {
        address,
        words,
        seats,
    }
}

/// The roles that pages are laid out for, those that act most often first: somebody who holds
/// several starts at the home of the first one.
const RANK: [Role; 6] = [
    Role::Department,
    Role::Editor,
    Role::Leader,
    Role::Contributor,
    Role::Admin,
    Role::Viewer,
];

/// Which roles somebody holds, wherever, in the order of `RANK`.
pub fn roles_of(actor: &Actor) -> Vec<Role> {
    let holds = |role: &Role| actor.grants.iter().any(|grant| grant.role == *role);
    RANK.into_iter().filter(holds).collect()
}

/// The address that `/` leads to; `None` for somebody without a home, and for visitors.
pub fn home(actor: &Actor) -> Option<&'static str> {
    let roles = roles_of(actor);
    let first = seated(PLACES, &roles).into_iter().next();
    first
        .filter(|(_, seat)| *seat < MORE)
        .map(|(place, _)| place.address)
}

/// The places that somebody with these roles sees, each once with its seat, in the order of their
/// roles.
fn seated<'p>(places: &'p [Place], roles: &[Role]) -> Vec<(&'p Place, u8)> {
    let mut found: Vec<(&Place, u8, usize)> = Vec::new();
    for place in places {
        let seats = roles.iter().enumerate().filter_map(|(rank, role)| {
            let (_, seat) = place.seats.iter().find(|(own, _)| own == role)?;
            Some((*seat, rank))
        });
        // under "more" only where no role has it in its bar
        let best = seats.min_by_key(|(seat, rank)| (*seat == MORE, *rank, *seat));
        found.extend(best.map(|(seat, rank)| (place, seat, rank)));
    }
    found.sort_by_key(|(_, seat, rank)| (*seat == MORE, *rank, *seat));
    // a place that roles call differently is there once
    let mut seen: Vec<&str> = Vec::new();
    found.retain(|(place, ..)| {
        let is_new = !seen.contains(&place.address);
        seen.push(place.address);
        is_new
    });
    found
        .into_iter()
        .map(|(place, seat, _)| (place, seat))
        .collect()
}

/// A link of the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub address: &'static str,
    /// The key of its words.
    pub words: &'static str,
    /// Whether the page is there or below it.
    pub current: bool,
}

/// The navigation of somebody who is signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Navigation {
    /// Their name; `None` for a visitor.
    pub name: Option<String>,
    /// The name of their unit.
    pub unit: Option<String>,
    /// The bar.
    pub bar: Vec<Link>,
    /// What is under "more".
    pub more: Vec<Link>,
}

impl Navigation {
    /// That of the reader of the page at `path`. Who has not finished signing in has none.
    pub fn of(session: Option<&CurrentSession>, path: &str) -> Self {
        let signed = session.filter(|signed| signed.stage == SessionStage::Done);
        let Some(signed) = signed else {
            return Self::default();
        };
        let (bar, more) = links(PLACES, &roles_of(&signed.actor), path);
        Self {
            name: Some(signed.person.name.clone()),
            unit: signed.unit_name.clone(),
            bar,
            more,
        }
    }
}

/// What stands in the bar and under "more".
fn links(places: &[Place], roles: &[Role], path: &str) -> (Vec<Link>, Vec<Link>) {
    let seated = seated(places, roles);
    let nearest = seated.iter().map(|(place, _)| place.address);
    let nearest = nearest
        .filter(|address| is_at_or_below(path, address))
        .max_by_key(|address| address.len());
    let link = |place: &Place| Link {
        address: place.address,
        words: place.words,
        current: nearest == Some(place.address),
    };
    let mut bar: Vec<Link> = Vec::new();
    let mut more = Vec::new();
    for (place, seat) in seated {
        let to = match seat < MORE && bar.len() < IN_BAR {
            true => &mut bar,
            false => &mut more,
        };
        to.push(link(place));
    }
    (bar, more)
}

fn is_at_or_below(path: &str, address: &str) -> bool {
    let rest = path.strip_prefix(address);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || address.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Grant;
    use crate::domain::ids::{PersonId, UnitId};

    const SOME: &[Place] = &[
        place(
            "/hom-nay",
            "today",
            &[(Role::Department, 1), (Role::Viewer, 1)],
        ),
        place(
            "/viec",
            "work",
            &[(Role::Leader, 1), (Role::Contributor, 1)],
        ),
        place(
            "/tin-bai",
            "items",
            &[(Role::Department, 3), (Role::Leader, 3)],
        ),
        place(
            "/don-vi",
            "units",
            &[(Role::Department, MORE), (Role::Leader, 4)],
        ),
        place(
            "/ban-do",
            "map",
            &[(Role::Department, 2), (Role::Viewer, 2)],
        ),
        place(
            "/diem",
            "scores",
            &[(Role::Department, 4), (Role::Leader, 5)],
        ),
        place("/tin-bai/moi", "new", &[(Role::Leader, 2)]),
    ];

    fn shown(roles: &[Role], path: &str) -> String {
        let (bar, more) = links(SOME, roles, path);
        let words = |links: Vec<Link>| {
            let word = |link: Link| match link.current {
                true => link.words.to_uppercase(),
                false => link.words.to_owned(),
            };
            links.into_iter().map(word).collect::<Vec<_>>().join(" ")
        };
        format!("{} | {}", words(bar), words(more))
    }

    #[test]
    fn a_role_sees_its_places_in_its_order() {
        use Role::{Contributor, Department, Leader, Viewer};
        for (roles, path, expected) in [
            (
                &[Department][..],
                "/hom-nay",
                "TODAY map items scores | units",
            ),
            (&[Leader], "/tin-bai/7", "work new ITEMS units scores | "),
            (&[Leader], "/tin-bai/moi", "work NEW items units scores | "),
            (&[Contributor], "/tin-baix", "work | "),
            (&[Viewer], "/", "today map | "),
            (&[], "/", " | "),
            // those of the first role, then those of the others; a place that one role has in its
            // bar is not put under "more" by another
            (
                &[Department, Leader],
                "/don-vi",
                "today map items scores work | new UNITS",
            ),
        ] {
            assert_eq!(shown(roles, path), expected, "{roles:?}");
        }
    }

    #[test]
    fn who_holds_several_roles_is_ranked_by_the_one_that_acts_most() {
        let grants = vec![
            Grant::on(Role::Viewer, UnitId(1)),
            Grant::on(Role::Leader, UnitId(2)),
            Grant::on(Role::Leader, UnitId(3)),
        ];
        let actor = Actor::person(PersonId(1), "A", grants);
        assert_eq!(roles_of(&actor), [Role::Leader, Role::Viewer]);
        assert_eq!(home(&Actor::visitor()), None);
    }
}
