//! `miss`, `sequence` with what-ifs and `simulate --plan`, on the worked example.

use serde_json::Value;

use crate::support::{Folder, number};

#[test]
fn the_parts_of_a_miss_add_up_and_change_with_the_day() {
    let folder = Folder::with_demo("miss");
    let sum = |document: &Value| -> i64 {
        let parts = document["parts"].as_array().expect("parts").iter();
        parts.map(|part| part["amount"].as_i64().expect("whole units")).sum()
    };
    let now = folder.answer(&["miss"]);
    assert_eq!(Some(sum(&now)), now["difference"].as_i64(), "{now}");
    assert_eq!(
        now["actual"]
            .as_i64()
            .zip(now["planned"].as_i64())
            .map(|(actual, planned)| actual - planned),
        now["difference"].as_i64()
    );
    let kinds: Vec<&str> = now["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .filter_map(|part| part["part"].as_str())
        .collect();
    assert_eq!(
        kinds,
        ["volume", "timing", "conversion", "conversion", "conversion", "value"]
    );
    let earlier = folder.answer(&["miss", "--as-of", "2026-07-31"]);
    assert_eq!(Some(sum(&earlier)), earlier["difference"].as_i64());
    assert_ne!(earlier["actual"], now["actual"]);
    let words = folder.run(&["miss"]).done().out;
    assert!(words.starts_with(now["says"].as_str().expect("words")), "{words}");
    folder.refused(&["miss", "--as-of", "2026-04-30"], 4);
    folder.refused(&["miss", "--as-of", "2030-01-01"], 2);
}

#[test]
fn a_what_if_moves_the_answer_and_saves_nothing() {
    let folder = Folder::with_demo("what-if");
    let planned = folder.answer(&["sequence"]);
    let few = folder.answer(&["sequence", "--hours-per-week", "20"]);
    let best = |document: &Value| number(&document["plans"][0]["mean"]);
    assert!(best(&few) < 0.8 * best(&planned), "{} {}", best(&few), best(&planned));
    assert_eq!(few["as_planned"]["plans"], planned["plans"]);
    assert_eq!(folder.answer(&["sequence"]), planned, "nothing is saved");
    let surer = folder.answer(&[
        "sequence",
        "--prior",
        "Identity co-sell/introduced=0.8,20",
        "--set-up",
        "Identity co-sell=0",
    ]);
    assert!(best(&surer) > best(&planned));
    assert!(
        folder
            .refused(&["sequence", "--set-up", "Nothing=3"], 2)
            .contains("nothing")
    );
    assert!(
        folder
            .refused(&["sequence", "--prior", "Identity co-sell/asked=0.8,20"], 2)
            .contains("introduced")
    );
    assert!(
        folder
            .refused(&["sequence", "--prior", "Identity co-sell/met=2,20"], 2)
            .contains("prior")
    );
    folder.refused(&["sequence", "--switching-tax", "7"], 2);
    folder.refused(&["sequence", "--hours-per-week", "NaN"], 2);
    folder.refused(&["sequence", "--set-up", "Identity co-sell"], 2);
}

#[test]
fn the_plans_with_names_are_simulated() {
    let folder = Folder::with_demo("plans");
    let mean = |plan: &str| {
        let document = folder.answer(&["simulate", "--plan", plan]);
        assert_eq!(document["plan"]["name"], plan);
        number(&document["outcome"]["mean"])
    };
    assert!(mean("best") > mean("everything-at-once"));
    assert!(mean("one-at-a-time") > 0.0);
    assert_eq!(
        folder.answer(&["simulate"]),
        folder.answer(&["simulate", "--plan", "own"])
    );
    folder.refused(&["simulate", "--plan", "another"], 2);
}
