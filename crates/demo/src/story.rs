//! The story, told through the verbs: import, choose, ask, sign, start, import again, review, sign again.

use std::path::Path;

use beachhead_office::aligning::FUNCTIONS;
use beachhead_office::commitments::{Became, Promise};
use beachhead_office::importing::{ImportAnswers, ImportFile};
use beachhead_office::intake::Asked;
use beachhead_office::inviting::Invited;
use beachhead_office::ledger::{Effect, Stance};
use beachhead_office::people::NewPerson;
use beachhead_office::reviewing::{Closing, Deciding};
use beachhead_office::second_factor::{OwnFactor, code_at};
use beachhead_office::strategy::review::Choice;
use beachhead_office::strategy::{CellState, Strategy, Verdict};
use beachhead_office::written::CellChoice;
use beachhead_office::{Actor, Entropy, Office, Refusal, Role, Surroundings};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::calendar::Calendar;
use crate::running;
use crate::truth::{
    BET_DAY, CHOICE_DAY, FIRST_BET, FIRST_QUARTER_END, LAST_DAY, SECOND_BET, SEED, STEPS, TODAY, Truth,
};
use crate::weekly::HalfHour;
use crate::world::World;

/// The strategy as the leader writes it; the figures that come from the facts are filled in from them.
const WRITTEN: &str = include_str!("northwind.toml");
/// The mark of a folder that is a worked example, and may be made anew.
const MARK: &str = "this-is-the-worked-example.txt";
/// The words on every page.
const BANNER: &str =
    "The worked example: synthetic facts of a made-up company. Its calendar stands still at 9 Nov 2026.";

/// The people of the story: name, address, role.
const PEOPLE: [(&str, &str, Role); 7] = [
    ("Ines Marchetti", "ines@northwind.example", Role::Owner),
    ("Dana Whitfield", "dana@northwind.example", Role::Sponsor),
    ("Tom Okafor", "tom@northwind.example", Role::PartnerManager),
    ("Priya Nair", "priya@northwind.example", Role::Data),
    ("Mara Lindqvist", "mara@northwind.example", Role::Viewer),
    ("Jonas Weber", "jonas@northwind.example", Role::Viewer),
    ("Aiko Tanaka", "aiko@northwind.example", Role::Viewer),
];

/// What partners asked: the day, who, their company, the segment and partner type, and their words.
const ASKS: [(Date, &str, &str, &str, &str, &str); 6] = [
    (
        date(2026, 5, 19),
        "Rob Tanner",
        "Cairn Resale",
        "mid-market",
        "reseller",
        "Will you list us as a reseller for the north?",
    ),
    (
        date(2026, 6, 3),
        "Ellen Voss",
        "Two Rivers Channel",
        "mid-market",
        "reseller",
        "We resell to 200 firms of your size. Can we talk about margins?",
    ),
    (
        date(2026, 7, 14),
        "Sam Adeyemi",
        "PeopleOak",
        "enterprise",
        "technology",
        "Our enterprise team would like to plan accounts with yours",
    ),
    (
        date(2026, 8, 20),
        "Nadia Petrov",
        "Fern & Field",
        "mid-market",
        "reseller",
        "We would carry you in our catalogue from October",
    ),
    (
        date(2026, 9, 8),
        "Luc Moreau",
        "Atelier Nord",
        "mid-market",
        "agency",
        "Two of our clients look for what you do; is there a referral fee?",
    ),
    (
        date(2026, 10, 21),
        "Ines Duarte",
        "Keystone Advisory",
        "enterprise",
        "agency",
        "Do you work with advisers of large companies?",
    ),
];

/// The decisions about cells: segment, partner type, reason, what would reopen it. The first is the one chosen.
const CHOICES: [(&str, &str, CellState, &str, &str); 6] = [
    (
        "enterprise",
        "technology",
        CellState::Chosen,
        "HRIS vendors already sit in the enterprise accounts we want, and deals with their integration close sooner",
        "",
    ),
    (
        "mid-market",
        "reseller",
        CellState::Parked,
        "A quarter of the team's hours, and its deals win no more often than our own",
        "the co-sell bet passes its gate, or a reseller brings a named list of 30 accounts",
    ),
    (
        "mid-market",
        "agency",
        CellState::Parked,
        "Good referrals, but small deals that do not move the enterprise number",
        "an agency commits to five enterprise introductions in a quarter",
    ),
    (
        "small",
        "marketplace",
        CellState::Parked,
        "Enterprise buyers do not start there, and the listing needs an engineer we do not have",
        "a target account asks to pay through a marketplace",
    ),
    (
        "enterprise",
        "events",
        CellState::Parked,
        "Two events a quarter open conversations that nobody has the hours to follow",
        "a partner pays for the stand and brings the meetings",
    ),
    (
        "small",
        "community",
        CellState::Parked,
        "Loved by users and slow to reach a buyer; nothing in the pipeline can be traced to it above 200 employees",
        "three enterprise champions in the community ask for a program",
    ),
];

