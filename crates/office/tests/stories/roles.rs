//! Who may do what: every verb that takes an actor, by every role.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use beachhead_office::attributing::{AttributionQuestion, TouchesAsked};
use beachhead_office::auditing::AuditAsked;
use beachhead_office::cohorting::CohortQuestion;
use beachhead_office::commitments::{Became, Promise};
use beachhead_office::facts::Watch;
use beachhead_office::facts::catalogue::Table;
use beachhead_office::facts::export::Format;
use beachhead_office::facts::measure::Fall;
use beachhead_office::facts::records::RecordsQuestion;
use beachhead_office::foreseeing::Named;
use beachhead_office::importing::{ImportAnswers, ImportFile, Orders};
use beachhead_office::intake::Asked;
use beachhead_office::inviting::Invited;
use beachhead_office::ledger::{Effect, Stance};
use beachhead_office::lifting::LiftQuestion;
use beachhead_office::mapping::{Chosen, ReviewAsked, RowsAsked, Verdict};
use beachhead_office::partners::{NewPartner, PartnerSaid, Saying};
use beachhead_office::people::NewPerson;
use beachhead_office::psi::{PsiOrder, PsiWatch};
use beachhead_office::reviewing::Deciding;
use beachhead_office::singer::TapRun;
use beachhead_office::starting::StartAnswers;
use beachhead_office::strategy::review::Choice;
use beachhead_office::strategy::{AttributionPolicy, Bet, BetState, CellState, Cycle, Segment};
use beachhead_office::targets::{NewNamed, StepLog, TargetChange, TargetsAsked};
use beachhead_office::tracing::RowsQuestion;
use beachhead_office::uploading::Upload;
use beachhead_office::weighing::WeighQuestion;
use beachhead_office::what_if::WhatIf;
use beachhead_office::written::CellChoice;
use beachhead_office::{Actor, Code, Refusal, Role};

use crate::program::{FIRST_DAY, Program, add, closing, key};

const O: Role = Role::Owner;
const S: Role = Role::Sponsor;
const M: Role = Role::PartnerManager;
const D: Role = Role::Data;
const V: Role = Role::Viewer;

