//! The pages of administrators: accounts, mails, jobs, the trail.

use chrono::TimeDelta;
use serde_json::json;
use tinbai::domain::access::Role;
use tinbai::domain::ids::{AccountId, MailId};
use tinbai::store::StoreError;
use tinbai::store::outbox::{self, Ack, Claim, Verdict};

use crate::both_databases;
use crate::page_items::{hidden, send, signed_in, union_of};
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, PASSWORD, account, mailed_link, person, whole_mail};
use crate::support::desk::Desk;
use crate::support::page::without_ids;

both_databases!(
    accounts_are_listed_and_managed,
    everybody_without_an_account_is_invited_at_once,
    an_invitation_to_an_address_in_use_says_so_where_it_may,
    the_address_to_sign_in_with_changes_when_its_reader_proves_it,
    a_mail_that_was_given_up_is_seen_and_sent_again,
    the_mail_of_an_account_is_for_those_who_manage_its_person,
    jobs_are_run_paused_and_changed,
    the_trail_shows_and_exports_what_is_filtered,
    pages_of_administrators_are_for_them,
);

fn page(browser: &Browser, path: &str) -> String {
    browser.get(path).expect_page(200)
}

/// Follows where a form leads; the page there.
fn next(browser: &Browser, reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    page(browser, reply.header("location"))
}

/// The first address on a page that fits.
fn address(page: &str, begins: &str, ends: &str) -> String {
    let mut parts = page.split('"');
    let found = parts.find(|part| part.starts_with(begins) && part.ends_with(ends));
    found
        .unwrap_or_else(|| panic!("nothing leads to {begins}…{ends}: {page}"))
        .to_owned()
}

/// Has what waits given up with this error.
fn give_up(app: &TestApp, error: &str) -> Vec<MailId> {
    let now = app.now();
    let claim = Claim {
        now,
        until: now + TimeDelta::minutes(5),
        token: 7,
        boot: "test",
        limit: 100,
        except: &[],
    };
    let given_up: Result<Vec<MailId>, StoreError> = app.store.write(|conn| {
        let claimed = outbox::claim(conn, claim)?;
        let acks: Vec<Ack> = claimed
            .iter()
            .map(|mail| Ack {
                id: mail.id,
                token: 7,
                verdict: Verdict::Dead(error.to_owned()),
            })
            .collect();
        outbox::acknowledge(conn, &acks, now)?;
        Ok(acks.into_iter().map(|ack| ack.id).collect())
    });
    app.expect_unread_mails();
    given_up.unwrap()
}

const NO_MAILBOX: &str = "RCPT TO: 550 5.1.1 no such user";

