//! The command line as its users read it: help texts, exit codes, messages; and, as a process of
//! its own, what it does before anybody could look on.

use std::process::ExitCode;

use tinbai::clock::Clock as _;

use crate::both_databases;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, ORIGIN, PASSWORD};

both_databases!(the_first_administrator_is_made_by_the_program);

/// Runs a command line in this process: exit code, standard output, standard error.
fn tinbai(line: &str) -> (ExitCode, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let words = std::iter::once("tinbai").chain(line.split_whitespace());
    let code = tinbai::cli::run_with(words, &mut out, &mut err);
    (
        code,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

#[test]
fn the_help_of_every_command_is_as_its_snapshot_says() {
    let (code, help, _) = tinbai("--help");
    assert_eq!(code, ExitCode::SUCCESS);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = lines
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next());
    let all: Vec<String> = commands
        .map(|command| tinbai(&format!("{command} --help")).1)
        .collect();
    insta::assert_snapshot!("help", format!("{help}\n----\n{}", all.join("\n----\n")));
}

#[test]
fn a_wrong_command_line_is_told_apart_from_a_failure() {
    let (code, out, err) = tinbai("settngs");
    assert_eq!(code, ExitCode::from(2));
    assert_eq!(out, "");
    assert!(err.contains("settngs"), "{err}");
}

#[test]
fn an_unreadable_settings_file_is_named_in_one_line() {
    let (code, _, err) = tinbai("--config /nowhere/tinbai.toml settings");
    assert_eq!(code, ExitCode::from(2));
    assert!(
        err.starts_with("tinbai: ")
            && err.contains("/nowhere/tinbai.toml")
            && err.lines().count() == 1,
        "{err}"
    );
}

#[test]
fn the_sample_file_is_printed_as_it_is() {
    let (code, out, _) = tinbai("settings --sample");
    assert_eq!(code, ExitCode::SUCCESS);
    assert_eq!(out, tinbai::config::SAMPLE);
}

#[test]
fn a_token_is_made_listed_and_revoked_at_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("tinbai.toml");
    let database = folder.path().join("tinbai.sqlite");
    std::fs::write(
        &settings,
        format!("[database]\nurl = \"sqlite:{}\"\n", database.display()),
    )
    .unwrap();
    let run = |line: &str| tinbai(&format!("--config {} token {line}", settings.display()));
    let (code, secret, _) = run("create --role admin --days 7");
    assert_eq!(code, ExitCode::SUCCESS);
    assert!(
        secret.starts_with("tb_") && secret.lines().count() == 1,
        "{secret}"
    );
    let (code, _, err) = run("create --role leader --unit nowhere");
    assert_eq!(code, ExitCode::from(2));
    assert!(err.contains("nowhere"), "{err}");
    let (_, list, _) = run("list");
    assert!(
        list.contains("admin") && list.contains("cả hệ thống") && !list.contains(secret.trim()),
        "{list}"
    );
    assert_eq!(run("revoke 1").0, ExitCode::SUCCESS);
    assert!(run("list").1.contains("thu hồi"));
}

/// The program itself, with these settings.
fn program(arguments: &[&str], settings: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut command = std::process::Command::new(crate::support::process::program());
    let done = command
        .args(arguments)
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

fn the_first_administrator_is_made_by_the_program(app: &TestApp) {
    let url = [("TINBAI_DATABASE__URL", app.url())];
    let create = |mail: &str, more: &[&str]| {
        program(
            &[
                &["admin", "create", "--name", "Quản Trị", "--mail", mail],
                more,
            ]
            .concat(),
            &url,
        )
    };
    let (code, out, err) = create("qt@tinh.example", &[]);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("--federation"), "{err}");
    // the program's clock is the real one, the server's stands in the year in which this test plays
    app.clock.set(tinbai::clock::SystemClock::new().now());
    let federation = ["--federation", "Liên đoàn Lao động tỉnh Bến Tre"];
    let (code, out, err) = create("qt@tinh.example", &federation);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let again = create(
        "hai@tinh.example",
        &[&federation[..], &["--another"]].concat(),
    );
    assert!(
        again.0 != Some(0) && again.2.contains("Đã có liên đoàn"),
        "{again:?}"
    );
    let link = out.lines().last().unwrap().strip_prefix(ORIGIN).unwrap();
    let browser = Browser::of(app);
    assert_eq!(
        browser
            .form(link, &[("password", PASSWORD), ("again", PASSWORD)])
            .status,
        200
    );
    browser.sign_in("qt@tinh.example");
    assert_eq!(
        browser.get("/api/v1/me").expect(200)["roles"][0]["role"],
        "admin"
    );
    let (code, _, err) = create("hai@tinh.example", &[]);
    assert!(code != Some(0) && err.contains("--another"), "{err}");
    assert_eq!(create("hai@tinh.example", &["--another"]).0, Some(0));
}

#[test]
fn a_server_open_to_all_without_https_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("tinbai.sqlite").display());
    let settings = [
        ("TINBAI_DATABASE__URL", url.as_str()),
        ("TINBAI_SERVER__LISTEN", "0.0.0.0:0"),
    ];
    let (code, out, err) = program(&["serve"], &settings);
    assert!(code != Some(0) && code.is_some(), "{out}{err}");
    assert!(
        err.contains("server.listen") && err.contains("server.public_url"),
        "{err}"
    );
    assert_eq!(out, "", "nothing was served");
}