/// Every verb with the roles that may.
const TABLE: &[(&str, &[Role])] = &[
    // lib
    ("name_program", &[O]),
    ("mark_demo", &[O]),
    ("verify_audit", &[O]),
    ("backup", &[O]),
    ("changes", &[O, S, M, D, V]),
    // people
    ("add_person", &[O]),
    ("set_password", &[O]),
    ("people", &[O, S, M, D, V]),
    ("sign_out", &[O, S, M, D, V]),
    ("change_password", &[O, S, M, D, V]),
    ("rename_self", &[O, S, M, D, V]),
    // inviting
    ("invite", &[O]),
    ("invites", &[O]),
    ("withdraw_invite", &[O]),
    ("set_role", &[O]),
    ("end_access", &[O]),
    ("give_access_again", &[O]),
    ("sign_out_everywhere", &[O]),
    ("person_numbered", &[O]),
    ("own_sessions", &[O, S, M, D, V]),
    ("end_own_session", &[O, S, M, D, V]),
    // second factors and reset links
    ("second_factor_demanded", &[O, S, M, D, V]),
    ("demand_second_factor", &[O]),
    ("second_factors", &[O]),
    ("take_off_second_factor", &[O]),
    ("own_second_factor", &[O, S, M, D, V]),
    ("offer_second_factor", &[O, S, M, D, V]),
    ("confirm_second_factor", &[O, S, M, D, V]),
    ("new_recovery_codes", &[O, S, M, D, V]),
    ("switch_off_second_factor", &[O, S, M, D, V]),
    ("make_reset_link", &[O]),
    // backups, the audit log, what is taken out and looked for
    ("backups", &[O]),
    ("make_backup", &[O]),
    ("backup_at", &[O]),
    ("keep_nightly", &[O]),
    ("audit", &[O]),
    ("audit_file", &[O]),
    ("decisions_file", &[O, S, M, D, V]),
    ("search", &[O, S, M, D, V]),
    ("nearest", &[O, S, M, D, V]),
    // starting
    ("start_answers", &[O]),
    ("keep_start_answers", &[O]),
    ("preview_start", &[O]),
    ("suggested_gate", &[O]),
    ("start", &[O]),
    // written
    ("written", &[O, S, M, D, V]),
    ("import_strategy", &[O]),
    ("choose", &[O]),
    ("save_bet", &[O]),
    ("edit", &[O]),
    // signing
    ("ask_signature", &[O]),
    ("sign", &[S]),
    ("send_back", &[S]),
    ("version", &[O, S, M, D, V]),
    ("versions", &[O, S, M, D, V]),
    // aligning
    ("functions", &[O, S, M, D, V]),
    ("set_function_head", &[O]),
    ("remove_function", &[O]),
    ("acknowledge", &[O, S, M, D, V]),
    ("shares", &[O]),
    ("make_share", &[O]),
    ("revoke_share", &[O]),
    ("record_ask", &[O, M]),
    ("asks", &[O, S, M, D, V]),
    ("ask", &[O, S, M, D, V]),
    // deciding
    ("start_bet", &[O]),
    ("start_bet_although", &[O]),
    ("move_bet", &[O]),
    ("decide_bet", &[O]),
    ("add_note", &[O, M]),
    ("decisions", &[O, S, M, D, V]),
    ("decisions_on", &[O, S, M, D, V]),
    ("notes", &[O, S, M, D, V]),
    // reviewing
    ("open_review", &[O]),
    ("review_now", &[O, S, M, D, V]),
    ("review", &[O, S, M, D, V]),
    ("reviews", &[O, S, M, D, V]),
    ("decide_in_review", &[O]),
    ("close_review", &[O]),
    // commitments and the meeting
    ("commit", &[O]),
    ("say_of_commitment", &[O]),
    ("next_review_file", &[O, S, M, D, V]),
    // importing and uploading
    ("import", &[O, D]),
    ("import_each", &[O, D]),
    ("import_singer", &[O, D]),
    ("singer_state", &[O, D]),
    ("facts", &[O, S, M, D, V]),
    ("imports", &[O, S, M, D, V]),
    ("new_upload", &[O, D]),
    ("keep_upload", &[O, D]),
    ("upload", &[O, D]),
    ("preview_upload", &[O, D]),
    ("take_upload", &[O, D]),
    ("drop_upload", &[O, D]),
    ("look_at_upload", &[O, D]),
    ("upload_rejects", &[O, D]),
    ("import_numbered", &[O, S, M, D, V]),
    ("rejects", &[O, D]),
    ("undo_import", &[O, D]),
    ("start_import", &[O, D]),
    ("import_job", &[O, D]),
    ("settled_import", &[O, D]),
    ("unfinished_imports", &[O, D]),
    ("cancel_import", &[O, D]),
    ("resume_import", &[O, D]),
    ("discard_import", &[O, D]),
    ("psi_offer", &[O, D]),
    ("psi_answer", &[O, D]),
    ("psi_open", &[O, D]),
    ("psi_log", &[O, S, M, D, V]),
    ("sources_watch", &[O, S, M, D, V]),
    ("attribution", &[O, S, M, D, V]),
    ("moves_file", &[O, S, M, D, V]),
    ("touches", &[O, S, M, D, V]),
    ("touches_file", &[O, S, M, D, V]),
    ("policies", &[O, S, M, D, V]),
    ("propose_policy", &[O]),
    ("profiles", &[O, D]),
    ("profile", &[O, D]),
    ("import_profile", &[O, D]),
    ("rename_profile", &[O, D]),
    ("delete_profile", &[O, D]),
    // what the facts say
    ("standing", &[O, S, M, D, V]),
    ("standing_of_version", &[O, S, M, D, V]),
    ("weigh", &[O, S, M, D, V]),
    ("cohorts", &[O, S, M, D, V]),
    ("lift", &[O, S, M, D, V]),
    ("segment_accounts", &[O, S, M, D, V]),
    ("save_arena", &[O]),
    ("save_segment", &[O]),
    ("remove_segment", &[O]),
    ("trace", &[O, S, M, D, V]),
    ("rows", &[O, S, M, D, V]),
    ("opportunity", &[O, S, M, D, V]),
    ("records", &[O, S, M, D, V]),
    ("records_file", &[O, S, M, D, V]),
    ("targets_file", &[O, S, M, D, V]),
    ("export_tables", &[O, S, M, D, V]),
    ("judge", &[O, S, M, D, V]),
    ("simulate", &[O, S, M, D, V]),
    ("sequence", &[O, S, M, D, V]),
    ("what_if", &[O, S, M, D, V]),
    ("off_by", &[O, S, M, D, V]),
    ("miss", &[O, S, M, D, V]),
    // mapping
    ("mapped_partners", &[O, S, M, D, V]),
    ("match_matrix", &[O, S, M, D, V]),
    ("match_rows", &[O, S, M, D, V]),
    ("match_rows_file", &[O, S, M, D, V]),
    ("review_matches", &[O, S, M, D, V]),
    ("decide_match", &[O, D]),
    ("undo_match", &[O, D]),
    ("match_decisions_file", &[O, S, M, D, V]),
    ("import_match_decisions", &[O, D]),
    ("set_match_precision", &[O, D]),
    ("choose_targets", &[O, M]),
    // targets, partners and launching
    ("targets", &[O, S, M, D, V]),
    ("target", &[O, S, M, D, V]),
    ("targets_list_file", &[O, S, M, D, V]),
    ("log_step", &[O, M]),
    ("undo_step", &[O, M]),
    ("edit_targets", &[O, M]),
    ("lose_targets", &[O, M]),
    ("name_target", &[O, M]),
    ("partners", &[O, S, M, D, V]),
    ("partner", &[O, S, M, D, V]),
    ("add_partner", &[O, M]),
    ("say_of_partner", &[O, M]),
    ("launch_plan", &[O, S, M, D, V]),
    ("mark_launched", &[O, M]),
    // reporting
    ("one_page", &[O, S, M, D, V]),
    ("one_page_text", &[O, S, M, D, V]),
    ("one_page_html", &[O, S, M, D, V]),
    ("one_page_markdown", &[O, S, M, D, V]),
    ("board", &[O, S, M, D, V]),
    ("board_html", &[O, S, M, D, V]),
    ("board_markdown", &[O, S, M, D, V]),
    ("pre_read", &[O, S, M, D, V]),
    ("pre_read_html", &[O, S, M, D, V]),
    ("pre_read_markdown", &[O, S, M, D, V]),
];

