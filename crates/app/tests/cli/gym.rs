//! `gym`: made-up programs, the same bytes for a seed, and settings that cannot be.

use crate::support::{Folder, number};

const WORLDS: [&str; 5] = ["gym", "--worlds", "4", "--seed", "7"];

#[test]
fn policies_rules_and_forecasts_stand_side_by_side() {
    let folder = Folder::new("gym");
    folder.write(
        "setting.toml",
        "weeks = 52\ndecay = 0.8\n[overdispersion]\ncorrelation = 0.1\n",
    );
    let arguments = [WORLDS.as_slice(), &["--setting", "setting.toml"]].concat();
    let document = folder.answer(&arguments);
    assert_eq!((&document["worlds"], &document["seed"]), (&4.into(), &7.into()));
    assert_eq!(number(&document["setting"]["decay"]), 0.8);
    assert_eq!(number(&document["setting"]["prior_strength"]), 0.5);
    let policies = document["policies"].as_array().expect("policies");
    for name in ["spread", "focus 1, index", "optimiser, once", "optimiser"] {
        let policy = policies.iter().find(|policy| policy["name"] == name).expect(name);
        assert!(number(&policy["of_clairvoyant"]) > 0.0, "{policy}");
        assert!((0.0..=1.0).contains(&number(&policy["p_target"])) && number(&policy["se"]) >= 0.0);
    }
    let rule = &document["judge"][0];
    assert!(rule["rule"].is_string() && rule["calibration"].is_array(), "{rule}");
    assert!((0.0..=1.0).contains(&number(&document["forecast"]["coverage80"])));
    assert!(folder.run(&arguments).done().out.contains("focus 2, index"));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let folder = Folder::new("gym-threads");
    let arguments = [WORLDS.as_slice(), &["--json"]].concat();
    let with = |threads: &str| folder.run_on(threads, &arguments).done().out;
    assert_eq!(with("1"), with("2"));
}

#[test]
fn a_setting_that_cannot_be_is_refused_with_its_dial() {
    let folder = Folder::new("gym-bad");
    for (setting, words) in [
        ("hours = 90", "unknown field `hours`, expected one of `bets`"),
        ("prior_strength = 1.5", "prior_strength: is 1.5"),
        ("bets = 500", "bets: 500 is over the limit"),
        ("weeks = 0", "weeks: is 0"),
        ("spread = nan", "spread: is NaN"),
        ("delay_weeks = [3]", "delay_weeks: has 1 for 4"),
    ] {
        folder.write("setting.toml", setting);
        let said = folder.refused(&["gym", "--setting", "setting.toml"], 2);
        assert!(said.contains(words), "{setting}: {said}");
    }
    assert!(folder.refused(&["gym", "--worlds", "0"], 2).contains("worlds: is 0"));
    assert!(
        folder
            .refused(&["gym", "--worlds", "4000000"], 2)
            .contains("worlds: 4000000 is over")
    );
}
