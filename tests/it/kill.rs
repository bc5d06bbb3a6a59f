//! A real process is killed while it delivers, again and again: nothing is lost, and a kill doubles
//! at most one mail a connection, with the same Message-ID on both copies.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::both_databases;
use crate::support::TestDb;
use crate::support::post::mails;
use crate::support::process::program;
use crate::support::sink::{Answer, Received, Sink, Step};

both_databases!(
    a_killed_process_loses_no_mail_and_doubles_at_most_one_a_connection,
    a_process_that_is_told_to_stop_leaves_nothing_behind,
);

const KILLS: usize = 25;
const CONNECTIONS: usize = 8;

/// `tinbai deliver` to a sink.
pub fn deliver(db: &TestDb, sink: &Sink) -> Command {
    let mut command = Command::new(program());
    command
        .arg("deliver")
        .env("TINBAI_DATABASE__URL", db.url())
        .env("TINBAI_MAIL__TRANSPORT", "smtp")
        .env("TINBAI_MAIL__SMTP__HOST", sink.address.ip().to_string())
        .env("TINBAI_MAIL__SMTP__PORT", sink.address.port().to_string())
        .env("TINBAI_MAIL__SMTP__TLS", "none")
        .env(
            "TINBAI_MAIL__DELIVERY__CONNECTIONS",
            CONNECTIONS.to_string(),
        )
        .env("TINBAI_MAIL__DELIVERY__PER_DOMAIN", CONNECTIONS.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// A number in `0..below` that differs from run to run.
fn any(below: usize) -> usize {
    rand::random_range(0..below)
}

fn a_killed_process_loses_no_mail_and_doubles_at_most_one_a_connection(db: &TestDb) {
    let number = 2_500;
    let sink = Sink::start(|seen| match seen.step {
        Step::Dot => Answer::After(Duration::from_millis(1), Box::new(Answer::Fine)),
        _ => Answer::Fine,
    });
    db.enqueue(&mails(number, db.now()));
    // Which mails the server had when each process ended.
    let mut ends = Vec::new();
    for _ in 0..KILLS {
        let before = sink.count();
        let mut process = deliver(db, &sink).spawn().unwrap();
        assert!(sink.wait_for(before + 1 + any(60)), "the process delivers");
        std::thread::sleep(Duration::from_micros(u64::try_from(any(3_000)).unwrap()));
        process.kill().unwrap();
        process.wait().unwrap();
        ends.push(settled(&sink));
    }
    assert!(
        *ends.last().unwrap() < number,
        "the kills came while there was work"
    );
    let last = deliver(db, &sink).output().unwrap();
    assert!(last.status.success(), "{last:?}");

    let mut copies: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, mail) in sink.received().iter().enumerate() {
        assert!(mail.accepted);
        assert!(mail.message_id().ends_with("@tinbai.example>"));
        copies.entry(mail.rcpt_to.clone()).or_default().push(place);
    }
    assert_eq!(copies.len(), number, "nothing is lost");
    let all: Vec<Received> = sink.received();
    let mut doubled = vec![0; KILLS + 1];
    for places in copies.values() {
        for pair in places.windows(2) {
            assert_eq!(all[pair[0]].message_id(), all[pair[1]].message_id());
            assert_eq!(all[pair[0]].raw, all[pair[1]].raw);
            doubled[ends.iter().filter(|end| **end <= pair[0]).count()] += 1;
        }
    }
    assert_eq!(doubled[KILLS], 0, "the last process was not killed");
    assert!(
        doubled.iter().all(|doubles| *doubles <= CONNECTIONS),
        "{doubled:?}"
    );
    let stats = db.stats();
    assert_eq!(
        (
            stats.sent,
            stats.queued,
            stats.retry,
            stats.unknown,
            stats.dead
        ),
        (2_500, 0, 0, 0, 0)
    );
}

/// How many mails the server has once the connections of the killed process have run dry.
fn settled(sink: &Sink) -> usize {
    assert!(sink.wait_until_idle(), "connections of a dead process end");
    sink.count()
}

fn a_process_that_is_told_to_stop_leaves_nothing_behind(db: &TestDb) {
    let sink = Sink::forgetful(|seen| match seen.step {
        Step::Dot => Answer::After(Duration::from_millis(5), Box::new(Answer::Fine)),
        _ => Answer::Fine,
    });
    db.enqueue(&mails(2_000, db.now()));
    let mut command = deliver(db, &sink);
    let process = command.arg("--follow").spawn().unwrap();
    assert!(sink.wait_for(50));
    let told = Command::new("kill")
        .arg(process.id().to_string())
        .status()
        .unwrap();
    assert!(told.success());
    let ended = process.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    let answer = String::from_utf8(ended.stdout).unwrap();
    assert!(
        answer.starts_with(&format!("Đã gửi {} thư", sink.count())),
        "{answer}"
    );
    let stats = db.stats();
    assert_eq!(
        usize::try_from(stats.sent).unwrap(),
        sink.count(),
        "none doubled, none unrecorded"
    );
    assert!(
        db.in_state(tinbai::domain::mail::MailState::Leased)
            .is_empty()
    );
}