#[tokio::test]
async fn every_verb_asks_who_may() {
    for role in Role::ALL {
        let program = Program::running().await;
        let actor = add(
            &program.office,
            &program.owner,
            &format!("Somebody {}", role.name()),
            role,
        )
        .await;
        for (verb, may) in TABLE {
            let refusal = attempt(&program, verb, &actor).await.err();
            let refused = refusal.as_ref().is_some_and(|refusal| refusal.code == Code::NotAllowed);
            assert_eq!(refused, !may.contains(&role), "{verb} by {}: {refusal:?}", role.name());
            if refused {
                let hint = refusal.unwrap().hint;
                assert!(
                    may.iter().all(|role| hint.contains(role.name())),
                    "{verb}: the hint names who may: {hint}"
                );
            }
        }
    }
}

/// A verb that is not in the table was not thought about.
#[test]
fn every_verb_that_takes_an_actor_stands_in_the_table() {
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut verbs = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        for (at, _) in text.match_indices("    pub fn ") {
            let signature = text[at + 11..].split_once('{').map_or("", |(before, _)| before);
            let name = signature.split(['<', '(']).next().unwrap_or_default();
            if signature.contains("actor: &'a Actor") {
                verbs.insert(name.to_owned());
            }
        }
    }
    let table: BTreeSet<String> = TABLE.iter().map(|(verb, _)| (*verb).to_owned()).collect();
    assert_eq!(verbs, table);
}

