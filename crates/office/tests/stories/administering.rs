//! People come by invite and go; backups are made each night and make room; the log says who did what; things are found.

use std::path::Path;

use beachhead_office::auditing::AuditAsked;
use beachhead_office::backup::verify_backup;
use beachhead_office::facts::export::Format;
use beachhead_office::inviting::Invited;
use beachhead_office::partners::NewPartner;
use beachhead_office::searching::Kind;
use beachhead_office::targets::NewNamed;
use beachhead_office::{Actor, Code, Role};
use jiff::civil::date;

use crate::program::{FIRST_DAY, Program, add, entered, key, on_postgres};

const PASSWORD: &str = "teal ferry under oak";

fn tom(role: Role) -> Invited {
    Invited {
        name: "Tom Okafor".into(),
        email: "Tom@Northwind.example".into(),
        role,
    }
}

async fn invited(program: &Program) {
    let Program { office, owner, .. } = program;
    let made = office.invite(owner, &tom(Role::PartnerManager)).await.unwrap();
    let again = office.invite(owner, &tom(Role::Viewer)).await.err().unwrap();
    assert_eq!(again.code, Code::Conflict, "one open invite an address");
    assert_eq!(office.invited_by(&made.token).await.unwrap().role, "partner manager");
    assert_eq!(office.invited_by("another").await.unwrap_err().code, Code::NotFound);
    let plain = office.join(&made.token, "Tom Okafor", "password1234".into()).await;
    assert_eq!(plain.unwrap_err().code, Code::BadInput);

    let joined = office.join(&made.token, "Tom O.", PASSWORD.into()).await.unwrap();
    let secret = joined.session().unwrap();
    let actor = office.session(&secret).await.unwrap().unwrap().actor;
    assert_eq!((actor.name.as_str(), actor.role), ("Tom O.", Role::PartnerManager));
    let again = office.join(&made.token, "Tom O.", PASSWORD.into()).await;
    assert_eq!(again.unwrap_err().code, Code::NotFound, "a link works once");
    office.sign_in("tom@northwind.example", PASSWORD).await.unwrap();

    let late = office
        .invite(
            owner,
            &Invited {
                email: "late@northwind.example".into(),
                ..tom(Role::Viewer)
            },
        )
        .await
        .unwrap();
    program.clock.minutes(8 * 24 * 60);
    let late = office.join(&late.token, "Late", PASSWORD.into()).await;
    assert_eq!(late.unwrap_err().code, Code::NotFound, "a link ends after a week");
}

#[tokio::test]
async fn an_invite_lets_one_person_in_once_within_a_week() {
    invited(&Program::new().await).await;
    on_postgres("invited", |program| async move { invited(&program).await }).await;
}

#[tokio::test]
async fn an_owner_always_remains_and_ended_access_ends_at_once() {
    let program = Program::new().await;
    let Program { office, owner, .. } = &program;
    for refused in [
        office.set_role(owner, &owner.person, Role::Viewer).await,
        office.end_access(owner, &owner.person).await,
    ] {
        assert_eq!(refused.unwrap_err().code, Code::Conflict);
    }
    let tom = add(office, owner, "Tom Okafor", Role::Viewer).await;
    let secret = entered(office, "tom-okafor@northwind.example", PASSWORD).await;
    office.set_role(owner, &tom.person, Role::Owner).await.unwrap();
    let session = office.session(&secret).await.unwrap().unwrap();
    assert_eq!(
        session.actor.role,
        Role::Owner,
        "a role counts from the next request on"
    );
    office.end_access(&session.actor, &owner.person).await.unwrap();

    assert_eq!(office.person_numbered(&session.actor, &tom.person).await.unwrap().1, 1);
    assert_eq!(
        office.sign_out_everywhere(&session.actor, &tom.person).await.unwrap(),
        1
    );
    assert!(office.session(&secret).await.unwrap().is_none());
    office.give_access_again(&session.actor, &owner.person).await.unwrap();
    office
        .sign_in("ines-marchetti@northwind.example", PASSWORD)
        .await
        .unwrap();
}

#[tokio::test]
async fn invites_that_are_guessed_at_get_only_so_many_answers_and_one_that_works_does() {
    let program = Program::new().await;
    let Program { office, owner, .. } = &program;
    let made = office.invite(owner, &tom(Role::PartnerManager)).await.unwrap();
    for nth in 0..12 {
        let refused = office.invited_by(&format!("guess {nth}")).await.unwrap_err().code;
        let expected = if nth < 10 { Code::NotFound } else { Code::TooMany };
        assert_eq!(refused, expected, "{nth}");
    }
    let guessed = office.join("another", "Tom Okafor", PASSWORD.into()).await;
    assert_eq!(guessed.unwrap_err().code, Code::TooMany);
    office.join(&made.token, "Tom Okafor", PASSWORD.into()).await.unwrap();
}

