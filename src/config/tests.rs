//! Settings: the sample file, the layers, the faults.

use std::ffi::OsString;

use super::*;

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tinbai.toml");
    std::fs::write(&path, file).unwrap();
    let environment = environment
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Settings::load(Some(&path), environment.collect::<Vec<_>>())
}

fn fault(file: &str, environment: &[(&str, &str)]) -> String {
    load(file, environment).unwrap_err().to_string()
}

#[test]
fn the_sample_file_holds_the_defaults_of_the_code() {
    assert_eq!(
        toml::from_str::<Settings>(SAMPLE).unwrap(),
        Settings::default()
    );
    assert_eq!(Settings::default().faults(), []);
}

#[test]
fn the_sample_file_mentions_every_setting() {
    // A key that nobody knows makes serde list those that it knows.
    for section in [
        "server",
        "database",
        "mail",
        "mail.smtp",
        "mail.delivery",
        "worker",
        "accounts",
        "openid",
        "http",
        "audit",
        "backup",
        "backup.keep",
        "telemetry",
    ] {
        let error =
            toml::from_str::<Settings>(&format!("[{section}]\nno_such_key = 1")).unwrap_err();
        let header = format!("[{section}]\n");
        let start = SAMPLE.find(&header).unwrap() + header.len();
        let body = &SAMPLE[start..];
        let body = &body[..body.find("\n[").unwrap_or(body.len())];
        let keys: Vec<&str> = error.message().split('`').skip(3).step_by(2).collect();
        assert!(!keys.is_empty(), "{error}");
        for key in keys
            .into_iter()
            .filter(|key| !["smtp", "delivery", "keep"].contains(key))
        {
            let shown = body.lines().any(|line| {
                line.trim_start_matches("# ")
                    .starts_with(&format!("{key} = "))
            });
            assert!(shown, "config/default.toml does not show {section}.{key}");
        }
    }
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "[server]\nlisten = '0.0.0.0:9000'\n[http]\npage_size = 20\n";
    let environment = [
        ("TINBAI_HTTP__PAGE_SIZE", "30"),
        ("TINBAI_MAIL__SMTP__HOST", "mail.tinbai.example"),
    ];
    let settings = load(file, &environment).unwrap();
    assert_eq!(settings.server.listen.port(), 9000);
    assert_eq!(settings.http.page_size, 30);
    assert_eq!(
        settings.http.page_size_max,
        HttpSettings::default().page_size_max
    );
    assert_eq!(settings.mail.smtp.host, "mail.tinbai.example");
    assert_eq!(settings.mail.smtp.port, 587);
}

#[test]
fn a_number_in_an_optional_text_stays_a_text() {
    let environment = [
        ("TINBAI_MAIL__SMTP__USER", "007"),
        ("TINBAI_MAIL__SMTP__PASSWORD", "12345"),
    ];
    let settings = load("", &environment).unwrap();
    assert_eq!(settings.mail.smtp.user.as_deref(), Some("007"));
    assert_eq!(settings.mail.smtp.password.unwrap().expose(), "12345");
}

#[test]
fn other_variables_of_ours_are_no_settings() {
    let environment = [
        ("TINBAI_CONFIG", "x"),
        ("TINBAI_TEST_POSTGRES", "y"),
        ("PATH", "z"),
    ];
    assert_eq!(load("", &environment).unwrap(), Settings::default());
}

#[test]
fn faults_name_the_key_and_the_place() {
    assert!(
        fault("[server]\nlisten_on = 1", &[])
            .contains("tinbai.toml:2: `listen_on = 1`: unknown field `listen_on`")
    );
    assert!(
        fault("\n[http]\npage_size = 'many'", &[])
            .contains("tinbai.toml:3: `page_size = 'many'`: invalid type")
    );
    assert!(
        fault("", &[("TINBAI_HTTP__PAGES", "1")])
            .starts_with("TINBAI_HTTP__PAGES: unknown field `pages`")
    );
    assert!(
        fault("", &[("TINBAI_SERVR__LISTEN", "x")])
            .starts_with("TINBAI_SERVR__LISTEN: unknown field `servr`")
    );
    assert!(
        fault("", &[("TINBAI_WORKER__CHUNK", "lots")])
            .starts_with("TINBAI_WORKER__CHUNK: invalid type")
    );
    assert!(
        fault("[http]\npage_size = 0", &[]).starts_with("http.page_size: Giá trị 0 không hợp lệ")
    );
    assert!(
        fault("[server]\npublic_url = 'tinbai.example/'", &[]).starts_with("server.public_url: ")
    );
    assert!(fault("[database]\nurl = 'mysql://x:secret@y/z'", &[]).contains("mysql://x:***@y/z"));
    let missing = Settings::load(Some(Path::new("/nowhere/tinbai.toml")), [])
        .unwrap_err()
        .to_string();
    assert!(missing.contains("/nowhere/tinbai.toml"), "{missing}");
}