fn bet() -> Bet {
    Bet {
        name: "Another bet".into(),
        ..Bet::default()
    }
}

fn choice() -> CellChoice {
    CellChoice {
        segment: "target accounts".into(),
        partner_type: "reseller".into(),
        state: CellState::Declined,
        reason: "Too few".into(),
        would_reopen: "More of them".into(),
        beyond_limit: String::new(),
    }
}

async fn attempt(program: &Program, verb: &str, actor: &Actor) -> Result<(), Refusal> {
    let (office, key) = (&program.office, key());
    let id = "01980000-0000-7000-8000-000000000000";
    let new = NewPerson {
        name: String::new(),
        email: String::new(),
        password: String::new(),
    };
    match verb {
        "name_program" => office.name_program(actor, "Northwind").await,
        "mark_demo" => office.mark_demo(actor, "words").await,
        "verify_audit" => office.verify_audit(actor).await.map(drop),
        "backup" => office
            .backup(actor, Path::new("/no/such/folder/x.tar.zst"))
            .await
            .map(drop),
        "changes" => office.changes(actor, None, None).await.map(drop),
        "add_person" => office.add_person(actor, new, Role::Viewer).await.map(drop),
        "set_password" => {
            office
                .set_password(actor, "nobody@northwind.example", "short".into())
                .await
        }
        "people" => office.people(actor).await.map(drop),
        "sign_out" => office.sign_out(actor, "no secret").await,
        "start_answers" => office.start_answers(actor).await.map(drop),
        "keep_start_answers" => office.keep_start_answers(actor, &StartAnswers::default()).await,
        "preview_start" => office.preview_start(actor).await.map(drop),
        "suggested_gate" => office.suggested_gate(actor).await.map(drop),
        "start" => office.start(actor, 0).await.map(drop),
        "written" => office.written(actor).await.map(drop),
        "import_strategy" => office.import_strategy(actor, "not a strategy", None).await.map(drop),
        "choose" => office.choose(actor, choice()).await.map(drop),
        "save_bet" => office.save_bet(actor, None, bet(), 0).await.map(drop),
        "edit" => office.edit(actor, "edit", None, |_| Ok(())).await.map(drop),
        "ask_signature" => office.ask_signature(actor).await.map(drop),
        "sign" => office.sign(actor, 1, "", None).await.map(drop),
        "send_back" => office.send_back(actor, 1, "").await.map(drop),
        "version" => office.version(actor, 1).await.map(drop),
        "versions" => office.versions(actor).await.map(drop),
        "start_bet" => office.start_bet(actor, &key).await.map(drop),
        "start_bet_although" => office.start_bet_although(actor, &key, "why").await.map(drop),
        "move_bet" => {
            let to = Cycle::parse("2027-Q1").unwrap();
            office.move_bet(actor, &key, to, "why").await.map(drop)
        }
        "decide_bet" => office
            .decide_bet(actor, &key, BetState::Declined, "why")
            .await
            .map(drop),
        "add_note" => office
            .add_note(actor, &key, FIRST_DAY, "seen", Effect::For, None)
            .await
            .map(drop),
        "decisions" => office.decisions(actor).await.map(drop),
        "decisions_on" => office.decisions_on(actor, &key).await.map(drop),
        "notes" => office.notes(actor, &key).await.map(drop),
        "open_review" => office.open_review(actor).await.map(drop),
        "review_now" => office.review_now(actor).await.map(drop),
        "review" => office.review(actor, 1).await.map(drop),
        "reviews" => office.reviews(actor).await.map(drop),
        "decide_in_review" => office
            .decide_in_review(actor, 1, &key, Deciding::new(Choice::Park, "why", 0))
            .await
            .map(drop),
        "commit" => {
            let promise = Promise {
                bet: None,
                says: "A prototype".into(),
                who: "Mo".into(),
                by: FIRST_DAY.saturating_add(jiff::Span::new().days(9)),
            };
            office.commit(actor, 1, promise).await.map(drop)
        }
        "say_of_commitment" => office.say_of_commitment(actor, 1, Became::TakenBack).await,
        "next_review_file" => office.next_review_file(actor).await.map(drop),
        "close_review" => office.close_review(actor, 1, closing(9, false)).await.map(drop),
        _ => align(program, verb, actor, id).await,
    }
}

