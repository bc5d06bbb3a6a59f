//! The schedule and the outbox, through HTTP.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::UnitId;
use tinbai::store::outbox::{self, Claim, Verdict};

use crate::both_databases;
use crate::support::app::{Client, TestApp, texts};
use crate::support::desk::Desk;
use crate::support::post::mails;

both_databases!(
    jobs_show_their_last_run_and_the_next_one,
    a_line_without_a_next_time_is_refused,
    a_job_runs_now_when_told_so,
    mails_are_listed_for_the_department_and_read_by_operators,
    a_mail_that_was_given_up_is_sent_again,
);

fn jobs_show_their_last_run_and_the_next_one(app: &TestApp) {
    let desk = Desk::new(app);
    app.run_due();
    let admin = app.admin();
    let jobs = admin.get("/api/v1/jobs").items();
    let of_root = |job: &str| format!("{job}:{}", desk.root.id);
    let (summary, weekly) = (of_root("summary"), of_root("weekly-digest"));
    let (monthly, half_year) = (of_root("monthly-table"), of_root("half-year-report"));
    assert_eq!(
        texts(&jobs, "name"),
        [
            "backup",
            "close-periods",
            half_year.as_str(),
            monthly.as_str(),
            "open-periods",
            "purge",
            summary.as_str(),
            "sweep",
            weekly.as_str()
        ]
    );
    app.advance(chrono::TimeDelta::days(1));
    app.run_due();
    let sweep = admin.get("/api/v1/jobs/sweep").expect(200);
    assert_eq!(
        (&sweep["last"]["state"], &sweep["running"]),
        (&json!("done"), &json!(false))
    );
    let due = sweep["last"]["due_at"].as_str().unwrap();
    assert!(
        due.ends_with("+07:00") && sweep["next_at"].as_str().unwrap() > due,
        "{sweep}"
    );
    assert!(!admin.get("/api/v1/jobs/sweep/runs").items().is_empty());
    assert_eq!(admin.get("/api/v1/jobs").expect(200)["delivery"]["dead"], 0);
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    assert_eq!(
        editor.get("/api/v1/jobs").expect(200)["delivery"],
        Value::Null
    );
    let department = app.client_of(Role::Department, Some(&desk.root));
    assert!(texts(&department.get("/api/v1/jobs").items(), "name").contains(&summary));
    assert_eq!(department.get("/api/v1/jobs/summary:999").status, 404);
}

fn a_line_without_a_next_time_is_refused(app: &TestApp) {
    let desk = Desk::new(app);
    app.run_due();
    let department = app.client_of(Role::Department, Some(&desk.root));
    let path = format!("/api/v1/jobs/summary:{}", desk.root.id);
    let version = department.get(&path).expect(200)["version"]
        .as_i64()
        .unwrap();
    let change = |body: Value| department.knowing(version).patch(&path, &body);
    assert_eq!(
        change(json!({"cron": "0 0 16 31 2 *"})).faults(400),
        ["cron cron_never"]
    );
    assert_eq!(
        change(json!({"cron": "0 16 * * *"})).faults(400),
        ["cron cron_five_fields"]
    );
    assert_eq!(change(json!({"corn": "0 0 16 * * *"})).status, 400);
    assert_eq!(
        department.patch(&path, &json!({"enabled": false})).status,
        428
    );
    let changed = change(json!({"cron": "0 31 16 * * MON-FRI"})).expect(200);
    assert_eq!(changed["cron"], "0 31 16 * * MON-FRI");
    assert_eq!(change(json!({"enabled": false})).status, 412);
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    assert_eq!(
        editor
            .knowing(version + 1)
            .patch(&path, &json!({"enabled": false}))
            .status,
        403
    );
}

fn a_job_runs_now_when_told_so(app: &TestApp) {
    let desk = Desk::new(app);
    app.run_due();
    let department = app.client_of(Role::Department, Some(&desk.root));
    assert_eq!(
        department.post("/api/v1/jobs/purge/run", &json!({})).status,
        403
    );
    app.admin()
        .post("/api/v1/jobs/purge/run", &json!({}))
        .expect(202);
    let line = &app
        .admin()
        .get("/api/v1/trail?entity=job&action=run")
        .items()[0];
    let (was, is) = (
        line["old"]["next_at"].as_str().unwrap().to_owned(),
        line["new"]["next_at"].as_str().unwrap().to_owned(),
    );
    assert!(is < was, "due at once: {line}");
    assert!(app.run_due().runs.iter().any(|run| run.job == "purge"));
}

