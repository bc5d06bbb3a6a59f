//! Items of the past: each arrived at its own instant, as an editor records it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::super::Part;
use super::super::outcome::Done;
use super::super::reading::{Moment, Reading, Words, minute, shown};
use super::super::rows::{RowKind, Seen};
use super::super::unit_names::UnitNames;
use super::item_events::EventNames;
use super::{STATE, Sort};
use crate::domain::error::Invalid;
use crate::domain::field::Field;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::import::{Entity, Made};
use crate::domain::item::{Arrival, Channel, NewItem};
use crate::domain::text::fold;
use crate::domain::words::say;
use crate::office::sheet_in::{Column, Line};
use crate::service::core::access::Action;
use crate::service::submissions::items::{self, Item, PublishItem};
use crate::service::{Error, Tx};
use crate::store::items::{self as stored, ItemKey};
use crate::store::kinds::{self, KindRow};
use crate::store::people;

pub(super) const SORT: Sort = Sort {
    choices: &[
        ("channel", || super::names(CHANNELS)),
        ("field", || super::names(FIELDS)),
        ("published", || vec!["x"]),
    ],
    needs: Action::Edit,
    ..Sort::of::<Items>(&["tin bai", "items"], COLUMNS)
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
        key: "kind",
        name: "Loại",
        synonyms: &["loai tin bai", "the loai"],
        required: true,
        example: "tin",
    },
    Column {
        key: "title",
        name: "Tiêu đề",
        synonyms: &["ten tin bai", "tua de", "tieu de tin bai"],
        required: true,
        example: "Hội nghị sơ kết phong trào thi đua",
    },
    Column {
        key: "arrived_at",
        name: "Đến lúc",
        synonyms: &[
            "ngay den",
            "ngay gui",
            "ngay nhan",
            "thoi gian gui",
            "arrival",
            "arrived",
        ],
        required: true,
        example: "05/01/2026 15:30",
    },
    Column {
        key: "channel",
        name: "Cách gửi",
        synonyms: &["gui qua", "kenh"],
        required: false,
        example: "thư",
    },
    Column {
        key: "field",
        name: "Lĩnh vực",
        synonyms: &[],
        required: false,
        example: "tuyên giáo",
    },
    Column {
        key: "authors",
        name: "Tác giả",
        synonyms: &["nguoi viet", "author"],
        required: false,
        example: "",
    },
    Column {
        key: "url",
        name: "Liên kết",
        synonyms: &["dia chi", "link"],
        required: false,
        example: "https://congdoan.example/tin-1",
    },
    Column {
        key: "published",
        name: "Đã đăng",
        synonyms: &["dang", "duoc dang", "dang luc"],
        required: false,
        example: "x",
    },
    Column {
        key: "grade",
        name: "Chất lượng",
        synonyms: &["diem chat luong", "muc chat luong"],
        required: false,
        example: "4",
    },
    STATE,
    Column {
        key: "event",
        name: "Sự kiện",
        synonyms: &["ten su kien", "ve su kien"],
        required: false,
        example: "",
    },
];

const CHANNELS: &Words<Channel> = &[
    (Channel::Mail, &["thư", "thư điện tử", "mail", "email"]),
    (Channel::Zalo, &["Zalo"]),
    (Channel::Ioffice, &["iOffice", "VNPT-iOffice", "văn bản"]),
];

pub(super) const FIELDS: &Words<Field> = &[
    (
        Field::TuyenGiao,
        &["tuyên giáo", "tuyen_giao", "propaganda"],
    ),
    (Field::TaiChinh, &["tài chính", "tai_chinh", "finance"]),
    (
        Field::ToChucKiemTra,
        &[
            "tổ chức - kiểm tra",
            "tổ chức kiểm tra",
            "to_chuc_kiem_tra",
            "organisation and inspection",
        ],
    ),
    (
        Field::ChinhSachPhapLuat,
        &[
            "chính sách - pháp luật",
            "chinh_sach_phap_luat",
            "policy and law",
        ],
    ),
    (Field::VanPhong, &["văn phòng", "van_phong", "office"]),
];

