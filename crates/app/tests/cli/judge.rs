//! `judge --evidence`: a bet given as data, good and bad.

use crate::support::{Folder, number};

const EVIDENCE: &str = "\
week = 6
gate = { need = 12, week = 26 }
planned_per_week = [8, 8, 8, 8]
delay_known = true
[[step]]
prior = [5.4, 6.6]
delay_weeks = 3
converted = 12
open_ages_weeks = [[0, 8], [1, 8], [2, 6], [4, 5]]
[[step]]
prior = [6.6, 5.4]
delay_weeks = 4
converted = 5
open_ages_weeks = [[0, 3], [2, 4]]
[[step]]
prior = [4.8, 7.2]
delay_weeks = 5
converted = 1
open_ages_weeks = [[1, 4]]
";

#[test]
fn a_young_bet_is_judged_by_more_than_what_has_arrived() {
    let folder = Folder::new("judge-evidence");
    folder.write("bet.toml", EVIDENCE);
    let judged = folder.answer(&["judge", "--evidence", "bet.toml"]);
    assert_eq!(
        (&judged["have"], &judged["need"], &judged["verdict"]),
        (&1.into(), &12.into(), &"continue".into())
    );
    let probability = number(&judged["probability"]);
    assert!((0.1..=0.9).contains(&probability), "{probability}");
    let (low, mean, high) = (
        &judged["theta"]["low80"],
        &judged["theta"]["mean"],
        &judged["theta"]["high80"],
    );
    assert!(number(low) < number(mean) && number(mean) < number(high));
    let steps = judged["steps"].as_array().expect("steps");
    let counts: Vec<_> = steps
        .iter()
        .map(|s| (s["entered"].as_u64(), s["converted"].as_u64(), s["open"].as_u64()))
        .collect();
    assert_eq!(
        counts,
        [
            (Some(39), Some(12), Some(27)),
            (Some(12), Some(5), Some(7)),
            (Some(5), Some(1), Some(4))
        ]
    );
    assert_eq!(judged["error_rates"]["bets"], 400);
    for field in ["weeks_until_clear", "proven", "why"] {
        assert!(judged.get(field).is_some(), "{field} is missing");
    }
    assert_eq!(
        folder.answer(&["judge", "--evidence", "bet.toml"]),
        judged,
        "the same evidence, the same judgement"
    );
    let words = folder.run(&["judge", "--evidence", "bet.toml"]).done().out;
    assert_eq!(words.trim_end(), judged["why"].as_str().expect("words"));
}

#[test]
fn a_file_may_state_its_rule_and_that_partners_differ() {
    let folder = Folder::new("judge-rule");
    let judged = |more: &str| {
        folder.write("bet.toml", &format!("{EVIDENCE}{more}"));
        folder.answer(&["judge", "--evidence", "bet.toml"])
    };
    let usual = judged("");
    let stated = judged("[rule]\nretire_under = 0.05\nrobust_prior = false\n");
    assert_eq!(number(&stated["rule"]["retire_under"]), 0.05);
    assert_eq!(stated["rule"]["scale_over"], usual["rule"]["scale_over"]);
    assert_ne!(stated["probability"], usual["probability"]);
    // Thresholds that leave the chance no room give a verdict where the usual ones do not.
    let eager = judged("[rule]\nscale_over = 0.02\nretire_under = 0.01\n");
    assert_eq!(
        (&usual["verdict"], &eager["verdict"]),
        (&"continue".into(), &"scale".into())
    );
    let alike = judged("[overdispersion]\ncorrelation = 0.3\npartners = 3\n");
    // Of the first step, with most counts, they tell less: the mean stays nearer to the prior's, the range is wider.
    let first = |judged: &serde_json::Value, field: &str| number(&judged["steps"][0]["rate"][field]);
    let wide = |judged: &serde_json::Value| first(judged, "high80") - first(judged, "low80");
    assert!(first(&alike, "mean") - 0.45 < first(&usual, "mean") - 0.45 && first(&alike, "mean") > 0.45);
    assert!(wide(&alike) > wide(&usual), "{} and {}", wide(&alike), wide(&usual));
}

#[test]
fn more_conversions_never_lower_the_probability() {
    let folder = Folder::new("judge-more");
    let mut seen = Vec::new();
    for converted in 0..=5 {
        folder.write(
            "bet.toml",
            &EVIDENCE.replace("converted = 1\n", &format!("converted = {converted}\n")),
        );
        seen.push(number(
            &folder.answer(&["judge", "--evidence", "bet.toml"])["probability"],
        ));
    }
    assert!(
        seen.windows(2).all(|pair| pair[0] <= pair[1]) && seen[0] < seen[5],
        "{seen:?}"
    );
}

#[test]
fn evidence_that_cannot_be_is_refused_with_its_place() {
    let folder = Folder::new("judge-bad");
    let cases = [
        ("prior = [5.4, 6.6]", "prior = [0, 6.6]", "step[0].prior"),
        ("prior = [6.6, 5.4]", "prior = [6.6, nan]", "step[1].prior"),
        ("delay_weeks = 4", "delay_weeks = 0", "step[1].delay_weeks"),
        ("week = 26", "week = 5", "past the gate's week"),
        ("week = 26", "week = 4000000000", "gate.week"),
        ("need = 12", "need = 0", "gate.need"),
        ("delay_known", "delay_now", "line 4"),
        ("[[0, 3]", "[[-1, 3]", "line 14"),
        ("week = 6", "week = 'six'", "line 1"),
        (EVIDENCE, "", "week"),
        ("[[step]]", "[rule]\nscale_over = 2\n[[step]]", "rule.scale_over"),
        ("[[step]]", "[rule]\nscale = 0.9\n[[step]]", "line 6"),
        (
            "[[step]]",
            "[overdispersion]\ncorrelation = 1\n[[step]]",
            "overdispersion.correlation",
        ),
        (
            "[[step]]",
            "[overdispersion]\npartners = 0\n[[step]]",
            "overdispersion.partners",
        ),
    ];
    for (good, bad, place) in cases {
        folder.write("bet.toml", &EVIDENCE.replacen(good, bad, 1));
        let words = folder.refused(&["judge", "--evidence", "bet.toml"], 2);
        assert!(words.contains(place), "{bad}: {words}");
    }
    folder.refused(&["judge", "--evidence", "nowhere.toml"], 2);
    folder.refused(&["judge", "--evidence", "bet.toml", "--as-of", "2026-01-01"], 2);
}
