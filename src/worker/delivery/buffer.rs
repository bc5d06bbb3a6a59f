//! The mails that this process has claimed: which of them may be sent next, and which leases have to
//! be renewed.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};

use crate::domain::ids::MailId;
use crate::store::outbox::Claimed;

/// At most this many times the limit of a domain wait here; more mails of it stay in the database, to
/// leave space for other domains.
const CROWD: usize = 8;

/// Claimed mails, waiting or being sent.
#[derive(Debug)]
pub(super) struct Buffer {
    waiting: VecDeque<Claimed>,
    /// Every claimed mail, with the end of its lease.
    held: HashMap<MailId, Hold>,
    /// By domain.
    load: HashMap<String, Load>,
    per_domain: usize,
    /// A domain may take all connections.
    unshared: bool,
    closed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Hold {
    token: i64,
    until: DateTime<Utc>,
}

#[derive(Debug, Default)]
struct Load {
    waiting: usize,
    busy: usize,
}

/// What a worker gets when it asks for a mail.
#[derive(Debug)]
pub(super) enum Next {
    Mail(Box<Claimed>),
    Nothing,
    Closed,
}

impl Buffer {
    /// `connections` are the most there will be.
    pub(super) fn new(per_domain: usize, connections: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            held: HashMap::new(),
            load: HashMap::new(),
            per_domain: per_domain.max(1),
            unshared: per_domain >= connections,
            closed: false,
        }
    }

    pub(super) fn fill(&mut self, claimed: Vec<Claimed>, until: DateTime<Utc>) {
        for mail in claimed {
            self.held.insert(
                mail.id,
                Hold {
                    token: mail.token,
                    until,
                },
            );
            self.load.entry(mail.domain.clone()).or_default().waiting += 1;
            self.waiting.push_back(mail);
        }
    }

    /// The first mail whose domain has less than its share of the connections. Mails whose lease has ended are dropped:
    /// another process may have claimed them.
    pub(super) fn next(&mut self, now: DateTime<Utc>, connections: usize) -> Next {
        let all_busy: usize = self.load.values().map(|load| load.busy).sum();
        let mut at = 0;
        while let Some(mail) = self.waiting.get(at) {
            let lost = self.held.get(&mail.id).is_none_or(|hold| hold.until <= now);
            let busy = self.load.get(&mail.domain).map_or(0, |load| load.busy);
            if !lost && busy >= self.share(connections, all_busy - busy) {
                at += 1;
                continue;
            }
            let Some(mail) = self.waiting.remove(at) else {
                break;
            };
            let load = self.load.entry(mail.domain.clone()).or_default();
            load.waiting = load.waiting.saturating_sub(1);
            if lost {
                tracing::warn!(mail = %mail.id, "its lease ended before it was sent");
                self.held.remove(&mail.id);
                self.forget_idle(&mail.domain);
            } else {
                load.busy += 1;
                return Next::Mail(Box::new(mail));
            }
        }
        if self.closed {
            Next::Closed
        } else {
            Next::Nothing
        }
    }

    /// How many mails of a domain may be sent at once while those of others keep so many
    /// connections busy: at most half of what is left, so that a few domains whose servers are
    /// silent never hold all of them.
    fn share(&self, connections: usize, busy_with_others: usize) -> usize {
        if self.unshared {
            return self.per_domain;
        }
        let half = connections.saturating_sub(busy_with_others) / 2;
        self.per_domain.min(half.max(1))
    }

    /// Takes back a mail that was not tried; it is the next one.
    pub(super) fn put_back(&mut self, mail: Claimed) {
        let load = self.load.entry(mail.domain.clone()).or_default();
        load.busy = load.busy.saturating_sub(1);
        load.waiting += 1;
        self.waiting.push_front(mail);
    }

    /// Removes a mail that is sent and recorded, or given up.
    pub(super) fn done(&mut self, id: MailId, domain: &str) {
        self.held.remove(&id);
        if let Some(load) = self.load.get_mut(domain) {
            load.busy = load.busy.saturating_sub(1);
        }
        self.forget_idle(domain);
    }

    fn forget_idle(&mut self, domain: &str) {
        if self
            .load
            .get(domain)
            .is_some_and(|load| load.waiting == 0 && load.busy == 0)
        {
            self.load.remove(domain);
        }
    }

    /// Closes the buffer; returns the mails that no worker has taken, by lease, for release.
    pub(super) fn close(&mut self) -> HashMap<i64, Vec<MailId>> {
        self.closed = true;
        let mut leases: HashMap<i64, Vec<MailId>> = HashMap::new();
        for mail in std::mem::take(&mut self.waiting) {
            self.held.remove(&mail.id);
            leases.entry(mail.token).or_default().push(mail.id);
        }
        leases
    }

    /// How many mails are waiting here, without those of the domains of which enough are: if their
    /// servers are silent, they wait for long, and the others must not wait with them.
    pub(super) fn waiting(&self) -> usize {
        let few = self.load.values().map(|load| load.waiting);
        few.filter(|waiting| *waiting < self.crowd()).sum()
    }

