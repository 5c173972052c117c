//! `import` as its user lives it: undone, mended, handed on, two at once, killed at any moment, on a full disk.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Folder, shared};

const DEALS: &str = "opportunity_id,account,stage,created_on,closed_on,amount\n";
const EFFORT: &str = "person,week,initiative,hours\n";
/// How often an import is killed.
const KILLS: u64 = 20;

fn deals(from: u64, to: u64) -> String {
    let rows = (from..to).map(|at| format!("o{at},Acme,Won,2026-03-02,2026-03-20,{at}\n"));
    rows.fold(DEALS.to_owned(), |text, row| text + &row)
}

/// The rows of a table of the facts in force.
fn rows(folder: &Folder, table: &str) -> u64 {
    let facts = folder.answer(&["facts"]);
    let tables = facts["tables"].as_array().expect("tables").iter();
    let found = tables.into_iter().find(|found| found["table"] == table);
    found.and_then(|found| found["rows"].as_u64()).unwrap_or(0)
}

#[test]
fn an_import_is_undone_by_its_number_and_comes_again() {
    let folder = Folder::new("importing-undo");
    folder.write("deals.csv", &deals(0, 3));
    folder.write("more.csv", &deals(3, 5));
    folder.answer(&["import", "deals.csv"]);
    let taken = folder.answer(&["import", "more.csv"]);
    assert_eq!((&taken["import"], &taken["changed"]), (&2.into(), &true.into()));
    let refused = folder.refused(&["import", "--undo", "1"], 4);
    assert!(refused.contains("import 2 rests on its opportunities"), "{refused}");
    let undone = folder.answer(&["import", "--undo", "2"]);
    assert_eq!((&undone["undid"], &undone["import"]), (&2.into(), &3.into()));
    assert_eq!(rows(&folder, "opportunities"), 3);
    assert_eq!(folder.answer(&["import", "more.csv"])["changed"], true);
    assert_eq!(rows(&folder, "opportunities"), 5);
    assert!(folder.refused(&["import", "--undo", "9"], 2).contains("no import 9"));
    assert!(
        folder
            .refused(&["import", "--undo", "1", "deals.csv"], 2)
            .contains("cannot be used")
    );
    folder.answer(&["audit", "verify"]);
}

#[test]
fn rejected_rows_are_written_mended_and_imported() {
    let folder = Folder::new("importing-rejects");
    folder.write(
        "deals.csv",
        &deals(0, 30).replace("o3,Acme,Won,2026-03-02", "o3,Acme,Won,someday"),
    );
    let said = folder.run(&["import", "deals.csv", "--rejects", "bad.csv"]).done();
    assert!(said.out.contains("The rejected rows are in bad.csv."), "{}", said.out);
    let rejects = std::fs::read_to_string(folder.path("bad.csv")).expect("it was written");
    assert_eq!(rejects.lines().count(), 2, "{rejects}");
    folder.write("mended.csv", &rejects.replace("someday", "2026-03-02"));
    let mended = folder.answer(&["import", "mended.csv"]);
    assert_eq!(mended["files"][0]["accepted"], 1);
    assert_eq!(rows(&folder, "opportunities"), 30);
}

#[test]
fn a_profile_is_exported_and_imported_and_a_wrong_one_is_refused_with_its_place() {
    let folder = Folder::new("importing-profile");
    let ambiguous = |id: &str| format!("{DEALS}{id},Acme,Won,03/04/2026,05/04/2026,100\n");
    folder.write("deals.csv", &ambiguous("o1"));
    folder.write("next.csv", &ambiguous("o2"));
    folder.refused(&["import", "deals.csv"], 2);
    folder.answer(&["import", "deals.csv", "--day-first", "--keep-as", "Weekly"]);
    folder.answer(&["import", "next.csv"]);
    let toml = folder.run(&["import", "--profile-export", "Weekly"]).done().out;
    let other = Folder::new("importing-profile-other");
    other.write("weekly.toml", &toml);
    other.write("deals.csv", &ambiguous("o1"));
    assert_eq!(
        other.answer(&["import", "--profile-import", "weekly.toml"])["profile"],
        "Weekly"
    );
    other.answer(&["import", "deals.csv"]);
    assert_eq!(other.run(&["import", "--profile-export", "Weekly"]).done().out, toml);
    other.write("wrong.toml", &toml.replace("date_order", "date_odrer"));
    let refused = other.refused(&["import", "--profile-import", "wrong.toml"], 2);
    assert!(refused.contains("line ") && refused.contains("date_odrer"), "{refused}");
    other.refused(&["import", "--profile-export", "None"], 2);
}

