//! `lift`: known answers through the whole program, a program without partners, and questions that cannot be asked.

use serde_json::Value;

use crate::support::{Folder, number, shared};

/// Admissions to Berkeley in 1973 by department: men admitted and rejected, women admitted and rejected.
const BERKELEY: [[u32; 4]; 6] = [
    [512, 313, 89, 19],
    [353, 207, 17, 8],
    [120, 205, 202, 391],
    [138, 279, 131, 244],
    [53, 138, 94, 299],
    [22, 351, 24, 317],
];

fn berkeley() -> String {
    let mut csv = String::from("opportunity_id,created date,close date,stage,department,gender\n");
    let mut id = 0;
    for (department, counts) in ["A", "B", "C", "D", "E", "F"].iter().zip(BERKELEY) {
        for (nth, count) in counts.into_iter().enumerate() {
            let gender = if nth < 2 { "male" } else { "female" };
            let stage = if nth % 2 == 0 { "Closed Won" } else { "Closed Lost" };
            for _ in 0..count {
                id += 1;
                csv += &format!("{id},2026-01-05,2026-01-20,{stage},{department},{gender}\n");
            }
        }
    }
    csv
}

fn near(value: &Value, expected: f64, within: f64) {
    assert!((number(value) - expected).abs() <= within, "{value} is not {expected}");
}

fn says(document: &Value, words: &str) -> bool {
    let notes = document["notes"].as_array().expect("notes");
    notes.iter().filter_map(Value::as_str).any(|note| note.contains(words))
}

#[test]
fn a_reversal_by_stratum_is_found_and_said() {
    let folder = Folder::new("lift-berkeley");
    folder.write("admissions.csv", &berkeley());
    folder.answer(&["import", "admissions.csv", "--as", "opportunities"]);
    let lift = folder.answer(&["lift", "--with", "gender = 'male'", "--strata", "department"]);
    let arms = (
        &lift["with"]["n"],
        &lift["with"]["won"],
        &lift["without"]["n"],
        &lift["without"]["won"],
    );
    assert_eq!(arms, (&2_691.into(), &1_198.into(), &1_835.into(), &557.into()));
    near(&lift["naive"]["difference"], 0.1416, 5e-5);
    near(&lift["stratified"]["odds_ratio"], 0.9047, 5e-5);
    near(&lift["stratified"]["difference"], -0.01843, 5e-6);
    assert_eq!(lift["stratified"]["strata"], 6);
    assert_eq!(lift["adjusted"]["method"], "overlap-aipw");
    near(&lift["adjusted"]["difference"], -0.0184, 0.001);
    assert_eq!(
        (&lift["verdict"], &lift["reversal"]["strata"]),
        (&"no lift".into(), &"department".into())
    );
    assert!(number(&lift["e_value"]) >= 1.0);
    assert!(
        says(&lift, "turns round by department") && says(&lift, "has no date"),
        "{lift}"
    );
    let text = folder
        .run(&["lift", "--with", "gender = 'male'", "--strata", "department"])
        .done()
        .out;
    assert!(
        text.contains("14 points more often") && text.contains("2 points less often"),
        "{text}"
    );
}

#[test]
fn facts_without_partners_are_answered_honestly() {
    let (Some(accounts), Some(pipeline)) = (
        shared("crm/maven_crm_iso/accounts.csv"),
        shared("crm/maven_crm_iso/sales_pipeline.csv"),
    ) else {
        return;
    };
    let folder = Folder::new("lift-maven");
    folder.answer(&["import", &accounts, &pipeline]);
    let lift = folder.answer(&["lift"]);
    assert_eq!(
        (&lift["verdict"], &lift["with"]["n"]),
        (&"too early to call".into(), &0.into())
    );
    let missing = [
        &lift["naive"]["difference"],
        &lift["adjusted"]["difference"],
        &lift["e_value"],
        &lift["with"]["rate"],
    ];
    assert_eq!(missing, [&Value::Null; 4]);
    assert!(says(&lift, "no dated involvement"), "{lift}");

    // By a rule every decided deal counts, and a close value that only won deals have is not adjusted for.
    let retail = folder.answer(&["lift", "--with", "sector = 'retail'"]);
    assert_eq!(
        (&retail["with"]["n"], &retail["with"]["won"]),
        (&1_267.into(), &799.into())
    );
    assert_eq!(number(&retail["with"]["n"]) + number(&retail["without"]["n"]), 6_711.0);
    assert_eq!(retail["verdict"], "no lift", "{retail}");
    assert!(says(&retail, "Amount is not adjusted for"), "{retail}");

    for (arguments, words) in [
        (["--with", "sector = 'retail"], "closed"),
        (["--with", "colour = 'red'"], "colour"),
        (["--strata", "colour"], "colour"),
        (["--strata", "partner_type"], "which partner"),
        (["--strata", "deal_stage"], "history"),
        (["--as-of", "yesterday"], "--as-of"),
    ] {
        let refused = folder.refused(&[&["lift"], arguments.as_slice()].concat(), 2);
        assert!(refused.contains(words), "{arguments:?}: {refused}");
    }
}

#[test]
fn the_worked_example_compares_like_deals() {
    let folder = Folder::with_demo("lift-demo");
    let lift = folder.answer(&["lift"]);
    assert_eq!(lift["landmark_days"], 28);
    assert!(
        number(&lift["with"]["n"]) > 20.0 && number(&lift["without"]["n"]) > 20.0,
        "{lift}"
    );
    assert_eq!(lift["adjusted"]["method"], "overlap-aipw");
    for found in [&lift["naive"], &lift["adjusted"]] {
        let [low, middle, high] = ["low", "difference", "high"].map(|end| number(&found[end]));
        assert!(low < middle && middle < high, "{found}");
    }
    // Its sources are Partner and Direct: to compare within them would compare nothing.
    assert!(
        says(&lift, "Source is not compared within") && says(&lift, "immortal time"),
        "{lift}"
    );
    let text = folder.run(&["lift"]).done().out;
    assert!(
        text.contains("Deals with a partner within four weeks were won"),
        "{text}"
    );
}
