//! The pages of people: the list, one person, and what is done about them.

use tinbai::domain::access::Role;
use tinbai::domain::ids::PersonId;
use tinbai::store::people;

use crate::both_databases;
use crate::page_items::{hidden, send, signed_in, union_of};
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, PASSWORD, account, mailed_link, person};
use crate::support::page::without_ids;

both_databases!(
    people_are_found_by_name_unit_role_and_account,
    a_person_is_entered_changed_and_moved,
    a_role_is_granted_and_revoked,
    a_leader_is_replaced_through_the_pages,
    the_last_administrator_is_told_at_the_field,
    who_may_not_change_people_does_not,
);

/// The number in the address that a reply leads to.
fn led_to(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    let address = reply.header("location");
    address.split(['?']).next().unwrap().to_owned()
}

fn page(browser: &Browser, path: &str) -> String {
    browser.get(path).expect_page(200)
}

/// The person with this name, by the database.
fn id_of(app: &TestApp, name: &str) -> PersonId {
    let units = app
        .store
        .read(|conn| people::with_role(conn, Role::Leader))
        .unwrap();
    units.into_iter().find(|row| row.name == name).unwrap().id
}

fn people_are_found_by_name_unit_role_and_account(app: &TestApp) {
    let desk = union_of(app);
    let department = signed_in(app, &desk, Role::Department);
    let leader = signed_in(app, &desk, Role::Leader);
    person(app, &desk.grassroots, Role::Contributor, "ct@co-so.example");
    let whole = page(&department, "/nguoi");
    assert_page("people_list", "vi", &without_ids(&whole), &[]);
    choose(&department, "en");
    let whole = page(&department, "/nguoi?tai-khoan=none");
    assert_page("people_list_filtered", "en", &without_ids(&whole), &[]);
    assert!(whole.contains("Người contributor") && !whole.contains("Người leader"));
    choose(&department, "vi");
    let folded = page(&department, "/nguoi?q=nguoi%20CONTRI");
    assert!(folded.contains("Người contributor") && !folded.contains("Người leader</a>"));
    let of_unit = page(&department, &format!("/nguoi?don-vi={}", desk.superior.id));
    assert!(of_unit.contains("Người leader</a>") && !of_unit.contains("Người contributor"));
    let by_role = page(&department, "/nguoi?vai-tro=department");
    assert!(by_role.contains("Người department</a>") && !by_role.contains("Người leader</a>"));
    let none = page(&department, "/nguoi?q=khong-co-ai");
    assert_page("people_none", "vi", &without_ids(&none), &[]);
    assert_eq!(department.get("/nguoi?vai-tro=boss").status, 400);
    // a leader sees people and no accounts
    let seen = page(&leader, "/nguoi");
    assert!(
        !seen.contains("Tài khoản</th>") && !seen.contains("/nguoi/moi"),
        "{seen}"
    );
    let hidden = page(&leader, "/nguoi?tai-khoan=active");
    assert!(!hidden.contains("Người leader</a>"), "{hidden}");
    app.expect_unread_mails();
}

