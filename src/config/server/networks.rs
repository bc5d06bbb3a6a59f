//! A list of networks.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// A list of networks; in an environment variable separated by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Vec<IpNet>")]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Whether an address lies in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a list of networks like 10.0.0.0/8")]
pub(super) enum Written {
    List(Vec<IpNet>),
    #[serde(deserialize_with = "by_commas")]
    Text(Vec<IpNet>),
}

pub(super) fn by_commas<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let text = String::deserialize(from)?;
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts
        .map(|part| part.parse().map_err(serde::de::Error::custom))
        .collect()
}

impl From<Written> for Networks {
    fn from(written: Written) -> Self {
        match written {
            Written::List(networks) | Written::Text(networks) => Self(networks),
        }
    }
}

impl From<Networks> for Vec<IpNet> {
    fn from(networks: Networks) -> Self {
        networks.0
    }
}