/// Verbs of functions, readers by link and partners that ask.
async fn align(program: &Program, verb: &str, actor: &Actor, id: &str) -> Result<(), Refusal> {
    let (office, owner) = (&program.office, &program.owner);
    match verb {
        "standing_of_version" => office.standing_of_version(actor, 1).await.map(drop),
        "functions" => office.functions(actor).await.map(drop),
        "set_function_head" => office.set_function_head(actor, "legal", None).await,
        "remove_function" => office.remove_function(actor, "no such").await,
        "acknowledge" => {
            let head = Some(actor.person.as_str());
            office.set_function_head(owner, "sales", head).await.unwrap();
            office
                .acknowledge(actor, "sales", 1, "", Stance::Seen, "")
                .await
                .map(drop)
        }
        "shares" => office.shares(actor).await.map(drop),
        "make_share" => office.make_share(actor, None, 8).await.map(drop),
        "revoke_share" => office.revoke_share(actor, id).await,
        "record_ask" => office.record_ask(actor, Asked::default()).await.map(drop),
        "asks" => office.asks(actor, None).await.map(drop),
        "ask" => office.ask(actor, 1).await.map(drop),
        _ => look(program, verb, actor, id).await,
    }
}

fn dry() -> Orders {
    Orders {
        dry_run: true,
        ..Orders::default()
    }
}

async fn files(program: &Program, verb: &str, actor: &Actor) -> Result<(), Refusal> {
    let (office, standing) = (&program.office, program.standing().await);
    let file = match verb {
        "records_file" => office.records_file(actor, &standing, RecordsQuestion::of(Table::Touches, 1)),
        "targets_file" => office.targets_file(actor, &standing, &[], None, String::new()),
        "touches_file" => office.touches_file(actor, TouchesAsked::default()),
        _ => office.moves_file(actor, AttributionQuestion::default()),
    };
    file.await.map(drop)
}

async fn psi(program: &Program, verb: &str, actor: &Actor) -> Result<(), Refusal> {
    let (office, nowhere) = (&program.office, Path::new("/no/such/folder/x"));
    let watch: PsiWatch = Arc::new(|_, _| true);
    let order = PsiOrder {
        partner: "Velplex".to_owned(),
        ours: None,
        out: nowhere.to_owned(),
        watch: Arc::clone(&watch),
    };
    match verb {
        "psi_offer" => office.psi_offer(actor, order).await.map(drop),
        "psi_answer" => office.psi_answer(actor, nowhere, None, order).await.map(drop),
        "psi_open" => office.psi_open(actor, nowhere, None, watch).await.map(drop),
        _ => office.psi_log(actor).await.map(drop),
    }
}

