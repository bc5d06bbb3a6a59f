//! `tinbai doctor`: every bad input has its line, and a sound installation has none.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::Command;

use chrono::TimeDelta;
use tinbai::clock::{Clock as _, SystemClock};

use crate::both_databases;
use crate::support::certificates::Certificate;
use crate::support::process::{Ended, Served, ended, ended_as, program};
use crate::support::sink::{Answer, Door, Sink};
use crate::support::{Kind, TestDb, run};

both_databases!(
    a_sound_installation_has_nothing_wrong,
    a_clock_that_is_behind_what_was_recorded_is_wrong,
    a_newer_database_is_named,
);

/// Runs it with these settings; mails go into a folder, and no network is asked.
fn doctor(db: &TestDb, settings: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut command = Command::new(program());
    command
        .arg("doctor")
        .args(arguments)
        .env("TINBAI_SERVER__LISTEN", "127.0.0.1:0");
    command.envs(settings.iter().copied());
    ended_as(db.url(), command)
}

/// The lines about one thing.
fn about<'e>(done: &'e Ended, check: &str) -> Vec<&'e str> {
    let lines = done.out.lines();
    let of_check = format!("  {check} ");
    lines.filter(|line| line.contains(&of_check)).collect()
}

#[track_caller]
fn says(done: &Ended, check: &str, words: &[&str]) {
    let lines = about(done, check).join("\n");
    for word in words {
        assert!(lines.contains(word), "{check}: {word}: {done:?}");
    }
}

/// A name server on this machine that knows these texts.
fn name_server(texts: &'static [(&'static str, &'static [&'static str])]) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let known: BTreeMap<&str, &[&str]> = texts.iter().copied().collect();
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let asked = &question[..length];
            let (name, end) = name_of(asked);
            let found = known.get(name.as_str()).copied().unwrap_or_default();
            let mut answer = asked[..2].to_vec();
            let code = if known.contains_key(name.as_str()) {
                0
            } else {
                3
            };
            answer.extend([
                0x81,
                0x80 | code,
                0,
                1,
                0,
                u8::try_from(found.len()).unwrap(),
                0,
                0,
                0,
                0,
            ]);
            answer.extend(&asked[12..end + 4]);
            for text in found {
                let length = u8::try_from(text.len()).unwrap();
                answer.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, length + 1, length]);
                answer.extend(text.as_bytes());
            }
            socket.send_to(&answer, from).unwrap();
        }
    });
    address
}

/// The name in a question, and where it ends.
fn name_of(question: &[u8]) -> (String, usize) {
    let (mut labels, mut at) = (Vec::new(), 12);
    while question[at] != 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8(question[at + 1..end].to_vec()).unwrap());
        at = end;
    }
    (labels.join("."), at + 1)
}

fn a_sound_installation_has_nothing_wrong(db: &TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (mails, backups) = (path("mail"), path("backup"));
    let settings = [
        ("TINBAI_MAIL__DIRECTORY", mails.as_str()),
        ("TINBAI_BACKUP__DIRECTORY", &backups),
    ];
    let done = doctor(db, &settings, &[]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        !done.out.contains("hỏng ") && done.err.is_empty(),
        "{done:?}"
    );
    says(&done, "database", &["tốt", "không hỏng, đúng phiên bản"]);
    says(&done, "folder", &[&mails, &backups]);
    says(&done, "time_zone", &["Asia/Ho_Chi_Minh", "+07:00"]);
    says(&done, "disk", &["GB"]);
    says(&done, "backup", &["chú ý", "Chưa có bản sao lưu nào"]);
    says(&done, "smtp", &["chú ý", "mail.transport"]);
    let clock = match db.kind() {
        Kind::Sqlite => "không có đồng hồ khác",
        Kind::Postgres => "khớp với máy chủ",
    };
    says(&done, "clock", &["tốt", clock]);
    assert!(
        !Path::new(&mails).exists() && !Path::new(&backups).exists(),
        "nothing is made"
    );

    let mut backup = Command::new(program());
    backup
        .arg("backup")
        .env("TINBAI_BACKUP__DIRECTORY", &backups);
    ended_as(db.url(), backup).well();
    let done = doctor(db, &settings, &["--lang", "en"]);
    says(&done, "backup", &["ok", "The newest backup is of"]);
    let done = doctor(db, &settings, &["--json"]);
    let found: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    let keys: Vec<&String> = found[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["check", "code", "grade", "message"]);
    assert!(
        found
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["grade"] != "wrong"),
        "{found}"
    );
    // a running server of ours holds the port
    let served = Served::start(db);
    let listen = served.address.to_string();
    let settings = [settings[0], settings[1], ("TINBAI_SERVER__LISTEN", &listen)];
    says(
        &doctor(db, &settings, &[]),
        "port",
        &["tốt", "tinbai đang trả lời"],
    );
    served.stop();
}

