//! The address that a request comes from. What a reverse proxy says about it counts only if the
//! proxy is trusted (`server.trusted_proxies`).

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;

use crate::config::Networks;

/// The caller's address.
pub fn of(req: &HttpRequest, trusted: &Networks) -> IpAddr {
    let peer = req
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    behind(peer, req.headers(), trusted)
}

/// The rightmost hop that is not a trusted proxy. Whatever is to its left may be forged.
fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> IpAddr {
    let mut found = peer;
    for hop in hops(headers).iter().rev() {
        if !trusted.contain(found) {
            break;
        }
        match hop {
            Some(address) => found = *address,
            None => break,
        }
    }
    found
}

/// What the proxies say, in the order in which it was written; `X-Forwarded-For` if there is one,
/// as nearly all write that.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = |name: &str| -> Vec<String> {
        headers
            .get_all(name)
            .filter_map(|value| value.to_str().ok())
            .map(str::to_owned)
            .collect()
    };
    let old = lines("x-forwarded-for");
    if !old.is_empty() {
        return old
            .iter()
            .flat_map(|line| line.split(','))
            .map(parse)
            .collect();
    }
    let standard = lines("forwarded");
    let elements = standard.iter().flat_map(|line| line.split(','));
    elements
        .map(|element| {
            let mut pairs = element
                .split(';')
                .filter_map(|pair| pair.trim().split_once('='));
            pairs
                .find(|(name, _)| name.eq_ignore_ascii_case("for"))
                .and_then(|(_, value)| parse(value))
        })
        .collect()
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `"[2001:db8::1]:80"`.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bracketed = text
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map(|(inside, _)| inside);
    let plain = bracketed.unwrap_or(text);
    plain.parse().ok().or_else(|| {
        plain
            .rsplit_once(':')?
            .0
            .parse::<Ipv4Addr>()
            .ok()
            .map(IpAddr::V4)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_what_trusted_proxies_say_counts() {
        let trusted: Networks = serde_json::from_str(r#""10.0.0.0/8, fd00::/8""#).unwrap();
        let seen = |peer: &str, name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            );
            behind(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        let xff = "x-forwarded-for";
        assert_eq!(
            seen("192.0.2.9", xff, "198.51.100.1"),
            "192.0.2.9",
            "a stranger is not believed"
        );
        assert_eq!(seen("10.0.0.1", xff, "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            seen("10.0.0.1", xff, "203.0.113.5, 198.51.100.1"),
            "198.51.100.1",
            "the left part is forged"
        );
        assert_eq!(
            seen("10.0.0.1", xff, "203.0.113.5, 198.51.100.1:99, 10.2.2.2"),
            "198.51.100.1"
        );
        assert_eq!(seen("10.0.0.1", xff, "unknown"), "10.0.0.1");
        assert_eq!(
            seen(
                "10.0.0.1",
                "forwarded",
                "for=\"[2001:db8::7]:80\";proto=https"
            ),
            "2001:db8::7"
        );
        assert_eq!(
            seen("fd00::1", "forwarded", "for=203.0.113.5, for=198.51.100.1"),
            "198.51.100.1"
        );
    }
}
