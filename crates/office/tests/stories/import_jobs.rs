//! An import from a page: it runs by itself, is cancelled, outlives its process, and is looked at once.

use std::time::Duration;

use beachhead_office::Code;
use beachhead_office::import_jobs::{ImportJob, JobState, SILENT_SECONDS};
use beachhead_office::ledger::{Ledger, NewJob, RecordUrl, Stamp};
use beachhead_office::uploading::Looked;
use jiff::Timestamp;

use crate::program::Program;

const DEALS: &str = "opportunity_id,account,stage,created_on,closed_on,amount\no1,Acme,Won,2026-03-02,2026-03-20,100\n";
const PATIENCE: Duration = Duration::from_secs(60);

async fn settled(program: &Program, job: &str) -> ImportJob {
    program
        .office
        .settled_import(&program.data, job, PATIENCE)
        .await
        .unwrap()
}

/// A file that takes a while.
fn long(rows: u32) -> String {
    let mut text = "person,week,initiative,hours\n".to_owned();
    for at in 0..rows {
        text.push_str(&format!("Person {at},2026-03-16,Resale,4\n"));
    }
    text
}

/// Notes a job as a process does that was killed right after.
async fn killed(program: &Program, upload: &str) -> String {
    let url = RecordUrl::Sqlite(program.place().join("record.sqlite"));
    let ledger = Ledger::open(&url, Timestamp::UNIX_EPOCH).await.unwrap();
    let job = NewJob {
        id: "01980000-0000-7000-8000-000000000001".into(),
        kind: "import".into(),
        subject: upload.into(),
        state: "running".into(),
        holder: "a process that is gone".into(),
    };
    let stamp = Stamp {
        at: program.office.surroundings().now(),
        actor: program.data.id().into(),
        verb: "start import",
    };
    ledger.start_job(&stamp, job.clone()).await.unwrap();
    ledger.close().await;
    job.id
}

#[tokio::test]
async fn an_import_runs_by_itself_and_says_what_came_of_it() {
    let program = Program::new().await;
    let (office, data) = (&program.office, &program.data);
    let upload = program.upload("deals.csv", DEALS).await;
    let job = office.start_import(data, &upload).await.unwrap();
    let job = settled(&program, &job).await;
    assert_eq!((job.state, job.import), (JobState::Done, Some(1)), "{}", job.message);
    assert_eq!(job.message, "1 row imported.");
    assert_eq!(office.unfinished_imports(data).await.unwrap().len(), 0);
    assert_eq!(office.upload(data, &upload).await.unwrap_err().code, Code::NotFound);
    let over = office.cancel_import(data, &job.id).await.unwrap_err();
    assert_eq!(over.code, Code::Conflict);
    let over = office.resume_import(data, &job.id).await.unwrap_err();
    assert_eq!(over.code, Code::NotFound, "its files are imported and gone: {over}");

    let upload = program.upload("empty.csv", "").await;
    let job = office.start_import(data, &upload).await.unwrap();
    let job = settled(&program, &job).await;
    assert_eq!((job.state, job.import), (JobState::Refused, None));
    assert!(job.message.contains("empty.csv"), "{}", job.message);
    assert!(
        office.upload(data, &upload).await.is_ok(),
        "to be answered and tried again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_cancelled_keeps_nothing_and_is_alone_on_its_files() {
    let program = Program::new().await;
    let (office, data) = (&program.office, &program.data);
    let upload = program.upload("effort.csv", &long(1_500_000)).await;
    let other = program.second_server().await;
    let job = office.start_import(data, &upload).await.unwrap();
    let second = office.start_import(data, &upload).await.unwrap_err();
    assert_eq!(second.code, Code::Conflict, "{second}");
    let waiting = office.unfinished_imports(data).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].state), (1, JobState::Running));
    // Whichever server is asked.
    other.cancel_import(data, &job).await.unwrap();
    let job = settled(&program, &job).await;
    assert_eq!((job.state, job.import), (JobState::Cancelled, None), "{}", job.message);
    assert_eq!(office.imports(data).await.unwrap().len(), 0);
    assert_eq!(office.upload(data, &upload).await.unwrap_err().code, Code::NotFound);
    let left = std::fs::read_dir(program.place().join("facts")).unwrap().count();
    assert_eq!(left, 0, "no file was left behind");
}

