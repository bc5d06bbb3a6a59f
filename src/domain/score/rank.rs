//! Ranks within a category and cluster; equal totals share a rank (1, 1, 3).

use std::collections::BTreeMap;

use super::Points;
use crate::domain::text;

/// A unit to be ranked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contender<'a> {
    /// The emulation cluster within the category, however it is spelled; units without one are
    /// ranked together.
    pub cluster: Option<&'a str>,
    /// The rounded total; `None` for a unit without a score, or that ended.
    pub total: Option<Points>,
}

/// The rank of each contender of one category, in their order.
pub fn ranks(contenders: &[Contender<'_>]) -> Vec<Option<i32>> {
    let keys: Vec<Option<String>> = contenders
        .iter()
        .map(|contender| contender.cluster.map(text::same_key))
        .collect();
    let mut clusters: BTreeMap<Option<&str>, Vec<Points>> = BTreeMap::new();
    for (contender, key) in contenders.iter().zip(&keys) {
        clusters
            .entry(key.as_deref())
            .or_default()
            .extend(contender.total);
    }
    clusters
        .values_mut()
        .for_each(|totals| totals.sort_unstable());
    let rank = |(contender, key): (&Contender<'_>, &Option<String>)| {
        let (total, totals) = (contender.total?, clusters.get(&key.as_deref())?);
        // in ascending order: those after the last equal one are better
        let better = totals.len() - totals.partition_point(|other| *other <= total);
        i32::try_from(better).ok()?.checked_add(1)
    };
    contenders.iter().zip(&keys).map(rank).collect()
}
