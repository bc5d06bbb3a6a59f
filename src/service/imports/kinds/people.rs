//! People of units. A person is known by the unit and the mail address, else by the unit and the name.

use std::collections::HashMap;

use super::super::Part;
use super::super::outcome::Done;
use super::super::reading::{Reading, Words};
use super::super::rows::{RowKind, twice};
use super::super::unit_names::UnitNames;
use super::Sort;
use super::items::FIELDS;
use crate::domain::access::Role;
use crate::domain::error::Invalid;
use crate::domain::grant::Days;
use crate::domain::ids::UnitId;
use crate::domain::import::{Entity, Made};
use crate::domain::person::{NewPerson, PersonPatch, Position};
use crate::domain::text::{fold, local_date};
use crate::office::sheet_in::{Column, Line};
use crate::service::core::access::Action;
use crate::service::units::people;
use crate::service::{Error, Tx};
use crate::store::people::{self as stored, PersonRow};

pub(super) const SORT: Sort = Sort {
    choices: &[
        ("role", || super::names(ROLES)),
        ("position", || super::names(POSITIONS)),
        ("fields", || super::names(FIELDS)),
    ],
    ..Sort::of::<People>(&["nguoi", "nhan su", "people"], COLUMNS)
};

const COLUMNS: &[Column] = &[
    Column {
        key: "unit",
        name: "Đơn vị",
        synonyms: &["ma don vi", "ten don vi", "unit code"],
        required: true,
        example: "LĐLĐ huyện Ba Tri",
    },
    Column {
        key: "name",
        name: "Họ và tên",
        synonyms: &["ho ten", "ten"],
        required: true,
        example: "Nguyễn Văn Mẫu",
    },
    Column {
        key: "title",
        name: "Chức danh",
        synonyms: &["chuc vu"],
        required: false,
        example: "Chủ tịch",
    },
    Column {
        key: "mail",
        name: "Thư",
        synonyms: &["dia chi thu", "thu dien tu", "email", "e mail"],
        required: false,
        example: "mau@congdoan.example",
    },
    Column {
        key: "role",
        name: "Vai trò",
        synonyms: &["quyen"],
        required: true,
        example: "lãnh đạo",
    },
    Column {
        key: "position",
        name: "Vị trí",
        synonyms: &[],
        required: false,
        example: "cấp trưởng",
    },
    Column {
        key: "fields",
        name: "Lĩnh vực",
        synonyms: &["field"],
        required: false,
        example: "tuyên giáo",
    },
    Column {
        key: "active_from",
        name: "Từ ngày",
        synonyms: &["ngay bat dau", "from"],
        required: false,
        example: "01/01/2026",
    },
    Column {
        key: "active_to",
        name: "Đến ngày",
        synonyms: &["ngay ket thuc", "to"],
        required: false,
        example: "",
    },
];

const ROLES: &Words<Role> = &[
    (Role::Leader, &["lãnh đạo", "lãnh đạo đơn vị", "leader"]),
    (
        Role::Contributor,
        &[
            "cộng tác viên",
            "người viết",
            "cán bộ tin, bài",
            "contributor",
        ],
    ),
    (Role::Editor, &["biên tập viên", "ban biên tập", "editor"]),
    (Role::Department, &["ban tuyên giáo", "department"]),
    (Role::Viewer, &["người xem", "thường trực", "viewer"]),
    (Role::Admin, &["quản trị", "admin", "administrator"]),
];

const POSITIONS: &Words<Position> = &[
    (Position::Head, &["cấp trưởng", "trưởng", "head"]),
    (Position::Deputy, &["cấp phó", "phó", "deputy"]),
    (Position::Staff, &["nhân viên", "cán bộ", "staff"]),
];

/// People of units.
struct People;

/// What the rows of a sheet name.
struct Known {
    units: UnitNames,
    seen: SeenPeople,
}

/// What a row says.
struct Row {
    new: NewPerson,
    /// What they are in the unit, where the row says it.
    position: Option<Position>,
    /// Columns that the sheet lacks: what they hold stays as it is.
    lacks: Lacks,
}

/// Which columns a sheet lacks.
struct Lacks {
    title: bool,
    mail: bool,
    fields: bool,
}

