//! A second factor from its first code to the day on which the phone is lost; everybody needs one; a forgotten password.

use beachhead_office::auditing::AuditAsked;
use beachhead_office::inviting::Invited;
use beachhead_office::second_factor::{Admitted, OwnFactor, RECOVERY_CODES, code_at};
use beachhead_office::{Actor, Code, Office, Role};

use crate::program::{Program, add, entered, on_postgres};

const PASSWORD: &str = "teal ferry under oak";
const OTHER: &str = "amber kiln by noon";
const INES: &str = "ines-marchetti@northwind.example";
const DANA: &str = "dana-whitfield@northwind.example";

/// What an app shows now.
fn shown(office: &Office, secret: &str) -> String {
    code_at(secret, office.surroundings().now()).unwrap()
}

/// Sets a second factor up, and gives its secret and the recovery codes.
async fn set_up(office: &Office, actor: &Actor) -> (String, Vec<String>) {
    office.offer_second_factor(actor, PASSWORD).await.unwrap();
    let OwnFactor::Offered(offer) = office.own_second_factor(actor).await.unwrap() else {
        panic!("it is offered");
    };
    let secret = offer.secret.expose().to_owned();
    assert!(offer.link.expose().contains(&secret));
    let codes = office
        .confirm_second_factor(actor, &shown(office, &secret), None)
        .await
        .unwrap();
    (secret, codes)
}

/// A sign-in that waits for a code.
async fn waiting(office: &Office, email: &str) -> String {
    match office.sign_in(email, PASSWORD).await.unwrap() {
        Admitted::CodeFirst(secret) => secret.expose().to_owned(),
        other => panic!("a code comes first, not {other:?}"),
    }
}

async fn a_life_with_it(program: &Program) {
    let Program {
        office, owner, clock, ..
    } = program;
    let before = entered(office, INES, PASSWORD).await;
    let wrong = office.offer_second_factor(owner, "not it at all").await;
    assert_eq!(wrong.unwrap_err().code, Code::BadInput, "it takes the password");
    let nothing = office.confirm_second_factor(owner, "000000", None).await;
    assert_eq!(nothing.unwrap_err().code, Code::Conflict, "nothing is offered yet");
    let (secret, codes) = set_up(office, owner).await;
    assert_eq!(codes.len(), RECOVERY_CODES);
    assert!(office.session(&before).await.unwrap().is_none(), "other sessions end");

    let first = waiting(office, INES).await;
    assert!(office.session(&first).await.unwrap().is_none(), "it is no session");
    let used = office.enter_code(&first, &shown(office, &secret)).await;
    assert_eq!(
        used.unwrap_err().code,
        Code::BadInput,
        "the code that switched it on is used"
    );
    clock.minutes(1);
    let code = shown(office, &secret);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    let session = office.enter_code(&first, &spaced).await.unwrap();
    assert_eq!(office.session(&session).await.unwrap().unwrap().actor.role, Role::Owner);
    let again = office.enter_code(&first, &code).await;
    assert_eq!(again.unwrap_err().code, Code::SignInFirst, "a sign-in is finished once");

    let second = waiting(office, INES).await;
    let recovered = office.enter_code(&second, &codes[3].to_uppercase()).await.unwrap();
    assert!(office.session(&recovered).await.unwrap().is_some());
    let third = waiting(office, INES).await;
    let used = office.enter_code(&third, &codes[3]).await;
    assert_eq!(used.unwrap_err().code, Code::BadInput, "a recovery code works once");
    let OwnFactor::InForce { recovery_codes, .. } = office.own_second_factor(owner).await.unwrap() else {
        panic!("it is in force");
    };
    assert_eq!(recovery_codes, 9);
    let fresh = office.new_recovery_codes(owner, PASSWORD).await.unwrap();
    let old = office.enter_code(&third, &codes[4]).await;
    assert_eq!(old.unwrap_err().code, Code::BadInput, "the old ones are void");
    office.enter_code(&third, &fresh[0]).await.unwrap();

    let late = waiting(office, INES).await;
    clock.minutes(16);
    let late = office.enter_code(&late, &shown(office, &secret)).await;
    assert_eq!(
        late.unwrap_err().code,
        Code::SignInFirst,
        "it waits for a quarter of an hour"
    );
    let wrong = office.switch_off_second_factor(owner, "not it at all", None).await;
    assert_eq!(wrong.unwrap_err().code, Code::BadInput);
    office.switch_off_second_factor(owner, PASSWORD, None).await.unwrap();
    entered(office, INES, PASSWORD).await;
    nothing_secret_in_the_log(program, &secret, &codes).await;
}

async fn nothing_secret_in_the_log(program: &Program, secret: &str, codes: &[String]) {
    let log = program
        .office
        .audit(&program.owner, &AuditAsked::default())
        .await
        .unwrap();
    for verb in [
        "set up second factor",
        "switch off second factor",
        "renew recovery codes",
    ] {
        assert!(log.rows.iter().any(|row| row.verb == verb), "{verb}");
    }
    for row in &log.rows {
        let row = format!("{row:?}");
        assert!(
            !row.contains(secret) && codes.iter().all(|code| !row.contains(code)),
            "{row}"
        );
    }
}