#[tokio::test]
async fn an_import_whose_process_is_gone_is_resumed_or_discarded() {
    let program = Program::new().await;
    let (office, data) = (&program.office, &program.data);
    let upload = program.upload("deals.csv", DEALS).await;
    let job = killed(&program, &upload).await;
    let state = |job: ImportJob| job.state;
    assert_eq!(state(office.import_job(data, &job).await.unwrap()), JobState::Running);
    let early = office.resume_import(data, &job).await.unwrap_err();
    assert_eq!(early.code, Code::Conflict, "it may live on another server: {early}");
    program.clock.minutes(1 + SILENT_SECONDS / 60);
    let found = office.unfinished_imports(data).await.unwrap();
    assert_eq!((found.len(), found[0].state), (1, JobState::Interrupted));

    office.resume_import(data, &job).await.unwrap();
    let twice = office.resume_import(data, &job).await.unwrap_err();
    assert_eq!(twice.code, Code::Conflict);
    let done = settled(&program, &job).await;
    assert_eq!((done.state, done.import), (JobState::Done, Some(1)), "{}", done.message);
}

#[tokio::test]
async fn an_interrupted_import_that_is_discarded_is_forgotten_with_its_files() {
    let program = Program::new().await;
    let (office, data) = (&program.office, &program.data);
    let upload = program.upload("deals.csv", DEALS).await;
    let job = killed(&program, &upload).await;
    assert_eq!(
        office.discard_import(data, &job).await.unwrap_err().code,
        Code::Conflict
    );
    program.clock.minutes(1);
    office.discard_import(data, &job).await.unwrap();
    let job = office.import_job(data, &job).await.unwrap();
    assert_eq!(job.state, JobState::Discarded);
    assert_eq!(office.imports(data).await.unwrap().len(), 0);
    assert_eq!(office.upload(data, &upload).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_lets_go_of_its_imports_at_once() {
    let program = Program::new().await;
    let (office, data) = (&program.office, &program.data);
    let upload = program.upload("effort.csv", &long(20_000)).await;
    let job = office.start_import(data, &upload).await.unwrap();
    office.stop_work();
    office.work_stopped(PATIENCE).await.unwrap();
    let left = office.import_job(data, &job).await.unwrap();
    assert_eq!(left.state, JobState::Interrupted, "{}", left.message);

    let next = program.second_server().await;
    next.resume_import(data, &job).await.unwrap();
    let done = next.settled_import(data, &job, PATIENCE).await.unwrap();
    assert_eq!((done.state, done.import), (JobState::Done, Some(1)), "{}", done.message);
}

#[tokio::test]
async fn an_upload_is_read_once_for_the_same_answers() {
    let program = Program::new().await;
    let (office, data) = (&program.office, &program.data);
    let id = program.upload("deals.csv", DEALS).await;
    let seen = office.preview_upload(data, &id).await.unwrap();
    assert_eq!((seen.refusal, seen.files[0].accepted), (None, 1));
    let file = program.place().join("uploads").join(&id).join("0");
    std::fs::write(&file, "not what it was").unwrap();
    let again = office.look_at_upload(data, &id, Duration::ZERO).await.unwrap();
    let Looked::Seen(again) = again else {
        panic!("it was read again")
    };
    assert_eq!(again.files, seen.files);

    let mut upload = office.upload(data, &id).await.unwrap();
    upload.answers[0].take_anyway = true;
    office.keep_upload(data, &id, &upload).await.unwrap();
    let other = office.preview_upload(data, &id).await.unwrap();
    assert!(other.refusal.is_some(), "another answer, another look");
    let folders = std::fs::read_dir(program.place().join("uploads")).unwrap().count();
    assert_eq!(folders, 1, "what was laid aside to compare is gone");
}