/// When the first tasks of the first bet's launch were done; what came after them was not.
const LAUNCHED: [Date; 7] = [
    date(2026, 5, 8),
    date(2026, 5, 13),
    date(2026, 5, 15),
    date(2026, 5, 22),
    date(2026, 5, 29),
    date(2026, 6, 5),
    date(2026, 6, 11),
];
/// The Mondays of the autumn on which the list of targets is worked: the first and the last.
const HALF_HOURS: (Date, Date) = (date(2026, 8, 10), date(2026, 10, 26));
/// Five weeks after the first bet began: early enough to see whether it moves.
const WEEK_FIVE: Date = date(2026, 6, 10);
/// The ends of the months between the reviews: what the CRM holds then is imported on the next Monday.
const MONTH_ENDS: [Date; 2] = [date(2026, 8, 31), date(2026, 9, 30)];

struct Cast {
    leader: Actor,
    sponsor: Actor,
    manager: Actor,
    data: Actor,
    /// Who speaks for sales, for marketing and for product.
    heads: [Actor; 3],
}

/// Makes the worked example in a folder, anew each time.
///
/// # Errors
/// When the folder holds something else, or cannot be written; and when the story cannot be told through the verbs, which
/// would be our fault.
pub async fn make(folder: &Path, entropy: fn() -> Box<dyn Entropy>) -> Result<(), Refusal> {
    clear(folder)?;
    let calendar = Calendar::at(CHOICE_DAY);
    let surroundings = Surroundings {
        clock: Box::new(calendar.clone()),
        entropy: entropy(),
    };
    let office = Office::open(folder, None, surroundings).await?;
    let cast = people(&office).await?;
    let world = World::draw(SEED);
    write_truth(folder)?;
    choose(&office, &calendar, &cast, &world, folder).await?;
    first_quarter(&office, &calendar, &cast, &world, folder).await?;
    second_quarter(&office, &calendar, &cast, &world, folder).await
}

/// Opens the worked example that [`make`] left in a folder, on its last day.
///
/// # Errors
///
/// Where the folder cannot be opened.
pub async fn open(folder: &Path, entropy: fn() -> Box<dyn Entropy>) -> Result<Office, Refusal> {
    let surroundings = Surroundings {
        clock: Box::new(Calendar::still_at(TODAY)),
        entropy: entropy(),
    };
    Office::open(folder, None, surroundings).await
}

