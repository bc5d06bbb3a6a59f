//! Every example in the sentence of a fault passes the check that the sentence belongs to.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use tinbai::config::Settings;
use tinbai::domain::calendar::{Calendar, CalendarSpec, hours_of, time_of};
use tinbai::domain::item::optional_url;
use tinbai::domain::period;
use tinbai::domain::schedule::Cron;
use tinbai::domain::score::Points;
use tinbai::domain::text::{self, ZONE, code, code_of};
use tinbai::domain::typed;
use tinbai::domain::unit::UnitText;
use tinbai::office::sheet_in;
use tinbai::service::imports;

use crate::support::tinbai;
use crate::words::sentences;

/// The examples in the sentences of a fault, Vietnamese and English, and its check.
struct Hint {
    code: &'static str,
    vi: &'static [&'static str],
    en: &'static [&'static str],
    passes: fn(&str) -> bool,
}

const fn same(
    code: &'static str,
    examples: &'static [&'static str],
    passes: fn(&str) -> bool,
) -> Hint {
    Hint {
        code,
        vi: examples,
        en: examples,
        passes,
    }
}

const HINTS: &[Hint] = &[
    same("calendar_unknown_zone", &["Asia/Ho_Chi_Minh"], |zone| {
        calendar(zone, "2026-11-24", "07:30")
    }),
    same("calendar_impossible_date", &["2026-11-24"], |date| {
        calendar("Asia/Ho_Chi_Minh", date, "07:30")
    }),
    same("calendar_impossible_time", &["07:30"], |time| {
        calendar("Asia/Ho_Chi_Minh", "2026-11-24", time)
    }),
    same("mail", &["ba-tri@ben-tre.example"], |mail| {
        text::mail("mail", mail).is_ok()
    }),
    same("config_public_url", &["https://tinbai.example"], |url| {
        set("[server]\npublic_url", url)
    }),
    same(
        "config_openid_public_url",
        &["https://tinbai.example"],
        |url| set("[server]\npublic_url", url),
    ),
    same("config_database_url", &["postgres://"], |_| {
        let urls = [
            "postgres://user:password@host/name",
            "postgres://người_dùng:mật_khẩu@máy/tên",
            "sqlite:FILE",
            "sqlite:TỆP",
        ];
        urls.iter().all(|url| set("[database]\nurl", url))
    }),
    same("config_mail_address", &["tinbai@tinbai.example"], |mail| {
        set("[mail]\nfrom", mail)
    }),
    same("config_host", &["mail.tinbai.example"], |host| {
        set("[mail.smtp]\nhost", host) && set("[mail.smtp]\nhello_name", host)
    }),
    same("config_filter", &["info", "info,tinbai=debug"], |filter| {
        set("[telemetry]\nfilter", filter)
    }),
    same(
        "config_telemetry_endpoint",
        &["http://127.0.0.1:4318"],
        |address| {
            let refused = cfg!(not(feature = "opentelemetry"));
            refused || set("[telemetry]\nendpoint", address)
        },
    ),
    Hint {
        code: "config_button",
        vi: &["Đăng nhập một lần của tỉnh"],
        en: &["Sign in with your province"],
        passes: |button| set("[openid]\nbutton", button),
    },
    Hint {
        code: "config_issuer",
        vi: &["https://dang-nhap.tinh.example/realms/tinh"],
        en: &["https://login.province.example/realms/province"],
        passes: |issuer| {
            let file = format!(
                "[server]\npublic_url = 'https://tinbai.example'\n\
                 [openid]\nclient_id = 'tinbai'\nclient_secret = 'sesame'\nissuer = '{issuer}'"
            );
            load(&file)
        },
    },
    same(
        "instant",
        &["2026-11-20T15:00:00+07:00", "2026-11-20T15:00"],
        |from| {
            let answer = tinbai(&["deadline", "--from", from, "--working-hours", "1"]);
            answer.err.is_empty()
        },
    ),
    same("hours", &["12", "1.5"], |hours| {
        hours_of("hours", hours).is_ok()
    }),
    same("cutoff_time", &["16:00"], |time| {
        time_of("cutoff", time).is_ok()
    }),
    same(
        "json_date",
        &["2026-11-20", "2026-11-20T15:00:00+07:00"],
        |date| {
            let (date, value) = (json!(date), date.len());
            match value {
                10 => serde_json::from_value::<NaiveDate>(date).is_ok(),
                _ => serde_json::from_value::<DateTime<Utc>>(date).is_ok(),
            }
        },
    ),
    // the mark of an example in a template
    same("sheet_only_examples", &["VD:"], |mark| {
        mark == sheet_in::EXAMPLE
    }),
    // the header is read in `web::etag`, which has the test
    same("if_match", &["\\\"3\\\""], |_| true),
    same("url", &["https://congdoan.example/tin-1"], |url| {
        optional_url(Some(url)).is_ok()
    }),
    same("cron_fields", &["0 0 16 * * *"], line),
    same(
        "cron_unreadable",
        &["0 0 16 * * *", "0 0 7 * * MON-FRI"],
        line,
    ),
    same("cron_too_often", &["0"], |second| {
        line(&format!("{second} * * * * *"))
    }),
    // the name of a federation, of which its code is made
    same(
        "account_no_unit",
        &["Liên đoàn Lao động tỉnh Bến Tre"],
        |name| code("code", &code_of(name)).is_ok(),
    ),
    same("typed_year", &["2026"], |year| {
        year.parse::<i32>()
            .is_ok_and(|year| (2000..=2100).contains(&year))
    }),
    same("typed_date", &["27/3/2026"], |date| {
        typed::date("date", date).is_ok()
    }),
    Hint {
        code: "typed_points",
        vi: &["23,5"],
        en: &["23.5"],
        passes: |points| Points::typed(points).is_some(),
    },
    same("typed_time", &["15:30", "15h30", "15h"], |time| {
        typed::time("time", time).is_ok()
    }),
    // read in `web::pages::calendars::typed`, which has the test
    same("typed_hours", &["07:30-11:30, 13:00-17:00"], |_| true),
    same("sheet_number", &["12"], |number| {
        number.parse::<u32>().is_ok()
    }),
    same("sheet_date", &["20/11/2026", "20/11/2026 15:30"], |at| {
        let (day, time) = at.split_once(' ').unwrap_or((at, "0:00"));
        typed::date("day", day).is_ok() && typed::time("time", time).is_ok()
    }),
    same("sheet_map_form", &["Mã số=code"], |pair| {
        imports::mapping(std::iter::once(pair)).is_ok()
    }),
    same("date", &["2026-07-01", "01/07/2026"], |date| {
        let text = UnitText {
            founded_on: date.to_owned(),
            ..UnitText::default()
        };
        let faults = text.facts().unwrap_err();
        faults.iter().all(|fault| fault.field != "founded_on")
    }),
    same(
        "period_key",
        &["2026-W47", "2026-M11", "2026-Q4", "2026-H2"],
        |key| period::Period::of_key(key).is_some(),
    ),
    // its example is the period before (`service::obligations::exemptions`)
    same("exemption_period", &["%{example}"], |_| true),
    Hint {
        code: "month",
        vi: &["11/2026"],
        en: &["2026-11"],
        passes: |month| period::month("month", month).is_ok(),
    },
    // its example is the first period of the year (`service::reports::documents`)
    same("document_period", &["%{example}"], |_| true),
    // the line that it suggests is tried before it is suggested (`domain::schedule`)
    same("cron_five_fields", &["%{mend}"], |_| true),
];

