//! `import`, `facts` and `weigh` on real exports, to the reference figures that stand with the data.

use serde_json::Value;

use crate::support::{Folder, number, shared};

const ACCOUNTS: &str = "crm/maven_crm_iso/accounts.csv";
const PIPELINE: &str = "crm/maven_crm_iso/sales_pipeline.csv";

fn near(value: &Value, expected: f64, within: f64) {
    assert!((number(value) - expected).abs() <= within, "{value} is not {expected}");
}

fn at_day(cell: &Value, day: u64) -> Value {
    let curve = cell["cycle_days"]["won_cif"].as_array().expect("a curve");
    curve.iter().find(|point| point["day"] == day).expect("that day")["p"].clone()
}

/// Read = accepted + rejected + duplicates + footer, for each file.
fn counts_add_up(imported: &Value) {
    for file in imported["files"].as_array().expect("files") {
        let count = |field: &str| file[field].as_u64().expect("a count");
        let taken = count("accepted") + count("rejected") + count("duplicates") + count("footer");
        assert_eq!(count("read"), taken, "{file}");
    }
}

#[test]
fn a_crm_export_needs_no_question_and_gives_the_reference_figures() {
    let (Some(accounts), Some(pipeline)) = (shared(ACCOUNTS), shared(PIPELINE)) else {
        return;
    };
    let folder = Folder::new("facts-maven");
    let imported = folder.answer(&["import", &accounts, &pipeline]);
    counts_add_up(&imported);
    let read: Vec<u64> = imported["files"]
        .as_array()
        .expect("files")
        .iter()
        .filter_map(|f| f["accepted"].as_u64())
        .collect();
    assert_eq!(read, [85, 8_800]);

    let total = folder.answer(&["weigh"])["total"].clone();
    assert_eq!(
        (&total["opportunities"], &total["won"], &total["lost"], &total["open"]),
        (&8_800.into(), &4_238.into(), &2_473.into(), &2_089.into())
    );
    let rate = &total["win_rate"];
    assert_eq!(rate["method"], "wilson");
    near(&rate["rate"], 0.6315, 0.00005);
    near(&rate["low"], 0.6199, 0.00005);
    near(&rate["high"], 0.6430, 0.00005);
    near(&total["amount_won"]["median"], 1_117.0, 0.0);
    near(&total["amount_won"]["mean"], 2_360.91, 0.005);
    near(&total["cycle_days"]["won"]["median"], 57.0, 0.0);
    near(&at_day(&total, 90), 0.3970, 0.00005);
    same_file_twice(&folder, &imported, &accounts, &pipeline);
    cells_add_up(&folder);
}

fn same_file_twice(folder: &Folder, imported: &Value, accounts: &str, pipeline: &str) {
    let again = folder.answer(&["import", accounts, pipeline]);
    assert_eq!(again["changed"], false);
    assert_eq!(again["snapshot"], imported["snapshot"]);
    let facts = folder.answer(&["facts"]);
    assert_eq!(facts["as_of"], "2017-12-31");
    let rows: Vec<u64> = facts["tables"]
        .as_array()
        .expect("tables")
        .iter()
        .filter_map(|table| table["rows"].as_u64())
        .collect();
    assert_eq!(rows, [85, 8_800]);
}

fn cells_add_up(folder: &Folder) {
    let by_sector = folder.answer(&["weigh", "--by", "sector"]);
    let cells = by_sector["cells"].as_array().expect("cells");
    for field in ["opportunities", "open", "won", "lost"] {
        let sum: u64 = cells.iter().filter_map(|cell| cell[field].as_u64()).sum();
        assert_eq!(by_sector["total"][field], sum, "{field}");
    }
    let retail = cells
        .iter()
        .find(|cell| cell["key"]["sector"] == "retail")
        .expect("retail");
    assert_eq!((&retail["won"], &retail["lost"]), (&799.into(), &468.into()));
    let filtered = folder.answer(&["weigh", "--where", "sector = 'retail'"]);
    assert_eq!(filtered["total"]["won"], 799);
    for quarter in [
        ("2017-01-01", "2017-03-31", 1_134_672.0),
        ("2017-10-01", "2017-12-31", 2_802_496.0),
    ] {
        let rule = format!("closed_on >= {} and closed_on <= {}", quarter.0, quarter.1);
        near(
            &folder.answer(&["weigh", "--where", &rule])["total"]["amount_won"]["sum"],
            quarter.2,
            0.5,
        );
    }
    assert!(
        folder.refused(&["weigh", "--by", "nope"], 2).contains("sector"),
        "it lists the fields there are"
    );
    assert!(
        folder
            .refused(&["weigh", "--where", "sector = 'retail"], 2)
            .contains("closed")
    );
}

