//! What stays of imports: undone and imported again, rejected rows mended, two servers at once, profiles handed on, what is
//! fresh.

use std::path::Path;
use std::time::Duration;

use beachhead_office::importing::{ImportAnswers, ImportFile, Imported, Orders};
use beachhead_office::sources::Freshness;
use beachhead_office::{Code, Refusal};

use crate::program::{FIRST_DAY, Program};

const DEALS: &str = "opportunity_id,account,stage,created_on,closed_on,amount\n";
const EFFORT: &str = "person,week,initiative,hours\nInes,2026-03-16,Resale,4\n";

fn deal(id: &str, stage: &str) -> String {
    format!("{id},Acme,{stage},2026-03-02,2026-03-20,100\n")
}

async fn undo(program: &Program, number: i64) -> Result<i64, Refusal> {
    let undone = program.office.undo_import(&program.data, number).await?;
    Ok(undone.import)
}

#[tokio::test]
async fn an_import_is_undone_listed_and_the_same_file_comes_again() {
    let program = Program::new().await;
    let first = format!("{DEALS}{}", deal("o1", "Won"));
    let second = format!("{DEALS}{}{}", deal("o1", "Lost"), deal("o2", "Won"));
    program.take("deals.csv", &first).await;
    program.take("more.csv", &second).await;
    program.take("effort.csv", EFFORT).await;
    assert_eq!(program.rows().await, [("opportunities", 2), ("effort", 1)]);

    let audited = program.traces().await.audit.0;
    assert_eq!(undo(&program, 2).await.unwrap(), 4);
    assert_eq!(program.traces().await.audit.0, audited + 1);
    assert_eq!(
        program.rows().await,
        [("opportunities", 1), ("effort", 1)],
        "what came later and elsewhere stays"
    );
    let imports = program.office.imports(&program.owner).await.unwrap();
    let list: Vec<_> = imports.iter().map(|i| (i.number, i.undoes, i.undone_by)).collect();
    assert_eq!(
        list,
        [(4, Some(2), None), (3, None, None), (2, None, Some(4)), (1, None, None)]
    );

    let again = program.file("more.csv", &second);
    let again = program.import(&[&again]).await;
    assert_eq!((again.changed, again.import), (true, Some(5)));
    assert_eq!(program.rows().await, [("opportunities", 2), ("effort", 1)]);
}

#[tokio::test]
async fn a_partners_whole_list_takes_the_place_of_its_older_one_and_of_no_others() {
    const LIST: &str = "partner_id,name,website,population,as_of\n";
    let row = |partner: &str, name: &str| format!("{partner},{name},,customer,2026-03-02\n");
    let program = Program::new().await;
    let older = format!("{LIST}{}{}", row("Oak", "Acme"), row("Oak", "Bolt"));
    program.take("oak.csv", &older).await;
    program
        .take(
            "elm.csv",
            &format!("{LIST}{}{}", row("Elm", "Acme"), row("Elm", "Cask")),
        )
        .await;

    let newer = program.file(
        "oak-2.csv",
        &format!("{LIST}{}{}", row("Oak", "Bolt"), row("Oak", "Dune")),
    );
    let part = [ImportFile::at(&newer)].to_vec();
    let merged = ImportAnswers::default();
    let seen = program.office.import(&program.data, part, &merged, true);
    let seen = seen.await.unwrap();
    let counts = |imported: &Imported| {
        let change = &imported.changes[0];
        (change.added, change.unchanged, change.absent, change.gone)
    };
    assert_eq!(counts(&seen), (1, 1, 1, 0), "the list of another partner is not missed");
    let whole = ImportAnswers {
        whole: true,
        ..ImportAnswers::default()
    };
    let taken = program.import_with(&[&newer], whole.clone()).await;
    assert_eq!((taken.refusal.is_none(), counts(&taken)), (true, (1, 1, 0, 1)));
    assert_eq!(program.rows().await, [("partner_accounts", 4)]);
    assert!(!program.import_with(&[&newer], whole).await.changed);
    undo(&program, taken.import.unwrap()).await.unwrap();
    assert_eq!(program.rows().await, [("partner_accounts", 4)]);
    let again = program.file("oak-again.csv", &older);
    let again = program.import(&[&again]).await;
    assert!(!again.changed, "what was gone is there again: {:?}", again.changes);
}

