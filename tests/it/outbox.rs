//! The outbox in the database: enqueueing, leases, what people see of it.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use tinbai::domain::file::{File, FileFormat};
use tinbai::domain::ids::{MailId, PersonId};
use tinbai::domain::mail::Attachment;
use tinbai::domain::mail::MailState;
use tinbai::mail::{Extras, Outgoing};
use tinbai::store::outbox::{self, Ack, Claim, Claimed, Verdict};
use tinbai::store::{Store, StoreError};

use crate::both_databases;
use crate::support::TestDb;
use crate::support::post::{mail, mails};

both_databases!(
    a_mail_is_queued_once_per_key_whatever_runs_twice,
    what_is_read_is_what_was_written,
    a_mail_is_claimed_by_one_only,
    a_crowded_domain_is_left_out_of_a_claim,
    a_stale_lease_changes_nothing,
    leases_of_a_dead_process_are_freed_and_its_mails_are_what_they_were,
    a_renewed_lease_is_not_claimed_by_others,
    lists_come_in_pages_without_gaps,
    a_dead_mail_can_be_sent_again_as_if_new,
    old_mails_are_purged_and_waiting_ones_stay,
    a_demonstration_declares_its_past_sent,
);

fn claim(store: &Store, now: DateTime<Utc>, token: i64, limit: usize) -> Vec<Claimed> {
    claim_as(store, now, token, limit, "a", &[])
}

fn claim_as(
    store: &Store,
    now: DateTime<Utc>,
    token: i64,
    limit: usize,
    boot: &str,
    except: &[String],
) -> Vec<Claimed> {
    let claim = Claim {
        now,
        until: now + TimeDelta::minutes(3),
        token,
        boot,
        limit,
        except,
    };
    store
        .write_committed(|conn| outbox::claim(conn, claim))
        .unwrap()
}

fn acknowledge(db: &TestDb, mail: &Claimed, verdict: Verdict) -> usize {
    let ack = Ack {
        id: mail.id,
        token: mail.token,
        verdict,
    };
    db.store
        .write_committed(|conn| outbox::acknowledge(conn, std::slice::from_ref(&ack), db.now()))
        .unwrap()
}

fn units(mails: &[Claimed]) -> Vec<i64> {
    mails
        .iter()
        .map(|mail| mail.mail.as_ref().unwrap().unit_id.unwrap().0)
        .collect()
}

fn a_mail_is_queued_once_per_key_whatever_runs_twice(db: &TestDb) {
    let mut first = mails(600, db.now());
    first.push(mail(600, db.now()));
    assert_eq!(db.enqueue(&first), 600);
    let second: Vec<Outgoing> = mails(605, db.now());
    assert_eq!(db.enqueue(&second), 5);
    assert_eq!(db.enqueue(&second), 0);
    let stats = db.stats();
    assert_eq!(
        (stats.queued, stats.oldest_queued),
        (605, Some(db.now().into()))
    );
}

fn what_is_read_is_what_was_written(db: &TestDb) {
    let full = Outgoing {
        person_id: Some(PersonId(7)),
        headers: Extras {
            reply_to: Some("bien-tap@ldld.example".into()),
            unsubscribe: Some("https://tinbai.example/u/1".into()),
            in_reply_to: Some("<a@tinbai.example>".into()),
            request_id: Some("4f7b0a69d1c2e3f7".into()),
            attachments: vec![Attachment::of(&File::new(
                "bang",
                FileFormat::Xlsx,
                vec![0, 1, 255],
            ))],
        },
        expires_at: Some(db.now() + TimeDelta::microseconds(1)),
        ..mail(1, db.now())
    };
    db.enqueue(std::slice::from_ref(&full));
    let claimed = claim(&db.store, db.now(), 1, 10);
    assert_eq!(claimed[0].mail.as_ref(), Ok(&full));
    let whole = db.mail_of(1);
    assert_eq!(whole.mail, Ok(full));
    assert_eq!(
        (whole.queued.state, whole.queued.attempts),
        (MailState::Leased, 0)
    );
    assert!(
        db.store
            .read(|conn| outbox::find(conn, MailId(99)))
            .unwrap()
            .is_none()
    );
}

