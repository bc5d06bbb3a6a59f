//! The program as a service of the system: what its supervisor is told, whether it is ready, and
//! what packages take from it.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use crate::support::process::{Served, ended, ended_as, program};
use crate::support::{Kind, TestDb, run, tinbai};

/// What the supervisor is told, up to a word.
fn told(socket: &UnixDatagram, until: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut bytes = [0; 256];
    while all.last().is_none_or(|last| last != until) {
        let length = socket.recv(&mut bytes).expect("the service says something");
        all.push(String::from_utf8(bytes[..length].to_vec()).unwrap());
    }
    all
}

#[test]
fn the_supervisor_is_told_that_it_is_ready_lives_and_stops() {
    run(Kind::Sqlite, |db: &TestDb| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut command = Command::new(program());
        command
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "20000");
        let served = Served::by(db, command);
        let before = told(&socket, "READY=1");
        assert!(
            before
                .iter()
                .all(|word| ["READY=1", "WATCHDOG=1"].contains(&word.as_str()))
        );
        told(&socket, "WATCHDOG=1");
        told(&socket, "WATCHDOG=1");
        let health = |address: &str| {
            let mut command = Command::new(program());
            command.arg("health").env("TINBAI_SERVER__LISTEN", address);
            ended_as(db.url(), command)
        };
        let address = served.address.to_string();
        assert!(health(&address).well().contains("sẵn sàng"));
        served.stop();
        told(&socket, "STOPPING=1");
        let gone = health(&address);
        assert!(gone.complaint(1).contains("không có máy chủ"), "{gone:?}");
    });
}

/// Pages and completions are made from the commands themselves: each command has its page.
#[test]
fn packages_get_a_page_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man");
    ended("sqlite:unused", &["man", "--out", out.to_str().unwrap()]).well();
    let help = tinbai(&["--help"]).out;
    let commands = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next());
    let mut number = 0;
    for command in commands {
        let page = std::fs::read_to_string(out.join(format!("tinbai-{command}.1"))).unwrap();
        assert!(page.contains(".SH"), "{command}");
        number += 1;
    }
    assert!(number > 15, "{help}");
    for completion in ["tinbai.bash", "_tinbai", "tinbai.fish"] {
        let text = std::fs::read_to_string(out.join(completion)).unwrap();
        assert!(
            text.contains("backup") && text.contains("restore"),
            "{completion}"
        );
    }
}

/// The unit says what the docs promise, and the package's settings are settings.
#[test]
fn the_files_of_the_package_fit_the_program() {
    let read = |name: &str| std::fs::read_to_string(format!("config/packaging/{name}")).unwrap();
    let unit = read("debian/tinbai.service");
    for line in [
        "Type=notify",
        "WatchdogSec=120",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
    ] {
        assert!(unit.lines().any(|known| known == line), "{line}");
    }
    let settings = tinbai(&["--config", "config/packaging/tinbai.toml", "settings"]);
    assert_eq!(
        settings.code,
        std::process::ExitCode::SUCCESS,
        "{}",
        settings.err
    );
    let kept: Vec<&str> = settings
        .out
        .lines()
        .filter(|line| line.contains("/var/lib/tinbai/"))
        .collect();
    assert_eq!(kept.len(), 3, "database, mails and backups: {kept:?}");
    let compose = read("container/compose.yml");
    let (_, inline) = compose.split_once("content: |\n").unwrap();
    let lines = inline.lines().take_while(|line| line.starts_with("      "));
    let text: String = lines.map(|line| format!("{}\n", line.trim())).collect();
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("url");
    std::fs::write(&url, "postgres://tinbai@database/tinbai\n").unwrap();
    let text = text.replace("/run/secrets/database-url", url.to_str().unwrap());
    let file = folder.path().join("tinbai.toml");
    std::fs::write(&file, text).unwrap();
    let settings = tinbai(&["--config", file.to_str().unwrap(), "settings"]);
    assert_eq!(
        settings.code,
        std::process::ExitCode::SUCCESS,
        "{}",
        settings.err
    );
}