#[tokio::test]
async fn a_code_is_asked_at_sign_in_and_each_code_works_once() {
    a_life_with_it(&Program::new().await).await;
    on_postgres("second_factor", |program| async move { a_life_with_it(&program).await }).await;
}

#[tokio::test]
async fn of_fifty_sign_ins_with_one_code_one_gets_in() {
    let program = Program::new().await;
    let Program { office, owner, .. } = &program;
    let (secret, codes) = set_up(office, owner).await;
    program.clock.minutes(1);
    let code = shown(office, &secret);
    for typed in [code, codes[0].clone()] {
        let mut tries = Vec::new();
        for _ in 0..50 {
            let (office, waiting, typed) = (office.clone(), waiting(office, INES).await, typed.clone());
            tries.push(tokio::spawn(async move { office.enter_code(&waiting, &typed).await }));
        }
        let mut entered = 0;
        for tried in tries {
            entered += usize::from(tried.await.unwrap().is_ok());
        }
        assert_eq!(entered, 1, "{typed}");
        program.clock.minutes(16);
    }
}

#[tokio::test]
async fn guessing_a_code_has_to_wait() {
    let program = Program::new().await;
    let Program { office, owner, .. } = &program;
    let (secret, codes) = set_up(office, owner).await;
    program.clock.minutes(1);
    let sign_in = waiting(office, INES).await;
    for _ in 0..10 {
        let wrong = office.enter_code(&sign_in, "aaaa-aaaa-aaaa-aaaa").await;
        assert_eq!(wrong.unwrap_err().code, Code::BadInput);
    }
    for typed in [shown(office, &secret), codes[0].clone()] {
        let waits = office.enter_code(&sign_in, &typed).await;
        assert_eq!(waits.unwrap_err().code, Code::TooMany, "the right one waits too");
    }
    program.clock.minutes(16);
    let sign_in = waiting(office, INES).await;
    office.enter_code(&sign_in, &shown(office, &secret)).await.unwrap();
}

#[tokio::test]
async fn an_owner_takes_a_lost_one_off() {
    let program = Program::new().await;
    let Program {
        office, owner, sponsor, ..
    } = &program;
    set_up(office, sponsor).await;
    let having = office.second_factors(owner).await.unwrap();
    assert_eq!(having.keys().collect::<Vec<_>>(), [&sponsor.person]);
    let sign_in = waiting(office, DANA).await;
    office.take_off_second_factor(owner, &sponsor.person).await.unwrap();
    let over = office.enter_code(&sign_in, "123456").await;
    assert_eq!(over.unwrap_err().code, Code::SignInFirst, "what waited ends");
    entered(office, DANA, PASSWORD).await;
    set_up(office, owner).await;
    let own = office.take_off_second_factor(owner, &owner.person).await;
    assert_eq!(own.unwrap_err().code, Code::Conflict, "one's own takes the password");
    let machine = Actor::command_line();
    office.take_off_second_factor(&machine, &owner.person).await.unwrap();
    entered(office, INES, PASSWORD).await;
}

async fn demanded(program: &Program) {
    let Program { office, owner, .. } = program;
    let dana = entered(office, DANA, PASSWORD).await;
    let none = office.demand_second_factor(owner, true).await;
    assert_eq!(none.unwrap_err().code, Code::Conflict, "who demands one has one");
    let (secret, _) = set_up(office, owner).await;
    assert_eq!(office.demand_second_factor(owner, true).await.unwrap(), 1);
    assert!(office.session(&dana).await.unwrap().is_none());
    program.clock.minutes(1);
    let ines = waiting(office, INES).await;
    office.enter_code(&ines, &shown(office, &secret)).await.unwrap();
    let kept = office.switch_off_second_factor(owner, PASSWORD, None).await;
    assert_eq!(kept.unwrap_err().code, Code::Conflict);

    let Admitted::SetUpFirst(dana) = office.sign_in(DANA, PASSWORD).await.unwrap() else {
        panic!("it is set up first");
    };
    let dana = dana.expose();
    let by_code = office.enter_code(dana, "123456").await;
    assert_eq!(
        by_code.unwrap_err().code,
        Code::SignInFirst,
        "there is none to give a code of"
    );
    let offer = office.waiting_sign_in(dana).await.unwrap().offer.unwrap();
    let wrong = office.set_up_and_enter(dana, "000000").await;
    assert_eq!(wrong.unwrap_err().code, Code::BadInput);
    let code = shown(office, offer.secret.expose());
    let (session, codes) = office.set_up_and_enter(dana, &code).await.unwrap();
    assert_eq!(codes.len(), RECOVERY_CODES);
    assert!(office.session(&session).await.unwrap().is_some());

    let tom = Invited {
        name: "Tom Okafor".into(),
        email: "tom@northwind.example".into(),
        role: Role::Viewer,
    };
    let invite = office.invite(owner, &tom).await.unwrap();
    let joined = office.join(&invite.token, "Tom", PASSWORD.into()).await.unwrap();
    assert!(matches!(joined, Admitted::SetUpFirst(_)), "{joined:?}");
    office.demand_second_factor(owner, false).await.unwrap();
    entered(office, "tom@northwind.example", PASSWORD).await;
}

