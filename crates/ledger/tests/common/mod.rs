//! Places for a record to be, and things to put in it.

use beachhead_ledger::*;
use jiff::{Timestamp, civil::Date};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

/// Where one test's record is.
#[derive(Clone)]
pub struct Place {
    /// Its URL.
    pub url: RecordUrl,
}

impl Place {
    /// A handle on the record, as another process would have it.
    pub async fn open(&self) -> Ledger {
        Ledger::open(&self.url, at(0)).await.expect("the record opens")
    }

    /// Runs a statement by another way than the ledger.
    pub async fn raw(&self, sql: &str) -> sqlx::Result<()> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match &self.url {
            RecordUrl::Sqlite(path) => {
                let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await?;
                sqlx::raw_sql("PRAGMA recursive_triggers = ON")
                    .execute(&mut connection)
                    .await?;
                sql.execute(&mut connection).await?;
                connection.close().await
            }
            RecordUrl::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await?;
                sql.execute(&mut connection).await?;
                connection.close().await
            }
        }
    }

    /// Takes the guards off a table, as only its administrator can.
    pub async fn drop_triggers(&self, table: &str) {
        let sql = match &self.url {
            RecordUrl::Sqlite(_) => {
                format!("DROP TRIGGER {table}_is_never_changed; DROP TRIGGER {table}_is_never_removed")
            }
            RecordUrl::Postgres(_) => format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
        };
        self.raw(&sql).await.expect("the triggers are there");
    }

    /// The way round DELETE that each database has.
    pub fn replace_everything(&self, table: &str) -> String {
        match &self.url {
            RecordUrl::Sqlite(_) => format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
            RecordUrl::Postgres(_) => format!("TRUNCATE {table} CASCADE"),
        }
    }
}

/// Runs a test on a SQLite record in a folder of its own.
pub async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("record.sqlite");
    test(Place {
        url: RecordUrl::parse(&format!("sqlite:{}", path.display())).expect("a path"),
    })
    .await;
}

/// Runs a test on a PostgreSQL database of its own, if there is a server to do so.
pub async fn on_postgres<F>(name: &str, test: impl FnOnce(Place) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(server) = std::env::var("BEACHHEAD_TEST_POSTGRES") else {
        println!("not run: BEACHHEAD_TEST_POSTGRES names no PostgreSQL server");
        return;
    };
    let short: String = name.chars().take(40).collect();
    let database = format!("t{}_{short}", std::process::id());
    let mut admin = PgConnection::connect(&server)
        .await
        .expect("the server of BEACHHEAD_TEST_POSTGRES answers");
    let create = AssertSqlSafe(format!("CREATE DATABASE {database}"));
    sqlx::raw_sql(create)
        .execute(&mut admin)
        .await
        .expect("a database may be created");
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    let place = Place {
        url: RecordUrl::parse(&format!("{base}/{database}")).expect("a URL"),
    };
    let ended = tokio::spawn(test(place)).await;
    let drop = AssertSqlSafe(format!("DROP DATABASE {database} WITH (FORCE)"));
    sqlx::raw_sql(drop)
        .execute(&mut admin)
        .await
        .expect("the database is dropped");
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic.into_panic());
    }
}

/// The test's time: so many seconds after a fixed instant.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).expect("in range")
}

/// A day of January 2026.
pub fn day(day: i8) -> Date {
    Date::new(2026, 1, day).expect("a day of January")
}

/// Mo does it.
pub fn stamp(verb: &'static str, second: i64) -> Stamp {
    Stamp {
        at: at(second),
        actor: "mo".to_owned(),
        verb,
    }
}

pub fn person(id: &str) -> NewPerson {
    NewPerson {
        id: id.to_owned(),
        email: format!("{id}@Example.com"),
        name: id.to_uppercase(),
        role: "owner".to_owned(),
        password_hash: Some(Secret::new("$argon2id$…")),
    }
}

