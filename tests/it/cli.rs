//! The command line as its users read it: help texts, exit codes, messages.

use std::process::ExitCode;

/// Runs a command line in this process: exit code, standard output, standard error.
fn tinbai(line: &str) -> (ExitCode, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let words = std::iter::once("tinbai").chain(line.split_whitespace());
    let code = tinbai::cli::run_with(words, &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn the_help_of_every_command_is_as_its_snapshot_says() {
    let (code, help, _) = tinbai("--help");
    assert_eq!(code, ExitCode::SUCCESS);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = lines.take_while(|line| line.starts_with("  ")).filter_map(|line| line.split_whitespace().next());
    let all: Vec<String> = commands.map(|command| tinbai(&format!("{command} --help")).1).collect();
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
    assert!(err.starts_with("tinbai: ") && err.contains("/nowhere/tinbai.toml") && err.lines().count() == 1, "{err}");
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
    std::fs::write(&settings, format!("[database]\nurl = \"sqlite:{}\"\n", database.display())).unwrap();
    let run = |line: &str| tinbai(&format!("--config {} token {line}", settings.display()));
    let (code, secret, _) = run("create --role admin --days 7");
    assert_eq!(code, ExitCode::SUCCESS);
    assert!(secret.starts_with("tb_") && secret.lines().count() == 1, "{secret}");
    let (code, _, err) = run("create --role leader --unit nowhere");
    assert_eq!(code, ExitCode::from(2));
    assert!(err.contains("nowhere"), "{err}");
    let (_, list, _) = run("list");
    assert!(list.contains("admin") && list.contains("cả hệ thống") && !list.contains(secret.trim()), "{list}");
    assert_eq!(run("revoke 1").0, ExitCode::SUCCESS);
    assert!(run("list").1.contains("thu hồi"));
}
