//! Those who align to the strategy: functions that say seen or object, readers by a link, partners that ask.

use beachhead_office::intake::{Asked, MANY_COMPANIES};
use beachhead_office::ledger::Stance;
use beachhead_office::pitfalls::{CHOSEN_MOST, pitfalls};
use beachhead_office::reporting::one_page_of;
use beachhead_office::sharing::{ShareState, state_of};
use beachhead_office::strategy::{CellState, Segment};
use beachhead_office::written::CellChoice;
use beachhead_office::{Actor, Code, Role};
use jiff::civil::date;

use crate::program::{BET, FIRST_DAY, Program, add, on_postgres};

async fn head(program: &Program, name: &str, function: &str) -> Actor {
    let head = add(&program.office, &program.owner, name, Role::Viewer).await;
    let named = program
        .office
        .set_function_head(&program.owner, function, Some(&head.person))
        .await;
    named.unwrap();
    head
}

#[tokio::test]
async fn a_function_says_seen_or_objects_of_the_version_that_waits_and_it_stands_beside_the_signature() {
    voices(Program::drafted().await).await;
}

#[tokio::test]
async fn whoever_signs_reads_the_version_that_waits_whatever_became_of_the_draft() {
    let program = Program::drafted().await;
    let office = &program.office;
    let asked = office.ask_signature(&program.owner).await.unwrap();
    office.name_program(&program.owner, "Another name").await.unwrap();
    let read = office
        .standing_of_version(&program.sponsor, asked.number)
        .await
        .unwrap();
    let page = one_page_of(&read, None);
    assert_eq!(page.program, "Northwind Analytics");
    assert_eq!(
        page.sign_off.content_hash, asked.sha256,
        "what is read is what is signed"
    );
    let none = office.standing_of_version(&program.sponsor, 9).await.err().unwrap();
    assert_eq!(none.code, Code::NotFound);
}

#[tokio::test]
async fn functions_speak_on_postgres() {
    on_postgres("voices", |program| async move {
        program.draft().await;
        voices(program).await;
    })
    .await;
}

async fn voices(program: Program) {
    let office = &program.office;
    let sales = head(&program, "Mara Lind", "sales").await;
    let product = head(&program, "Aiko Tanaka", "product").await;
    let asked = office.ask_signature(&program.owner).await.unwrap();
    let (number, sha256) = (asked.number, asked.sha256.as_str());
    let cost = one_page_of(&program.standing().await, None).cost;
    assert!(cost.is_some(), "what it costs is read before it is signed");
    let say = |actor: &Actor, function: &'static str, stance, words: &'static str| {
        let actor = actor.clone();
        async move {
            office
                .acknowledge(&actor, function, number, sha256, stance, words)
                .await
        }
    };

    let other = say(&sales, "product", Stance::Seen, "").await.unwrap_err();
    assert_eq!(other.code, Code::NotAllowed);
    assert!(other.hint.contains("Aiko Tanaka"), "it says who speaks: {other}");
    let nobody = say(&sales, "marketing", Stance::Seen, "").await.unwrap_err();
    assert_eq!(nobody.code, Code::NotAllowed);
    assert_eq!(
        say(&product, "product", Stance::Objects, " ").await.unwrap_err().code,
        Code::BadInput,
        "an objection has words"
    );
    let machine = say(&Actor::command_line(), "marketing", Stance::Seen, "").await;
    assert_eq!(machine.unwrap_err().code, Code::NotAllowed);

    say(&sales, "sales", Stance::Seen, "").await.unwrap();
    say(&product, "product", Stance::Objects, "the API is not ready")
        .await
        .unwrap();
    office
        .sign(&program.sponsor, number, sha256, None)
        .await
        .expect("an objection does not stop a signature");
    let page = one_page_of(&program.standing().await, None);
    let lines: Vec<_> = page
        .sign_off
        .functions
        .iter()
        .map(|line| {
            let answer = line.answer.as_ref().expect("both answered");
            (line.function.as_str(), answer.objects, answer.words.as_str())
        })
        .collect();
    assert_eq!(
        lines,
        [("Sales", false, ""), ("Product", true, "the API is not ready")],
        "nobody speaks for marketing, so it is not on the sheet"
    );

    program.clock.to(date(2026, 4, 8));
    say(&product, "product", Stance::Seen, "the API is on its way")
        .await
        .unwrap();
    let standing = program.standing().await;
    let voices = standing.voices(number);
    let product = voices.iter().find(|voice| voice.function == "product").unwrap();
    assert_eq!(product.said.len(), 2, "what was said stays");
    assert_eq!(product.answer().unwrap().said.stance, Stance::Seen, "the last counts");
    let then = office.standing(&program.owner, Some(FIRST_DAY)).await.unwrap();
    let said = then
        .voices(number)
        .into_iter()
        .find(|voice| voice.function == "product");
    assert_eq!(
        said.unwrap().answer().unwrap().said.stance,
        Stance::Objects,
        "as it was known then"
    );
}