#[test]
fn two_processes_that_import_at_once_both_count() {
    let folder = Folder::new("importing-two");
    folder.answer(&["init", "--name", "Acme"]);
    for round in 0..4 {
        folder.write("deals.csv", &deals(round * 2_000, (round + 1) * 2_000));
        folder.write("effort.csv", &format!("{EFFORT}Ines {round},2026-03-16,Resale,4\n"));
        let both = [
            folder.start(&["import", "deals.csv"]),
            folder.start(&["import", "effort.csv"]),
        ];
        for import in both {
            let output = import.wait_with_output().expect("it ends");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "round {round}: {said}");
        }
        assert_eq!(
            (rows(&folder, "opportunities"), rows(&folder, "effort")),
            ((round + 1) * 2_000, round + 1)
        );
    }
    folder.answer(&["audit", "verify"]);
}

#[expect(
    clippy::disallowed_methods,
    reason = "a moment within an import is looked for by the clock"
)]
fn millis_of(work: impl FnOnce()) -> u64 {
    let begun = std::time::Instant::now();
    work();
    u64::try_from(begun.elapsed().as_millis()).expect("it took no years")
}

/// Numbers that look random and are the same in every run.
fn mixed(seed: u64) -> u64 {
    let mixed = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33
}

#[test]
fn an_import_killed_at_any_moment_leaves_the_facts_as_they_were_or_as_they_should_be() {
    let folder = Folder::new("importing-kill");
    let mut there = 1_000;
    folder.write("deals.csv", &deals(0, there));
    folder.answer(&["import", "deals.csv"]);
    let step = 40_000;
    folder.write("first.csv", &deals(there, there + step));
    let whole = millis_of(|| drop(folder.answer(&["import", "first.csv"])));
    there += step;
    let mut finished = 0;
    for round in 0..KILLS {
        folder.write("next.csv", &deals(there, there + step));
        let mut import = folder.start(&["import", "next.csv"]);
        std::thread::sleep(Duration::from_millis(mixed(round) % whole.max(1)));
        import.kill().expect("it can be killed");
        import.wait().expect("it is dead");
        let found = rows(&folder, "opportunities");
        assert!(
            found == there || found == there + step,
            "round {round}: {found} of {there} and {step}"
        );
        assert_eq!(folder.answer(&["weigh"])["total"]["won"], found, "it can be read");
        finished += u64::from(found != there);
        there = found;
    }
    println!("{finished} of {KILLS} had finished before they were killed; a whole one takes {whole} ms");
    folder.answer(&["import", "next.csv"]);
    folder.write("last.csv", &deals(there + step, there + step + 1));
    assert_eq!(folder.answer(&["import", "last.csv"])["changed"], true);
    assert_eq!(
        folder.answer(&["weigh"])["total"]["won"],
        rows(&folder, "opportunities")
    );
    folder.answer(&["audit", "verify"]);
}