fn a_clock_that_is_behind_what_was_recorded_is_wrong(db: &TestDb) {
    db.clock.set(SystemClock::new().now() + TimeDelta::days(1));
    crate::support::tree::found(db, "tinh", tinbai::domain::unit::Category::Federation, None);
    let done = doctor(db, &[], &[]);
    assert_eq!(done.code, Some(1));
    says(&done, "clock", &["hỏng", "timedatectl"]);
}

#[test]
fn a_damaged_file_is_told_in_one_line_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tinbai.sqlite");
    fs::write(&file, "not a database at all ".repeat(1_000)).unwrap();
    let url = format!("sqlite:{}", file.display());
    for arguments in ["serve", "jobs", "backup"] {
        let mut command = Command::new(program());
        command
            .arg(arguments)
            .env("TINBAI_SERVER__LISTEN", "127.0.0.1:0");
        let done = ended_as(&url, command);
        let line = done.err.lines().last().unwrap_or_default();
        assert_eq!(done.code, Some(1), "{done:?}");
        for words in [
            "bị hỏng",
            "tinbai restore",
            "tinbai doctor",
            file.to_str().unwrap(),
        ] {
            assert!(line.contains(words), "{arguments}: {words}: {done:?}");
        }
    }
    let found = ended(&url, &["doctor"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    says(&found, "database", &["hỏng", "tinbai restore"]);
}

fn a_newer_database_is_named(db: &TestDb) {
    use diesel::prelude::*;
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000001')";
    db.store
        .write(|conn| {
            tinbai::on_inner!(conn, c => diesel::sql_query(newer).execute(c))?;
            Ok::<_, tinbai::store::StoreError>(())
        })
        .unwrap();
    let done = doctor(db, &[], &[]);
    assert_eq!(done.code, Some(1));
    says(&done, "database", &["hỏng", "20991231000001"]);
}

#[test]
fn wrong_settings_are_one_line_each() {
    run(Kind::Sqlite, |db: &TestDb| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tinbai.toml");
        for (text, words) in [
            ("[server]\nlissten = \"127.0.0.1:80\"\n", "lissten"),
            (
                "[mail.smtp]\nuser = \"t\"\npassword_file = \"/nowhere/password\"\n",
                "/nowhere/password",
            ),
        ] {
            fs::write(&file, text).unwrap();
            let done = doctor(db, &[("TINBAI_CONFIG", file.to_str().unwrap())], &[]);
            assert_eq!(
                (done.code, done.out.lines().count()),
                (Some(1), 1),
                "{done:?}"
            );
            says(&done, "settings", &["hỏng", words]);
        }
        let unwritable = folder.path().join("tinbai.toml/backup");
        let unwritable = unwritable.to_str().unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        std::thread::spawn(move || taken.incoming().for_each(drop));
        let wrong = [
            ("TINBAI_BACKUP__DIRECTORY", unwritable),
            ("TINBAI_SERVER__LISTEN", address.as_str()),
        ];
        let done = doctor(db, &wrong, &[]);
        assert_eq!(done.code, Some(1));
        says(&done, "folder", &["hỏng", "backup.directory", unwritable]);
        says(&done, "port", &["hỏng", &address, "server.listen"]);
    });
}