#[tokio::test]
async fn the_owner_names_further_functions_and_no_more_than_fit_on_the_sheet() {
    let program = Program::drafted().await;
    let (office, owner) = (&program.office, &program.owner);
    for at in 0..5 {
        office
            .set_function_head(owner, &format!("Function {at}"), None)
            .await
            .unwrap();
    }
    let ninth = office.set_function_head(owner, "legal", None).await.unwrap_err();
    assert_eq!(ninth.code, Code::Conflict);
    assert_eq!(
        office.remove_function(owner, "sales").await.unwrap_err().code,
        Code::Conflict
    );
    office.remove_function(owner, "function 4").await.unwrap();
    office.set_function_head(owner, "Legal", None).await.unwrap();
    let stranger = office
        .set_function_head(owner, "legal", Some("nobody"))
        .await
        .unwrap_err();
    assert_eq!(stranger.code, Code::BadInput);
    let names: Vec<String> = office
        .functions(owner)
        .await
        .unwrap()
        .into_iter()
        .map(|head| head.function)
        .collect();
    assert_eq!(names.len(), 8);
    assert!(names.contains(&"legal".to_owned()), "{names:?}");
}

#[tokio::test]
async fn a_link_shows_its_version_without_anything_to_follow_until_it_ends_or_is_taken_back() {
    let program = Program::running().await;
    let (office, owner) = (&program.office, &program.owner);
    assert_eq!(
        office.make_share(owner, None, 8).await.unwrap_err().code,
        Code::BadInput
    );
    assert_eq!(
        office.make_share(owner, Some(9), 7).await.unwrap_err().code,
        Code::Conflict
    );
    let exact = office.make_share(owner, Some(1), 7).await.unwrap();
    let newest = office.make_share(owner, None, 30).await.unwrap();
    assert!(
        !format!("{exact:?}").contains(exact.secret.expose()),
        "only its hash is kept"
    );

    office.name_program(owner, "Another name").await.unwrap();
    let draft_is_not_shown = office.shared(exact.secret.expose()).await.unwrap().unwrap();
    assert_eq!(draft_is_not_shown.page.program, "Northwind Analytics");
    assert_eq!(draft_is_not_shown.page.banner, None, "nothing of the draft");
    let page = format!("{:?}", draft_is_not_shown.page);
    assert!(!page.contains("href: Some"), "{page}");

    let asked = office.ask_signature(owner).await.unwrap();
    let waiting = office.make_share(owner, Some(asked.number), 7).await.unwrap();
    let waiting = office.shared(waiting.secret.expose()).await.unwrap().unwrap().page;
    assert_eq!(
        (waiting.program.as_str(), waiting.sign_off.signed),
        ("Another name", None)
    );
    assert_eq!(waiting.banner.as_deref(), Some("Nobody has signed version 2 yet."));
    office
        .sign(&program.sponsor, asked.number, &asked.sha256, None)
        .await
        .unwrap();
    let old = office.shared(exact.secret.expose()).await.unwrap().unwrap().page;
    assert_eq!(old.sign_off.version, 1);
    assert!(old.banner.unwrap().contains("version 2 is in force"));
    assert_eq!(
        office
            .shared(newest.secret.expose())
            .await
            .unwrap()
            .unwrap()
            .page
            .sign_off
            .version,
        2
    );

    for wrong in [
        "",
        "0",
        &"0".repeat(64),
        &newest.secret.expose()[1..],
        &newest.share.hash,
    ] {
        assert!(office.shared(wrong).await.unwrap().is_none(), "{wrong:?}");
    }
    program.clock.to(date(2026, 4, 14));
    assert!(
        office.shared(exact.secret.expose()).await.unwrap().is_none(),
        "its seven days are over"
    );
    office.revoke_share(owner, &newest.share.id).await.unwrap();
    assert!(office.shared(newest.secret.expose()).await.unwrap().is_none());
    assert_eq!(
        office.revoke_share(owner, &newest.share.id).await.unwrap_err().code,
        Code::Conflict
    );
    let now = office.surroundings().now();
    let listed: Vec<_> = office
        .shares(owner)
        .await
        .unwrap()
        .iter()
        .map(|share| (share.version, state_of(share, now), share.used_at.is_some()))
        .collect();
    assert!(listed.contains(&(Some(1), ShareState::Expired, true)), "{listed:?}");
    assert!(listed.contains(&(None, ShareState::Revoked, true)), "{listed:?}");
}