/// Whether an item counts for nothing, by its state as lists write it.
const STATES: &Words<bool> = &[
    (true, &["đã rút", "withdrawn"]),
    (true, &["không nhận", "rejected"]),
];

/// Whether an item may not have arrived yet, by its state as lists write it.
const UNDER_WAY: &Words<bool> = &[
    (true, &["đã gửi", "submitted"]),
    (true, &["trả lại để sửa", "returned"]),
];

/// Codes of kinds by their code and their name.
pub(super) fn kinds_by_name(tx: &mut Tx<'_>) -> Result<HashMap<String, String>, Error> {
    let all = kinds::list(tx.conn)?.into_iter();
    let names = |kind: KindRow| {
        [
            (fold(&kind.name), kind.code.clone()),
            (fold(&kind.code), kind.code),
        ]
    };
    Ok(all.flat_map(names).collect())
}

/// Items.
struct Items;

/// What the rows of a file name.
struct Known {
    units: UnitNames,
    /// Codes of kinds by code and name.
    kinds: HashMap<String, String>,
    people: HashMap<UnitId, Vec<(String, PersonId)>>,
    events: EventNames,
    /// The items of the days of the file.
    same: HashSet<ItemKey>,
    seen: Seen<ItemKey>,
}

impl RowKind for Items {
    type Known = Known;
    type Row = Row;

    fn known(tx: &mut Tx<'_>, part: &Part) -> Result<Known, Error> {
        Ok(Known {
            units: UnitNames::read(tx)?,
            kinds: kinds_by_name(tx)?,
            people: HashMap::new(),
            events: EventNames::default(),
            same: same(tx, part)?,
            seen: Seen::new(Entity::Item),
        })
    }

    fn read(tx: &mut Tx<'_>, line: Line<'_>, known: &mut Known) -> Result<Row, Error> {
        Row::read(tx, line, known)
    }

    fn warnings(row: &Row) -> Vec<Invalid> {
        let warning = |field, code| vec![Invalid::new(field, code)];
        match (row.left_out, row.grade, row.published) {
            (Some(code), ..) => warning("state", code),
            (_, Some(_), false) => warning("grade", "import_grade_unpublished"),
            _ => Vec::new(),
        }
    }

    fn enter(tx: &mut Tx<'_>, number: u32, row: Row, known: &mut Known) -> Result<Done, Error> {
        if row.left_out.is_some() || row.key().is_some_and(|key| known.same.contains(&key)) {
            return Ok(Done::Unchanged);
        }
        let item = row.enter(tx)?;
        Ok(Done::Created(Made {
            row: number,
            entity: Entity::Item,
            id: item.id.to_string(),
            name: row.new.title,
            version: item.version,
        }))
    }
}

/// The stored items that arrived on the days of a file.
fn same(tx: &mut Tx<'_>, part: &Part) -> Result<HashSet<ItemKey>, Error> {
    let at = |line: Line<'_>| Reading::of(line).moment("arrived_at").map(Moment::instant);
    let instants = || part.table.lines().filter_map(at);
    match (instants().min(), instants().max()) {
        (Some(from), Some(to)) => {
            let keys = stored::keys(tx.conn, minute(from), minute(to) + TimeDelta::minutes(1))?;
            let keys = keys.into_iter();
            Ok(keys
                .map(|(unit, kind, title, at)| (unit, kind, title, minute(at)))
                .collect())
        }
        _ => Ok(HashSet::new()),
    }
}

/// What a row says.
struct Row {
    new: NewItem,
    published: bool,
    grade: Option<i32>,
    /// Why it is not entered: the code of the warning.
    left_out: Option<&'static str>,
}

