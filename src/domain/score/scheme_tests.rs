//! Schemes: what ships, what is refused, what they say in words.

use serde_json::{Value, json};

use super::*;
use crate::domain::period::PeriodKind;

fn json_of(code: &str) -> Value {
    serde_json::to_value(presets::get(code).unwrap()).unwrap()
}

fn faults(scheme: Value) -> Vec<String> {
    let scheme: Scheme = serde_json::from_value(scheme).unwrap();
    let faults = scheme
        .checked()
        .map_or_else(|faults| faults, |_| Vec::new());
    faults
        .iter()
        .map(|fault| format!("{} {}", fault.field, fault.code))
        .collect()
}

#[test]
fn the_presets_are_without_fault_and_have_the_bases_of_their_directives() {
    for (code, base, bonus) in [("national", 95, 5), ("simple", 100, 0)] {
        let scheme = presets::get(code).unwrap();
        assert_eq!(scheme.clone().checked().unwrap(), scheme, "{code}");
        assert_eq!(
            (scheme.base(), scheme.bonus_cap),
            (Points::whole(base), Points::whole(bonus)),
            "{code}"
        );
    }
    assert!(presets::codes().all(|code| presets::get(code).is_some()));
}

#[test]
fn every_bad_scheme_is_refused_with_its_field() {
    let bad = |change: fn(&mut Value)| {
        let mut scheme = json_of("national");
        change(&mut scheme);
        faults(scheme)
    };
    assert_eq!(
        bad(|s| s["bonus_cap"] = json!(10.5)),
        ["bonus_cap score_total_max"]
    );
    assert_eq!(
        bad(|s| s["bonus_cap"] = json!(0)),
        ["bonus_cap score_cap_missing"]
    );
    assert_eq!(
        bad(|s| s["penalty_cap"] = json!(3)),
        ["penalty_cap score_cap_unused"]
    );
    assert_eq!(
        bad(|s| s["criteria"][0]["points"] = json!(26)),
        ["criteria score_base"]
    );
    assert_eq!(
        bad(|s| s["criteria"][0]["points"] = json!(-1)),
        ["criteria[0].points number_range", "criteria score_base"]
    );
    assert_eq!(
        bad(|s| s["criteria"][4]["target_percent"] = json!(0)),
        ["criteria[4].target_percent number_range"]
    );
    assert_eq!(
        bad(|s| s["criteria"][4]["target_percent"] = Value::Null),
        ["criteria[4].target_percent required"]
    );
    assert_eq!(
        bad(|s| s["criteria"][0]["target_percent"] = json!(5)),
        ["criteria[0].target_percent score_target_unused"]
    );
    assert_eq!(
        bad(|s| s["criteria"][5]["select"] = json!({ "periods": ["month"] })),
        ["criteria[5].select score_select_unused"]
    );
    assert_eq!(
        bad(|s| s["criteria"][1]["code"] = json!("quota-tin")),
        ["criteria duplicate"]
    );
    assert_eq!(
        bad(|s| s["bands"][1]["from"] = json!(95)),
        ["bands[1].from score_bands_overlap"]
    );
    assert_eq!(
        bad(|s| s["bands"][2]["from"] = json!(70)),
        ["bands[2].from score_bands_overlap"]
    );
    assert_eq!(
        bad(|s| s["bands"][3]["from"] = json!(10)),
        ["bands score_bands_gap"]
    );
    assert_eq!(bad(|s| s["bands"] = json!([])), ["bands score_bands_gap"]);
    assert_eq!(bad(|s| s["title"] = json!(" ")), ["title required"]);
}

#[test]
fn a_scheme_says_in_words_what_it_computes_from_what() {
    let kinds: KindNames = [("tin", "Tin"), ("bai_chuyen_sau", "Bài chuyên sâu")]
        .map(|(code, name)| (code.to_owned(), name.to_owned()))
        .into();
    let said = |code: &str, locale: &str| {
        let scheme = presets::get(code).unwrap();
        let say = |one: &Criterion| {
            format!(
                "{}: {}",
                selection(one, &kinds, locale),
                formula(one, locale)
            )
        };
        scheme.criteria.iter().map(say).collect::<Vec<_>>()
    };
    assert_eq!(
        said("national", "vi"),
        [
            "chỉ tiêu tin: (số hoàn thành đúng hạn + số hoàn thành muộn) ÷ (số hoàn thành + số không hoàn thành) × 25",
            "chỉ tiêu bài chuyên sâu: trung bình của (số đã làm ÷ số phải làm, nhiều nhất là 1) × 15",
            "hạn đưa tin sự kiện: số đạt đúng hạn ÷ (số đạt + số không đạt) × 25",
            "giờ chốt tin thời sự trong ngày: số đạt đúng hạn ÷ (số đạt + số không đạt) × 15",
            "mọi tin, bài được tính trong năm: số bài chuyên sâu ÷ tổng số tin, bài ÷ 20 % (nhiều nhất là 1) × 5",
            "mọi tin, bài được tính trong năm: điểm chất lượng trung bình của biên tập viên (1 đến 5) ÷ 5 × 10",
            "chỉ tiêu: tổng số làm vượt ÷ tổng số phải làm × 5 (điểm thưởng)",
        ]
    );
    let mut monthly = presets::get("national").unwrap().criteria.remove(0);
    monthly.select.periods = vec![PeriodKind::Month];
    assert_eq!(
        selection(&monthly, &kinds, "en"),
        "tin quotas of each month"
    );
    assert_eq!(
        selection(&monthly, &kinds, "vi"),
        "chỉ tiêu tin của mỗi tháng"
    );
}