fn asked(company: &str, partner_type: &str) -> Asked {
    Asked {
        who: "Bo Berg".into(),
        company: company.into(),
        segment: "target accounts".into(),
        partner_type: partner_type.into(),
        on: None,
        words: "Will you work with us?".into(),
    }
}

#[tokio::test]
async fn whoever_asks_is_answered_from_what_was_signed_in_words_that_can_be_sent() {
    let program = Program::drafted().await;
    let (office, owner) = (&program.office, &program.owner);
    let early = office.record_ask(owner, asked("Bright", "reseller")).await.unwrap();
    assert_eq!((early.ask.state.as_str(), early.ask.version), ("undecided", None));
    assert!(
        early.ask.answer.contains("We have not decided yet"),
        "{}",
        early.ask.answer
    );

    let strategy = program.standing().await.draft.parsed.strategy.clone();
    program.sign().await.unwrap();
    let parked = strategy
        .cells
        .iter()
        .find(|cell| cell.state == CellState::Parked)
        .unwrap();
    let no = office
        .record_ask(owner, asked("Bright", &parked.partner_type))
        .await
        .unwrap();
    assert_eq!((no.ask.state.as_str(), no.ask.version), ("parked", Some(1)));
    let answer = &no.ask.answer;
    assert!(answer.starts_with("Hello Bo Berg,"), "{answer}");
    assert!(
        answer.contains(&parked.reason) && answer.contains(&parked.reopen_when),
        "{answer}"
    );
    assert!(answer.ends_with("Ines Marchetti\nNorthwind Analytics"), "{answer}");

    let bet = strategy.bet(BET).unwrap();
    let yes = office
        .record_ask(owner, asked("Anvil", &bet.partner_type))
        .await
        .unwrap();
    assert_eq!(yes.ask.state, "chosen");
    assert!(
        yes.ask.answer.contains("ines-marchetti@northwind.example"),
        "{}",
        yes.ask.answer
    );

    let choice = CellChoice {
        segment: "target accounts".into(),
        partner_type: parked.partner_type.clone(),
        state: CellState::Declined,
        reason: "A later reason".into(),
        would_reopen: "nothing".into(),
        beyond_limit: String::new(),
    };
    office.choose(owner, choice).await.unwrap();
    let still = office
        .record_ask(owner, asked("Cairn", &parked.partner_type))
        .await
        .unwrap();
    assert!(
        !still.ask.answer.contains("A later reason"),
        "the draft is nobody's answer"
    );
    assert_eq!(office.asks(owner, None).await.unwrap().0.len(), 4);
}

#[tokio::test]
async fn an_ask_that_says_too_little_is_refused_with_what_is_missing() {
    let program = Program::drafted().await;
    let (office, owner) = (&program.office, &program.owner);
    for (wrong, names) in [
        (
            Asked {
                who: " ".into(),
                ..asked("Bright", "reseller")
            },
            "name",
        ),
        (
            Asked {
                words: String::new(),
                ..asked("Bright", "reseller")
            },
            "what they ask",
        ),
        (asked("Bright", "no such type"), "cell"),
        (
            Asked {
                on: Some(date(2027, 1, 1)),
                ..asked("Bright", "reseller")
            },
            "day",
        ),
    ] {
        let refusal = office.record_ask(owner, wrong).await.unwrap_err();
        assert_eq!(refusal.code, Code::BadInput);
        assert!(refusal.message.contains(names), "{refusal}");
    }
    assert_eq!(office.asks(owner, None).await.unwrap().0.len(), 0);
}