impl RowKind for People {
    type Known = Known;
    type Row = Row;

    fn known(tx: &mut Tx<'_>, _: &Part) -> Result<Known, Error> {
        Ok(Known {
            units: UnitNames::read(tx)?,
            seen: SeenPeople::default(),
        })
    }

    fn read(_: &mut Tx<'_>, line: Line<'_>, known: &mut Known) -> Result<Row, Error> {
        read(line, known)
    }

    fn enter(tx: &mut Tx<'_>, number: u32, row: Row, _: &mut Known) -> Result<Done, Error> {
        enter(tx, number, row)
    }
}

fn enter(tx: &mut Tx<'_>, number: u32, row: Row) -> Result<Done, Error> {
    let made = |row: &PersonRow| Made {
        row: number,
        entity: Entity::Person,
        id: row.id.to_string(),
        name: row.name.clone(),
        version: row.version,
    };
    tx.require_named(Action::ManageUnits, row.new.unit_id, "unit")?;
    let Some(known) = known(tx, &row.new)? else {
        require_grant(tx, &row.new)?;
        let person = people::create(tx, &row.new)?.person;
        return Ok(Done::Created(made(&person)));
    };
    let before = known.facts();
    let wanted = row.laid_over(&before);
    // a list of the unit may hold people whose role the actor may not grant
    if wanted == before {
        return Ok(Done::Unchanged);
    }
    require_grant(tx, &wanted)?;
    let changed = people::change(tx, known.id, &patch(wanted), known.version);
    let person = changed.map_err(|error| match error {
        // the unit and the role of the row were checked: it is another role that they hold
        Error::Forbidden => Invalid::new("name", "import_person_authority").into(),
        error => error,
    })?;
    Ok(Done::Changed(made(&person.person)))
}

impl Row {
    /// What a person is to be who is stored with these facts: what the row leaves open stays.
    fn laid_over(self, before: &NewPerson) -> NewPerson {
        let Self {
            new,
            position,
            lacks,
        } = self;
        NewPerson {
            position: position.unwrap_or(before.position),
            title: if lacks.title {
                before.title.clone()
            } else {
                new.title
            },
            mail: if lacks.mail {
                before.mail.clone()
            } else {
                new.mail
            },
            fields: if lacks.fields {
                before.fields.clone()
            } else {
                new.fields
            },
            active_from: new.active_from.or(before.active_from),
            active_to: new.active_to.or(before.active_to),
            ..new
        }
    }
}

/// Checks that the actor may grant the role of a row on its unit.
///
/// # Errors
/// `import_role_forbidden` on `role`, which names the roles that they may grant there.
fn require_grant(tx: &mut Tx<'_>, new: &NewPerson) -> Result<(), Error> {
    let unit = new.unit_id;
    match tx.require_may_grant(new.role, Some(unit)) {
        Err(Error::Forbidden) => {}
        checked => return checked,
    }
    let mut grantable = Vec::new();
    for (role, names) in ROLES {
        if tx.require_may_grant(*role, Some(unit)).is_ok() {
            grantable.extend(names.first().copied());
        }
    }
    let fault = Invalid::new("role", "import_role_forbidden");
    let asked = ROLES.iter().find(|(role, _)| *role == new.role);
    let asked = asked.and_then(|(_, names)| names.first().copied());
    let fault = fault.with("value", asked.unwrap_or_default());
    Err(fault.with("roles", grantable.join(", ")).into())
}

/// The person of a row.
fn read(line: Line<'_>, known: &mut Known) -> Result<Row, Error> {
    let mut read = Reading::of(line);
    let named = read.text("unit");
    let unit_id = read.take(known.units.find(&named, "unit"));
    let name = read.required("name");
    let (title, mail) = (read.optional("title"), read.optional("mail"));
    let role = read.required_word("role", ROLES);
    let position = read.word("position", POSITIONS);
    let fields = read.words("fields", FIELDS);
    let (active_from, active_to) = (read.date("active_from"), read.date("active_to"));
    if let Some(unit) = unit_id {
        let days = Days::new(active_from, active_to);
        let person = (unit, fold(&name), mail.as_deref().map(fold));
        read.take(known.seen.once(person, days, line.number()));
    }
    read.finish()?;
    let (Some(unit_id), Some(role)) = (unit_id, role) else {
        return Err(Invalid::new("", "required").into());
    };
    let new = NewPerson {
        unit_id,
        name,
        position: position.unwrap_or_else(|| usual_position(role, title.as_deref())),
        title,
        mail,
        role,
        fields,
        active_from,
        active_to,
    };
    Ok(Row {
        new: new.checked()?,
        position,
        lacks: Lacks {
            title: !line.has("title"),
            mail: !line.has("mail"),
            fields: !line.has("fields"),
        },
    })
}

