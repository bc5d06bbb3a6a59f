//! What the outcome of a try means for its mail; pure.

use chrono::{DateTime, Utc};

use crate::config::DeliverySettings;
use crate::domain::dead_mail::{DOUBTFUL, TRIED};
use crate::mail::Outcome;
use crate::store::outbox::{Claimed, Verdict};

/// The verdict on `mail` after `outcome`. `jitter` is random and lengthens a wait by up to a
/// quarter, so that mails refused together are not tried again together; it never shortens it (grey
/// lists).
pub(super) fn judge(
    outcome: Outcome,
    mail: &Claimed,
    now: DateTime<Utc>,
    settings: &DeliverySettings,
    jitter: u8,
) -> Verdict {
    match outcome {
        Outcome::Sent => Verdict::Sent,
        Outcome::Dead(why) | Outcome::Rejected(why) => Verdict::Dead(why),
        Outcome::Refused(why) | Outcome::Busy(why) => Verdict::Released(Some(why)),
        Outcome::Unknown(why) if mail.doubts > 0 => {
            Verdict::Dead(format!("{DOUBTFUL}, after two tries: {why}"))
        }
        Outcome::Unknown(why) => Verdict::Unknown(next_try(mail, now, settings, jitter), why),
        Outcome::Retry(why) | Outcome::Reopen(why) => {
            let tries = mail.attempts.saturating_add(1);
            let is_old = now - mail.queued_at >= settings.give_up_seconds.delta();
            if is_old && tries >= i32::from(settings.give_up_tries) {
                Verdict::Dead(format!("{TRIED} {tries} tries: {why}"))
            } else {
                Verdict::Retry(next_try(mail, now, settings, jitter), why)
            }
        }
    }
}

fn next_try(
    mail: &Claimed,
    now: DateTime<Utc>,
    settings: &DeliverySettings,
    jitter: u8,
) -> DateTime<Utc> {
    let doublings = u32::try_from(mail.attempts).unwrap_or(0).min(16);
    let longest = settings.retry_max_seconds.delta();
    let wait = (settings.retry_first_seconds.delta() * 2_i32.pow(doublings)).min(longest);
    now + wait + wait * i32::from(jitter) / 1_024
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::ids::MailId;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn mail(attempts: i32, doubts: i32) -> Claimed {
        let domain = "donvi.example".to_owned();
        Claimed {
            id: MailId(1),
            token: 1,
            attempts,
            doubts,
            queued_at: at(0),
            domain,
            mail: Err(String::new()),
        }
    }

    fn judged(outcome: Outcome, mail: &Claimed, minutes: i64, jitter: u8) -> Verdict {
        judge(
            outcome,
            mail,
            at(minutes),
            &DeliverySettings::default(),
            jitter,
        )
    }

    #[test]
    fn waits_double_from_five_minutes_to_two_hours_and_jitter_only_lengthens_them() {
        let waits = [
            (0, 5),
            (1, 10),
            (2, 20),
            (3, 40),
            (4, 80),
            (5, 120),
            (30, 120),
        ];
        for (attempts, minutes) in waits {
            let verdict = judged(Outcome::Retry("450".into()), &mail(attempts, 0), 0, 0);
            assert_eq!(verdict, Verdict::Retry(at(minutes), "450".into()));
        }
        let Verdict::Retry(late, _) = judged(Outcome::Retry("450".into()), &mail(0, 0), 0, 255)
        else {
            panic!()
        };
        assert!(late > at(6) && late < at(7), "{late}");
    }

    #[test]
    fn a_mail_is_given_up_after_ten_tries_over_three_days() {
        let last = 3 * 24 * 60;
        assert!(matches!(
            judged(Outcome::Retry("450".into()), &mail(8, 0), 9 * last, 0),
            Verdict::Retry(..)
        ));
        assert!(matches!(
            judged(Outcome::Retry("450".into()), &mail(9, 0), last - 1, 0),
            Verdict::Retry(..)
        ));
        let Verdict::Dead(why) = judged(Outcome::Retry("450".into()), &mail(9, 0), last, 0) else {
            panic!()
        };
        assert_eq!(why, "given up after 10 tries: 450");
    }

    #[test]
    fn an_unknown_end_is_worth_one_later_try_and_no_second_one() {
        assert_eq!(
            judged(Outcome::Unknown("lost".into()), &mail(0, 0), 0, 0),
            Verdict::Unknown(at(5), "lost".into())
        );
        assert!(matches!(
            judged(Outcome::Unknown("lost".into()), &mail(1, 1), 5, 0),
            Verdict::Dead(_)
        ));
    }

    #[test]
    fn a_refusal_of_everything_costs_the_mail_nothing() {
        assert_eq!(
            judged(Outcome::Refused("550".into()), &mail(0, 0), 0, 0),
            Verdict::Released(Some("550".into()))
        );
    }
}