#[tokio::test]
async fn a_changed_password_ends_every_session_but_the_one_it_gives() {
    let program = Program::new().await;
    let Program { office, owner, .. } = &program;
    let email = "ines-marchetti@northwind.example";
    let (one, two) = (
        entered(office, email, PASSWORD).await,
        entered(office, email, PASSWORD).await,
    );
    let own = office.own_sessions(owner, Some(&two)).await.unwrap();
    assert_eq!(
        own.iter().map(|session| session.is_this).collect::<Vec<_>>(),
        [true, false]
    );
    office.end_own_session(owner, &own[1].name).await.unwrap();
    assert!(office.session(&one).await.unwrap().is_none() && office.session(&two).await.unwrap().is_some());

    let wrong = office
        .change_password(owner, "not it at all", "amber kiln by noon".into())
        .await;
    assert_eq!(wrong.unwrap_err().code, Code::BadInput);
    let three = office
        .change_password(owner, PASSWORD, "amber kiln by noon".into())
        .await
        .unwrap();
    assert!(office.session(&two).await.unwrap().is_none() && office.session(&three).await.unwrap().is_some());
    office.sign_in(email, "amber kiln by noon").await.unwrap();
    for _ in 0..10 {
        let _ = office.change_password(owner, "not it at all", PASSWORD.into()).await;
    }
    let waiting = office
        .change_password(owner, "amber kiln by noon", PASSWORD.into())
        .await;
    assert_eq!(
        waiting.unwrap_err().code,
        Code::TooMany,
        "wrong ones are counted as at sign-in"
    );
}

#[tokio::test]
async fn the_night_makes_a_backup_that_can_be_restored_and_the_oldest_make_room() {
    let program = Program::running().await;
    let Program { office, owner, .. } = &program;
    let before = office.backups(owner).await.unwrap();
    assert!(before.is_late() && before.kept.is_empty());
    office.keep_nightly(owner, 2).await.unwrap();
    let by_hand = office.make_backup(owner).await.unwrap();
    for day in 0..4 {
        let made = office.nightly_backup().await.unwrap();
        assert!(made.is_some(), "night {day}");
        assert_eq!(office.nightly_backup().await.unwrap(), None, "once a night");
        program.clock.minutes(24 * 60);
    }
    let view = office.backups(owner).await.unwrap();
    let kinds: Vec<bool> = view.kept.iter().map(|backup| backup.is_nightly).collect();
    assert_eq!(
        kinds,
        [true, true, false],
        "two of the nights', and the one made by hand"
    );
    assert_eq!((view.age_days, view.is_late(), view.nightly_kept), (Some(1), false, 2));
    assert_eq!(view.kept[2], by_hand);
    for backup in &view.kept {
        let place = office.backup_at(owner, &backup.name).await.unwrap();
        verify_backup(&place, office.surroundings()).await.unwrap();
    }
    for name in ["../record.sqlite", "nightly-2020-01-01T02-00-00Z.tar.zst", ""] {
        assert_eq!(
            office.backup_at(owner, name).await.unwrap_err().code,
            Code::NotFound,
            "{name}"
        );
    }
    let folder = program.place().join("backups");
    assert_eq!(folder.read_dir().unwrap().count(), 3, "nothing is left over");
}

#[tokio::test]
async fn a_program_without_people_is_not_backed_up_at_night() {
    let folder = tempfile::tempdir().unwrap();
    let (office, _) = crate::program::empty(folder.path()).await;
    assert_eq!(office.nightly_backup().await.unwrap(), None);
}

fn written(rows: beachhead_office::facts::export::RowsFile) -> String {
    String::from_utf8(rows.write(Format::Csv, Vec::new()).unwrap()).unwrap()
}

#[tokio::test]
async fn the_log_is_found_by_person_verb_and_day() {
    let program = Program::running().await;
    let Program {
        office, owner, sponsor, ..
    } = &program;
    let all = office.audit(owner, &AuditAsked::default()).await.unwrap();
    assert_eq!(all.found, all.of);
    assert_eq!(all.chain.unwrap().unwrap().rows, all.of);
    assert!(all.verbs.contains(&"sign".to_owned()), "{:?}", all.verbs);
    let signed = AuditAsked {
        who: Some(sponsor.person.clone()),
        verb: Some("sign".into()),
        from: Some(FIRST_DAY),
        to: Some(FIRST_DAY),
        ..AuditAsked::default()
    };
    let found = office.audit(owner, &signed).await.unwrap();
    assert_eq!((found.found, found.rows[0].verb.as_str()), (1, "sign"));
    let earlier = AuditAsked {
        to: Some(date(2026, 4, 5)),
        ..AuditAsked::default()
    };
    assert_eq!(office.audit(owner, &earlier).await.unwrap().found, 0);
    let file = written(office.audit_file(owner, &signed).await.unwrap());
    assert_eq!(file.lines().count(), 2, "{file}");
    assert!(file.contains("Dana Whitfield"), "{file}");
}