#[test]
fn a_lead_funnel_in_two_files_gives_the_reference_figures() {
    let leads = shared("funnel/olist/olist_marketing_qualified_leads_dataset.csv");
    let (Some(leads), Some(deals)) = (leads, shared("funnel/olist/olist_closed_deals_dataset.csv")) else {
        return;
    };
    let folder = Folder::new("facts-olist");
    counts_add_up(&folder.answer(&["import", &leads, &deals]));
    let by_source = folder.answer(&["weigh", "--by", "source"]);
    let total = &by_source["total"];
    assert_eq!(
        (&total["opportunities"], &total["won"], &total["lost"]),
        (&8_000.into(), &842.into(), &0.into())
    );
    near(&total["cycle_days"]["won"]["median"], 14.0, 0.0);
    let cells = by_source["cells"].as_array().expect("cells");
    let referral = cells
        .iter()
        .find(|cell| cell["key"]["source"] == "referral")
        .expect("referral");
    assert_eq!(
        (&referral["won"], &referral["opportunities"]),
        (&24.into(), &284.into())
    );
}

#[test]
fn what_cannot_be_decided_is_asked_with_its_flag_and_nothing_is_imported() {
    let folder = Folder::new("facts-asked");
    folder.write(
        "deals.csv",
        "opportunity_id,created date,close date,stage,amount,name\n\
        1,01/02/2026,03/04/2026,Closed Won,10,A\n2,02/02/2026,04/04/2026,Weird,20,B\n",
    );
    let (code, asked) = folder.json(&["import", "deals.csv", "--as", "opportunities"]);
    assert_eq!(
        (code, &asked["snapshot"], &asked["error"]["code"]),
        (2, &Value::Null, &"asked".into())
    );
    let questions = asked["files"][0]["asked"].as_array().expect("questions");
    let flags: Vec<&str> = questions.iter().filter_map(|asked| asked["flag"].as_str()).collect();
    assert!(flags.iter().any(|flag| flag.contains("--day-first")), "{flags:?}");
    assert!(flags.iter().any(|flag| flag.contains("--stage")), "{flags:?}");
    folder.refused(&["facts"], 4);

    let answers = [
        "import",
        "deals.csv",
        "--as",
        "opportunities",
        "--day-first",
        "--stage",
        "Weird=open",
    ];
    let dry = folder.answer(&[answers.as_slice(), &["--dry-run"]].concat());
    assert_eq!(
        (&dry["snapshot"], &dry["files"][0]["accepted"]),
        (&Value::Null, &2.into())
    );
    folder.refused(&["facts"], 4);
    let taken = folder.answer(&answers);
    assert!(taken["snapshot"].is_string());
    counts_add_up(&taken);
}

#[test]
fn a_folder_a_missing_file_and_a_program_that_is_not_there_are_refused_with_what_to_do() {
    let folder = Folder::new("facts-refused");
    assert!(folder.refused(&["facts"], 2).contains("beachhead init"));
    assert!(folder.refused(&["import", "."], 2).contains("is a folder"));
    assert!(folder.refused(&["import", "nowhere.csv"], 2).contains("nowhere.csv"));
    folder.write("file", "");
    assert!(folder.refused(&["facts", "--data", "file"], 2).contains("is a file"));
    assert!(
        folder
            .refused(&["facts", "--record", "nonsense://"], 2)
            .contains("postgres://")
    );
    assert!(
        folder
            .refused(&["weigh", "--as-of", "yesterday"], 2)
            .contains("--as-of")
    );
    assert!(folder.refused(&["frobnicate"], 2).contains("frobnicate"));
    folder.answer(&["init", "--name", "Acme"]);
    assert!(
        folder
            .refused(&["weigh", "--as-person", "nobody@acme.example"], 2)
            .contains("user list")
    );
}
