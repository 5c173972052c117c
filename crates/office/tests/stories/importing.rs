//! Facts in: real exports give the reference figures, and what cannot be taken is not taken by halves.

use std::path::{Path, PathBuf};

use beachhead_office::importing::{ImportAnswers, Imported, Orders};
use beachhead_office::uploading::Upload;
use beachhead_office::weighing::WeighQuestion;
use beachhead_office::{Code, Refusal};
use serde_json::Value;

use crate::program::Program;

/// A real export, where the shared data is at hand.
fn shared(path: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("BEACHHEAD_SHARED").map_or_else(|| "../../../shared/data".into(), PathBuf::from);
    let path = shared.join(path);
    if path.exists() {
        return Some(path);
    }
    println!("not told: {} is not here", path.display());
    None
}

async fn weigh(program: &Program) -> Result<Value, Refusal> {
    let question = WeighQuestion {
        by: vec!["sector".into()],
        ..WeighQuestion::default()
    };
    program.office.weigh(&program.owner, question).await
}

/// To so many decimals, as a reference is written.
fn written(value: &Value, decimals: usize) -> String {
    format!("{:.decimals$}", value.as_f64().unwrap())
}

#[tokio::test]
async fn a_real_export_gives_the_reference_figures_and_importing_it_twice_changes_nothing() {
    let Some(folder) = shared("crm/maven_crm_iso") else {
        return;
    };
    let program = Program::new().await;
    let (deals, accounts) = (folder.join("sales_pipeline.csv"), folder.join("accounts.csv"));
    let imported = program.import(&[&deals, &accounts]).await;
    assert_eq!(imported.refusal, None);
    let counts: Vec<(u64, u64)> = imported.files.iter().map(|file| (file.read, file.accepted)).collect();
    assert_eq!(counts, [(8_800, 8_800), (85, 85)]);

    let weighed = weigh(&program).await.unwrap();
    let total = &weighed["total"];
    assert_eq!((&total["won"], &total["win_rate"]["n"]), (&4_238.into(), &6_711.into()));
    let rate = &total["win_rate"];
    assert_eq!(
        [
            written(&rate["rate"], 4),
            written(&rate["low"], 4),
            written(&rate["high"], 4)
        ],
        ["0.6315", "0.6199", "0.6430"]
    );
    assert_eq!(written(&total["amount_won"]["median"], 0), "1117");
    assert_eq!(written(&total["amount_won"]["mean"], 2), "2360.91");
    assert_eq!(written(&total["cycle_days"]["won"]["median"], 0), "57");
    let curve = total["cycle_days"]["won_cif"].as_array().unwrap();
    let day_90 = curve.iter().find(|point| point["day"] == 90).unwrap();
    assert_eq!(written(&day_90["p"], 4), "0.3970");
    let won: u64 = weighed["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| cell["won"].as_u64().unwrap())
        .sum();
    assert_eq!(won, 4_238, "the cells add up to the whole");

    let again = program.import(&[&deals, &accounts]).await;
    assert_eq!((again.changed, again.snapshot), (false, imported.snapshot));
    assert_eq!(weigh(&program).await.unwrap(), weighed);
}

const DEALS: &str = "opportunity_id,account,stage,created_on,closed_on,amount\n";

/// What the import of files that must not be taken says.
async fn refused(program: &Program, files: &[&Path]) -> Refusal {
    let before = program.traces().await;
    let imported = program.import(files).await;
    assert_eq!((imported.snapshot, imported.changed), (None, false));
    assert_eq!(program.traces().await, before);
    assert_eq!(
        weigh(program).await.unwrap_err().code,
        Code::Conflict,
        "no facts came of it"
    );
    imported.refusal.unwrap()
}

#[tokio::test]
async fn an_ambiguous_date_asks_and_imports_nothing() {
    let program = Program::new().await;
    let file = program.file("deals.csv", &format!("{DEALS}o1,Acme,Won,03/04/2026,05/04/2026,100\n"));
    let refusal = refused(&program, &[&file]).await;
    assert_eq!((refusal.code, refusal.code.exit()), (Code::Asked, 2));
    assert!(
        refusal.hint.contains("--day-first"),
        "the flag that answers it: {refusal}"
    );

    let answers = ImportAnswers {
        date_order: Some("day".into()),
        ..ImportAnswers::default()
    };
    let imported = program.import_with(&[&file], answers).await;
    assert_eq!((imported.refusal, imported.changed), (None, true));
    assert_eq!(program.standing().await.as_of.to_string(), "2026-04-05");
}

#[tokio::test]
async fn more_than_one_row_in_twenty_rejected_imports_nothing_unless_told_to() {
    let program = Program::new().await;
    let mut text = DEALS.to_owned();
    for at in 0..30 {
        let day = if at < 2 { "yesterday" } else { "2026-03-02" };
        text.push_str(&format!("o{at},Acme,Won,{day},2026-03-20,100\n"));
    }
    let file = program.file("deals.csv", &text);
    let refusal = refused(&program, &[&file]).await;
    assert_eq!((refusal.code, refusal.code.exit()), (Code::BadInput, 2), "{refusal}");

    let answers = ImportAnswers {
        take_anyway: true,
        ..ImportAnswers::default()
    };
    let imported = program.import_with(&[&file], answers).await;
    assert_eq!(imported.refusal, None);
    assert_eq!((imported.files[0].accepted, imported.files[0].rejected), (28, 2));
}

#[tokio::test]
async fn a_broken_second_file_imports_none_of_them() {
    let program = Program::new().await;
    let good = program.file("deals.csv", &format!("{DEALS}o1,Acme,Won,2026-03-02,2026-03-20,100\n"));
    let broken = program.file("broken.xlsx", "this is no workbook");
    let refusal = refused(&program, &[&good, &broken]).await;
    assert_eq!(refusal.code.exit(), 2, "{refusal}");
    let missing = good.with_file_name("nowhere.csv");
    refused(&program, &[&good, &missing]).await;
}

#[tokio::test]
async fn a_dry_run_keeps_nothing_and_no_file_is_no_import() {
    let program = Program::new().await;
    let before = program.traces().await;
    let file = program.file("deals.csv", &format!("{DEALS}o1,Acme,Won,2026-03-02,2026-03-20,100\n"));
    let files = vec![beachhead_office::importing::ImportFile::at(&file)];
    let seen = program
        .office
        .import(&program.data, files, &ImportAnswers::default(), true)
        .await
        .unwrap();
    assert_eq!((seen.refusal, seen.files[0].accepted), (None, 1));
    let none = program
        .office
        .import(&program.data, Vec::new(), &ImportAnswers::default(), false)
        .await;
    assert_eq!(none.unwrap_err().code, Code::BadInput);
    assert_eq!(program.traces().await, before);
}

#[tokio::test]
async fn two_imports_at_once_both_count() {
    let program = Program::new().await;
    let deals = program.file("deals.csv", &format!("{DEALS}o1,Acme,Won,2026-03-02,2026-03-20,100\n"));
    let effort = program.file("effort.csv", "person,week,initiative,hours\nInes,2026-03-16,Resale,4\n");
    let (deals, effort): ([&Path; 1], [&Path; 1]) = ([&deals], [&effort]);
    tokio::join!(program.import(&deals), program.import(&effort));
    let facts = program.office.facts(&program.owner, None).await.unwrap();
    let rows: Vec<(&str, u64)> = facts
        .tables
        .iter()
        .map(|table| (table.source.table.name(), table.source.rows))
        .collect();
    assert_eq!(
        rows.iter()
            .filter(|(table, rows)| ["opportunities", "effort"].contains(table) && *rows == 1)
            .count(),
        2,
        "{rows:?}"
    );
}

async fn take(program: &Program, id: &str) -> Imported {
    program
        .office
        .take_upload(&program.data, id, Orders::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn an_upload_is_looked_at_taken_and_forgotten() {
    let program = Program::new().await;
    let (office, data) = (&program.office, &program.data);
    let (id, folder) = office.new_upload(data).await.unwrap();
    std::fs::write(
        folder.join("0"),
        format!("{DEALS}o1,Acme,Won,03/04/2026,05/04/2026,100\n"),
    )
    .unwrap();
    let mut upload = Upload {
        files: vec!["deals.csv".into()],
        answers: vec![ImportAnswers::default()],
    };
    office.keep_upload(data, &id, &upload).await.unwrap();
    let seen = office.preview_upload(data, &id).await.unwrap();
    assert_eq!(seen.refusal.map(|refusal| refusal.code), Some(Code::Asked));
    assert_eq!(seen.files[0].file, "deals.csv", "by the name that people know");
    assert!(take(&program, &id).await.refusal.is_some());

    upload.answers[0].date_order = Some("day".into());
    office.keep_upload(data, &id, &upload).await.unwrap();
    assert!(take(&program, &id).await.changed);
    assert!(!folder.exists());
    assert_eq!(office.upload(data, &id).await.unwrap_err().code, Code::NotFound);
    assert_eq!(
        office.keep_upload(data, &id, &upload).await.unwrap_err().code,
        Code::NotFound
    );
    office.drop_upload(data, &id).await.unwrap();
}

#[tokio::test]
async fn an_upload_is_known_by_its_id_alone_and_swept_after_a_day() {
    let program = Program::new().await;
    let (office, data) = (&program.office, &program.data);
    let long = "0".repeat(4_000);
    for id in [
        "",
        ".",
        "..",
        "../program",
        "/etc/passwd",
        "..%2f..",
        long.as_str(),
        "01980000000070008000000000000000",
    ] {
        assert_eq!(
            office.upload(data, id).await.unwrap_err().code,
            Code::NotFound,
            "{id:?}"
        );
        assert_eq!(
            office.drop_upload(data, id).await.unwrap_err().code,
            Code::NotFound,
            "{id:?}"
        );
    }
    let (_, old) = office.new_upload(data).await.unwrap();
    program.clock.minutes(23 * 60);
    let (_, young) = office.new_upload(data).await.unwrap();
    assert!(old.exists());
    program.clock.minutes(2 * 60);
    office.new_upload(data).await.unwrap();
    assert!(!old.exists() && young.exists());
}