#[tokio::test]
async fn where_everybody_needs_one_nobody_is_in_without() {
    demanded(&Program::new().await).await;
    on_postgres("demanded", |program| async move { demanded(&program).await }).await;
}

#[tokio::test]
async fn a_reset_link_sets_a_password_once_within_a_day() {
    let program = Program::new().await;
    let Program {
        office,
        owner,
        sponsor,
        clock,
        ..
    } = &program;
    let session = entered(office, DANA, PASSWORD).await;
    let void = office.make_reset_link(owner, &sponsor.person).await.unwrap().token;
    let link = office.make_reset_link(owner, &sponsor.person).await.unwrap().token;
    assert_eq!(office.reset_by(&void).await.unwrap_err().code, Code::NotFound);
    assert_eq!(office.reset_by(&link).await.unwrap().name, "Dana Whitfield");
    assert!(
        office.session(&session).await.unwrap().is_some(),
        "nothing ends before it is used"
    );
    let plain = office.reset_password(&link, "password1234".into()).await;
    assert_eq!(plain.unwrap_err().code, Code::BadInput);
    office.reset_password(&link, OTHER.into()).await.unwrap();
    assert!(office.session(&session).await.unwrap().is_none());
    assert_eq!(office.sign_in(DANA, PASSWORD).await.unwrap_err().code, Code::BadInput);
    entered(office, DANA, OTHER).await;
    let again = office.reset_password(&link, PASSWORD.into()).await;
    assert_eq!(again.unwrap_err().code, Code::NotFound, "a link works once");

    let machine = Actor::command_line();
    let late = office.make_reset_link(&machine, &owner.person).await.unwrap().token;
    clock.minutes(24 * 60);
    assert_eq!(
        office.reset_by(&late).await.unwrap_err().code,
        Code::NotFound,
        "for a day"
    );
    let holds = office.make_reset_link(&machine, &owner.person).await.unwrap().token;
    for nth in 0..12 {
        let refused = office.reset_by(&format!("guess {nth}")).await.unwrap_err().code;
        let expected = if nth < 9 { Code::NotFound } else { Code::TooMany };
        assert_eq!(refused, expected, "{nth}");
    }
    office.reset_password(&holds, OTHER.into()).await.unwrap();
    entered(office, INES, OTHER).await;
}

#[tokio::test]
async fn of_fifty_uses_of_a_reset_link_one_wins_and_a_second_factor_stays() {
    let program = Program::new().await;
    let Program {
        office, owner, sponsor, ..
    } = &program;
    set_up(office, sponsor).await;
    let link = office.make_reset_link(owner, &sponsor.person).await.unwrap().token;
    let tries = (0..50).map(|nth| {
        let (office, link) = (office.clone(), link.clone());
        tokio::spawn(async move { office.reset_password(&link, format!("{OTHER} {nth}")).await })
    });
    let mut won = Vec::new();
    for (nth, tried) in tries.collect::<Vec<_>>().into_iter().enumerate() {
        if tried.await.unwrap().is_ok() {
            won.push(nth);
        }
    }
    let [nth] = won.as_slice() else {
        panic!("exactly one wins: {won:?}");
    };
    let admitted = office.sign_in(DANA, &format!("{OTHER} {nth}")).await.unwrap();
    assert!(matches!(admitted, Admitted::CodeFirst(_)), "{admitted:?}");
}

#[tokio::test]
async fn nobody_whose_access_ended_gets_a_link_or_waits_on() {
    let program = Program::new().await;
    let Program { office, owner, .. } = &program;
    let tom = add(office, owner, "Tom Okafor", Role::Viewer).await;
    set_up(office, &tom).await;
    let sign_in = waiting(office, "tom-okafor@northwind.example").await;
    let link = office.make_reset_link(owner, &tom.person).await.unwrap().token;
    office.end_access(owner, &tom.person).await.unwrap();
    assert_eq!(office.reset_by(&link).await.unwrap_err().code, Code::NotFound);
    assert_eq!(
        office.waiting_sign_in(&sign_in).await.unwrap_err().code,
        Code::SignInFirst
    );
    let none = office.make_reset_link(owner, &tom.person).await.err().unwrap();
    assert_eq!(none.code, Code::Conflict);
    let stranger = office.make_reset_link(owner, "nobody").await.err().unwrap();
    assert_eq!(stranger.code, Code::NotFound);
}
