//! The records of the sender's domain by which other mail servers judge its mails.

use std::net::SocketAddr;

use super::resolver::{self, texts};
use super::{Finding, Grade};
use crate::config::{MailSettings, MailTransport};

pub(super) fn examine(settings: &MailSettings, resolver: Option<SocketAddr>) -> Vec<Finding> {
    if settings.transport != MailTransport::Smtp {
        return Vec::new();
    }
    let Some(server) = resolver.or_else(resolver::of_system) else {
        return vec![Finding::warning("dns", "dns_none")];
    };
    let (from, envelope) = (domain(&settings.from), domain(settings.envelope_from()));
    let mut found = vec![spf(server, envelope), dmarc(server, from)];
    match &settings.dkim_selector {
        Some(selector) => found.push(dkim(server, &format!("{selector}._domainkey.{from}"))),
        None => found.push(Finding::ok("dkim", "dkim_unnamed").with("domain", from)),
    }
    found
}

fn domain(address: &str) -> &str {
    address
        .rsplit_once('@')
        .map_or(address, |(_, domain)| domain)
}

fn unanswered(check: &'static str, name: &str, cause: &str) -> Finding {
    let silent = Finding::warning(check, "dns_silent").with("name", name);
    silent.with("cause", cause)
}

/// Which servers may send for the domain.
fn spf(server: SocketAddr, name: &str) -> Finding {
    let all = match texts(server, name) {
        Ok(all) => all,
        Err(cause) => return unanswered("spf", name, &cause),
    };
    let records: Vec<&String> = all.iter().filter(|text| starts(text, "v=spf1")).collect();
    let (grade, code) = match records[..] {
        [] => (Grade::Wrong, "spf_none"),
        [record]
            if record
                .split_whitespace()
                .any(|word| word == "+all" || word == "all") =>
        {
            (Grade::Wrong, "spf_all")
        }
        [_] => (Grade::Ok, "spf_ok"),
        _ => (Grade::Wrong, "spf_many"),
    };
    let finding = Finding::new(grade, "spf", code).with("name", name);
    finding.with("record", records.first().map_or("", |text| text.as_str()))
}

/// What becomes of mails that fail; a domain without a record has that of the domain above.
fn dmarc(server: SocketAddr, domain: &str) -> Finding {
    let mut above = Some(domain);
    while let Some(name) = above.filter(|name| name.contains('.')) {
        match texts(server, &format!("_dmarc.{name}")) {
            Ok(all) => {
                if let Some(record) = all.iter().find(|text| starts(text, "v=DMARC1")) {
                    let found = Finding::ok("dmarc", "dmarc_ok").with("name", name);
                    return found.with("record", record);
                }
            }
            Err(cause) => return unanswered("dmarc", name, &cause),
        }
        above = name.split_once('.').map(|(_, above)| above);
    }
    Finding::warning("dmarc", "dmarc_none").with("name", domain)
}

/// The key with which the mail server signs.
fn dkim(server: SocketAddr, name: &str) -> Finding {
    let all = match texts(server, name) {
        Ok(all) => all,
        Err(cause) => return unanswered("dkim", name, &cause),
    };
    let key = |text: &String| {
        let mut parts = text.split(';').map(str::trim);
        parts.any(|part| {
            part.strip_prefix("p=")
                .is_some_and(|key| !key.trim().is_empty())
        })
    };
    match all.iter().any(key) {
        true => Finding::ok("dkim", "dkim_ok"),
        false => Finding::wrong("dkim", "dkim_none"),
    }
    .with("name", name)
}

fn starts(text: &str, with: &str) -> bool {
    text.get(..with.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(with))
}
