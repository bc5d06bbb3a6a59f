//! Which section of the handbook tells about which page.

use crate::domain::access::Role;
use crate::web::handbook::{Guide, Handbook, Section};
use crate::web::pages::routes;

const DEPARTMENT: &str = "ban-tuyen-giao.md";
const LEADER: &str = "lanh-dao.md";
const CONTRIBUTOR: &str = "nguoi-viet.md";
const EDITOR: &str = "bien-tap.md";
const ADMIN: &str = "quan-tri.md";

/// Addresses, and the sections about the page there and those below it: the files of their guides,
/// and the ids of their headings. A reader sees the section of the own guide.
const TOPICS: &[(&str, &[(&str, &str)])] = &[
    (
        routes::SUBMIT,
        &[
            (LEADER, "nop-mot-tin"),
            (CONTRIBUTOR, "gui-tin-de-lanh-dao-duyet"),
        ],
    ),
    (
        routes::WORK,
        &[
            (LEADER, "xem-don-vi-con-no-gi"),
            (CONTRIBUTOR, "gui-tin-de-lanh-dao-duyet"),
            (DEPARTMENT, "nhac-rieng-mot-don-vi"),
        ],
    ),
    (
        routes::ITEMS,
        &[
            (CONTRIBUTOR, "xem-tin-cua-minh-den-dau"),
            (LEADER, "gui-lai-bai-bi-tra"),
            (EDITOR, "rut-bai-da-dang"),
        ],
    ),
    (routes::EVENTS, &[(LEADER, "dang-ky-su-kien")]),
    (
        routes::SCORES_HOME,
        &[
            (LEADER, "xem-diem-va-tu-cham"),
            (DEPARTMENT, "chot-diem-nam"),
        ],
    ),
    (routes::SCHEMES, &[(DEPARTMENT, "chot-diem-nam")]),
    (
        routes::TODAY,
        &[(DEPARTMENT, "theo-doi-buoi-chieu-14-00-den-16-00")],
    ),
    (routes::MAP, &[(DEPARTMENT, "tim-nguyen-nhan-mot-con-so")]),
    (routes::UNITS, &[(DEPARTMENT, "tim-nguyen-nhan-mot-con-so")]),
    (
        routes::EXTENSIONS,
        &[(DEPARTMENT, "quyet-dinh-de-nghi-gia-han")],
    ),
    (routes::PLANS, &[(DEPARTMENT, "lap-ke-hoach-dau-nam")]),
    (routes::CALENDARS, &[(DEPARTMENT, "doi-ngay-lam-viec")]),
    (
        routes::POLICIES,
        &[(DEPARTMENT, "doi-gio-chot-so-gio-lam-viec-buoc-nhac")],
    ),
    (
        routes::LADDERS,
        &[(DEPARTMENT, "doi-gio-chot-so-gio-lam-viec-buoc-nhac")],
    ),
    (routes::REPORTS, &[(DEPARTMENT, "lay-bao-cao-va-tep")]),
    (
        routes::JOBS,
        &[
            (DEPARTMENT, "nhan-bao-cao-dinh-ky-qua-thu"),
            (ADMIN, "moi-sang-xem-he-thong"),
        ],
    ),
    (routes::QUEUE, &[(EDITOR, "xem-bai-dang-cho")]),
    (routes::IMPORTS, &[(EDITOR, "ghi-bai-den-ngoai-phan-mem")]),
    (routes::SYSTEM, &[(ADMIN, "moi-sang-xem-he-thong")]),
    (routes::SETUP, &[(ADMIN, "thiet-lap-nhung-ngay-dau")]),
    (routes::PEOPLE, &[(ADMIN, "nguoi-nghi-chuyen-ban-giao")]),
    (
        routes::ACCOUNTS,
        &[(ADMIN, "nguoi-quen-mat-khau-mat-dien-thoai")],
    ),
    (routes::OUTBOX, &[(ADMIN, "thu-khong-toi")]),
    (routes::TRAIL, &[(ADMIN, "tim-xem-ai-da-lam-gi")]),
    (routes::SIGN_IN, &[(LEADER, "quen-mat-khau")]),
];

/// The section about a page, that of the reader's own guide first.
pub fn about<'h>(
    handbook: &'h Handbook,
    path: &str,
    roles: &[Role],
) -> Option<(&'h Guide, &'h Section)> {
    let below = |address: &str| {
        path.strip_prefix(address)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (_, sections) = TOPICS.iter().find(|(address, _)| below(address))?;
    let own = handbook.guides_for(roles);
    let found = sections.iter().filter_map(|(file, id)| {
        let guide = handbook.of_file(file)?;
        Some((guide, guide.section(id)?))
    });
    found.min_by_key(|(guide, _)| own.iter().position(|other| other.key() == guide.key()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::handbook::shipped;

    #[test]
    fn every_topic_has_its_section() {
        for (address, sections) in TOPICS {
            for (file, id) in *sections {
                let guide = shipped().of_file(file).unwrap();
                assert!(guide.section(id).is_some(), "{address}: {file}#{id}");
            }
            let (_, section) = about(shipped(), address, &[]).unwrap();
            let (_, below) = about(shipped(), &format!("{address}/7"), &[]).unwrap();
            assert_eq!(section.id, below.id, "{address}");
        }
        assert!(about(shipped(), "/tro-giup", &[]).is_none());
        assert!(about(shipped(), "/viec-khac", &[]).is_none());
    }

    #[test]
    fn a_page_is_told_about_in_the_own_guide() {
        let key = |path: &str, role: Role| about(shipped(), path, &[role]).unwrap().0.key();
        assert_eq!(key(routes::SCORES_HOME, Role::Leader), "leader");
        assert_eq!(key(routes::SCORES_HOME, Role::Department), "department");
    }
}
