//! `sequence --program`: a program given as data, the default one of the reference figures.

use crate::support::{Folder, number};

/// Six bets alike under a team of 90 hours a week; the defaults of the reference figures.
fn program() -> String {
    let steps = [(5.4, 6.6, 3), (6.6, 5.4, 3), (4.8, 7.2, 5), (3.0, 9.0, 12)]
        .map(|(a, b, weeks)| format!("[[bet.step]]\nprior = [{a:?}, {b:?}]\ndelay_weeks = {weeks}\n"))
        .concat();
    let bet = "[[bet]]\nset_up_hours = 240\nhours_per_target = 6\nweekly_overhead_hours = 4\ntargets = 300\n\
        targets_per_week = 12\ndeal_value = { mean = 1, sd = 0.4 }\n";
    format!(
        "weeks = 104\nhours_per_week = 90\nswitching_tax = 0.05\n{}",
        format!("{bet}{steps}").repeat(6)
    )
}

#[test]
fn the_default_program_is_best_run_two_at_a_time() {
    let folder = Folder::new("sequence-default");
    folder.write("program.toml", &program());
    let document = folder.answer(&["sequence", "--program", "program.toml"]);
    assert_eq!(document["k_formula"], 2);
    let hours: Vec<f64> = document["hours_by_k"]
        .as_array()
        .expect("hours")
        .iter()
        .map(number)
        .collect();
    assert_eq!(hours, [72.0, 77.5, 69.0, 60.5, 52.0, 43.5]);
    let plans = document["plans"].as_array().expect("plans");
    let place = |field: &str| usize::try_from(document[field].as_u64().expect("a place")).expect("small");
    let (best, spread) = (&plans[place("best")], &plans[place("spread")]);
    assert_eq!(best["at_once"], 2);
    assert_eq!(spread["at_once"], 6);
    assert!(number(&best["mean"]) > 2.0 * number(&spread["mean"]), "{document}");
    assert!(number(&spread["vs_best"]["high"]) < 0.0, "the interval leaves no doubt");
    for plan in plans {
        assert!(
            ["open", "gated", "index"].contains(&plan["rule"].as_str().expect("a rule")),
            "{plan}"
        );
        let vs = &plan["vs_best"];
        let (low, difference, high) = (number(&vs["low"]), number(&vs["difference"]), number(&vs["high"]));
        assert!(low <= difference && difference <= high && difference <= 0.0, "{plan}");
        assert!(plan["order"].is_array() && plan.get("p_target").is_some(), "{plan}");
    }
    let says = document["says"].as_str().expect("words");
    assert!(
        folder
            .run(&["sequence", "--program", "program.toml"])
            .done()
            .out
            .starts_with(says)
    );
}

#[test]
fn a_program_that_cannot_be_is_refused_with_its_place() {
    let folder = Folder::new("sequence-bad");
    let cases = [
        ("weeks = 104", "weeks = 0", "weeks"),
        ("hours_per_week = 90", "hours_per_week = -1", "hours_per_week"),
        ("switching_tax = 0.05", "switching_tax = 5", "switching_tax"),
        ("targets = 300", "targets = 0", "bet[0].targets"),
        ("mean = 1,", "mean = nan,", "bet[0].deal_value"),
        ("hours_per_target", "hours_a_target", "hours_a_target"),
    ];
    for (good, bad, place) in cases {
        folder.write("program.toml", &program().replacen(good, bad, 1));
        let words = folder.refused(&["sequence", "--program", "program.toml"], 2);
        assert!(words.contains(place), "{bad}: {words}");
    }
}
