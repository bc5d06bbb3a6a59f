//! How pages write names, numbers and instants, and read what people type.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tinbai::domain::preference::Lang;
use tinbai::domain::typed::{date, instant, time};
use tinbai::web::pages::format::{due, left, number, number_text, weekday, weekday_date};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_due_instant_is_as_short_as_the_day_allows() {
    let now = at("2026-11-20T15:20:00+07:00");
    for (instant, text) in [
        ("2026-11-20T16:00:00+07:00", "16:00"),
        ("2026-11-21T00:00:00+07:00", "24:00"),
        ("2026-11-25T09:00:00+07:00", "09:00 25/11"),
        ("2027-01-04T09:00:00+07:00", "09:00 04/01/2027"),
    ] {
        assert_eq!(due(at(instant), now), text);
    }
}

#[test]
fn what_is_left_is_said_in_both_languages() {
    let now = at("2026-11-20T15:20:00+07:00");
    let says = |lang, seconds: i64| left(lang, now + TimeDelta::seconds(seconds), now);
    assert_eq!(says(Lang::Vi, 2_400), "còn 40 phút");
    assert_eq!(says(Lang::Vi, 30), "còn dưới 1 phút");
    assert_eq!(says(Lang::Vi, 7_500), "còn 2 giờ 5 phút");
    assert_eq!(says(Lang::Vi, 93_600), "còn 1 ngày 2 giờ");
    assert_eq!(says(Lang::Vi, 864_000), "còn 10 ngày");
    assert_eq!(says(Lang::Vi, -3_600), "quá hạn 1 giờ");
    assert_eq!(says(Lang::En, 3_660), "1 hour 1 minute left");
    assert_eq!(says(Lang::En, -172_800), "2 days overdue");
}

#[test]
fn numbers_have_the_signs_of_the_language() {
    assert_eq!(number(Lang::Vi, 1_234), "1.234");
    assert_eq!(number(Lang::En, 1_234), "1,234");
    assert_eq!(number_text(Lang::Vi, "1234.50"), "1.234,50");
    assert_eq!(number_text(Lang::En, "1234.50"), "1,234.50");
    assert_eq!(number_text(Lang::Vi, "-0.5"), "-0,5");
    assert_eq!(number_text(Lang::Vi, "nhiều"), "nhiều");
}

#[test]
fn weekdays_are_short() {
    let friday = "2026-11-20".parse().unwrap();
    assert_eq!(weekday_date(Lang::Vi, friday), "T6 20/11/2026");
    assert_eq!(weekday_date(Lang::En, friday), "Fri 20/11/2026");
    assert_eq!(weekday(Lang::Vi, "2026-11-22".parse().unwrap()), "CN");
}

#[test]
fn a_date_is_read_in_every_usual_form() {
    let day: NaiveDate = "2026-03-27".parse().unwrap();
    for text in [
        "27/3/2026",
        "27-03-2026",
        "27.3.2026",
        " 27 / 03 / 2026 ",
        "2026-03-27",
    ] {
        assert_eq!(date("ngay", text), Ok(day), "{text}");
    }
    for (text, code) in [
        ("", "required"),
        ("  ", "required"),
        ("31/02/2026", "typed_date"),
        ("3/27/2026", "typed_date"),
        ("27/3/26", "typed_date"),
        ("27/3", "typed_date"),
        ("27/3/2026/1", "typed_date"),
        ("+7/3/2026", "typed_date"),
        ("hôm qua", "typed_date"),
        ("<b>😀\u{202e}", "typed_date"),
    ] {
        let fault = date("ngay", text).unwrap_err();
        assert_eq!((fault.field.as_ref(), fault.code), ("ngay", code), "{text}");
    }
}

#[test]
fn a_year_that_nobody_can_mean_is_refused() {
    let fault = date("ngay", "27/3/0026").unwrap_err();
    assert_eq!(fault.field, "ngay");
    assert_ne!(fault.code, "typed_date");
}

#[test]
fn a_time_is_read_in_every_usual_form() {
    let read = |text: &str| time("gio", text).map(|time| time.format("%H:%M").to_string());
    for (text, is) in [
        ("15:30", "15:30"),
        ("15h30", "15:30"),
        ("15H30", "15:30"),
        ("15g30", "15:30"),
        ("15 h 30", "15:30"),
        ("15.30", "15:30"),
        ("15h", "15:00"),
        ("15", "15:00"),
        ("7:05", "07:05"),
        ("0:00", "00:00"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(is), "{text}");
    }
    for text in [
        "24:00", "15:60", "15:3a", "h30", "-1:00", "155", "1530", "15:30:00",
    ] {
        assert_eq!(time("gio", text).unwrap_err().code, "typed_time", "{text}");
    }
    assert_eq!(time("gio", " ").unwrap_err().code, "required");
}

#[test]
fn an_instant_names_every_field_that_is_wrong() {
    let at = instant(("ngay", "20/11/2026"), ("gio", "15h")).unwrap();
    assert_eq!(
        at,
        "2026-11-20T15:00:00+07:00"
            .parse::<DateTime<Utc>>()
            .unwrap()
    );
    let faults = instant(("ngay", "31/02/2026"), ("gio", "25h")).unwrap_err();
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_ref()).collect();
    assert_eq!(fields, ["ngay", "gio"]);
}