/// What somebody new is in the unit where the row does not say it: a leader is its head, or its deputy
/// where the title begins with "Phó"; everybody else is staff.
fn usual_position(role: Role, title: Option<&str>) -> Position {
    match role {
        Role::Leader if title.is_some_and(|title| fold(title).starts_with("pho ")) => {
            Position::Deputy
        }
        Role::Leader => Position::Head,
        _ => Position::Staff,
    }
}

/// The people whom rows have named.
#[derive(Default)]
struct SeenPeople(HashMap<(UnitId, String), Vec<SeenPerson>>);

struct SeenPerson {
    row: u32,
    has_mail: bool,
    days: Days,
}

impl SeenPeople {
    /// Notes that a row names a person, by the unit, the name and the mail address, for some days.
    ///
    /// # Errors
    /// `sheet_row_twice` if another row names them for the same days: the same address, or the same
    /// name where one of the two has no address.
    fn once(
        &mut self,
        (unit, name, mail): (UnitId, String, Option<String>),
        days: Days,
        row: u32,
    ) -> Result<(), Invalid> {
        let has_mail = mail.is_some();
        let by_mail = mail.map(|mail| (unit, format!("mail {mail}")));
        let by_name = (unit, format!("name {name}"));
        let same = |key: &(UnitId, String)| self.0.get(key).map(Vec::as_slice).unwrap_or_default();
        let of_mail = by_mail.iter().flat_map(same);
        let of_name = same(&by_name).iter();
        let of_name = of_name.filter(|seen| !seen.has_mail || !has_mail);
        let earlier = of_mail.chain(of_name).find(|seen| seen.days.overlaps(days));
        if let Some(earlier) = earlier {
            let field = if has_mail { "mail" } else { "name" };
            return Err(twice(Entity::Person, earlier.row, field));
        }
        for key in by_mail.into_iter().chain([by_name]) {
            self.0.entry(key).or_default().push(SeenPerson {
                row,
                has_mail,
                days,
            });
        }
        Ok(())
    }
}

fn patch(wanted: NewPerson) -> PersonPatch {
    PersonPatch {
        name: Some(wanted.name),
        title: Some(wanted.title),
        mail: Some(wanted.mail),
        role: Some(wanted.role),
        position: Some(wanted.position),
        fields: Some(wanted.fields),
        active_from: Some(wanted.active_from),
        active_to: Some(wanted.active_to),
    }
}

/// The person of the unit whom a row means: with the address, else with the name; one who is in
/// service comes first.
fn known(tx: &mut Tx<'_>, new: &NewPerson) -> Result<Option<PersonRow>, Error> {
    let mut all = stored::of_units(tx.conn, &[new.unit_id])?;
    let today = local_date(tx.now);
    // somebody who has left is meant by a row that says so
    all.retain(|person| new.active_to.is_some() || person.active_to.is_none_or(|to| to >= today));
    all.sort_by_key(|person| !person.active_on(today));
    let mail = new.mail.as_deref().map(fold);
    let address = |person: &PersonRow| person.mail.as_ref().map(|mail| fold(&mail.to_string()));
    let name = fold(&new.name);
    let by_mail = |person: &&PersonRow| mail.is_some() && address(person) == mail;
    let by_name = |person: &&PersonRow| {
        person.name_folded == name && (mail.is_none() || person.mail.is_none())
    };
    let found = all
        .iter()
        .find(by_mail)
        .or_else(|| all.iter().find(by_name));
    Ok(found.cloned())
}