fn a_person_is_entered_changed_and_moved(app: &TestApp) {
    let desk = union_of(app);
    let department = signed_in(app, &desk, Role::Department);
    let empty = department.get("/nguoi/moi");
    assert!(
        !empty.text.contains("value=\"admin\""),
        "a role that a department may not grant"
    );
    assert_page("person_new", "vi", &without_ids(&empty.text), &[]);
    let long = "x".repeat(5_000);
    let bad = [
        ("don_vi", "không có đơn vị này"),
        ("ten", long.as_str()),
        ("tu", "31/02/2026"),
        ("thu", "không phải thư"),
    ];
    let refused = send(&department, &empty, "/nguoi/moi", &bad).expect_page(400);
    for field in ["don_vi", "vai_tro", "tu"] {
        assert!(
            refused.contains(&format!("href=\"#{field}\"")),
            "{field}: {refused}"
        );
    }
    assert!(
        refused.contains("value=\"31/02/2026\""),
        "what was typed stays"
    );
    let good = [
        ("don_vi", desk.superior.name.as_str()),
        ("ten", "Trần <b>Thị</b> Bình 🎉"),
        ("chuc_danh", "Phó Chủ tịch"),
        ("thu", "binh@huyen.example"),
        ("vai_tro", "leader"),
        ("vi_tri", "deputy"),
        ("tu", "1/11/2026"),
        ("moi", "1"),
    ];
    let done = send(&department, &empty, "/nguoi/moi", &good);
    let address = led_to(&done);
    let twice = send(&department, &empty, "/nguoi/moi", &good);
    assert_eq!(
        twice.header("location"),
        done.header("location"),
        "the same form"
    );
    let one = page(&department, &address);
    assert_page("person_one", "vi", &without_ids(&one), &[]);
    assert!(
        one.contains("đã mời, chưa nhận") && !one.contains("<b>Thị"),
        "{one}"
    );
    assert_eq!(app.mails().len(), 1, "one invitation");

    let edit = format!("{address}/sua");
    let form = department.get(&edit);
    let changed = [
        ("ten", "Trần Thị Bình"),
        ("thu", "binh@huyen.example"),
        ("vai_tro", "leader"),
        ("vi_tri", "deputy"),
        ("tu", "1/11/2026"),
    ];
    assert_eq!(led_to(&send(&department, &form, &edit, &changed)), address);
    let stale = [
        ("ten", "Ai khác"),
        ("vai_tro", "leader"),
        ("vi_tri", "deputy"),
    ];
    let conflict = department.form(
        &edit,
        &[
            &[("khoa", hidden(&department.get(&edit), "khoa").as_str())][..],
            &[("phien_ban", hidden(&form, "phien_ban").as_str())][..],
            &stale[..],
        ]
        .concat(),
    );
    let conflict = conflict.expect_page(409);
    assert!(
        conflict.contains("Trần Thị Bình") && conflict.contains("Ai khác"),
        "{conflict}"
    );

    let to = format!("{address}/chuyen");
    let form = department.get(&to);
    assert_page("person_move", "vi", &without_ids(&form.text), &[]);
    let refused = send(&department, &form, &to, &[("don_vi", "co-so")]).expect_page(400);
    assert!(refused.contains("href=\"#tu\""), "{refused}");
    let moved = [("don_vi", "co-so"), ("tu", "1/12/2026"), ("vi_tri", "head")];
    let there = led_to(&send(&department, &form, &to, &moved));
    assert_ne!(there, address);
    let history = page(&department, &there);
    assert!(history.contains("01/11/2026 – 30/11/2026"), "{history}");
    assert!(history.contains("từ 01/12/2026"), "{history}");
}

fn a_role_is_granted_and_revoked(app: &TestApp) {
    let desk = union_of(app);
    let department = signed_in(app, &desk, Role::Department);
    let leader = person(app, &desk.superior, Role::Leader, "leader@tinh.example");
    let grant = format!("/nguoi/{}/vai-tro", leader.id);
    let form = department.get(&grant);
    assert_page("person_grant", "vi", &without_ids(&form.text), &[]);
    let refused = send(&department, &form, &grant, &[("tu", "hôm nào")]).expect_page(400);
    for field in ["vai_tro", "don_vi", "tu"] {
        assert!(
            refused.contains(&format!("href=\"#{field}\"")),
            "{field}: {refused}"
        );
    }
    // a department grants every role but that of an administrator
    let admin = [("vai_tro", "admin"), ("don_vi", "tinh"), ("ly_do", "Thử")];
    assert_eq!(send(&department, &form, &grant, &admin).status, 403);
    let editor = [
        ("vai_tro", "editor"),
        ("don_vi", "tinh"),
        ("linh_vuc", "tuyen_giao"),
        ("den", "31/12/2026"),
        ("ly_do", "Trực thay"),
    ];
    let address = led_to(&send(&department, &form, &grant, &editor));
    let one = page(&department, &address);
    assert!(
        one.contains("Vai trò thêm: biên tập viên") && one.contains("Trực thay"),
        "{one}"
    );
    let revoke = one
        .split('"')
        .find(|part| part.ends_with("/thu-hoi"))
        .unwrap();
    let form = department.get(revoke);
    assert_page("person_revoke", "vi", &without_ids(&form.text), &[]);
    let refused = send(&department, &form, revoke, &[("ly_do", " ")]).expect_page(400);
    assert!(refused.contains("href=\"#ly_do\""), "{refused}");
    led_to(&send(&department, &form, revoke, &[("ly_do", "Đã về")]));
    let one = page(&department, &address);
    assert!(
        one.contains("thu hồi lúc 15:00 20/11/2026") && !one.contains("/thu-hoi"),
        "{one}"
    );
}