#[test]
fn a_damaged_or_missing_database_is_told() {
    run(Kind::Sqlite, |db: &TestDb| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.sqlite");
        let url = format!("sqlite:{}", file.display());
        let ask = || {
            let mut command = Command::new(program());
            command
                .arg("doctor")
                .env("TINBAI_SERVER__LISTEN", "127.0.0.1:0");
            ended_as(&url, command)
        };
        says(&ask(), "database", &["hỏng", "t.sqlite"]);
        assert!(!file.exists(), "it is not made");
        // the middle of a sound file is overwritten
        let copy = format!("VACUUM INTO '{}'", file.display());
        let source = db.url().trim_start_matches("sqlite:");
        let made = Command::new("sqlite3")
            .args([source, &copy])
            .status()
            .unwrap();
        assert!(made.success());
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 40_000].fill(0x55);
        fs::write(&file, bytes).unwrap();
        says(&ask(), "database", &["hỏng"]);
    });
}

const RECORDS: &[(&str, &[&str])] = &[
    (
        "tinh.example",
        &["v=spf1 include:mail.example -all", "khác"],
    ),
    ("_dmarc.tinh.example", &["v=DMARC1; p=reject"]),
    (
        "k1._domainkey.thu.tinh.example",
        &["v=DKIM1; k=rsa; p=MIGf"],
    ),
    ("hai.example", &["v=spf1 -all", "v=spf1 mx -all"]),
    ("mo.example", &["v=spf1 +all"]),
    ("k1._domainkey.mo.example", &["v=DKIM1; p="]),
];

#[test]
fn the_mail_server_and_the_records_of_the_sender_are_looked_at() {
    run(Kind::Sqlite, |db: &TestDb| {
        let certificate = Certificate::issued("localhost");
        let door = Door {
            tls: Some(certificate.server()),
            implicit: false,
            login: Some(("t", "bí mật")),
        };
        let sink = Sink::behind(door, |_| Answer::Fine);
        let names = name_server(RECORDS).to_string();
        let port = sink.address.port().to_string();
        let ca = certificate.file();
        let with = |from: &str, password: &str| {
            let settings = [
                ("TINBAI_MAIL__TRANSPORT", "smtp"),
                ("TINBAI_MAIL__FROM", from),
                ("TINBAI_MAIL__ENVELOPE_FROM", from),
                ("TINBAI_MAIL__DKIM_SELECTOR", "k1"),
                ("TINBAI_MAIL__SMTP__HOST", "localhost"),
                ("TINBAI_MAIL__SMTP__PORT", &port),
                ("TINBAI_MAIL__SMTP__USER", "t"),
                ("TINBAI_MAIL__SMTP__PASSWORD", password),
                ("TINBAI_MAIL__SMTP__CA_FILE", ca.to_str().unwrap()),
            ];
            doctor(db, &settings, &["--resolver", &names])
        };
        let done = with("tin@thu.tinh.example", "bí mật");
        says(&done, "smtp", &["tốt", "mã hóa", "AUTH"]);
        says(&done, "certificate", &["tốt", "hiệu lực đến"]);
        says(
            &done,
            "spf",
            &["hỏng", "thu.tinh.example", "v=spf1 include:"],
        );
        says(&done, "dmarc", &["tốt", "p=reject"]);
        says(&done, "dkim", &["tốt", "k1._domainkey.thu.tinh.example"]);
        let done = with("tin@tinh.example", "sai");
        says(&done, "smtp", &["hỏng", "mail.smtp.password"]);
        says(&done, "spf", &["tốt", "include:mail.example"]);
        says(&done, "dkim", &["hỏng", "k1._domainkey.tinh.example"]);
        says(&with("tin@hai.example", "bí mật"), "spf", &["hỏng", "gộp"]);
        let done = with("tin@mo.example", "bí mật");
        says(&done, "spf", &["hỏng", "+all"]);
        says(&done, "dmarc", &["chú ý", "_dmarc.mo.example"]);
        says(&done, "dkim", &["hỏng"]);
        assert_eq!((sink.count(), done.code), (0, Some(1)), "no mail is sent");
    });
}