#[test]
fn all_faults_are_told_at_once() {
    let faults = load(
        "[http]\npage_size = 0\n[worker]\nchunk = 0\n[mail]\nfrom = 'x'\n",
        &[],
    )
    .unwrap_err()
    .0;
    assert_eq!(faults.len(), 3, "{faults:?}");
}

#[test]
fn a_secret_comes_from_a_file_and_is_never_printed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("password");
    std::fs::write(&file, "open sesame\n").unwrap();
    let environment = [
        ("TINBAI_MAIL__SMTP__USER", "tinbai"),
        ("TINBAI_MAIL__SMTP__PASSWORD_FILE", file.to_str().unwrap()),
        ("TINBAI_DATABASE__URL", "postgres://tinbai:sesame@db/tinbai"),
    ];
    let settings = load("", &environment).unwrap();
    assert_eq!(
        settings.mail.smtp.password.as_ref().unwrap().expose(),
        "open sesame"
    );
    let printed = format!("{settings:?}\n{}", toml::to_string(&settings).unwrap());
    assert!(!printed.contains("sesame"), "{printed}");
    assert!(
        printed.contains("postgres://tinbai:***@db/tinbai"),
        "{printed}"
    );
}

#[test]
fn a_password_is_not_sent_in_clear_over_the_network() {
    let login =
        "[mail.smtp]\nhost = 'mail.tinbai.example'\ntls = 'none'\nuser = 'u'\npassword = 'p'";
    assert!(fault(login, &[]).starts_with("mail.smtp.tls: "));
    assert!(fault("[mail.smtp]\nuser = 'u'", &[]).starts_with("mail.smtp.password: "));
}

#[test]
fn a_provider_is_named_whole_and_knows_the_way_back() {
    let with = |issuer: &str, more: &str| {
        format!(
            "{more}\n[openid]\nissuer = '{issuer}'\nclient_id = 'tinbai'\nclient_secret = 'sesame'"
        )
    };
    let public = "[server]\npublic_url = 'https://tinbai.example'";
    let settings = load(&with("https://id.example/realms/tinh", public), &[]).unwrap();
    assert!(!format!("{settings:?}\n{}", toml::to_string(&settings).unwrap()).contains("sesame"));
    load(&with("http://127.0.0.1:9000", ""), &[]).unwrap();
    assert!(fault(&with("http://id.example", public), &[]).starts_with("openid.issuer: "));
    assert!(fault(&with("https://id.example?x", public), &[]).starts_with("openid.issuer: "));
    let no_way_back = fault(&with("https://id.example", ""), &[]);
    assert!(
        no_way_back.starts_with("server.public_url: ") && no_way_back.contains("https://"),
        "{no_way_back}"
    );
    assert!(fault("[openid]\nissuer = 'https://id.example'", &[]).starts_with("openid: "));
    assert!(fault("[openid]\nclient_id = 'tinbai'", &[]).starts_with("openid: "));
    assert!(fault("[openid]\nbutton = ''", &[]).starts_with("openid.button: "));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("secret");
    std::fs::write(&file, "open sesame\n").unwrap();
    let by_file = [
        ("TINBAI_OPENID__ISSUER", "http://localhost:9000"),
        ("TINBAI_OPENID__CLIENT_ID", "007"),
        ("TINBAI_OPENID__CLIENT_SECRET_FILE", file.to_str().unwrap()),
    ];
    assert_eq!(
        load("", &by_file)
            .unwrap()
            .openid
            .client_secret
            .unwrap()
            .expose(),
        "open sesame"
    );
}

#[test]
fn a_refused_variable_does_not_show_its_value() {
    let fault = fault("", &[("TINBAI_MAIL__SMTP__PASSWD", "sesame")]);
    assert!(!fault.contains("sesame"), "{fault}");
}