fn a_mail_is_claimed_by_one_only(db: &TestDb) {
    db.enqueue(&mails(400, db.now()));
    let claimers: Vec<_> = (1..=4)
        .map(|token| {
            let (store, now) = (db.second_store(), db.now());
            std::thread::spawn(move || {
                let mut mine = Vec::new();
                while store
                    .read(outbox::next_due)
                    .unwrap()
                    .is_some_and(|due| due <= now)
                {
                    mine.extend(units(&claim(&store, now, token, 20)));
                }
                mine
            })
        })
        .collect();
    let all: Vec<i64> = claimers
        .into_iter()
        .flat_map(|claimer| claimer.join().unwrap())
        .collect();
    assert_eq!(all.len(), 400);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 400);
}

fn a_crowded_domain_is_left_out_of_a_claim(db: &TestDb) {
    let other = Outgoing {
        to_mail: "x@KHAC.example".parse().unwrap(),
        ..mail(3, db.now())
    };
    db.enqueue(&[mail(1, db.now()), mail(2, db.now()), other]);
    let claimed = claim_as(
        &db.store,
        db.now(),
        1,
        10,
        "a",
        &["donvi.example".to_owned()],
    );
    assert_eq!(units(&claimed), [3]);
    assert_eq!(units(&claim(&db.store, db.now(), 2, 1)), [1]);
}

fn a_stale_lease_changes_nothing(db: &TestDb) {
    db.enqueue(&mails(1, db.now()));
    let slow = claim(&db.store, db.now(), 1, 1);
    assert!(claim(&db.store, db.now(), 2, 1).is_empty());
    db.minutes_later(3);
    let quick = claim(&db.store, db.now(), 2, 1);
    assert_eq!(units(&quick), [1]);
    for verdict in [
        Verdict::Sent,
        Verdict::Dead("late".into()),
        Verdict::Released(None),
    ] {
        assert_eq!(acknowledge(db, &slow[0], verdict), 1, "fenced");
    }
    let renewed = db
        .store
        .write_committed(|conn| outbox::renew(conn, 1, &[slow[0].id], db.now()));
    assert!(renewed.unwrap().is_empty());
    let row = db.mail_of(1).queued;
    assert_eq!(
        (row.state, row.next_at, row.last_error),
        (
            MailState::Leased,
            Some((db.now() + TimeDelta::minutes(3)).into()),
            None
        )
    );
    assert_eq!(acknowledge(db, &quick[0], Verdict::Sent), 0);
    assert_eq!(
        acknowledge(db, &quick[0], Verdict::Sent),
        1,
        "a second time it is nobody's"
    );
    assert_eq!(db.mail_of(1).queued.state, MailState::Sent);
}

fn leases_of_a_dead_process_are_freed_and_its_mails_are_what_they_were(db: &TestDb) {
    db.enqueue(&mails(4, db.now()));
    let claimed = claim(&db.store, db.now(), 1, 3);
    acknowledge(db, &claimed[1], Verdict::Retry(db.now(), "450".into()));
    acknowledge(db, &claimed[2], Verdict::Unknown(db.now(), "lost".into()));
    claim_as(&db.store, db.now(), 2, 1, "dead", &[]);
    claim_as(&db.store, db.now(), 3, 2, "dead", &[]);
    let holders = |store: &Store| store.read(outbox::boots_with_leases).unwrap();
    assert_eq!(holders(&db.store), ["a", "dead"]);
    let freed = db
        .store
        .write_committed(|conn| outbox::release_boot(conn, "dead", db.now()))
        .unwrap();
    assert_eq!(freed, 3);
    assert_eq!(holders(&db.store), ["a"]);
    let states: Vec<MailState> = (2..=4).map(|n| db.mail_of(n).queued.state).collect();
    assert_eq!(
        states,
        [MailState::Retry, MailState::Unknown, MailState::Queued]
    );
    assert_eq!(units(&claim(&db.store, db.now(), 4, 10)).len(), 3);
}