/// Runs a script of the shell with the binary as `$0`; whether it could, and what it said.
fn shell(folder: &Path, script: &str) -> (bool, String) {
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_beachhead")])
        .current_dir(folder)
        .env_remove("BEACHHEAD_DATA")
        .env_remove("BEACHHEAD_RECORD")
        .output()
        .expect("there is a shell");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn files_that_may_not_grow_refuse_the_import_and_leave_the_facts_as_they_were() {
    let folder = Folder::new("importing-limit");
    folder.write("deals.csv", &deals(0, 1_000));
    folder.write("many.csv", &deals(1_000, 200_000));
    folder.answer(&["import", "deals.csv"]);
    // 512-byte blocks: enough for the record, too little for the facts.
    let (done, said) = shell(
        &folder.path("."),
        "trap '' XFSZ; ulimit -f 1200; exec \"$0\" import many.csv",
    );
    assert!(!done, "{said}");
    assert_eq!(rows(&folder, "opportunities"), 1_000);
    assert_eq!(folder.answer(&["weigh"])["total"]["won"], 1_000);
    assert_eq!(folder.answer(&["import", "many.csv"])["changed"], true);
    assert_eq!(rows(&folder, "opportunities"), 200_000);
}

#[test]
fn a_full_disk_refuses_the_import_and_leaves_the_facts_as_they_were() {
    let folder = Folder::new("importing-disk");
    std::fs::create_dir_all(folder.path("disk")).expect("a writable folder");
    folder.write("deals.csv", &deals(0, 1_000));
    folder.write("many.csv", &deals(1_000, 200_000));
    let (may, _) = shell(
        &folder.path("."),
        "unshare -m sh -c 'mount -t tmpfs -o size=3m tmpfs disk' 2>/dev/null",
    );
    if !may {
        println!("not told: a disk of its own needs root");
        return;
    }
    let script = r#"unshare -m sh -c '
        set -e
        mount -t tmpfs -o size=3m tmpfs disk
        "$0" --data disk/program import deals.csv
        if "$0" --data disk/program import many.csv; then echo TAKEN; fi
        "$0" --data disk/program facts --json
        "$0" --data disk/program audit verify
        mount -o remount,size=64m disk
        "$0" --data disk/program import many.csv
        "$0" --data disk/program facts --json
    ' "$0""#;
    let (done, said) = shell(&folder.path("."), script);
    assert!(done && !said.contains("TAKEN"), "{said}");
    let rows: Vec<Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|facts| facts["tables"][0]["rows"].clone())
        .collect();
    assert_eq!(rows, [Value::from(1_000), Value::from(200_000)], "{said}");
}

/// HubSpot as a connector syncs it: the deals hold numbers of stages that another file of the same import names.
#[test]
fn the_files_of_one_crm_are_imported_together_without_a_question() {
    let Some(schemas) = shared("schemas/dbt_hubspot") else {
        return;
    };
    let folder = Folder::new("import-hubspot");
    let mut files: Vec<String> = std::fs::read_dir(&schemas)
        .expect("the folder")
        .map(|entry| entry.expect("a file").path().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let asked: Vec<&str> = std::iter::once("import")
        .chain(files.iter().map(String::as_str))
        .collect();
    let imported = folder.answer(&asked);
    let of = |name: &str| {
        let files = imported["files"].as_array().expect("files");
        files
            .iter()
            .find(|file| file["file"] == name)
            .expect("the file")
            .clone()
    };
    assert_eq!(of("deal_data.csv")["table"], "opportunities");
    assert_eq!(of("deal_pipeline_stage_data.csv")["table"], "stages");
    assert_eq!(of("deal_stage_data.csv")["table"], "stage_history");
    assert_eq!(of("company_data.csv")["table"], "accounts");
    let passed_over = of("contact_data.csv")["passed_over"].clone();
    assert!(
        passed_over.as_str().is_some_and(|says| says.contains("not read")),
        "{passed_over}"
    );
    let team = of("team_data.csv")["passed_over"].clone();
    assert!(
        team.as_str().is_some_and(|says| says.contains("ids and names")),
        "{team}"
    );
    assert_eq!(
        folder.answer(&asked)["changed"],
        false,
        "the same files again are the same reading"
    );
}

/// What a stage means is answered once for the program, and not for each header.
#[test]
fn a_stage_answered_for_one_file_is_known_for_the_next() {
    let folder = Folder::new("import-stages-known");
    folder.write(
        "a.csv",
        "Deal ID,Deal Name,Amount,Deal Stage,Create Date\n1,One,5,Signed by both,2026-01-05\n",
    );
    folder.write(
        "b.csv",
        "Opportunity ID,Amount,Stage,Created Date,Owner\n2,7,Signed by both,2026-01-06,Ines\n",
    );
    let (a, b) = (folder.path("a.csv"), folder.path("b.csv"));
    let (a, b) = (a.to_string_lossy(), b.to_string_lossy());
    let asked = folder.refused(&["import", &a], 2);
    assert!(asked.contains("Signed by both"), "{asked}");
    folder.answer(&["import", &a, "--stage", "Signed by both=won"]);
    folder.answer(&["import", &b]);
    assert_eq!(folder.answer(&["weigh"])["total"]["won"], 2);
    assert_eq!(folder.answer(&["import", &b])["changed"], false);
}