fn mails_are_listed_for_the_department_and_read_by_operators(app: &TestApp) {
    let desk = Desk::new(app);
    let about = [&desk.superior, &desk.office, &desk.root].map(|unit| unit.id);
    let mut all = mails(3, app.now());
    for (mail, unit) in all.iter_mut().zip(about) {
        mail.unit_id = Some(unit);
    }
    app.enqueue(&all);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let listed = department.get("/api/v1/mails").items();
    assert_eq!(
        listed
            .iter()
            .map(|mail| UnitId(mail["unit_id"].as_i64().unwrap()))
            .rev()
            .collect::<Vec<_>>(),
        about
    );
    let first = department.get("/api/v1/mails?limit=2").expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(
        department
            .get(&format!("/api/v1/mails?limit=2&cursor={cursor}"))
            .items(),
        [listed[2].clone()]
    );
    assert_eq!(
        department.get("/api/v1/mails?state=dead").items(),
        Vec::<Value>::new()
    );
    assert_eq!(
        department.get("/api/v1/mails/stats").expect(200)["queued"],
        3
    );
    let one = format!("/api/v1/mails/{}", listed[0]["id"]);
    assert_eq!(
        department.get(&one).status,
        403,
        "it holds links that act for its reader"
    );
    let whole = app.admin().get(&one).expect(200);
    assert_eq!(
        (&whole["subject"], whole["text"].is_string()),
        (&listed[0]["subject"], true)
    );
    let elsewhere = app.client_of(Role::Admin, Some(&desk.office));
    assert_eq!(elsewhere.get("/api/v1/mails").items().len(), 1);
    let stats = elsewhere.get("/api/v1/mails/stats").expect(200);
    assert_eq!(
        (&stats["queued"], &stats["sent"]),
        (&json!(1), &json!(0)),
        "of its own part, as the list"
    );
    assert_eq!(app.mails().len(), 3);
    let stats = |client: &Client| client.get("/api/v1/mails/stats").expect(200)["sent"].clone();
    assert_eq!(
        (stats(&elsewhere), stats(&department)),
        (json!(1), json!(3))
    );
    assert_eq!(
        elsewhere.get("/api/v1/jobs").expect(200)["delivery"]["sent"],
        1
    );
    assert_eq!(elsewhere.get(&one).status, 404);
    assert_eq!(
        app.client_of(Role::Leader, Some(&desk.superior))
            .get("/api/v1/mails")
            .status,
        403
    );
}

fn a_mail_that_was_given_up_is_sent_again(app: &TestApp) {
    app.enqueue(&mails(1, app.now()));
    let admin = app.admin();
    let listed = admin.get("/api/v1/mails").items();
    let again = format!("/api/v1/mails/{}/requeue", listed[0]["id"]);
    assert_eq!(admin.post(&again, &json!({})).status, 409);
    let (now, until) = (app.now(), app.now() + chrono::TimeDelta::minutes(3));
    let claim = Claim {
        now,
        until,
        token: 1,
        boot: "t",
        limit: 1,
        except: &[],
    };
    let claimed = app
        .store
        .write_committed(|conn| outbox::claim(conn, claim))
        .unwrap();
    let ack = outbox::Ack {
        id: claimed[0].id,
        token: 1,
        verdict: Verdict::Dead("550 no such user".into()),
    };
    app.store
        .write_committed(|conn| outbox::acknowledge(conn, std::slice::from_ref(&ack), now))
        .unwrap();
    let dead = admin.get("/api/v1/mails?state=dead").items();
    assert_eq!(dead[0]["last_error"], "550 no such user");
    assert_eq!(
        admin.post(&again, &json!({})).expect(200)["state"],
        "queued"
    );
    assert_eq!(app.mails().len(), 1);
}