pub fn decision(subject: &str, kind: &str, to: &str) -> NewDecision {
    NewDecision {
        on: day(1),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        from: None,
        to: Some(to.to_owned()),
        reason: "the evidence says so".to_owned(),
        snapshot: None,
        evidence: "{}".to_owned(),
        decided_by: "mo".to_owned(),
        against_gate: false,
        review: None,
        version: None,
    }
}

pub fn snapshot(id: &str) -> NewSnapshot {
    NewSnapshot {
        id: id.to_owned(),
        as_of: day(1),
        manifest: "{}".to_owned(),
        label: format!("label of {id}"),
        report: "[]".to_owned(),
        base: None,
        undoes: None,
    }
}

/// A snapshot that was made from another.
pub fn snapshot_on(base: &str, id: &str) -> NewSnapshot {
    NewSnapshot {
        base: Some(base.to_owned()),
        ..snapshot(id)
    }
}

/// Puts at least one row into every table, and says how many of the writes must have left an audit row.
pub async fn write_everything(ledger: &Ledger) -> i64 {
    write_beginnings(ledger).await;
    write_versions(ledger).await;
    write_review(ledger).await;
    write_work(ledger).await;
    write_alignment(ledger).await;
    // Traces of use leave no audit row.
    ledger.record_attempt("mo@example.com", at(20), at(0)).await.unwrap();
    ledger.touch_session("s", at(600)).await.unwrap();
    34
}

/// What a function says of the version in force, and a link to it.
async fn write_alignment(ledger: &Ledger) {
    ledger
        .set_function_head(&stamp("head", 21), "sales", Some("mo"))
        .await
        .unwrap();
    let sha256 = ledger.version(2).await.unwrap().unwrap().sha256;
    ledger
        .acknowledge(&stamp("acknowledge", 22), acknowledgement(&sha256, Stance::Seen))
        .await
        .unwrap();
    let share = ledger.add_share(&stamp("share", 23), share("one")).await.unwrap();
    ledger.note_share_used(&share, at(24)).await.unwrap();
}

/// What mo says for sales of version 2.
pub fn acknowledgement(sha256: &str, stance: Stance) -> NewAcknowledgement {
    NewAcknowledgement {
        version: 2,
        sha256: sha256.to_owned(),
        function: "sales".to_owned(),
        person: "mo".to_owned(),
        stance,
        words: "we are with you".to_owned(),
    }
}

/// A link to version 2.
pub fn share(id: &str) -> NewShare {
    NewShare {
        id: id.to_owned(),
        hash: format!("hash of {id}"),
        version: Some(2),
        expires_at: at(5_000),
    }
}