impl Row {
    fn read(tx: &mut Tx<'_>, line: Line<'_>, known: &mut Known) -> Result<Self, Error> {
        let mut read = Reading::of(line);
        let named = read.text("unit");
        let unit_id = read.take(known.units.find(&named, "unit"));
        let kind = read.kind(&known.kinds);
        let title = read.required("title");
        let is_under_way = read.is_blank("arrived_at") && read.one_of("state", UNDER_WAY);
        let at = match is_under_way {
            true => None,
            false => read.required_moment("arrived_at"),
        };
        let channel = read.word("channel", CHANNELS).unwrap_or(Channel::Mail);
        let field = read.word("field", FIELDS);
        let url = read.optional("url");
        let (published, grade) = (read.yes_or_date("published"), read.number("grade"));
        let left_out = match read.one_of("state", STATES) {
            true => Some("import_item_given_up"),
            false => is_under_way.then_some("import_item_under_way"),
        };
        let authors = read.text("authors");
        let authors = match unit_id {
            Some(unit) if !authors.is_empty() => authors_of(tx, known, unit, &authors)?,
            _ => Ok(Vec::new()),
        };
        let authors = read.take(authors);
        let event_id = match (unit_id, read.optional("event")) {
            (Some(unit), Some(named)) => read.take(known.events.find(tx, unit, &named)?),
            _ => None,
        };
        if let (Some(unit), Some(kind), Some(at)) = (unit_id, &kind, at) {
            let key = (unit, kind.clone(), fold(&title), minute(at.instant()));
            read.take(known.seen.once(key, line.number(), "title"));
        }
        read.finish()?;
        let (Some(unit_id), Some(kind)) = (unit_id, kind) else {
            return Err(Invalid::new("", "required").into());
        };
        Ok(Self {
            new: NewItem {
                unit_id,
                kind,
                field,
                url,
                channel,
                authors,
                title,
                body: None,
                event_id,
                event: None,
                happened_on: None,
                arrival: at.map(|at| Arrival {
                    at: at.instant(),
                    reason: say("vi", "import.reason", &[]),
                }),
            },
            published,
            left_out,
            grade: grade.and_then(|grade| i32::try_from(grade).ok()),
        })
    }

    /// What names the item among those that are stored.
    fn key(&self) -> Option<ItemKey> {
        let (new, arrival) = (&self.new, self.new.arrival.as_ref()?);
        let title = fold(&new.title);
        Some((new.unit_id, new.kind.clone(), title, minute(arrival.at)))
    }

    fn enter(&self, tx: &mut Tx<'_>) -> Result<Item, Error> {
        let item = items::submit(tx, &self.new)?.item;
        if !self.published || item.published_at.is_some() {
            return Ok(item);
        }
        let publish = PublishItem {
            url: None,
            grade: self.grade,
        };
        Ok(items::publish(tx, item.id, &publish, item.version)?.item)
    }
}

/// The people of a unit with these names, which are separated by semicolons or commas.
fn authors_of(
    tx: &mut Tx<'_>,
    known: &mut Known,
    unit: UnitId,
    names: &str,
) -> Result<Result<Vec<PersonId>, Invalid>, Error> {
    let all = match known.people.entry(unit) {
        Entry::Occupied(all) => all.into_mut(),
        Entry::Vacant(place) => {
            let all = people::of_units(tx.conn, &[unit])?.into_iter();
            let named = all.map(|person| (person.name_folded, person.id));
            place.insert(named.collect())
        }
    };
    let mut found = Vec::new();
    for name in names
        .split([';', ','])
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        let own = fold(name);
        match all.iter().rev().find(|(known, _)| *known == own) {
            Some((_, id)) => found.push(*id),
            None => {
                let fault = Invalid::new("authors", "import_author_unknown");
                return Ok(Err(fault.with("value", shown(name))));
            }
        }
    }
    Ok(Ok(found))
}
