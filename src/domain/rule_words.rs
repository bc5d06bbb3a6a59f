//! A rule in one sentence: who owes how many of what in each period, until when, and what becomes of
//! what comes later. All words are in `config/locales/rules.yml`.

use std::collections::BTreeMap;

use super::calendar::PeriodEnd;
use super::policy::{Carry, Policy};
use super::rule::{CountScope, RuleContent, RuleKind, Subject};
use super::text::local_due;
use super::unit::Category;
use super::words;

/// What the sentence of a rule needs besides the rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleContext<'a> {
    /// Names of the kinds of item, by code.
    pub kinds: &'a BTreeMap<String, String>,
    /// Names of the units that rules name by their code, by code.
    pub units: &'a BTreeMap<String, String>,
    /// The policy of the plan's unit: when a period ends, and what becomes of what comes late.
    pub policy: &'a Policy,
    /// The language: `vi` or `en`.
    pub locale: &'a str,
}

impl RuleContext<'_> {
    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        words::say(self.locale, &format!("rule.{key}"), values)
    }

    /// The rule in one sentence.
    pub fn sentence(&self, rule: &RuleContent) -> String {
        let period = rule.period.map_or_else(String::new, |period| {
            format!(" {}", self.say(&format!("each.{period}"), &[]))
        });
        let values = [
            ("who", self.who(&rule.subject)),
            ("amount", self.amount(rule)),
            ("kinds", self.kinds(&rule.kinds)),
            ("period", period),
            ("of", self.of(rule)),
            ("due", self.due(rule)),
            ("late", self.late(rule)),
            ("valid", self.valid(rule)),
        ];
        let values: Vec<(&str, &str)> = (values.iter())
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.say("sentence", &values)
    }

    /// A title for the rule: "2 tin mỗi tháng".
    pub fn title(&self, rule: &RuleContent) -> String {
        let period = rule.period.map_or_else(String::new, |period| {
            format!(" {}", self.say(&format!("each.{period}"), &[]))
        });
        format!("{} {}{period}", self.amount(rule), self.kinds(&rule.kinds))
    }

    /// Who owes it: "mỗi công đoàn cơ sở".
    pub fn who(&self, subject: &Subject) -> String {
        match subject {
            Subject::Unit { code } => self.units.get(code).unwrap_or(code).clone(),
            Subject::Units { categories } if categories.is_empty() => self.say("who.units", &[]),
            Subject::Units { categories } => {
                let names = self.categories(categories);
                self.say("who.units_of", &[("categories", &names)])
            }
            Subject::Persons { role, categories } => {
                let role = match role {
                    Some(role) => self.say(&format!("role.{role}"), &[]),
                    None => self.say("role.any", &[]),
                };
                let of = match categories.is_empty() {
                    true => self.say("who.everywhere", &[]),
                    false => self.categories(categories),
                };
                self.say("who.persons", &[("role", &role), ("of", &of)])
            }
        }
    }

    fn categories(&self, categories: &[Category]) -> String {
        let names = categories.iter();
        let names: Vec<String> = names
            .map(|one| self.say(&format!("category.{one}"), &[]))
            .collect();
        names.join(&self.say("or", &[]))
    }

    fn kinds(&self, codes: &[String]) -> String {
        let name = |code: &String| self.kinds.get(code).unwrap_or(code).to_lowercase();
        let names: Vec<String> = codes.iter().map(name).collect();
        names.join(&self.say("or", &[]))
    }

    fn amount(&self, rule: &RuleContent) -> String {
        let minimum = rule.minimum.to_string();
        match rule.maximum {
            Some(maximum) if maximum > rule.minimum => {
                let maximum = maximum.to_string();
                self.say("amount.to", &[("from", &minimum), ("to", &maximum)])
            }
            _ => minimum,
        }
    }

    fn of(&self, rule: &RuleContent) -> String {
        match (rule.own_field, rule.scope) {
            (true, _) => self.say("of.own_field", &[]),
            (false, CountScope::Subtree) => self.say("of.subtree", &[]),
            (false, CountScope::Own) => String::new(),
        }
    }

    fn due(&self, rule: &RuleContent) -> String {
        match (rule.due_at, rule.period) {
            (Some(due), _) => local_due(due),
            (None, Some(period)) => {
                let end = match self.policy.end_of(period) {
                    PeriodEnd::Midnight => "midnight",
                    PeriodEnd::LastWorkingClosing => "closing",
                };
                self.say(&format!("due.{end}.{period}"), &[])
            }
            (None, None) => String::new(),
        }
    }

    fn late(&self, rule: &RuleContent) -> String {
        let days = self.policy.missed_after_days.to_string();
        match (rule.kind, self.policy.carry) {
            (RuleKind::Quota, Carry::None) => self.say("late.quota", &[]),
            (RuleKind::Quota, Carry::WithinYear) => self.say("late.carried", &[]),
            (RuleKind::Report | RuleKind::FixedDate, _) => {
                self.say("late.until", &[("days", &days)])
            }
        }
    }

    fn valid(&self, rule: &RuleContent) -> String {
        let date = |date: chrono::NaiveDate| date.format("%d/%m/%Y").to_string();
        match (rule.valid_from.map(date), rule.valid_to.map(date)) {
            (None, None) => String::new(),
            (Some(from), None) => self.say("valid.from", &[("from", &from)]),
            (None, Some(to)) => self.say("valid.to", &[("to", &to)]),
            (Some(from), Some(to)) => self.say("valid.both", &[("from", &from), ("to", &to)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(locale: &str, policy: &Policy, rule: &str) -> String {
        let names = |pairs: &[(&str, &str)]| {
            let owned = pairs
                .iter()
                .map(|(code, name)| ((*code).to_owned(), (*name).to_owned()));
            owned.collect::<BTreeMap<String, String>>()
        };
        let kinds = names(&[("tin", "Tin"), ("bai", "Bài"), ("bao_cao", "Báo cáo")]);
        let units = names(&[("tinh", "LĐLĐ tỉnh")]);
        let context = RuleContext {
            kinds: &kinds,
            units: &units,
            policy,
            locale,
        };
        context.sentence(&serde_json::from_str(rule).unwrap())
    }

    #[test]
    fn a_rule_is_said_in_one_sentence() {
        let policy = Policy::default();
        let quota = r#"{"title":"t","subject":{"type":"units","categories":["superior"]},
            "kinds":["tin"],"period":"month","minimum":2}"#;
        assert_eq!(
            sentence("vi", &policy, quota),
            "Mỗi công đoàn cấp trên trực tiếp cơ sở nộp 2 tin mỗi tháng, chậm nhất 24:00 ngày cuối tháng; nộp sau hạn thì tính cho kỳ sau."
        );
        assert_eq!(
            sentence("en", &policy, quota),
            "Every union directly above grassroots unions hands in 2 tin each month, by 24:00 of the month's last day; what comes later counts for the next period."
        );
        let personal = r#"{"title":"t","subject":{"type":"persons","role":"editor","categories":["office"]},
            "kinds":["tin","bai"],"period":"month","minimum":1,"maximum":2,"own_field":true,"valid_to":"2026-06-30"}"#;
        assert_eq!(
            sentence("vi", &policy, personal),
            "Mỗi biên tập viên thuộc ban của liên đoàn nộp 1 đến 2 tin hoặc bài mỗi tháng, đúng lĩnh vực của người đó, chậm nhất 24:00 ngày cuối tháng; nộp sau hạn thì tính cho kỳ sau; áp dụng đến hết 30/06/2026."
        );
    }

    #[test]
    fn what_becomes_of_what_comes_late_follows_the_policy() {
        let policy = Policy {
            carry: Carry::WithinYear,
            period_end: PeriodEnd::LastWorkingClosing,
            missed_after_days: 5,
            ..Policy::default()
        };
        let website = r#"{"title":"t","subject":{"type":"unit","code":"tinh"},"kinds":["tin"],
            "scope":"subtree","period":"year","minimum":300}"#;
        assert_eq!(
            sentence("vi", &policy, website),
            "LĐLĐ tỉnh nộp 300 tin mỗi năm, tính cả tin, bài của các đơn vị cấp dưới, chậm nhất hết giờ làm việc của ngày làm việc cuối năm; nộp sau hạn thì tính cho kỳ sau, phần vượt bù cho kỳ sau trong năm."
        );
        let fixed = r#"{"title":"t","kind":"fixed_date","subject":{"type":"units"},"kinds":["bao_cao"],
            "due_at":"2026-11-20T09:00:00Z","minimum":1}"#;
        assert_eq!(
            sentence("vi", &policy, fixed),
            "Mỗi đơn vị, trừ cộng tác viên, nộp 1 báo cáo, chậm nhất 16:00 20/11/2026; nộp muộn vẫn nhận, quá hạn 5 ngày làm việc thì tính là không hoàn thành."
        );
    }
}