/// Mo with a session, a setting, facts and a profile.
async fn write_beginnings(ledger: &Ledger) {
    ledger
        .create_setup_link(&stamp("setup", 0), "link", at(100))
        .await
        .unwrap();
    ledger
        .use_setup_link(&stamp("setup", 1), "link", person("mo"))
        .await
        .unwrap();
    let invite = NewInvite {
        hash: "invite".to_owned(),
        name: "Ada".to_owned(),
        email: "ada@invited.example".to_owned(),
        role: "viewer".to_owned(),
        expires_at: at(100),
    };
    ledger.add_invite(&stamp("invite", 1), invite).await.unwrap();
    let session = NewSession {
        id_hash: "s".to_owned(),
        person: "mo".to_owned(),
        csrf: Secret::new("csrf secret"),
        ends_at: at(10_000),
    };
    ledger.create_session(&stamp("sign in", 2), session).await.unwrap();
    write_way_in(ledger).await;
    ledger
        .set_setting(&stamp("set", 3), "program", r#""Acme""#)
        .await
        .unwrap();
    ledger.add_snapshot(&stamp("import", 4), snapshot("a1")).await.unwrap();
    ledger
        .save_profile(&stamp("profile", 5), "salesforce", "f1", "a = 1")
        .await
        .unwrap();
}

/// Mo's second factor with a recovery code, a sign-in that waits for it, and a link that sets mo's password.
async fn write_way_in(ledger: &Ledger) {
    let secret = Secret::new("ABC");
    ledger
        .offer_second_factor(&stamp("offer", 2), "mo", secret)
        .await
        .unwrap();
    let codes = ["recovery".to_owned()];
    ledger
        .confirm_second_factor(&stamp("set up", 2), "mo", 7, &codes, Some("s"))
        .await
        .unwrap();
    ledger
        .wait_sign_in(&stamp("password", 2), waiting("w", "mo"), None)
        .await
        .unwrap();
    ledger
        .add_reset_link(&stamp("reset", 2), "mo", "reset", at(100))
        .await
        .unwrap();
}

/// Somebody's sign-in that waits for a second factor.
pub fn waiting(hash: &str, person: &str) -> NewWaitingSignIn {
    NewWaitingSignIn {
        hash: hash.to_owned(),
        person: person.to_owned(),
        ends_at: at(900),
    }
}

/// A version sent back and one signed.
async fn write_versions(ledger: &Ledger) {
    let edit = DraftEdit {
        text: "one".to_owned(),
        expected_revision: 0,
    };
    ledger
        .decide(
            &stamp("choose", 6),
            vec![decision("events", "choice", "parked")],
            Some(edit),
        )
        .await
        .unwrap();
    let edit = DraftEdit {
        text: "two".to_owned(),
        expected_revision: 1,
    };
    ledger.save_draft(&stamp("edit", 7), edit).await.unwrap();
    ledger.ask_signature(&stamp("ask", 8), "one").await.unwrap();
    ledger.send_back(&stamp("send back", 9), 1, "why?").await.unwrap();
    let version = ledger.ask_signature(&stamp("ask", 10), "two").await.unwrap();
    let signing = Signing {
        version: 2,
        sha256: version.sha256,
        person: "mo".to_owned(),
        conditions: None,
        decisions: vec![decision("bet", "move", "planned")],
    };
    ledger.sign(&stamp("sign", 11), signing).await.unwrap();
}

/// A review from its opening to its close.
async fn write_review(ledger: &Ledger) {
    ledger
        .open_review(
            &stamp("review", 12),
            NewReview {
                cycle: "Q1".to_owned(),
                snapshot: None,
            },
        )
        .await
        .unwrap();
    let choice = ItemChoice {
        review: 1,
        bet: "bet".to_owned(),
        decision: "scale".to_owned(),
        reason: "it works".to_owned(),
        next_gate: Some("{}".to_owned()),
        expected_revision: 0,
    };
    ledger.decide_item(&stamp("decide", 13), choice).await.unwrap();
    ledger
        .add_commitment(&stamp("commit", 13), commitment(Some("bet")))
        .await
        .unwrap();
    ledger.say_of_commitment(&stamp("say", 13), 1, "kept").await.unwrap();
    let closing = ClosingReview {
        review: 1,
        expected_revision: 1,
        next_review: None,
        minutes: "{}".to_owned(),
        decisions: vec![decision("bet", "move", "scaled")],
        draft: None,
    };
    ledger.close_review(&stamp("close", 14), closing).await.unwrap();
}

/// What somebody promises in the first review.
pub fn commitment(bet: Option<&str>) -> NewCommitment {
    NewCommitment {
        review: 1,
        bet: bet.map(str::to_owned),
        says: "A prototype with one vendor".to_owned(),
        who: "Mo".to_owned(),
        by: day(20),
    }
}

/// What somebody says of a pair.
pub fn match_decision(verdict: &str, undoes: Option<i64>, second: i64) -> NewMatchDecision {
    NewMatchDecision {
        partner: "peopleoak".to_owned(),
        ours: r#"{"id":"1","name":"Acme"}"#.to_owned(),
        theirs: r#"{"id":"x","name":"ACME Ltd"}"#.to_owned(),
        verdict: verdict.to_owned(),
        probability: Some(731_000),
        undoes,
        decided_by: "mo".to_owned(),
        decided_at: at(second),
    }
}

/// What somebody of a company asked about a cell.
pub fn ask(company: &str, on: Date) -> NewAsk {
    NewAsk {
        cell: "smb × agency".to_owned(),
        who: "Bo".to_owned(),
        company: company.to_owned(),
        on,
        words: "Will you work with us?".to_owned(),
        answer: "No: no reach.".to_owned(),
        state: "declined".to_owned(),
        version: Some(2),
    }
}

/// A target, a note, an ask, a job and a decision on a pair.
async fn write_work(ledger: &Ledger) {
    let target = NewTarget {
        bet: "bet".to_owned(),
        account: "acme".to_owned(),
        account_name: "Acme".to_owned(),
        partner: None,
        play: None,
        owner: None,
        next_step: None,
        due: None,
        state: "named".to_owned(),
    };
    let step = NewStep {
        step: "targeted".to_owned(),
        on: day(3),
        note: None,
    };
    let work = vec![worked("t1", target, Some(step))];
    ledger.work_targets(&stamp("target", 15), work).await.unwrap();
    ledger.undo_step(&stamp("undo step", 15), 1).await.unwrap();
    let partner = Partner {
        id: "bright".to_owned(),
        name: "Bright".to_owned(),
        partner_type: "technology".to_owned(),
        website: None,
        added_by: "mo".to_owned(),
        added_at: at(15),
    };
    let entries = vec![partner_entry("bright", "motion", "Two introductions a month")];
    ledger
        .add_partner(&stamp("add partner", 15), partner, entries)
        .await
        .unwrap();
    ledger
        .say_launched(&stamp("launch", 15), "bet", "Write the page", Some(day(3)))
        .await
        .unwrap();
    let note = NewNote {
        bet: "bet".to_owned(),
        on: day(2),
        words: "good".to_owned(),
        effect: Effect::For,
        source: None,
    };
    ledger.add_note(&stamp("note", 16), note).await.unwrap();
    ledger
        .add_ask(&stamp("intake", 17), ask("Bright", day(2)))
        .await
        .unwrap();
    let job = NewJob {
        id: "j".to_owned(),
        kind: "import".to_owned(),
        subject: "an upload".to_owned(),
        state: "running".to_owned(),
        holder: "h".to_owned(),
    };
    ledger.start_job(&stamp("import", 18), job).await.unwrap();
    let offered = psi_run("r", PsiAct::Offer, "Bright");
    ledger
        .add_psi_run(&stamp("psi offer", 19), offered, None)
        .await
        .unwrap();
    let decisions = vec![match_decision("same", None, 20)];
    ledger
        .decide_matches(&stamp("decide match", 20), decisions)
        .await
        .unwrap();
}

/// A target to add, with a step that it reached.
pub fn worked(id: &str, target: NewTarget, step: Option<NewStep>) -> TargetWork {
    TargetWork {
        target: Target {
            id: id.to_owned(),
            revision: 0,
            target,
        },
        step,
    }
}

pub fn partner_entry(partner: &str, kind: &str, words: &str) -> NewPartnerEntry {
    NewPartnerEntry {
        partner: partner.to_owned(),
        kind: kind.to_owned(),
        on: day(2),
        words: words.to_owned(),
        with_whom: Some("Ada".to_owned()),
    }
}

pub fn psi_run(run: &str, act: PsiAct, partner: &str) -> NewPsiRun {
    NewPsiRun {
        run: run.to_owned(),
        act,
        partner: partner.to_owned(),
        records: 60,
        keys: 90,
        list: "ab".to_owned(),
        their_keys: None,
        their_list: None,
        agree: None,
        file: "cd".to_owned(),
    }
}
