//! `cohorts`, and what `weigh` says of deals and sourcing, on real exports to the reference figures that stand with the
//! data.

use serde_json::Value;

use crate::support::{Folder, number, shared};

fn near(value: &Value, expected: f64, within: f64) {
    assert!((number(value) - expected).abs() <= within, "{value} is not {expected}");
}

fn codes(document: &Value) -> Vec<&str> {
    let warnings = document["warnings"].as_array().expect("warnings");
    let codes = warnings.iter().filter_map(|warning| {
        assert!(
            warning["message"].as_str().is_some_and(|words| words.len() > 20),
            "{warning}"
        );
        warning["code"].as_str()
    });
    codes.collect()
}

/// Every cohort has its shape, and what its ranges must be.
fn well_formed(cohorts: &Value) {
    for cohort in cohorts["cohorts"].as_array().expect("cohorts") {
        let last = &cohort["expected_final"];
        let so_far = number(&cohort["converted"]) / number(&cohort["n"]);
        assert!(so_far <= number(&last["low80"]) + 1e-9, "{cohort}");
        assert!(number(&last["low80"]) <= number(&last["high80"]), "{cohort}");
        if cohort["mature"] == true {
            near(&cohort["observed_share"], 1.0, 0.0);
            near(&last["rate"], so_far, 1e-12);
        } else {
            assert!(number(&cohort["observed_share"]) < 1.0, "{cohort}");
        }
    }
}

#[test]
fn a_crm_export_gives_its_reference_conversion() {
    let files = ["crm/maven_crm_iso/accounts.csv", "crm/maven_crm_iso/sales_pipeline.csv"].map(shared);
    let [Some(accounts), Some(pipeline)] = files else {
        return;
    };
    let folder = Folder::new("cohorts-maven");
    folder.answer(&["import", &accounts, &pipeline]);
    let found = folder.answer(&["cohorts", "--within", "90"]);
    assert_eq!(
        (&found["mature_rate"]["n"], &found["mature_rate"]["k"]),
        (&7_205.into(), &2_667.into())
    );
    near(&found["mature_rate"]["rate"], 2_667.0 / 7_205.0, 1e-12);
    let curve = found["curve"].as_array().expect("a curve");
    assert_eq!(curve.len(), 91);
    near(&curve[90]["cif"], 0.3970, 0.00005);
    well_formed(&found);
    let months = found["cohorts"].as_array().expect("cohorts");
    assert_eq!(
        (&months[0]["start"], &months[0]["mature"]),
        (&"2016-10".into(), &true.into())
    );
    assert_eq!(
        (&months[months.len() - 1]["start"], &months[months.len() - 1]["mature"]),
        (&"2017-12".into(), &false.into())
    );
    // 500 prospects have not begun; deals close from March 2017 on, the first began in October 2016.
    assert_eq!(found["undated"], 500);
    assert_eq!(codes(&found), ["left-truncated"]);

    let split = folder.answer(&["cohorts", "--by", "sector"]);
    let groups = split["groups"].as_array().expect("groups");
    let sum: u64 = groups
        .iter()
        .filter_map(|group| group["mature_rate"]["k"].as_u64())
        .sum();
    assert_eq!((groups.len(), sum), (11, 2_667));
    assert!(groups.iter().any(|group| group["key"]["sector"] == "retail"));
    let young = folder.answer(&["cohorts", "--as-of", "2016-12-31"]);
    assert_eq!(
        (&young["mature_rate"]["n"], &young["mature_rate"]["rate"]),
        (&0.into(), &Value::Null)
    );
    assert!(codes(&young).contains(&"immature"));
    assert!(
        folder
            .refused(&["cohorts", "--from", "Engaging"], 2)
            .contains("no stage history")
    );
    folder.refused(&["cohorts", "--within", "0"], 2);
    folder.refused(&["cohorts", "--by", "nope"], 2);
    let words = folder.run(&["cohorts"]).done().out;
    assert!(words.contains("Of 7205 that have had 90 days, 2667 (37.0%"), "{words}");
    deals(&folder.answer(&["weigh", "--by", "sector,product"]));
}

/// Deal sizes stand beside the sums that they are drawn from.
fn deals(weighed: &Value) {
    for cell in weighed["cells"].as_array().expect("cells") {
        let size = &cell["deal_size"];
        assert_eq!(size["n"], cell["amount_won"]["n"], "{cell}");
        assert!(
            number(&size["low80"]) < number(&size["high80"]) && number(&size["mean"]) > 0.0,
            "{size}"
        );
        assert!((0.0..=1.0).contains(&number(&size["borrowed"])), "{size}");
        // No partner, nothing sourced.
        assert_eq!(cell["sourcing"], Value::Null);
    }
    assert!(weighed["notes"].is_array());
}

#[test]
fn a_lead_funnel_that_hides_its_first_wins_says_so() {
    let leads = shared("funnel/olist/olist_marketing_qualified_leads_dataset.csv");
    let (Some(leads), Some(deals)) = (leads, shared("funnel/olist/olist_closed_deals_dataset.csv")) else {
        return;
    };
    let folder = Folder::new("cohorts-olist");
    folder.answer(&["import", &leads, &deals]);
    let found = folder.answer(&["cohorts", "--within", "90"]);
    assert_eq!(
        (&found["mature_rate"]["n"], &found["mature_rate"]["k"]),
        (&8_000.into(), &692.into())
    );
    let codes = codes(&found);
    assert!(
        codes.contains(&"left-truncated") && codes.contains(&"end-before-start"),
        "{codes:?}"
    );
    well_formed(&found);
    let by_source = folder.answer(&["weigh", "--by", "source"]);
    let sizes = by_source["cells"]
        .as_array()
        .expect("cells")
        .iter()
        .map(|cell| &cell["deal_size"]);
    // 797 of 842 revenues are 0, which is not declared and not nothing.
    let (declared, not) = sizes.fold((0, 0), |(declared, not), size| {
        (
            declared + size["n"].as_u64().unwrap_or(0),
            not + size["not_declared"].as_u64().unwrap_or(0),
        )
    });
    assert!(declared == 0 || (declared, not) == (45, 797), "{declared} {not}");
}

#[test]
fn the_worked_example_says_what_partners_source_and_what_a_deal_is_worth() {
    let folder = Folder::with_demo("cohorts-demo");
    let found = folder.answer(&["cohorts", "--within", "180"]);
    assert!(number(&found["mature_rate"]["n"]) > 0.0);
    well_formed(&found);
    let weighed = folder.answer(&["weigh"]);
    let cells = weighed["cells"].as_array().expect("cells");
    let sourcing = cells
        .iter()
        .find_map(|cell| cell["sourcing"].as_object())
        .expect("some cell sources");
    let [low, high] = ["low80", "high80"].map(|field| number(&sourcing[field]));
    assert!(
        low < number(&sourcing["per_quarter"]) && number(&sourcing["per_quarter"]) < high,
        "{sourcing:?}"
    );
    let next = sourcing["next_quarter"].as_array().expect("a range");
    assert!(number(&next[0]) <= number(&next[1]));
    assert!(cells.iter().any(|cell| number(&cell["deal_size"]["borrowed"]) > 0.0));
}