#[tokio::test]
async fn many_companies_told_no_for_one_cell_are_a_signal() {
    let program = Program::drafted().await;
    program.sign().await.unwrap();
    let (office, owner) = (&program.office, &program.owner);
    let strategy = program.standing().await.draft.parsed.strategy.clone();
    let parked = strategy
        .cells
        .iter()
        .find(|cell| cell.state == CellState::Parked)
        .unwrap();
    let (segment, partner_type) = (parked.segment.as_str(), parked.partner_type.as_str());
    for company in ["Bright", "bright", "Anvil"] {
        office.record_ask(owner, asked(company, partner_type)).await.unwrap();
    }
    let asks = office.asks(owner, None).await.unwrap();
    assert_eq!(
        (asks.count(segment, partner_type), asks.told_no(segment, partner_type)),
        (3, 2)
    );
    assert!(
        !asks.is_signal(segment, partner_type),
        "one company asking twice is one company"
    );
    office.record_ask(owner, asked("Cairn", partner_type)).await.unwrap();
    let asks = office.asks(owner, None).await.unwrap();
    assert_eq!(asks.told_no(segment, partner_type), MANY_COMPANIES);
    assert!(asks.is_signal(segment, partner_type));
    let earlier = office.asks(owner, Some(date(2026, 4, 5))).await.unwrap();
    assert_eq!(earlier.0.len(), 0, "as of the day before");
}

#[tokio::test]
async fn a_fourth_cell_and_a_ninth_segment_say_why() {
    let program = Program::drafted().await;
    let (office, owner) = (&program.office, &program.owner);
    let types: Vec<String> = ["technology", "reseller", "agency", "events", "community"]
        .map(String::from)
        .to_vec();
    let segment = |at: usize| Segment {
        name: format!("segment {at}"),
        rule: format!("employees > {at}"),
    };
    let eight = || (0..8).map(segment).collect::<Vec<_>>();
    office
        .save_arena(owner, eight(), types.clone(), "", None)
        .await
        .unwrap();
    let nine = || (0..9).map(segment).collect::<Vec<_>>();
    let refusal = office
        .save_arena(owner, nine(), types.clone(), " ", None)
        .await
        .unwrap_err();
    assert_eq!(refusal.code, Code::BadInput);
    assert_eq!(
        office
            .save_segment(owner, None, segment(9), None)
            .await
            .unwrap_err()
            .code,
        Code::BadInput
    );
    office
        .save_arena(owner, nine(), types, "two brands under one roof", None)
        .await
        .unwrap();
    let kept = office.decisions_on(owner, "arena").await.unwrap();
    assert_eq!(kept[0].decision.reason, "two brands under one roof");

    let choose = |at: usize, beyond: &str| CellChoice {
        segment: format!("segment {at}"),
        partner_type: "technology".into(),
        state: CellState::Chosen,
        reason: "They sit where we want to be".into(),
        would_reopen: String::new(),
        beyond_limit: beyond.into(),
    };
    let chosen = program
        .standing()
        .await
        .draft
        .parsed
        .strategy
        .cells
        .iter()
        .filter(|cell| cell.state == CellState::Chosen)
        .count();
    for at in chosen..CHOSEN_MOST {
        office.choose(owner, choose(at, "")).await.unwrap();
    }
    let fourth = office.choose(owner, choose(7, "")).await.unwrap_err();
    assert_eq!(fourth.code, Code::BadInput);
    office
        .choose(owner, choose(7, "the board asked for both"))
        .await
        .unwrap();
    let kept = office.decisions_on(owner, "segment 7 × technology").await.unwrap();
    assert_eq!(
        kept[0].decision.reason,
        "They sit where we want to be. Beyond 3 cells, because: the board asked for both"
    );
    let found = pitfalls(&program.standing().await);
    assert_eq!(found[1].found.as_deref(), Some("4 cells are chosen"));
}