fn a_renewed_lease_is_not_claimed_by_others(db: &TestDb) {
    db.enqueue(&mails(2, db.now()));
    let claimed = claim(&db.store, db.now(), 1, 2);
    db.minutes_later(2);
    let later = db.now() + TimeDelta::minutes(3);
    let renewed = db
        .store
        .write_committed(|conn| outbox::renew(conn, 1, &[claimed[0].id], later))
        .unwrap();
    assert_eq!(renewed, [claimed[0].id]);
    db.minutes_later(2);
    assert_eq!(units(&claim(&db.store, db.now(), 2, 10)), [2]);
}

fn lists_come_in_pages_without_gaps(db: &TestDb) {
    db.enqueue(&mails(7, db.now()));
    let pages = |state: Option<MailState>| {
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let filter = outbox::MailFilter {
                state,
                ..Default::default()
            };
            let page = db
                .store
                .read(|conn| outbox::list(conn, &filter, before, 3))
                .unwrap();
            let Some(last) = page.last() else { return seen };
            before = Some(last.id);
            seen.extend(page.iter().map(|mail| mail.unit_id.unwrap().0));
        }
    };
    assert_eq!(pages(Some(MailState::Queued)), [7, 6, 5, 4, 3, 2, 1]);
    for mail in claim(&db.store, db.now(), 1, 6) {
        acknowledge(db, &mail, Verdict::Dead("550".into()));
    }
    assert_eq!(pages(Some(MailState::Queued)), [7]);
    assert_eq!(pages(Some(MailState::Dead)), [6, 5, 4, 3, 2, 1]);
    assert_eq!(pages(None), [7, 6, 5, 4, 3, 2, 1]);
}

fn a_dead_mail_can_be_sent_again_as_if_new(db: &TestDb) {
    db.enqueue(&mails(1, db.now()));
    let requeue = |id: MailId| {
        db.store
            .write(|conn| outbox::requeue(conn, id, db.now()))
            .unwrap()
    };
    let claimed = claim(&db.store, db.now(), 1, 1);
    assert!(!requeue(claimed[0].id), "it is not dead");
    acknowledge(db, &claimed[0], Verdict::Dead("550 no such user".into()));
    assert_eq!(
        db.mail_of(1).queued.last_error.as_deref(),
        Some("550 no such user")
    );
    db.minutes_later(60);
    assert!(requeue(claimed[0].id));
    let again = claim(&db.store, db.now(), 2, 1);
    assert_eq!((again[0].attempts, again[0].queued_at), (0, db.now()));
}

fn old_mails_are_purged_and_waiting_ones_stay(db: &TestDb) {
    db.enqueue(&mails(5, db.now()));
    let claimed = claim(&db.store, db.now(), 1, 4);
    acknowledge(db, &claimed[0], Verdict::Sent);
    acknowledge(db, &claimed[1], Verdict::Dead("550".into()));
    acknowledge(db, &claimed[2], Verdict::Retry(db.now(), "450".into()));
    db.minutes_later(1);
    acknowledge(db, &claimed[3], Verdict::Sent);
    let purge = |limit| {
        db.store
            .write(|conn| outbox::purge(conn, db.now(), limit))
            .unwrap()
    };
    assert_eq!((purge(1), purge(1), purge(1)), (1, 1, 0));
    let stats = db.stats();
    assert_eq!(
        (stats.sent, stats.dead, stats.retry, stats.queued),
        (1, 0, 1, 1)
    );
    assert_eq!(
        db.enqueue(&mails(5, db.now())),
        2,
        "their keys went with them"
    );
}

fn a_demonstration_declares_its_past_sent(db: &TestDb) {
    db.enqueue(&mails(3, db.now()));
    let claimed = claim(&db.store, db.now(), 1, 1);
    let done = db
        .store
        .write::<_, StoreError>(|conn| outbox::mark_all_sent(conn, db.now()))
        .unwrap();
    assert_eq!(done, 3);
    assert_eq!((db.stats().sent, db.stats().queued), (3, 0));
    assert_eq!(
        acknowledge(db, &claimed[0], Verdict::Dead("late".into())),
        1,
        "its lease is over"
    );
}