/// The leader of a union leaves; the successor is invited, accepts, signs in and sees the unit's work;
/// the former leader can't sign in any more, and reminders go to the successor.
fn a_leader_is_replaced_through_the_pages(app: &TestApp) {
    let desk = union_of(app);
    let department = signed_in(app, &desk, Role::Department);
    let former = signed_in(app, &desk, Role::Leader);
    let id = id_of(app, "Người leader");
    let form = department.get("/nguoi/moi");
    let new = [
        ("don_vi", desk.superior.name.as_str()),
        ("ten", "Lê Thị Kế"),
        ("thu", "ke@huyen.example"),
        ("vai_tro", "contributor"),
        ("vi_tri", "staff"),
    ];
    led_to(&send(&department, &form, "/nguoi/moi", &new));

    let leave = format!("/nguoi/{id}/nghi");
    let form = department.get(&leave);
    assert_page("person_leave", "vi", &without_ids(&form.text), &[]);
    let confirm = format!("{leave}/xac-nhan");
    let refused = send(&department, &form, &confirm, &[("nguoi_thay", "Không Ai")]);
    let refused = refused.expect_page(400);
    assert!(refused.contains("href=\"#ngay\""), "{refused}");
    let typed = [
        ("ngay", "20/11/2026"),
        ("nguoi_thay", "le thi ke"),
        ("moi", "1"),
    ];
    let preview = send(&department, &form, &confirm, &typed);
    assert_eq!(preview.status, 200, "{}", preview.text);
    assert_page(
        "person_leave_confirm",
        "vi",
        &without_ids(&preview.text),
        &[],
    );
    assert!(former.is_in(), "nothing is written yet");
    assert_eq!(app.mails().len(), 0);
    let left = send(&department, &preview, &leave, &typed);
    assert_eq!(led_to(&left), format!("/nguoi/{id}"));
    let one = page(&department, &format!("/nguoi/{id}"));
    assert!(
        one.contains("đến 20/11/2026") && one.contains("Lê Thị Kế"),
        "{one}"
    );

    // the invitation is accepted
    let link = mailed_link(app);
    let successor = Browser::of(app);
    let set = successor.form(&link, &[("password", PASSWORD), ("again", PASSWORD)]);
    assert_eq!(set.status, 200, "{}", set.text);
    app.set_clock("2026-11-23T09:00:00+07:00");
    let successor = Browser::of(app);
    assert_eq!(successor.sign_in("ke@huyen.example").status, 303);
    let work = page(&successor, "/viec");
    assert!(work.contains("Chỉ tiêu"), "{work}");
    let unit = page(&successor, &format!("/don-vi/{}", desk.superior.id));
    assert!(unit.contains(&desk.superior.name), "{unit}");
    assert_ne!(Browser::of(app).sign_in("leader@tinh.example").status, 303);
    assert!(!former.is_in(), "the former leader is out");

    // what the union owes is now told to the successor alone
    app.set_clock("2026-11-30T16:30:00+07:00");
    desk.sweep();
    app.run_due();
    let mails = app.mails();
    let to = |address: &str| {
        let all = mails.iter();
        all.filter(|mail| mail.to == address).count()
    };
    assert!(to("ke@huyen.example") > 0, "{} mails", mails.len());
    assert_eq!(to("leader@tinh.example"), 0);
}

fn the_last_administrator_is_told_at_the_field(app: &TestApp) {
    let desk = union_of(app);
    let admin = person(app, &desk.root, Role::Admin, "admin@tinh.example");
    account(app, &admin);
    let browser = Browser::of(app);
    browser.sign_in("admin@tinh.example");
    let leave = format!("/nguoi/{}/nghi", admin.id);
    let form = browser.get(&leave);
    assert!(
        form.text.contains("Người này đang quản trị"),
        "{}",
        form.text
    );
    let confirm = format!("{leave}/xac-nhan");
    let refused = send(&browser, &form, &confirm, &[("ngay", "30/11/2026")]).expect_page(409);
    assert!(refused.contains("href=\"#ngay\""), "{refused}");
    assert!(refused.contains("thêm một quản trị viên khác"), "{refused}");
}

fn who_may_not_change_people_does_not(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let id = id_of(app, "Người leader");
    let own = page(&leader, &format!("/nguoi/{id}"));
    assert!(!own.contains("/nghi") && !own.contains("/sua"), "{own}");
    for end in ["sua", "chuyen", "nghi", "vai-tro"] {
        assert_eq!(
            leader.get(&format!("/nguoi/{id}/{end}")).status,
            403,
            "{end}"
        );
    }
    assert_eq!(leader.get("/nguoi/moi").status, 403);
    let key = hidden(&leader.get("/tai-khoan"), "khoa");
    let sent = [
        ("khoa", key.as_str()),
        ("phien_ban", "1"),
        ("ngay", "30/11/2026"),
    ];
    for path in ["nghi", "nghi/xac-nhan"] {
        assert_eq!(
            leader.form(&format!("/nguoi/{id}/{path}"), &sent).status,
            403,
            "{path}"
        );
    }
    assert_eq!(leader.get("/nguoi/999999").status, 404);
}