    fn crowd(&self) -> usize {
        self.per_domain * CROWD
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The domains of which enough mails are waiting here, sorted.
    pub(super) fn crowded(&self) -> Vec<String> {
        let crowd = self.crowd();
        let mut domains: Vec<String> = self
            .load
            .iter()
            .filter(|(_, load)| load.waiting >= crowd)
            .map(|(domain, _)| domain.clone())
            .collect();
        domains.sort_unstable();
        domains
    }

    /// The leases that end before `soon`, with the mails that are still claimed.
    pub(super) fn ending(&self, soon: DateTime<Utc>) -> HashMap<i64, Vec<MailId>> {
        let mut leases: HashMap<i64, Vec<MailId>> = HashMap::new();
        for (id, hold) in self.held.iter().filter(|(_, hold)| hold.until < soon) {
            leases.entry(hold.token).or_default().push(*id);
        }
        leases
    }

    pub(super) fn renewed(&mut self, ids: &[MailId], until: DateTime<Utc>) {
        for id in ids {
            if let Some(hold) = self.held.get_mut(id) {
                hold.until = until;
            }
        }
    }

    /// Removes mails whose lease was lost, unless a worker has taken them already.
    pub(super) fn lost(&mut self, ids: &[MailId]) {
        for mail in self.waiting.iter().filter(|mail| ids.contains(&mail.id)) {
            self.held.remove(&mail.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn mail(id: MailId, domain: &str) -> Claimed {
        let mail = Err(String::new());
        Claimed {
            id,
            token: 7,
            attempts: 0,
            doubts: 0,
            queued_at: at(0),
            domain: domain.to_owned(),
            mail,
        }
    }

    fn taken(buffer: &mut Buffer, now: i64) -> Option<MailId> {
        match buffer.next(at(now), 4) {
            Next::Mail(mail) => Some(mail.id),
            Next::Nothing | Next::Closed => None,
        }
    }

    #[test]
    fn a_domain_at_its_cap_lets_others_pass() {
        let mut buffer = Buffer::new(2, 2);
        buffer.fill(
            vec![
                mail(MailId(1), "a"),
                mail(MailId(2), "a"),
                mail(MailId(3), "a"),
                mail(MailId(4), "b"),
            ],
            at(60),
        );
        assert_eq!(
            [
                taken(&mut buffer, 1),
                taken(&mut buffer, 1),
                taken(&mut buffer, 1)
            ],
            [Some(MailId(1)), Some(MailId(2)), Some(MailId(4))]
        );
        assert_eq!(taken(&mut buffer, 1), None);
        buffer.done(MailId(1), "a");
        assert_eq!(taken(&mut buffer, 1), Some(MailId(3)));
    }

    #[test]
    fn two_domains_never_hold_all_connections() {
        let mut buffer = Buffer::new(4, 8);
        let mails = (1..=20).map(|id| mail(MailId(id), if id <= 10 { "a" } else { "b" }));
        buffer.fill(mails.collect(), at(60));
        let take = |buffer: &mut Buffer| match buffer.next(at(1), 8) {
            Next::Mail(mail) => Some(mail.domain),
            Next::Nothing | Next::Closed => None,
        };
        let busy: Vec<String> = std::iter::from_fn(|| take(&mut buffer)).collect();
        assert_eq!(busy, ["a", "a", "a", "a", "b", "b"]);
        buffer.fill(vec![mail(MailId(21), "c")], at(60));
        assert_eq!(take(&mut buffer).as_deref(), Some("c"));
    }

    #[test]
    fn a_mail_put_back_is_the_next_one() {
        let mut buffer = Buffer::new(4, 4);
        buffer.fill(vec![mail(MailId(1), "a"), mail(MailId(2), "a")], at(60));
        let Next::Mail(first) = buffer.next(at(1), 4) else {
            panic!()
        };
        buffer.put_back(*first);
        assert_eq!(taken(&mut buffer, 1), Some(MailId(1)));
    }

    #[test]
    fn a_crowded_domain_is_named_until_its_mails_have_gone() {
        let mut buffer = Buffer::new(1, 1);
        buffer.fill((1..=8).map(|id| mail(MailId(id), "a")).collect(), at(60));
        assert_eq!(buffer.crowded(), ["a"]);
        assert_eq!(taken(&mut buffer, 1), Some(MailId(1)));
        assert!(buffer.crowded().is_empty());
    }

    #[test]
    fn a_mail_whose_lease_is_over_is_not_given_out() {
        let mut buffer = Buffer::new(4, 4);
        buffer.fill(vec![mail(MailId(1), "a"), mail(MailId(2), "a")], at(60));
        buffer.renewed(&[MailId(2)], at(120));
        assert_eq!(taken(&mut buffer, 60), Some(MailId(2)));
        assert_eq!(taken(&mut buffer, 60), None);
        buffer.done(MailId(2), "a");
        assert!(buffer.is_empty());
    }

    #[test]
    fn closing_answers_what_was_not_begun() {
        let mut buffer = Buffer::new(4, 4);
        buffer.fill(vec![mail(MailId(1), "a"), mail(MailId(2), "a")], at(60));
        assert_eq!(taken(&mut buffer, 1), Some(MailId(1)));
        assert_eq!(buffer.close(), HashMap::from([(7, vec![MailId(2)])]));
        assert!(matches!(buffer.next(at(1), 4), Next::Closed));
        assert_eq!(buffer.ending(at(61)), HashMap::from([(7, vec![MailId(1)])]));
    }
}