/// Empties the folder if it is a worked example of before; refuses any other that holds something.
fn clear(folder: &Path) -> Result<(), Refusal> {
    let failed = |error: std::io::Error| {
        Refusal::bad_input(
            format!("{}: {error}", folder.display()),
            "Choose another folder with --folder.",
        )
    };
    let holds_something = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if holds_something && !folder.join(MARK).exists() {
        return Err(Refusal::bad_input(
            format!("{} holds something that is not the worked example", folder.display()),
            "Nothing was touched. Choose another folder with --folder.",
        ));
    }
    if holds_something {
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    std::fs::write(
        folder.join(MARK),
        "Made by `beachhead demo`, and made anew by it. Delete this folder as you like.\n",
    )
    .map_err(failed)
}

fn write_truth(folder: &Path) -> Result<(), Refusal> {
    let text = beachhead_office::to_toml(&Truth::whole())?;
    std::fs::write(folder.join("truth.toml"), text).map_err(|error| Refusal::internal(error.to_string()))
}

async fn people(office: &Office) -> Result<Cast, Refusal> {
    let machine = Actor::command_line();
    office.mark_demo(&machine, BANNER).await?;
    let mut actors = Vec::new();
    for (name, email, role) in PEOPLE {
        // Nobody signs in to the worked example: each password is as random as a secret, and forgotten.
        let password = office.surroundings().secret();
        let person = NewPerson {
            name: name.into(),
            email: email.into(),
            password: password.clone(),
        };
        let person = office.add_person(&machine, person, role).await?;
        let actor = Actor {
            person: person.id,
            name: person.name,
            role,
        };
        if matches!(role, Role::Owner | Role::Sponsor) {
            second_factor(office, &actor, &password).await?;
        }
        actors.push(actor);
    }
    let Ok([leader, sponsor, manager, data, sales, marketing, product]) = <[Actor; 7]>::try_from(actors) else {
        return Err(Refusal::internal("The cast of the worked example is not complete"));
    };
    let heads = [sales, marketing, product];
    for (function, head) in FUNCTIONS.into_iter().zip(&heads) {
        office.set_function_head(&leader, function, Some(&head.person)).await?;
    }
    Ok(Cast {
        leader,
        sponsor,
        manager,
        data,
        heads,
    })
}

/// Who writes and who signs has a second factor, of an app that nobody holds.
async fn second_factor(office: &Office, actor: &Actor, password: &str) -> Result<(), Refusal> {
    office.offer_second_factor(actor, password).await?;
    if let OwnFactor::Offered(offer) = office.own_second_factor(actor).await? {
        let code = code_at(offer.secret.expose(), office.surroundings().now()).unwrap_or_default();
        office.confirm_second_factor(actor, &code, None).await?;
    }
    Ok(())
}

/// Exports of a day, imported by whoever feeds the product.
async fn import(office: &Office, cast: &Cast, world: &World, day: Date, folder: &Path) -> Result<(), Refusal> {
    let exports = folder.join(format!("exports-{day}"));
    let failed = |error: std::io::Error| Refusal::internal(format!("{}: {error}", exports.display()));
    std::fs::create_dir_all(&exports).map_err(failed)?;
    let mut files = Vec::new();
    for export in world.exports(day) {
        let path = exports.join(export.name);
        std::fs::write(&path, export.csv).map_err(failed)?;
        files.push(ImportFile::at(&path));
    }
    let imported = office
        .import(&cast.data, files, &ImportAnswers::default(), false)
        .await?;
    imported.refusal.map_or(Ok(()), Err)
}

/// April: six initiatives, four quarters of facts; one cell chosen, five parked; signed and started.
async fn choose(
    office: &Office,
    calendar: &Calendar,
    cast: &Cast,
    world: &World,
    folder: &Path,
) -> Result<(), Refusal> {
    office.import_strategy(&cast.leader, WRITTEN, None).await?;
    import(office, cast, world, CHOICE_DAY, folder).await?;
    calendar.turn_to(date(2026, 5, 4));
    for (segment, partner_type, state, reason, would_reopen) in CHOICES {
        let choice = CellChoice {
            segment: segment.into(),
            partner_type: partner_type.into(),
            state,
            reason: reason.into(),
            would_reopen: would_reopen.into(),
            beyond_limit: String::new(),
        };
        office.choose(&cast.leader, choice).await?;
    }
    set_outcome(office, cast).await?;
    sign(office, cast).await?;
    let promised = "We go along; the account executives hear of it on Monday";
    say(office, cast, 0, Stance::Seen, promised).await?;
    say(office, cast, 1, Stance::Seen, "").await?;
    say(office, cast, 2, Stance::Seen, "").await?;
    calendar.turn_to(BET_DAY);
    office.start_bet(&cast.leader, &key(FIRST_BET)).await?;
    Ok(())
}

/// The baseline is what the facts say of the four quarters before; the target doubles it, in round numbers.
async fn set_outcome(office: &Office, cast: &Cast) -> Result<(), Refusal> {
    let year_before = |strategy: &mut Strategy| {
        strategy.outcome.from = Some(crate::truth::FIRST_DAY);
        strategy.outcome.by = Some(CHOICE_DAY);
        Ok(())
    };
    let written = office.written(&cast.leader).await?;
    let (from, by) = (written.parsed.strategy.outcome.from, written.parsed.strategy.outcome.by);
    office.edit(&cast.leader, "look back", None, year_before).await?;
    let standing = office.standing(&cast.leader, None).await?;
    let before = standing.outcome_now().map_or(0.0, |now| now.value);
    let round = |value: f64| (value / 50_000.0).round() * 50_000.0;
    let set = move |strategy: &mut Strategy| {
        strategy.outcome.from = from;
        strategy.outcome.by = by;
        strategy.outcome.baseline = Some(before);
        strategy.outcome.target = Some(round(before * 2.0));
        Ok(())
    };
    office.edit(&cast.leader, "set outcome", None, set).await?;
    Ok(())
}

/// What a function says of the newest version.
async fn say(office: &Office, cast: &Cast, function: usize, stance: Stance, words: &str) -> Result<(), Refusal> {
    let versions = office.versions(&cast.leader).await?;
    let newest = versions.first();
    let version = newest.ok_or_else(|| Refusal::internal("There is no version to speak of"))?;
    let (name, head) = (FUNCTIONS[function], &cast.heads[function]);
    office
        .acknowledge(head, name, version.number, &version.sha256, stance, words)
        .await?;
    Ok(())
}

/// Records what partners asked in some days, each on its day.
async fn asks(office: &Office, calendar: &Calendar, cast: &Cast, from: Date, to: Date) -> Result<(), Refusal> {
    for (on, who, company, segment, partner_type, words) in ASKS {
        if on < from || on > to {
            continue;
        }
        calendar.turn_to(on);
        let asked = Asked {
            who: who.into(),
            company: company.into(),
            segment: segment.into(),
            partner_type: partner_type.into(),
            on: None,
            words: words.into(),
        };
        office.record_ask(&cast.manager, asked).await?;
    }
    Ok(())
}

async fn sign(office: &Office, cast: &Cast) -> Result<(), Refusal> {
    let asked = office.ask_signature(&cast.leader).await?;
    office.sign(&cast.sponsor, asked.number, &asked.sha256, None).await?;
    Ok(())
}

/// May to July: the first import on the running bet; the review continues it.
async fn first_quarter(
    office: &Office,
    calendar: &Calendar,
    cast: &Cast,
    world: &World,
    folder: &Path,
) -> Result<(), Refusal> {
    let bet = key(FIRST_BET);
    calendar.turn_to(date(2026, 5, 18));
    running::launched(office, &cast.manager, &bet, 0, &LAUNCHED[..3]).await?;
    asks(office, calendar, cast, CHOICE_DAY, date(2026, 6, 11)).await?;
    calendar.turn_to(date(2026, 6, 12));
    running::launched(office, &cast.manager, &bet, 3, &LAUNCHED[3..]).await?;
    import(office, cast, world, WEEK_FIVE, folder).await?;
    let words = "The security review was skipped at Cobalt Labs because the integration is listed";
    office
        .add_note(
            &cast.manager,
            &bet,
            date(2026, 6, 11),
            words,
            Effect::For,
            Some("Call with PeopleOak".into()),
        )
        .await?;
    asks(office, calendar, cast, date(2026, 6, 13), FIRST_QUARTER_END).await?;
    calendar.turn_to(date(2026, 8, 3));
    import(office, cast, world, FIRST_QUARTER_END, folder).await?;
    running::say(office, &cast.manager, CHOICE_DAY, FIRST_QUARTER_END).await?;
    let words = "Two account executives asked for a spiff before they would introduce us";
    office
        .add_note(
            &cast.manager,
            &key(FIRST_BET),
            date(2026, 7, 28),
            words,
            Effect::Against,
            Some("Partner call".into()),
        )
        .await?;
    let reason = "Introductions come as hoped and meetings follow; the opportunities are too young to tell";
    let meeting = Meeting {
        choice: Choice::Continue,
        reason,
        promises: [
            (
                "A named buyer at each of the ten largest targets",
                "Tom Okafor",
                date(2026, 9, 18),
            ),
            (
                "A prototype of the identity integration with one vendor",
                "Ines Marchetti",
                date(2026, 10, 30),
            ),
        ],
        ask: "",
        next_review: date(2026, 11, 4),
    };
    review(office, cast, &meeting).await
}

/// The Mondays of the autumn: what partners asked since, the import of a month, and the half hour with the targets.
async fn autumn(
    office: &Office,
    calendar: &Calendar,
    cast: &Cast,
    world: &World,
    folder: &Path,
) -> Result<(), Refusal> {
    let bet = key(FIRST_BET);
    let half_hour = HalfHour {
        office,
        manager: &cast.manager,
        bet: &bet,
        world,
    };
    let mut told = FIRST_QUARTER_END;
    let (first, last) = HALF_HOURS;
    for monday in first.series(1.week()).take_while(|monday| *monday <= last) {
        asks(office, calendar, cast, told.saturating_add(1.day()), monday).await?;
        calendar.turn_to(monday);
        for month_end in MONTH_ENDS.into_iter().filter(|end| *end > told && *end <= monday) {
            import(office, cast, world, month_end, folder).await?;
        }
        half_hour.autumn(monday).await?;
        told = monday;
    }
    Ok(())
}

/// August to October: the gate's date; the review scales the bet and unlocks the second, which is signed and started.
async fn second_quarter(
    office: &Office,
    calendar: &Calendar,
    cast: &Cast,
    world: &World,
    folder: &Path,
) -> Result<(), Refusal> {
    autumn(office, calendar, cast, world, folder).await?;
    calendar.turn_to(date(2026, 11, 2));
    import(office, cast, world, LAST_DAY, folder).await?;
    running::say(office, &cast.manager, FIRST_QUARTER_END, LAST_DAY).await?;
    running::own(office, &cast.manager).await?;
    let bet = key(FIRST_BET);
    let half_hour = HalfHour {
        office,
        manager: &cast.manager,
        bet: &bet,
        world,
    };
    half_hour.after_the_import(date(2026, 11, 2)).await?;
    calendar.turn_to(date(2026, 11, 4));
    let standing = office.standing(&cast.leader, None).await?;
    let scales = standing.verdict_of(FIRST_BET) == Some(Verdict::Scale);
    let (choice, reason) = if scales {
        (
            Choice::Scale,
            "The gate is passed: vendors introduce us, and enterprise opportunities follow",
        )
    } else {
        (
            Choice::Continue,
            "The gate is not passed yet; one more quarter with the same hours",
        )
    };
    for (number, became) in [(1, Became::Kept), (2, Became::NotKept)] {
        office.say_of_commitment(&cast.leader, number, became).await?;
    }
    let meeting = Meeting {
        choice,
        reason,
        promises: [
            ("A working prototype with Keyring", "Ines Marchetti", date(2026, 11, 27)),
            (
                "Introductions at twenty more enterprise accounts",
                "Tom Okafor",
                date(2027, 1, 15),
            ),
        ],
        ask: "Half a day a week of a solutions engineer until January, for the identity integration",
        next_review: date(2027, 2, 3),
    };
    review(office, cast, &meeting).await?;
    calendar.turn_to(date(2026, 11, 5));
    sign(office, cast).await?;
    office.make_share(&cast.leader, None, 90).await?;
    calendar.turn_to(date(2026, 11, 6));
    say(office, cast, 0, Stance::Seen, "").await?;
    let slots = "The second bet needs two campaign slots in January that are promised to the product launch";
    say(office, cast, 1, Stance::Objects, slots).await?;
    invite(office, cast).await?;
    if scales {
        office.start_bet(&cast.leader, &key(SECOND_BET)).await?;
        running::launch(office, &cast.leader, &cast.manager, &key(SECOND_BET)).await?;
    }
    calendar.turn_to_hour(TODAY, 2);
    office.nightly_backup().await?;
    calendar.turn_to(TODAY);
    if scales {
        half_hour.today(TODAY).await?;
        running::monday(office, &cast.manager, &key(SECOND_BET), STEPS[0].name, TODAY).await?;
    }
    Ok(())
}

/// The second bet needs hands: somebody is invited and has not come yet.
async fn invite(office: &Office, cast: &Cast) -> Result<(), Refusal> {
    let invited = Invited {
        name: "Noor Haddad".into(),
        email: "noor@northwind.example".into(),
        role: Role::PartnerManager,
    };
    office.invite(&cast.leader, &invited).await.map(drop)
}

/// What a review decides about the first bet, and what it leaves for the next one.
struct Meeting<'a> {
    choice: Choice,
    reason: &'a str,
    promises: [(&'a str, &'a str, Date); 2],
    ask: &'a str,
    next_review: Date,
}

async fn review(office: &Office, cast: &Cast, meeting: &Meeting<'_>) -> Result<(), Refusal> {
    let number = office.open_review(&cast.leader).await?.number;
    let deciding = Deciding::new(meeting.choice, meeting.reason, 0);
    office
        .decide_in_review(&cast.leader, number, &key(FIRST_BET), deciding)
        .await?;
    for (says, who, by) in meeting.promises {
        let promise = Promise {
            bet: None,
            says: says.into(),
            who: who.into(),
            by,
        };
        office.commit(&cast.leader, number, promise).await?;
    }
    let open = office.review(&cast.leader, number).await?.review;
    let closing = Closing {
        revision: open.revision,
        next_review: meeting.next_review,
        park_undecided: false,
        minutes: "Sales, marketing and product were in the room.".into(),
        ask: meeting.ask.into(),
    };
    office.close_review(&cast.leader, number, closing).await?;
    Ok(())
}

fn key(bet: &str) -> String {
    beachhead_office::strategy::bet::slug(bet)
}