fn accounts_are_listed_and_managed(app: &TestApp) {
    let desk = union_of(app);
    let admin = signed_in(app, &desk, Role::Admin);
    let leader = signed_in(app, &desk, Role::Leader);
    let new = person(app, &desk.superior, Role::Contributor, "moi@huyen.example");
    let form = admin.get(&format!("/quan-tri/tai-khoan/moi?nguoi={}", new.id));
    assert_page("account_invite", "vi", &without_ids(&form.text), &[]);
    let fields = [
        ("nguoi", new.id.to_string()),
        ("thu", "moi@huyen.example".to_owned()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let sent = send(&admin, &form, "/quan-tri/tai-khoan/moi", &fields);
    let invited = next(&admin, &sent);
    assert!(invited.contains("Đã gửi lời mời"), "{invited}");
    let again = send(&admin, &form, "/quan-tri/tai-khoan/moi", &fields);
    assert_eq!(
        again.header("location"),
        sent.header("location"),
        "the same form"
    );
    assert_eq!(give_up(app, NO_MAILBOX).len(), 1);
    let one = sent
        .header("location")
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let shown = page(&admin, &one);
    assert_page("account_unreachable", "vi", &without_ids(&shown), &[]);
    choose(&admin, "en");
    let list = page(&admin, "/quan-tri/tai-khoan");
    assert_page("accounts", "en", &without_ids(&list), &[]);
    choose(&admin, "vi");
    let list = page(&admin, "/quan-tri/tai-khoan");
    assert_page("accounts", "vi", &without_ids(&list), &[]);
    let unreachable = page(&admin, "/quan-tri/tai-khoan?tt=unreachable");
    assert!(unreachable.contains("Người contributor") && !unreachable.contains("Người leader"));
    let none = page(&admin, "/quan-tri/tai-khoan?q=khong-co-ai");
    assert!(none.contains("Chưa có tài khoản nào hợp bộ lọc"), "{none}");

    // the invitation once more; then somebody who is signed in
    let again = next(
        &admin,
        &send(
            &admin,
            &admin.get(&one),
            &format!("{one}/buoc/moi-lai"),
            &[],
        ),
    );
    assert!(again.contains("liên kết cũ hết dùng được"), "{again}");
    app.mails();
    let own = address(
        &page(&admin, "/quan-tri/tai-khoan?q=nguoi%20leader"),
        "/quan-tri/tai-khoan/",
        "",
    );
    let of_leader = page(&admin, &own);
    let end = address(&of_leader, &format!("{own}/phien/"), "");
    let ended = next(&admin, &send(&admin, &admin.get(&own), &end, &[]));
    assert!(ended.contains("Không đăng nhập ở đâu"), "{ended}");
    assert!(!leader.is_in());
    next(
        &admin,
        &send(
            &admin,
            &admin.get(&own),
            &format!("{own}/buoc/dat-lai"),
            &[],
        ),
    );
    assert_eq!(app.mails().len(), 1);
    let confirm = admin.get(&format!("{own}/khoa/xac-nhan"));
    assert_page("account_disable", "vi", &without_ids(&confirm.text), &[]);
    let disabled = next(
        &admin,
        &send(&admin, &confirm, &format!("{own}/buoc/khoa"), &[]),
    );
    assert!(disabled.contains("Đã khóa tài khoản"), "{disabled}");
    assert_ne!(Browser::of(app).sign_in("leader@tinh.example").status, 303);
    let enabled = next(
        &admin,
        &send(&admin, &admin.get(&own), &format!("{own}/buoc/mo"), &[]),
    );
    assert!(enabled.contains("Đã mở khóa"), "{enabled}");
    assert_eq!(Browser::of(app).sign_in("leader@tinh.example").status, 303);
    assert_eq!(
        send(&admin, &admin.get(&own), &format!("{own}/buoc/khac"), &[]).status,
        404
    );

    // the last administrator is not disabled
    let own = address(
        &page(&admin, "/quan-tri/tai-khoan?q=nguoi%20admin"),
        "/quan-tri/tai-khoan/",
        "",
    );
    let confirm = admin.get(&format!("{own}/khoa/xac-nhan"));
    let refused = send(&admin, &confirm, &format!("{own}/buoc/khoa"), &[]).expect_page(409);
    assert!(refused.contains("thêm một quản trị viên khác"), "{refused}");
}

fn everybody_without_an_account_is_invited_at_once(app: &TestApp) {
    let desk = union_of(app);
    let admin = signed_in(app, &desk, Role::Admin);
    person(app, &desk.superior, Role::Leader, "a@huyen.example");
    person(app, &desk.grassroots, Role::Contributor, "b@co-so.example");
    let silent = json!({ "unit_id": desk.superior.id, "name": "Không Thư", "role": "contributor" });
    app.admin().post("/api/v1/people", &silent).expect(201);
    let list = page(&admin, "/quan-tri/tai-khoan");
    assert!(list.contains("Mời 3 người chưa có tài khoản"), "{list}");
    let confirm = admin.get("/quan-tri/tai-khoan/moi-tat-ca/xac-nhan");
    assert_page(
        "accounts_invite_many",
        "vi",
        &without_ids(&confirm.text),
        &[],
    );
    let ids: Vec<String> = confirm
        .text
        .split("name=\"muc\" value=\"")
        .skip(1)
        .map(|part| part.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
    let fields: Vec<(&str, &str)> = ids.iter().map(|id| ("muc", id.as_str())).collect();
    let done = send(&admin, &confirm, "/quan-tri/tai-khoan/moi-tat-ca", &fields);
    let list = next(&admin, &done);
    assert!(list.contains("Đã mời 2 người; không mời được 0."), "{list}");
    let twice = send(&admin, &confirm, "/quan-tri/tai-khoan/moi-tat-ca", &fields);
    assert_eq!(
        twice.header("location"),
        done.header("location"),
        "the same form"
    );
    assert_eq!(app.mails().len(), 2);
    // another form about the same people: they have accounts by now
    let fresh = admin.get("/quan-tri/tai-khoan/moi-tat-ca/xac-nhan");
    assert!(fresh.text.contains("Không có ai để mời"), "{}", fresh.text);
    let form = admin.get("/tai-khoan");
    let late = send(&admin, &form, "/quan-tri/tai-khoan/moi-tat-ca", &fields);
    let late = next(&admin, &late);
    assert!(late.contains("Đã mời 0 người; không mời được 2."), "{late}");
    // who was left out, and why
    for name in ["Người leader", "Người contributor"] {
        let line = late.lines().find(|line| line.contains(name)).unwrap_or("");
        assert!(line.contains("đã có tài khoản"), "{name}: {late}");
    }
}

fn an_invitation_to_an_address_in_use_says_so_where_it_may(app: &TestApp) {
    let desk = union_of(app);
    let admin = signed_in(app, &desk, Role::Admin);
    signed_in(app, &desk, Role::Leader);
    let other = Desk::coded(app, "khac");
    account(
        app,
        &person(app, &other.root, Role::Leader, "o-noi-khac@tinh.example"),
    );
    let new = person(app, &desk.superior, Role::Contributor, "moi@huyen.example");
    let form = admin.get(&format!("/quan-tri/tai-khoan/moi?nguoi={}", new.id));
    let id = new.id.to_string();
    let at = |mail: &str| {
        let fields = [("nguoi", id.as_str()), ("thu", mail)];
        send(&admin, &form, "/quan-tri/tai-khoan/moi", &fields)
    };
    let refused = at("leader@tinh.example").expect_page(400);
    assert!(refused.contains("href=\"#thu\""), "{refused}");
    assert!(
        refused.contains("đã dùng để đăng nhập cho tài khoản khác"),
        "{refused}"
    );
    assert!(
        refused.contains("value=\"leader@tinh.example\""),
        "what was typed stays"
    );
    // of an account elsewhere nobody learns here
    assert_eq!(at("o-noi-khac@tinh.example").status, 303);
    app.mails();
}

fn the_address_to_sign_in_with_changes_when_its_reader_proves_it(app: &TestApp) {
    let desk = union_of(app);
    let admin = signed_in(app, &desk, Role::Admin);
    signed_in(app, &desk, Role::Leader);
    let list = page(&admin, "/quan-tri/tai-khoan?q=nguoi%20leader");
    let own = address(&list, "/quan-tri/tai-khoan/", "");
    let step = format!("{own}/buoc/doi-thu");
    let form = admin.get(&own);
    for bad in ["", "không phải thư", "admin@tinh.example"] {
        let refused = send(&admin, &form, &step, &[("thu", bad)]).expect_page(400);
        assert!(refused.contains("href=\"#thu\""), "{bad}: {refused}");
    }
    let changed = next(
        &admin,
        &send(&admin, &form, &step, &[("thu", "moi@tinh.example")]),
    );
    assert!(changed.contains("moi@tinh.example"), "{changed}");
    let mails = app
        .store
        .read(|conn| outbox::list(conn, &Default::default(), None, 2))
        .unwrap();
    let to: Vec<&str> = mails.iter().map(|mail| mail.to_mail.as_str()).collect();
    assert_eq!(to, ["leader@tinh.example", "moi@tinh.example"]);
    // the old address goes on until the new one is proven
    assert_eq!(Browser::of(app).sign_in("leader@tinh.example").status, 303);
    assert_ne!(Browser::of(app).sign_in("moi@tinh.example").status, 303);
    let sent = app.mails();
    let link = sent.iter().find_map(|mail| {
        let raw = mail_parser::MessageParser::default()
            .parse(&mail.raw)
            .unwrap();
        let text = raw.body_text(0).unwrap().into_owned();
        let at = text.find("/dat-lai/")?;
        Some(text[at..].split_whitespace().next().unwrap().to_owned())
    });
    let set = Browser::of(app).form(
        &link.unwrap(),
        &[("password", PASSWORD), ("again", PASSWORD)],
    );
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(Browser::of(app).sign_in("moi@tinh.example").status, 303);
    assert_ne!(Browser::of(app).sign_in("leader@tinh.example").status, 303);
    // somebody who was only invited is invited at the new address
    let new = person(app, &desk.superior, Role::Contributor, "sai@huyen.example");
    let invited = app
        .admin()
        .post("/api/v1/accounts", &json!({ "person_id": new.id }));
    let id = AccountId(invited.expect(201)["id"].as_i64().unwrap());
    let old_link = mailed_link(app);
    let answer = app.admin().post(
        &format!("/api/v1/accounts/{id}/mail"),
        &json!({ "mail": "dung@huyen.example" }),
    );
    assert_eq!(answer.expect(200)["mail"], "dung@huyen.example");
    let told = whole_mail(app, &[]);
    insta::with_settings!({ prepend_module_to_snapshot => true }, {
        insta::assert_snapshot!("letter_mail_changed", told);
    });
    assert_eq!(
        Browser::of(app).get(&old_link).status,
        404,
        "the old link is void"
    );
}

fn a_mail_that_was_given_up_is_seen_and_sent_again(app: &TestApp) {
    let desk = union_of(app);
    let admin = signed_in(app, &desk, Role::Admin);
    let department = signed_in(app, &desk, Role::Department);
    let empty = page(&admin, "/thu-di");
    assert_page("mails_none", "vi", &without_ids(&empty), &[]);
    let new = person(app, &desk.superior, Role::Leader, "sai@huyen.example");
    let invited = app
        .admin()
        .post("/api/v1/accounts", &json!({ "person_id": new.id }));
    invited.expect(201);
    let waiting = page(&admin, "/thu-di?tt=cho");
    assert!(waiting.contains("sai@huyen.example"), "{waiting}");
    let ids = give_up(app, NO_MAILBOX);
    for lang in ["vi", "en"] {
        choose(&admin, lang);
        let dead = page(&admin, "/thu-di");
        assert_page("mails_dead", lang, &without_ids(&dead), &[]);
    }
    choose(&admin, "vi");
    let found = page(
        &admin,
        "/thu-di?q=sai%40huyen&loai=account&tu=20%2F11%2F2026",
    );
    assert!(found.contains("sai@huyen.example"), "{found}");
    let missed = page(&admin, "/thu-di?loai=summary");
    assert!(!missed.contains("sai@huyen.example"), "{missed}");
    assert_eq!(admin.get("/thu-di?tu=31%2F02%2F2026").status, 400);

    let one = format!("/thu-di/{}", ids[0]);
    let shown = admin.get(&one);
    assert_eq!(shown.status, 200, "{}", shown.text);
    let policy = shown.header("content-security-policy");
    assert!(policy.contains("frame-src 'self'") && policy.contains("default-src 'none'"));
    assert!(shown.text.contains("/moi/"), "the text with its link");
    let html = admin.get(&format!("{one}/html"));
    let policy = html.header("content-security-policy");
    assert!(
        policy.contains("sandbox") && !policy.contains("script"),
        "{policy}"
    );
    assert!(html.text.contains("<html"), "{}", html.text);
    let again = next(
        &admin,
        &send(&admin, &shown, &format!("{one}/gui-lai"), &[]),
    );
    assert!(again.contains("Thư sẽ được gửi lại ngay"), "{again}");
    let late = send(
        &admin,
        &admin.get("/tai-khoan"),
        &format!("{one}/gui-lai"),
        &[],
    );
    assert_eq!(late.status, 409, "it was not given up any more");
    assert_eq!(app.mails().len(), 1);
    assert!(page(&admin, "/thu-di?tt=da-gui").contains("sai@huyen.example"));

    // the department sees that it was sent and not what it says
    let list = page(&department, "/thu-di?tt=da-gui");
    assert!(
        list.contains("sai@huyen.example") && !list.contains(&one),
        "{list}"
    );
    assert_eq!(department.get(&one).status, 403);
    assert_eq!(department.get(&format!("{one}/html")).status, 403);
}

fn the_mail_of_an_account_is_for_those_who_manage_its_person(app: &TestApp) {
    let desk = union_of(app);
    let local = person(app, &desk.superior, Role::Admin, "may-huyen@tinh.example");
    account(app, &local);
    let operator = Browser::of(app);
    operator.sign_in("may-huyen@tinh.example");
    let high = person(app, &desk.superior, Role::Viewer, "cao@huyen.example");
    let role = json!({ "role": "department", "unit_id": desk.root.id, "reason": "Kiêm nhiệm" });
    let roles = format!("/api/v1/people/{}/roles", high.id);
    app.admin().post(&roles, &role).expect(201);
    let invited = app
        .admin()
        .post("/api/v1/accounts", &json!({ "person_id": high.id }));
    invited.expect(201);
    let mails = app
        .store
        .read(|conn| outbox::list(conn, &Default::default(), None, 1))
        .unwrap();
    let one = format!("/thu-di/{}", mails[0].id);
    assert_eq!(operator.get(&one).status, 403);
    assert_eq!(operator.get(&format!("{one}/html")).status, 403);
    app.expect_unread_mails();
}

fn jobs_are_run_paused_and_changed(app: &TestApp) {
    let desk = union_of(app);
    app.run_due();
    let admin = signed_in(app, &desk, Role::Admin);
    let department = signed_in(app, &desk, Role::Department);
    let list = page(&admin, "/lich-chay");
    assert!(
        list.contains("mỗi phút") && list.contains("hằng ngày lúc 16:01"),
        "{list}"
    );
    assert_page("jobs", "vi", &without_ids(&list), &[]);
    let form = admin.get("/lich-chay/purge");
    assert_page("job", "vi", &without_ids(&form.text), &[]);
    let refused = send(&admin, &form, "/lich-chay/purge", &[("gio", "25:70")]).expect_page(400);
    assert!(
        refused.contains("href=\"#gio\"") && refused.contains("value=\"25:70\""),
        "{refused}"
    );
    let changed = next(
        &admin,
        &send(&admin, &form, "/lich-chay/purge", &[("gio", "3h15")]),
    );
    assert!(changed.contains("hằng ngày lúc 03:15"), "{changed}");
    let fresh = hidden(&admin.get("/lich-chay/purge"), "khoa");
    let stale = [
        ("khoa", fresh.as_str()),
        ("phien_ban", "1"),
        ("gio", "4:00"),
    ];
    let stale = admin.form("/lich-chay/purge", &stale);
    let stale = stale.expect_page(409);
    assert!(stale.contains("Người khác vừa lưu trước"), "{stale}");
    assert!(stale.contains("value=\"4:00\""), "{stale}");
    // a report leaves on the day and at the hour that the department chose
    let weekly = format!("/lich-chay/weekly-digest:{}", desk.root.id);
    let form = department.get(&weekly);
    assert_page("job_weekly", "vi", &without_ids(&form.text), &[]);
    let chosen = [("ngay", "5"), ("gio", "7h30")];
    let changed = next(&department, &send(&department, &form, &weekly, &chosen));
    assert!(changed.contains("thứ Sáu hằng tuần lúc 07:30"), "{changed}");
    let form = department.get(&weekly);
    let forged = send(
        &department,
        &form,
        &weekly,
        &[("ngay", "9"), ("gio", "8:00")],
    )
    .expect_page(400);
    assert!(forged.contains("id=\"ngay-fault\""), "{forged}");
    // a check of every minute has no hour
    let sweep = admin.get("/lich-chay/sweep");
    assert!(!sweep.text.contains("name=\"gio\""), "{}", sweep.text);
    let forged = send(&admin, &sweep, "/lich-chay/sweep", &[("gio", "03:00")]);
    assert_eq!(forged.status, 403);
    assert!(page(&admin, "/lich-chay/sweep").contains("mỗi phút"));
    let form = admin.get("/lich-chay/purge");
    let paused = next(
        &admin,
        &send(&admin, &form, "/lich-chay/purge/buoc/tam-dung", &[]),
    );
    assert!(
        paused.contains("đang tạm dừng") && !paused.contains("Chạy ngay"),
        "{paused}"
    );
    let form = admin.get("/lich-chay/purge");
    let refused = send(&admin, &form, "/lich-chay/purge/buoc/chay", &[]);
    assert_eq!(refused.status, 409, "a paused job does not run");
    let form = admin.get("/lich-chay/purge");
    next(
        &admin,
        &send(&admin, &form, "/lich-chay/purge/buoc/tiep-tuc", &[]),
    );
    let form = admin.get("/lich-chay/purge");
    let soon = next(
        &admin,
        &send(&admin, &form, "/lich-chay/purge/buoc/chay", &[]),
    );
    assert!(soon.contains("Sẽ chạy trong vòng một phút"), "{soon}");
    app.run_due();
    assert!(page(&admin, "/lich-chay/purge").contains("xong."));
    assert_eq!(
        send(&admin, &form, "/lich-chay/purge/buoc/khac", &[]).status,
        404
    );
    assert_eq!(admin.get("/lich-chay/khong-co").status, 404);
    // what binds the whole installation is run by those who operate it
    let seen = department.get("/lich-chay/purge");
    assert!(!seen.text.contains("Chạy ngay"), "{}", seen.text);
    let form = department.get("/tai-khoan");
    assert_eq!(
        send(&department, &form, "/lich-chay/purge/buoc/chay", &[]).status,
        403
    );
}

fn the_trail_shows_and_exports_what_is_filtered(app: &TestApp) {
    let desk = union_of(app);
    let admin = signed_in(app, &desk, Role::Admin);
    let leader = person(app, &desk.superior, Role::Leader, "cu@huyen.example");
    let patch = json!({ "mail": "moi@huyen.example", "title": "Chủ tịch" });
    let path = format!("/api/v1/people/{}", leader.id);
    app.admin().knowing(1).patch(&path, &patch).expect(200);
    let list = page(&admin, "/nhat-ky?loai=person&dv=huyen");
    assert!(
        list.contains("cu@huyen.example → moi@huyen.example"),
        "{list}"
    );
    assert!(list.contains("sửa: <a href=\"/nguoi/"), "{list}");
    assert!(!list.contains("đăng nhập:"), "{list}");
    let file = admin.get("/nhat-ky.csv?loai=person&dv=huyen");
    assert_eq!(file.status, 200);
    assert_eq!(
        file.text.lines().count(),
        1 + list
            .matches("<tr role=\"row\"><th role=\"rowheader\"")
            .count()
    );
    assert!(file.text.contains("cu@huyen.example → moi@huyen.example"));
    let raw = ["{", "person", "update"];
    assert!(
        !raw.iter().any(|raw| file.text.contains(raw)),
        "{}",
        file.text
    );
    let by_day = page(&admin, "/nhat-ky?tu=21%2F11%2F2026");
    assert!(by_day.contains("Chưa có dòng nào hợp bộ lọc"), "{by_day}");
    // every list reports an invalid date at its field
    for list in ["/nhat-ky", "/thu-di", "/tin-bai"] {
        let refused = admin.get(&format!("{list}?den=31%2F02%2F2026&q=a"));
        let refused = refused.expect_page(400);
        assert!(refused.contains("href=\"#den\""), "{list}: {refused}");
        assert!(
            refused.contains("value=\"31/02/2026\""),
            "{list}: {refused}"
        );
    }
    let of_kind = page(&admin, "/nhat-ky?loai=account");
    assert_page("trail", "vi", &without_ids(&of_kind), &[]);
    choose(&admin, "en");
    let file = admin.get("/nhat-ky.csv?loai=person&dv=huyen").text;
    assert!(file.contains("What was done"), "{file}");
    let of_kind = page(&admin, "/nhat-ky?loai=person");
    assert_page("trail", "en", &without_ids(&of_kind), &[]);
}

fn pages_of_administrators_are_for_them(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let contributor = signed_in(app, &desk, Role::Contributor);
    for path in [
        "/quan-tri/tai-khoan",
        "/thu-di",
        "/nhat-ky",
        "/nhat-ky.csv",
        "/he-thong",
    ] {
        assert_eq!(leader.get(path).status, 403, "{path}");
        assert_eq!(contributor.get(path).status, 403, "{path}");
    }
    let own = leader.get("/quan-tri/tai-khoan/moi-tat-ca/xac-nhan");
    assert_eq!(own.status, 403);
    assert_eq!(leader.get("/quan-tri/tai-khoan/1").status, 403);
    let before = app
        .store
        .read(|conn| outbox::list(conn, &Default::default(), None, 100))
        .unwrap();
    let form = leader.get("/tai-khoan");
    for path in [
        "/quan-tri/tai-khoan/1/buoc/khoa",
        "/quan-tri/tai-khoan/moi-tat-ca",
        "/thu-di/1/gui-lai",
    ] {
        assert_eq!(
            send(&leader, &form, path, &[("muc", "1")]).status,
            403,
            "{path}"
        );
    }
    let after = app
        .store
        .read(|conn| outbox::list(conn, &Default::default(), None, 100))
        .unwrap();
    assert_eq!(before, after);
}