async fn look(program: &Program, verb: &str, actor: &Actor, id: &str) -> Result<(), Refusal> {
    let office = &program.office;
    match verb {
        "records_file" | "targets_file" | "touches_file" | "moves_file" => files(program, verb, actor).await,
        "psi_offer" | "psi_answer" | "psi_open" | "psi_log" => psi(program, verb, actor).await,
        "standing" => office.standing(actor, None).await.map(drop),
        "weigh" => office.weigh(actor, WeighQuestion::default()).await.map(drop),
        "cohorts" => office.cohorts(actor, CohortQuestion::default()).await.map(drop),
        "lift" => office.lift(actor, LiftQuestion::default()).await.map(drop),
        "segment_accounts" => office
            .segment_accounts(actor, &program.standing().await, Fall::Nowhere)
            .await
            .map(drop),
        "save_arena" => office
            .save_arena(actor, Vec::new(), Vec::new(), "", Some(99))
            .await
            .map(drop),
        "save_segment" => office
            .save_segment(actor, None, Segment::default(), None)
            .await
            .map(drop),
        "remove_segment" => office.remove_segment(actor, "none", None).await.map(drop),
        "trace" => office
            .trace(actor, &program.standing().await, &RowsQuestion::default())
            .await
            .map(drop),
        "opportunity" => office
            .opportunity(actor, &program.standing().await, "o1")
            .await
            .map(drop),
        "records" => {
            let question = RecordsQuestion::of(Table::Touches, 1);
            office
                .records(actor, &program.standing().await, question)
                .await
                .map(drop)
        }
        "export_tables" => {
            let folder = program.file("nothing", "").with_file_name("export");
            let exported = office.export_tables(actor, None, &folder, Format::Csv, Watch::default());
            exported.await.map(drop)
        }
        "rows" => office
            .rows(actor, &program.standing().await, &RowsQuestion::default())
            .await
            .map(drop),
        "judge" => office.judge(actor, None, None).await.map(drop),
        "simulate" => office.simulate(actor, Named::Own).await.map(drop),
        "sequence" => office.sequence(actor, &program.standing().await).await.map(drop),
        "what_if" => office
            .what_if(actor, &program.standing().await, &WhatIf::default())
            .await
            .map(drop),
        "off_by" => office.off_by(actor, &program.standing().await).await.map(drop),
        "miss" => office.miss(actor, &program.standing().await).await.map(drop),
        "one_page" => office.one_page(actor, None).await.map(drop),
        "one_page_text" => office.one_page_text(actor, None).await.map(drop),
        "one_page_html" => office.one_page_html(actor, None).await.map(drop),
        "one_page_markdown" => office.one_page_markdown(actor, None).await.map(drop),
        "board" => office.board(actor, None).await.map(drop),
        "board_html" => office.board_html(actor, None).await.map(drop),
        "board_markdown" => office.board_markdown(actor, None).await.map(drop),
        "pre_read" => office.pre_read(actor, None).await.map(drop),
        "pre_read_html" => office.pre_read_html(actor).await.map(drop),
        "pre_read_markdown" => office.pre_read_markdown(actor).await.map(drop),
        _ => bring(program, verb, actor, id).await,
    }
}

/// Verbs about facts on their way in.
async fn bring(program: &Program, verb: &str, actor: &Actor, id: &str) -> Result<(), Refusal> {
    let office = &program.office;
    let none = ImportAnswers::default();
    let file = || {
        vec![ImportFile::at(&program.file(
            "effort.csv",
            "person,week,initiative,hours\nInes,2026-04-06,Resale,4\n",
        ))]
    };
    match verb {
        "import" => office.import(actor, file(), &none, true).await.map(drop),
        "import_each" => office.import_each(actor, file(), Vec::new(), dry()).await.map(drop),
        "import_singer" => {
            let run = TapRun {
                messages: Box::new(std::io::empty()),
                name: "standard input".to_owned(),
                tap: "tap".to_owned(),
                tables: Vec::new(),
            };
            office.import_singer(actor, run, &none, dry()).await.map(drop)
        }
        "singer_state" => office.singer_state(actor, "tap").await.map(drop),
        "facts" => office.facts(actor, None).await.map(drop),
        "imports" => office.imports(actor).await.map(drop),
        "new_upload" => office.new_upload(actor).await.map(drop),
        "keep_upload" => office.keep_upload(actor, id, &Upload::default()).await,
        "upload" => office.upload(actor, id).await.map(drop),
        "preview_upload" => office.preview_upload(actor, id).await.map(drop),
        "take_upload" => office.take_upload(actor, id, Orders::default()).await.map(drop),
        "drop_upload" => office.drop_upload(actor, id).await,
        "look_at_upload" => office.look_at_upload(actor, id, Duration::from_secs(9)).await.map(drop),
        "upload_rejects" => office.upload_rejects(actor, id, 0).await.map(drop),
        "import_numbered" => office.import_numbered(actor, 1).await.map(drop),
        "rejects" => office.rejects(actor, 1, 0).await.map(drop),
        "undo_import" => office.undo_import(actor, 1).await.map(drop),
        "start_import" => office.start_import(actor, id).await.map(drop),
        "import_job" => office.import_job(actor, id).await.map(drop),
        "settled_import" => office.settled_import(actor, id, Duration::ZERO).await.map(drop),
        "unfinished_imports" => office.unfinished_imports(actor).await.map(drop),
        "cancel_import" => office.cancel_import(actor, id).await,
        "resume_import" => office.resume_import(actor, id).await,
        "discard_import" => office.discard_import(actor, id).await,
        "sources_watch" => office.sources_watch(actor).await.map(drop),
        "attribution" => office
            .attribution(actor, AttributionQuestion::default())
            .await
            .map(drop),
        "touches" => office.touches(actor, TouchesAsked::default()).await.map(drop),
        "policies" => office.policies(actor).await.map(drop),
        "propose_policy" => office
            .propose_policy(actor, AttributionPolicy::default(), None)
            .await
            .map(drop),
        "profiles" => office.profiles(actor).await.map(drop),
        "profile" => office.profile(actor, "none").await.map(drop),
        "import_profile" => office.import_profile(actor, "").await.map(drop),
        "rename_profile" => office.rename_profile(actor, "none", "other").await,
        "delete_profile" => office.delete_profile(actor, "none").await,
        _ => map(program, verb, actor).await,
    }
}

