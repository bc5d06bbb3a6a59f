//! Steps of ladders in words, and the reminders of an obligation as its page shows them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::reminding::ledger;
use crate::service::obligations::standings::{
    ExemptionView, ExtensionView, ObligationView, ReminderOutcome, ReminderView,
};
use crate::web::pages::format;
use crate::web::pages::layout::Layout;

/// A reminder with everybody who gets it.
pub struct Said {
    /// When it leaves, or left.
    pub at: DateTime<Utc>,
    /// Which step it is.
    pub step: String,
    /// What became of it.
    pub outcome: ReminderOutcome,
    /// To whom.
    pub names: Vec<String>,
}

/// The lines of a ledger, those of the same step together.
pub fn said(page: &Layout, lines: &[ReminderView]) -> Vec<Said> {
    let mut all: Vec<Said> = Vec::new();
    for line in lines {
        let (at, step) = (line.leave_at.to_utc(), words(page, &line.step));
        let same = all
            .iter_mut()
            .find(|said| said.at == at && said.step == step && said.outcome == line.outcome);
        match same {
            Some(said) => said.names.push(line.recipient_name.clone()),
            None => all.push(Said {
                at,
                step,
                outcome: line.outcome,
                names: vec![line.recipient_name.clone()],
            }),
        }
    }
    all
}

/// A step in words: `before-240m` is `trước hạn 4 giờ làm việc`.
pub fn words(page: &Layout, step: &str) -> String {
    let known = match step {
        ledger::CORRECTED => Some("corrected"),
        ledger::MOVED => Some("moved"),
        "due" => Some("due"),
        step if step.starts_with(ledger::REVIEW) => Some("review"),
        step if step.starts_with(ledger::SNOOZED) => Some("snoozed"),
        step if step.starts_with(ledger::MANUAL) => Some("manual"),
        _ => None,
    };
    let key = |key: &str| format!("pages.work.step.{key}");
    if let Some(known) = known {
        return page.say(key(known));
    }
    let (kind, rest) = step.split_once('-').unwrap_or((step, ""));
    let digits = rest.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: i64 = digits.parse().unwrap_or(0);
    let span = || format::span(page.lang(), TimeDelta::minutes(number));
    match (kind, rest.strip_prefix(digits).unwrap_or("")) {
        ("before", "m") => page.say_with(key("before"), "span", span()),
        ("before", "cm") => page.say_with(key("before_clock"), "span", span()),
        ("closing", "m") => page.say_with(key("closing"), "span", span()),
        ("before", "d") => page.say_with(key("before_days"), "n", number),
        ("after", "d") => page.say_with(key("after_days"), "n", number),
        ("at", "") if digits.len() == 4 => {
            let (hours, minutes) = digits.split_at(2);
            page.say_with(key("at"), "time", format!("{hours}:{minutes}"))
        }
        _ => page.say(key("other")),
    }
}

/// How much has arrived of what is required.
pub fn so_far(page: &Layout, work: &ObligationView) -> String {
    let (arrived, required) = (("arrived", work.arrived), ("required", work.required));
    page.say_two("pages.work.so_far", arrived, required)
}

/// Who waits for more time, and until when.
pub fn asked(page: &Layout, asked: &ExtensionView) -> String {
    let until = page.due(&asked.until.to_utc());
    let by = ("by", &asked.asked_by);
    page.say_two("pages.work.asked", by, ("until", until))
}

/// Who excused from it, and when.
pub fn exempted(page: &Layout, exemption: &ExemptionView) -> String {
    let at = page.time(&exemption.at.to_utc());
    let by = ("by", &exemption.decided_by);
    page.say_two("pages.exempt.already", by, ("at", at))
}

/// Until when what was missed is still taken, if it is.
pub fn still_taken(page: &Layout, work: &ObligationView) -> Option<String> {
    let until = work.act_by();
    let is_late = work.takes_more(page.now) && until > work.due_at.to_utc();
    is_late.then(|| page.say_with("pages.work.taken_until", "at", page.due(&until)))
}

/// How many are still to be handed in.
pub fn lacking(work: &ObligationView) -> i32 {
    (work.required - work.arrived).max(0)
}
