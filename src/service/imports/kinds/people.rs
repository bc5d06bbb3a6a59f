//! People of units. A person is known by the unit and the mail address, else by the unit and the name.

use super::super::Part;
use super::super::outcome::{Done, Outcome};
use super::super::reading::{Reading, Words};
use super::super::unit_names::UnitNames;
use super::Sort;
use super::items::FIELDS;
use crate::domain::access::Role;
use crate::domain::error::Invalid;
use crate::domain::import::{Entity, Made};
use crate::domain::person::{NewPerson, PersonPatch, Position};
use crate::domain::text::{fold, local_date};
use crate::office::sheet_in::{Column, Line};
use crate::service::units::people;
use crate::service::{Error, Tx};
use crate::store::people::{self as stored, PersonRow};

pub(super) const SORT: Sort = Sort {
    sheets: &["nguoi", "nhan su", "people"],
    columns: COLUMNS,
    choices: &[
        ("role", || super::names(ROLES)),
        ("position", || super::names(POSITIONS)),
        ("fields", || super::names(FIELDS)),
    ],
    enter,
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

fn enter(tx: &mut Tx<'_>, part: &Part, outcome: &mut Outcome) -> Result<(), Error> {
    let mut units = UnitNames::read(tx)?;
    for line in part.table.lines().filter(|line| !line.is_blank()) {
        outcome.row(tx, line.number(), |tx| row(tx, line, &mut units))?;
    }
    Ok(())
}

fn row(tx: &mut Tx<'_>, line: Line<'_>, units: &mut UnitNames) -> Result<Done, Error> {
    let new = read(line, units)?;
    let made = |row: &PersonRow| Made {
        row: line.number(),
        entity: Entity::Person,
        id: row.id.to_string(),
        name: row.name.clone(),
        version: row.version,
    };
    let Some(known) = known(tx, &new)? else {
        let person = people::create(tx, &new)?.person;
        return Ok(Done::Created(made(&person)));
    };
    let before = known.facts();
    let wanted = NewPerson {
        // a file that does not say since when does not change it
        active_from: new.active_from.or(before.active_from),
        active_to: new.active_to.or(before.active_to),
        ..new
    };
    if wanted == before {
        return Ok(Done::Unchanged);
    }
    let person = people::change(tx, known.id, &patch(wanted), known.version)?.person;
    Ok(Done::Changed(made(&person)))
}

/// The person of a row.
fn read(line: Line<'_>, units: &mut UnitNames) -> Result<NewPerson, Error> {
    let mut read = Reading::of(line);
    let named = read.text("unit");
    let unit_id = read.take(units.find(&named, "unit"));
    let name = read.required("name");
    let (title, mail) = (read.optional("title"), read.optional("mail"));
    let role = read.required_word("role", ROLES);
    let position = read.word("position", POSITIONS).unwrap_or_default();
    let fields = read.words("fields", FIELDS);
    let (active_from, active_to) = (read.date("active_from"), read.date("active_to"));
    read.finish()?;
    let (Some(unit_id), Some(role)) = (unit_id, role) else {
        return Err(Invalid::new("", "required").into());
    };
    let new = NewPerson {
        unit_id,
        name,
        title,
        mail,
        role,
        position,
        fields,
        active_from,
        active_to,
    };
    Ok(new.checked()?)
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