/// Verbs about partners' lists; there is none, so that nobody is refused for what a list holds.
async fn map(program: &Program, verb: &str, actor: &Actor) -> Result<(), Refusal> {
    let (office, key) = (&program.office, key());
    let partner = "PeopleOak";
    match verb {
        "mapped_partners" => office.mapped_partners(actor, None).await.map(drop),
        "match_matrix" => office.match_matrix(actor, partner, None).await.map(drop),
        "match_rows" => office.match_rows(actor, &RowsAsked::default()).await.map(drop),
        "match_rows_file" => office.match_rows_file(actor, &RowsAsked::default()).await.map(drop),
        "review_matches" => office.review_matches(actor, &ReviewAsked::default()).await.map(drop),
        "decide_match" => office
            .decide_match(actor, partner, &Chosen::default(), Verdict::Same, false)
            .await
            .map(drop),
        "undo_match" => office.undo_match(actor, partner).await.map(drop),
        "match_decisions_file" => office.match_decisions_file(actor, None).await.map(drop),
        "import_match_decisions" => office.import_match_decisions(actor, "said.csv", "").await.map(drop),
        "set_match_precision" => office.set_match_precision(actor, Some(9.0)).await,
        "choose_targets" => office.choose_targets(actor, &key, partner, &[]).await.map(drop),
        _ => administer(program, verb, actor).await,
    }
}

/// Verbs about people, backups and the log; nobody is there to be changed.
async fn administer(program: &Program, verb: &str, actor: &Actor) -> Result<(), Refusal> {
    let (office, nobody) = (&program.office, "nobody");
    let invited = Invited {
        name: String::new(),
        email: String::new(),
        role: Role::Viewer,
    };
    match verb {
        "change_password" => office.change_password(actor, "wrong", "short".into()).await.map(drop),
        "rename_self" => office.rename_self(actor, "").await,
        "invite" => office.invite(actor, &invited).await.map(drop),
        "invites" => office.invites(actor).await.map(drop),
        "withdraw_invite" => office.withdraw_invite(actor, nobody).await,
        "set_role" => office.set_role(actor, nobody, Role::Viewer).await,
        "end_access" => office.end_access(actor, nobody).await,
        "give_access_again" => office.give_access_again(actor, nobody).await,
        "sign_out_everywhere" => office.sign_out_everywhere(actor, nobody).await.map(drop),
        "person_numbered" => office.person_numbered(actor, nobody).await.map(drop),
        "own_sessions" => office.own_sessions(actor, None).await.map(drop),
        "end_own_session" => office.end_own_session(actor, nobody).await,
        "backups" => office.backups(actor).await.map(drop),
        "make_backup" => office.make_backup(actor).await.map(drop),
        "backup_at" => office.backup_at(actor, nobody).await.map(drop),
        "keep_nightly" => office.keep_nightly(actor, 0).await,
        "audit" => office.audit(actor, &AuditAsked::default()).await.map(drop),
        "audit_file" => office.audit_file(actor, &AuditAsked::default()).await.map(drop),
        "decisions_file" => office.decisions_file(actor).await.map(drop),
        "search" => office.search(actor, "tech").await.map(drop),
        "nearest" => office.nearest(actor, "/bets/tech").await.map(drop),
        _ => sign_in(program, verb, actor).await,
    }
}