#[tokio::test]
async fn what_a_later_import_rests_on_is_not_undone_and_it_is_said_which() {
    let program = Program::new().await;
    program
        .take("deals.csv", &format!("{DEALS}{}", deal("o1", "Won")))
        .await;
    program.take("more.csv", &format!("{DEALS}{}", deal("o2", "Won"))).await;
    program.take("more.csv", &format!("{DEALS}{}", deal("o2", "Won"))).await;
    let before = program.traces().await;
    for (number, code, why) in [
        (1, Code::Conflict, "import 2 rests on its opportunities"),
        (3, Code::Conflict, "changed nothing"),
        (9, Code::NotFound, "no import 9"),
    ] {
        let refusal = undo(&program, number).await.unwrap_err();
        assert_eq!(refusal.code, code, "{refusal}");
        assert!(refusal.to_string().contains(why), "{refusal}");
    }
    assert_eq!(program.traces().await, before);
    undo(&program, 2).await.unwrap();
    for (number, why) in [(2, "undone by import 4 already"), (4, "took import 2 back")] {
        let refusal = undo(&program, number).await.unwrap_err();
        assert!(refusal.to_string().contains(why), "{refusal}");
    }
    undo(&program, 1).await.unwrap();
    assert_eq!(program.rows().await, [], "the first import can be undone too");
    program
        .take("deals.csv", &format!("{DEALS}{}", deal("o1", "Won")))
        .await;
    assert_eq!(program.rows().await, [("opportunities", 1)]);
}

#[tokio::test]
async fn rejected_rows_are_kept_mended_and_imported_again() {
    let program = Program::new().await;
    let mut text = DEALS.to_owned();
    for at in 0..40 {
        let day = if at == 7 { "yesterday" } else { "2026-03-02" };
        text.push_str(&format!("o{at},Acme,Won,{day},2026-03-20,100\n"));
    }
    let id = program.upload("deals.csv", &text).await;
    let (office, data) = (&program.office, &program.data);
    let seen = office.preview_upload(data, &id).await.unwrap();
    assert_eq!((seen.refusal, seen.files[0].rejected), (None, 1));
    let before = office.upload_rejects(data, &id, 0).await.unwrap();
    office.take_upload(data, &id, Orders::default()).await.unwrap();
    let after = office.rejects(data, 1, 0).await.unwrap();
    assert_eq!(before, after);
    assert!(after.contains("o7") && after.contains("yesterday"), "{after}");
    let none = office.rejects(data, 1, 1).await.unwrap_err();
    assert_eq!(none.code, Code::NotFound);

    let mended = after.replace("yesterday", "2026-03-03");
    let file = program.file("mended.csv", &mended);
    let imported = program.import(&[&file]).await;
    assert_eq!((imported.refusal, imported.files[0].accepted), (None, 1));
    assert_eq!(program.rows().await, [("opportunities", 40)]);
    undo(&program, 2).await.unwrap();
    assert!(office.rejects(data, 1, 0).await.is_ok(), "they stay with their import");
}

#[tokio::test]
async fn two_servers_that_import_at_once_both_count() {
    let program = Program::new().await;
    let other = program.second_server().await;
    for round in 0..5 {
        let deals = program.file("deals.csv", &format!("{DEALS}{}", deal(&format!("o{round}"), "Won")));
        let effort = format!("{EFFORT}Ines,2026-03-{:02},Agency,4\n", round + 1);
        let effort = program.file("effort.csv", &effort);
        let one = |path: &Path| vec![ImportFile::at(path)];
        let answers = ImportAnswers::default();
        let (here, there) = tokio::join!(
            program.office.import(&program.data, one(&deals), &answers, false),
            other.import(&program.data, one(&effort), &answers, false),
        );
        assert!(here.unwrap().changed && there.unwrap().changed, "round {round}");
    }
    assert_eq!(program.rows().await, [("opportunities", 5), ("effort", 6)]);
    let imports = program.office.imports(&program.owner).await.unwrap();
    assert_eq!(imports.len(), 10);
}

