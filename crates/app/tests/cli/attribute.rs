//! `attribute`: classes by the policy in force, and what another policy would move.

use serde_json::Value;

use crate::support::{Folder, number};

const DEALS: &str = "\
opportunity_id,account_id,created_on,closed_on,stage,amount
o1,a1,2026-03-31,2026-05-15,Closed Won,1000
o2,a2,2026-03-31,2026-05-20,Closed Lost,70
o3,a3,2026-03-31,,Discovery,200
o4,a4,2026-03-31,,Discovery,
";
const TOUCHES: &str = "\
touch_id,opportunity_id,partner_id,kind,on,recorded_at,source_field
t1,o1,Keyring,intro,2026-03-10,2026-03-11,notes
t2,o1,Harborlight,referral,2026-03-20,2026-03-20,notes
t3,o2,Keyring,intro,2026-03-01,2026-04-20,notes
t4,o3,Keyring,reference,2026-04-02,2026-04-02,notes
";

fn program(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("deals.csv", DEALS);
    folder.write("touches.csv", TOUCHES);
    folder.answer(&["import", "deals.csv", "--as", "opportunities"]);
    folder.answer(&["import", "touches.csv", "--as", "touches"]);
    folder
}

fn counts(classes: &Value) -> Vec<(String, f64, f64)> {
    let classes = classes.as_array().expect("classes");
    let row = |class: &Value| {
        let name = class["class"].as_str().expect("a class").to_owned();
        (name, number(&class["opportunities"]), number(&class["amount"]["sum"]))
    };
    classes.iter().map(row).collect()
}

fn expected(rows: [(&str, f64, f64); 4]) -> Vec<(String, f64, f64)> {
    rows.map(|(class, n, amount)| (class.to_owned(), n, amount)).to_vec()
}

#[test]
fn every_class_is_counted_and_no_total_is_given() {
    let folder = program("attribute");
    let found = folder.answer(&["attribute", "--as-of", "2026-06-30"]);
    assert_eq!(
        counts(&found["classes"]),
        expected([
            ("sourced", 1.0, 1000.0),
            ("influenced", 1.0, 200.0),
            ("present", 0.0, 0.0),
            ("direct", 2.0, 70.0)
        ])
    );
    assert_eq!((&found["opportunities"], &found["proposed"]), (&4.into(), &Value::Null));
    assert_eq!(
        (number(&found["classes"][0]["share"]), &found["classes"][0]["of"]),
        (0.25, &4.into())
    );
    assert_eq!(found["classes"][0]["partners"][0]["partner"], "Keyring");
    assert_eq!(found["classes"][0]["win_rate"]["n"], 1);
    assert_eq!(found["classes"][3]["claimed_after_lock"], 1);
    assert_eq!(
        (&found["policy"]["window_days"], &found["policy"]["strategy_version"]),
        (&30.into(), &Value::Null)
    );
    assert_eq!(found["total"], Value::Null);
    // What was recorded later is not known on an earlier day.
    let before = folder.answer(&["attribute", "--as-of", "2026-04-01"]);
    assert_eq!(
        (
            &before["classes"][1]["opportunities"],
            &before["classes"][3]["claimed_after_lock"]
        ),
        (&0.into(), &0.into())
    );
    let text = folder.run(&["attribute", "--as-of", "2026-06-30"]).done().out;
    assert!(
        text.contains("within 30 days before its creation") && text.contains("Keyring"),
        "{text}"
    );
}

#[test]
fn another_policy_says_what_it_would_move_and_changes_nothing() {
    let folder = program("attribute-policy");
    folder.write(
        "policy.toml",
        "[attribution]\nlock_days = \"none\"\ncredit = \"last\"\n",
    );
    let ask = ["attribute", "--as-of", "2026-06-30", "--policy", "policy.toml"];
    let found = folder.answer(&ask);
    let held = &found["proposed"];
    assert_eq!(
        (&held["change_class"], &held["change_partners"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        counts(&held["classes"]),
        expected([
            ("sourced", 2.0, 1070.0),
            ("influenced", 1.0, 200.0),
            ("present", 0.0, 0.0),
            ("direct", 1.0, 0.0)
        ])
    );
    let moved: Vec<(&str, &str, &str)> = held["opportunities"]
        .as_array()
        .expect("the opportunities")
        .iter()
        .map(|one| {
            ["opportunity_id", "from", "to"]
                .map(|key| one[key].as_str().expect("text"))
                .into()
        })
        .collect();
    assert_eq!(moved, [("o1", "sourced", "sourced"), ("o2", "direct", "sourced")]);
    assert_eq!(
        (
            &held["opportunities"][0]["partners_from"],
            &held["opportunities"][0]["partners_to"]
        ),
        (&serde_json::json!(["Keyring"]), &serde_json::json!(["Harborlight"]))
    );
    assert_eq!(
        held["changes"],
        serde_json::json!([
            "the lock goes from 14 days to none",
            "credit goes from earliest to last"
        ])
    );
    let text = folder.run(&ask).done().out;
    assert!(text.contains("1 would change class, and 1 more"), "{text}");
    assert_eq!(
        folder.answer(&["attribute", "--as-of", "2026-06-30"])["policy"]["lock_days"],
        14
    );
}

#[test]
fn a_policy_that_cannot_be_read_says_where_and_how_to_mend_it() {
    let folder = program("attribute-refused");
    for (text, words) in [
        ("[attribution]\nwindow_days = \"long\"\n", "line 2"),
        ("[attribution]\nwindw_days = 3\n", "window_days"),
        ("[attribution]\ncredit = \"all\"\n", "equal shares"),
        ("[program]\nname = \"Northwind\"\n", "[attribution]"),
        ("[attribution\n", "line 1"),
    ] {
        folder.write("policy.toml", text);
        let refused = folder.refused(&["attribute", "--policy", "policy.toml"], 2);
        assert!(refused.contains(words), "{text}: {refused}");
    }
    let refused = folder.refused(&["attribute", "--version", "7"], 2);
    assert!(refused.contains("no version 7"), "{refused}");
    let nowhere = Folder::new("attribute-empty").refused(&["attribute"], 2);
    assert!(nowhere.contains("no program"), "{nowhere}");
}