#[tokio::test]
async fn the_register_is_taken_out_as_a_file() {
    let program = Program::running().await;
    let file = written(program.office.decisions_file(&program.owner).await.unwrap());
    assert!(
        file.starts_with("number,on,kind,subject,from,to,reason,decided_by"),
        "{file}"
    );
    assert!(
        file.lines()
            .any(|line| line.contains(&format!("move,{},planned,running", key()))),
        "{file}"
    );
}

#[tokio::test]
async fn records_are_found_by_name_and_a_wrong_address_by_likeness() {
    let program = Program::running().await;
    let Program { office, owner, .. } = &program;
    program
        .take(
            "accounts.csv",
            "account_id,name,employees\na1,Alder Foods,12\na2,Velplex,9\na3,Foods of Alder,4\n",
        )
        .await;
    let kinds = async |text: &str| {
        let found = office.search(owner, text).await.unwrap();
        found.into_iter().map(|one| (one.kind, one.name)).collect::<Vec<_>>()
    };
    let account = |name: &str| (Kind::Account, name.to_owned());
    assert_eq!(
        kinds("alder FOODS").await,
        [account("Alder Foods"), account("Foods of Alder")]
    );
    assert!(kinds("techno integ").await.iter().any(|(kind, _)| *kind == Kind::Bet));
    assert_eq!(kinds("  ").await, []);
    let near = office.nearest(owner, "/bets/technology-integration").await.unwrap();
    assert_eq!(near[0].address, format!("/bets/{}", key()));
    assert_eq!(office.nearest(owner, "/no/such/thing").await.unwrap(), []);
}

#[tokio::test]
async fn an_address_of_any_place_leads_to_the_record_whose_name_or_key_is_nearest() {
    let program = Program::running().await;
    let Program { office, owner, .. } = &program;
    program
        .take("partners.csv", "partner_id,name,type\nP-1,People Oak,technology\n")
        .await;
    program
        .take(
            "accounts.csv",
            "account_id,name,employees\na1,Alder Foods,12\na2,Velplex,9\n",
        )
        .await;
    let by_hand = NewPartner {
        name: "Gatehouse Identity".into(),
        partner_type: "technology".into(),
        ..NewPartner::default()
    };
    office.add_partner(owner, &by_hand).await.unwrap();
    let named = NewNamed {
        bet: key(),
        account: "Cobalt Labs".into(),
        partner: String::new(),
        play: String::new(),
        owner: String::new(),
        next_step: "Call".into(),
        due: FIRST_DAY,
    };
    office.name_target(owner, &named).await.unwrap();
    let target = format!("/targets/{}/Cobalt%20Labs", key());
    let bet = format!("/bets/{}", key());
    for (wrong, right) in [
        ("/partners/peopleoak", "/partners/P-1"),
        ("/partners/P-2", "/partners/P-1"),
        ("/partner/gatehouse-identity", "/partners/gatehouse-identity"),
        ("/targets/cobalt-labs", &target),
        ("/targets/none/Cobalt%20Lab", &target),
        ("/bets/12-technology-integration", &bet),
        ("/accounts/velplex", "/evidence/tables/accounts?account_id=a2"),
    ] {
        let near = office.nearest(owner, wrong).await.unwrap();
        assert_eq!(
            near.first().map(|found| found.address.as_str()),
            Some(right),
            "{wrong}: {near:?}"
        );
    }
    let found = office.search(owner, "cobalt").await.unwrap();
    assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [Kind::Target]);
}

#[tokio::test]
async fn a_refusal_says_which_permission_was_missing() {
    let program = Program::new().await;
    let refusal = program.office.backups(&program.sponsor).await.unwrap_err();
    let holders: Vec<Role> = refusal.missing.unwrap().holders().collect();
    assert_eq!(holders, [Role::Owner]);
    assert!(
        program
            .office
            .backup(&Actor::command_line(), Path::new("/"))
            .await
            .unwrap_err()
            .missing
            .is_none()
    );
}