#[tokio::test]
async fn an_import_that_takes_too_long_is_given_up_and_one_that_is_stopped_keeps_nothing() {
    let program = Program::new().await;
    let file = program.file("deals.csv", &format!("{DEALS}{}", deal("o1", "Won")));
    let before = program.traces().await;
    let try_with = |orders: Orders| {
        let files = vec![ImportFile::at(&file)];
        let (office, data) = (&program.office, &program.data);
        async move { office.import_each(data, files, Vec::new(), orders).await.unwrap() }
    };
    let slow = Orders {
        within: Duration::from_millis(1),
        watcher: Some(std::sync::Arc::new(|_| {
            std::thread::sleep(Duration::from_millis(200));
            true
        })),
        ..Orders::default()
    };
    let refusal = try_with(slow).await.refusal.unwrap();
    assert!(refusal.message.contains("longer than"), "{refusal}");
    let stopped = Orders {
        watcher: Some(std::sync::Arc::new(|_| false)),
        ..Orders::default()
    };
    let refusal = try_with(stopped).await.refusal.unwrap();
    assert_eq!((refusal.code, refusal.code.exit()), (Code::ChecksFail, 1));
    assert!(refusal.message.contains("cancelled"), "{refusal}");
    assert_eq!(program.traces().await, before);
}

#[tokio::test]
async fn answers_become_a_profile_that_is_named_handed_on_and_asks_nothing_again() {
    let program = Program::new().await;
    let ambiguous = |id: &str| format!("{DEALS}{id},Acme,In between,03/04/2026,05/04/2026,100\n");
    let answers = ImportAnswers {
        date_order: Some("day".into()),
        stages: vec![("In between".into(), "open".into())],
        keep_as: Some("Weekly deals".into()),
        ..ImportAnswers::default()
    };
    let file = program.file("deals.csv", &ambiguous("o1"));
    assert_eq!(program.import_with(&[&file], answers).await.refusal, None);
    let file = program.file("next week.csv", &ambiguous("o2"));
    assert_eq!(program.import(&[&file]).await.refusal, None, "asked nothing");

    let (office, data) = (&program.office, &program.data);
    let names = |profiles: Vec<beachhead_office::profiles::KeptProfile>| {
        profiles.into_iter().map(|kept| kept.profile.name).collect::<Vec<_>>()
    };
    assert_eq!(names(office.profiles(data).await.unwrap()), ["Weekly deals"]);
    office.rename_profile(data, "Weekly deals", " Deals ").await.unwrap();
    let toml = office.profile(data, "Deals").await.unwrap().toml;

    let other = Program::new().await;
    let name = other.office.import_profile(&other.data, &toml).await.unwrap();
    assert_eq!(name, "Deals");
    let file = other.file("deals.csv", &ambiguous("o1"));
    assert_eq!(
        other.import(&[&file]).await.refusal,
        None,
        "the profile answers elsewhere"
    );
    let twice = other.office.import_profile(&other.data, &toml).await.unwrap_err();
    assert_eq!(twice.code, Code::Conflict);
    let broken = toml.replace("header", "hedaer");
    let refusal = other.office.import_profile(&other.data, &broken).await.unwrap_err();
    assert!(refusal.message.contains("line "), "where it is wrong: {refusal}");
    for name in ["", " ", "a\nb", &"x".repeat(200)] {
        let refusal = office.rename_profile(data, "Deals", name).await.unwrap_err();
        assert_eq!(refusal.code, Code::BadInput, "{name:?}");
    }
    office.delete_profile(data, "Deals").await.unwrap();
    let file = program.file("third.csv", &ambiguous("o3"));
    let asked = program.import(&[&file]).await.refusal.unwrap();
    assert_eq!(asked.code, Code::Asked, "{asked}");
}

#[tokio::test]
async fn sources_say_how_fresh_they_are_and_how_many_rows_fill_a_column() {
    let program = Program::new().await;
    let deals = format!("{DEALS}{}o2,Acme,Won,2026-03-02,2026-04-05,\n", deal("o1", "Won"));
    program.take("deals.csv", &deals).await;
    let facts = program.office.facts(&program.owner, None).await.unwrap();
    assert_eq!((facts.age_days, facts.freshness), (1, Freshness::Fresh));
    let table = &facts.tables[0];
    assert_eq!(table.last_import.map(|last| (last.number, last.days_ago)), Some((1, 0)));
    let filled = |name: &str| {
        let column = table.filled.iter().find(|column| column.name == name);
        column.and_then(|column| column.rows)
    };
    assert_eq!((filled("opportunity_id"), filled("amount")), (Some(2), Some(1)));

    program
        .clock
        .to(FIRST_DAY.checked_add(jiff::Span::new().days(20)).unwrap());
    let facts = program.office.facts(&program.owner, None).await.unwrap();
    assert_eq!((facts.age_days, facts.freshness), (21, Freshness::Stale));
    assert_eq!(
        facts.tables[0].last_import.map(|last| last.freshness),
        Some(Freshness::Stale)
    );
}