fn line(line: &str) -> bool {
    Cron::new(line, ZONE, "2026-01-01T00:00:00Z".parse().unwrap()).is_ok()
}

fn calendar(zone: &str, holiday: &str, opening: &str) -> bool {
    let spec = json!({
        "code": "lich", "name": "Lịch", "zone": zone, "hours": { "mon": [[opening, "11:00"]] },
        "holidays": [{ "date": holiday, "name": "Lễ" }],
    });
    let spec: CalendarSpec = serde_json::from_value(spec).unwrap();
    Calendar::compile(&spec).is_ok()
}

/// Whether a file with this setting is taken.
fn set(key: &str, value: &str) -> bool {
    load(&format!("{key} = {value:?}\n"))
}

fn load(file: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tinbai.toml");
    std::fs::write(&path, file).unwrap();
    Settings::load(Some(&path), []).is_ok()
}

#[test]
fn every_example_passes_the_check_that_it_belongs_to() {
    let all = sentences();
    for hint in HINTS {
        let told = &all[&format!("error.{}", hint.code)];
        for (language, examples) in [("vi", hint.vi), ("en", hint.en)] {
            for example in examples {
                let sentence = &told[language];
                assert!(sentence.contains(example), "{}: {sentence}", hint.code);
                assert!((hint.passes)(example), "{}: {example}", hint.code);
            }
        }
    }
    let marks = [" like ", " such as ", " as in ", "; write ", "ví dụ"];
    for (key, told) in &all {
        let Some(code) = key.strip_prefix("error.") else {
            continue;
        };
        if marks
            .iter()
            .any(|mark| told.values().any(|sentence| sentence.contains(mark)))
        {
            assert!(
                HINTS.iter().any(|hint| hint.code == code),
                "{code} has an example that is not tried"
            );
        }
    }
}

/// A sentence that names a command names one that exists.
#[test]
fn every_command_in_a_sentence_exists() {
    let mut found = 0;
    for (key, told) in sentences() {
        for sentence in told.values().filter(|_| key.starts_with("error.")) {
            for rest in sentence.split("tinbai ").skip(1) {
                let words = rest
                    .split([' ', ')', ',', ';', '.', ':'])
                    .take_while(|word| {
                        !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                    });
                let words: Vec<&str> = words.take(2).collect();
                let answer = tinbai(&[words.as_slice(), &["--help"]].concat());
                let shown = answer.out.contains("tinbai") && answer.err.is_empty();
                assert!(shown, "{key}: {words:?}: {}", answer.err);
                found += 1;
            }
        }
    }
    assert!(found > 4, "{found}");
}