/// Verbs about second factors and reset links; no password is right.
async fn sign_in(program: &Program, verb: &str, actor: &Actor) -> Result<(), Refusal> {
    let (office, wrong) = (&program.office, "wrong");
    match verb {
        "second_factor_demanded" => office.second_factor_demanded(actor).await.map(drop),
        "demand_second_factor" => office.demand_second_factor(actor, true).await.map(drop),
        "second_factors" => office.second_factors(actor).await.map(drop),
        "take_off_second_factor" => office.take_off_second_factor(actor, "nobody").await,
        "own_second_factor" => office.own_second_factor(actor).await.map(drop),
        "offer_second_factor" => office.offer_second_factor(actor, wrong).await,
        "confirm_second_factor" => office.confirm_second_factor(actor, wrong, None).await.map(drop),
        "new_recovery_codes" => office.new_recovery_codes(actor, wrong).await.map(drop),
        "switch_off_second_factor" => office.switch_off_second_factor(actor, wrong, None).await,
        "make_reset_link" => office.make_reset_link(actor, "nobody").await.map(drop),
        _ => run(program, verb, actor).await,
    }
}

/// Verbs about targets, partners and launches; there is nothing of either.
async fn run(program: &Program, verb: &str, actor: &Actor) -> Result<(), Refusal> {
    let (office, key) = (&program.office, key());
    let standing = &program.standing().await;
    let all = TargetsAsked::default();
    match verb {
        "targets" => office.targets(actor, standing, &all).await.map(drop),
        "target" => office.target(actor, standing, &key, "none").await.map(drop),
        "targets_list_file" => office.targets_list_file(actor, standing, &all).await.map(drop),
        "log_step" => {
            let log = StepLog {
                bet: key,
                account: "none".into(),
                reached: String::new(),
                on: FIRST_DAY,
                note: String::new(),
                next_step: String::new(),
                due: None,
                owner: String::new(),
                revision: 0,
            };
            office.log_step(actor, &log).await.map(drop)
        }
        "undo_step" => office.undo_step(actor, 1).await,
        "edit_targets" => {
            let change = TargetChange::default();
            office.edit_targets(actor, &[], &change, true).await.map(drop)
        }
        "lose_targets" => office.lose_targets(actor, &[], true).await.map(drop),
        "name_target" => {
            let named = NewNamed {
                bet: key,
                account: String::new(),
                partner: String::new(),
                play: String::new(),
                owner: String::new(),
                next_step: String::new(),
                due: FIRST_DAY,
            };
            office.name_target(actor, &named).await.map(drop)
        }
        "partners" => office.partners(actor, standing).await.map(drop),
        "partner" => office.partner(actor, standing, "none").await.map(drop),
        "add_partner" => office.add_partner(actor, &NewPartner::default()).await.map(drop),
        "say_of_partner" => {
            let said = PartnerSaid {
                partner: "none".into(),
                kind: Saying::Met,
                on: FIRST_DAY,
                words: "We spoke".into(),
                with_whom: String::new(),
            };
            office.say_of_partner(actor, &said).await
        }
        "launch_plan" => office.launch_plan(actor, standing, &key).await.map(drop),
        "mark_launched" => office.mark_launched(actor, &key, "none", None).await,
        other => panic!("{other} is not tried"),
    }
}
