//! The meeting: first what was promised last time, then one bet a screen with its verdict beside the decision and what its
//! hours could do instead, last the close. By keys, and without a script.

use std::sync::Arc;

use axum::extract::{Path, State};
use beachhead_office::commitments::{Became, Promise};
use beachhead_office::instead::{Instead, Other};
use beachhead_office::ledger::{Commitment, ReviewItem};
use beachhead_office::meeting::commitment;
use beachhead_office::reviewing::{Closing, Deciding, NextGate, ReviewView};
use beachhead_office::strategy::Bet;
use beachhead_office::strategy::review::Choice;
use beachhead_office::{Code, Office, Permission, Refusal, reporting};
use beachhead_press::numbers::{self, Unit};
use beachhead_press::tag::Tag;
use maud::{Markup, html};

use super::{decision_tag, promised_list};
use crate::answer::{Answer, Failure, page, redirect, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

/// The decisions with their words and keys.
const CHOICES: [(Choice, &str, &str); 4] = [
    (Choice::Scale, "▲ Scale – more capacity, or unlock the next bet", "1"),
    (Choice::Continue, "● Continue to the next gate", "2"),
    (Choice::Park, "■ Park – pause it, and say what would bring it back", "3"),
    (Choice::Retire, "✕ Retire – stop, and record what we learned", "4"),
];
/// How many of the bets that would use the hours are shown.
const OTHERS: usize = 3;
/// What the address of the screen after the last bet ends with.
const CLOSE: &str = "close";

/// The screen to go to after the one of a place, 0 being what was promised: the next bet that is not decided, from the
/// first again if need be, and the close once all are.
pub(super) fn next_screen(view: &ReviewView, after: usize) -> String {
    let number = view.review.number;
    if after == 0 && view.items.is_empty() && view.promised().next().is_some() {
        return format!("/reviews/{number}/commitments");
    }
    let undecided: Vec<usize> = view
        .due()
        .enumerate()
        .filter(|(_, bet)| view.item(&bet.key()).is_none())
        .map(|(at, _)| at + 1)
        .collect();
    let next = undecided.iter().find(|at| **at > after).or_else(|| undecided.first());
    next.map_or_else(
        || format!("/reviews/{number}/{CLOSE}"),
        |at| format!("/reviews/{number}/{at}"),
    )
}

/// The review of a screen, if it is open; its minutes otherwise.
async fn open_view(office: &Office, visitor: &Visitor, number: i64) -> Result<ReviewView, Answer> {
    let view = office.review(&visitor.actor, number).await;
    let view = view.map_err(|refusal| Err(Failure::on(&visitor.frame, refusal)))?;
    if view.review.closed_at.is_some() {
        return Err(Ok(redirect(&format!("/reviews/{number}"))));
    }
    Ok(view)
}

macro_rules! open_or_go {
    ($view:expr) => {
        match $view {
            Ok(view) => view,
            Err(elsewhere) => return elsewhere,
        }
    };
}

/// `GET /reviews/{number}/{place}`: one bet.
pub async fn screen(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path((number, place)): Path<(i64, usize)>,
) -> Answer {
    let view = open_or_go!(open_view(&office, &visitor, number).await);
    let fields = Fields::default();
    Ok(page(
        &visitor.frame,
        bet_screen(&visitor, &view, place, &fields, &Errors::default(), None)?,
    ))
}

fn bet_at<'v>(visitor: &Visitor, view: &'v ReviewView, place: usize) -> Result<&'v Bet, Failure> {
    let bet = place.checked_sub(1).and_then(|at| view.due().nth(at));
    bet.ok_or_else(|| {
        let refusal = Refusal::not_found(
            format!("This review has no screen {place}"),
            "Its bets are on the page Review.",
        );
        Failure::on(&visitor.frame, refusal)
    })
}

fn bet_screen(
    visitor: &Visitor,
    view: &ReviewView,
    place: usize,
    fields: &Fields,
    errors: &Errors,
    meanwhile: Option<&ReviewItem>,
) -> Result<Markup, Failure> {
    let bet = bet_at(visitor, view, place)?;
    let instead = view.standing.instead_of(bet);
    let body = html! {
        div {
            (breadcrumb(view))
            (progress(view, Some(place)))
            h1 { (bet.name) }
            p.lede { @match view.standing.judged(&bet.name).and_then(|judged| judged.judgement.as_ref()) {
                Some(judgement) => (judgement.why),
                None => "No facts say yet how it goes.",
            } }
            (errors.summary())
            @if let Some(theirs) = meanwhile { (both_texts(view, theirs, fields)) }
            div.grid2.meeting {
                (gate_says(view, bet))
                (we_decide(visitor, view, bet, place, fields, errors))
            }
            @if let Some(instead) = &instead { (opportunity_cost(view, bet, instead)) }
            (promises(visitor, view, &place.to_string(), fields, errors))
            (screens(view, Some(place)))
        }
        (keys(visitor))
    };
    Ok(layout::inside(visitor, Place::Review, &errors.title(&bet.name), &body))
}

fn breadcrumb(view: &ReviewView) -> Markup {
    html! { p.breadcrumb { a href="/review" { "Review of " (view.review.cycle) } } }
}

/// "Bet 1 of 2 · 0 of 2 decided", and how long the screen has been talked about.
fn progress(view: &ReviewView, place: Option<usize>) -> Markup {
    let all = view.due().count();
    let decided = all - view.undecided().len();
    html! {
        div.actions {
            strong { @if let Some(place) = place { "Bet " (place) " of " (all) " · " } (decided) " of " (all) " decided" }
            span.timer.dim.noprint { span data-timer {} }
        }
    }
}

fn gate_says(view: &ReviewView, bet: &Bet) -> Markup {
    let standing = &view.standing;
    html! {
        section.card aria-labelledby="gate-says" {
            h2 id="gate-says" { "The gate says" }
            p { (Tag::from(reporting::verdict(standing, bet)).html()) }
            @if let Some(gate) = &bet.gate {
                @let now = reporting::measured(standing, bet, &gate.measure);
                p { strong { (gate.question) } }
                dl.facts {
                    div { dt { (reporting::measure_name(&gate.measure)) } dd { @if let Some(rows) = &now.href { a href=(rows) { (now.says) } } @else { (now.says) } } }
                    @if let Some(value) = gate.scale_if { div { dt { "Scale if" } dd { "≥ " (numbers::three_figures(value)) } } }
                    @if let Some(value) = gate.retire_if { div { dt { "Retire if" } dd { "≤ " (numbers::three_figures(value)) } } }
                    @if let Some(by) = gate.by { div { dt { "Gate" } dd { (numbers::date_from(by, standing.today)) } } }
                    @if let Some(chance) = reporting::chance(standing, bet) { div { dt { "Chance" } dd { (chance) } } }
                }
            }
            p.dim { @match view.last_decision(&bet.key()) {
                Some(entry) => {
                    "Decided last: " (reporting::measure_name(if entry.decision.kind == "continue" { "continue" } else { entry.decision.to.as_deref().unwrap_or_default() }))
                    " on " (numbers::date(entry.decision.on)) " by " (standing.name(&entry.decision.decided_by)) ": " (entry.decision.reason)
                },
                None => "Nothing was decided about it before.",
            } }
            p.noprint { a href={ "/bets/" (bet.key()) } { "Everything about this bet" } }
        }
    }
}

fn we_decide(
    visitor: &Visitor,
    view: &ReviewView,
    bet: &Bet,
    place: usize,
    fields: &Fields,
    errors: &Errors,
) -> Markup {
    let item = view.item(&bet.key());
    let may = visitor.actor.role.may(Permission::Decide);
    html! {
        section.card aria-labelledby="decide" {
            h2 id="decide" { "We decide" }
            p { (decision_tag(view, bet)) @if let Some(item) = item { " " span.dim { "by " (view.standing.name(&item.decided_by)) } } }
            @if may { (decide_form(visitor, view, bet, place, fields, errors)) }
            @else if let Some(item) = item { p { (item.reason) } }
            @else { p.dim { "Somebody with the role owner records it here." } }
        }
    }
}

/// What stands in a field: as it was typed, else as it was recorded.
fn kept(fields: &Fields, name: &str, recorded: Option<String>) -> String {
    if fields.has(name) {
        fields.get(name).to_owned()
    } else {
        recorded.unwrap_or_default()
    }
}

fn decide_form(
    visitor: &Visitor,
    view: &ReviewView,
    bet: &Bet,
    place: usize,
    fields: &Fields,
    errors: &Errors,
) -> Markup {
    let item = view.item(&bet.key());
    let choice = kept(fields, "choice", item.map(|item| item.decision.clone()));
    let reason = kept(fields, "reason", item.map(|item| item.reason.clone()));
    html! {
        form.noprint method="post" action={ "/reviews/" (view.review.number) "/" (place) } novalidate {
            (token(visitor))
            input type="hidden" name="bet" value=(bet.key());
            input type="hidden" name="revision" value=(item.map_or(0, |item| item.revision));
            fieldset.field.invalid[errors.of("choice").is_some()] id="choice" tabindex="-1" {
                legend { "What happens to this bet?" }
                @if let Some(words) = errors.of("choice") { p.error { "Error: " (words) } }
                @for (decided, words, key) in CHOICES {
                    div.choice {
                        input type="radio" name="choice" id={ "choice-" (key) } value=(decided.word()) checked[choice == decided.word()] aria-keyshortcuts=(key);
                        label for={ "choice-" (key) } { (words) }
                    }
                }
            }
            (Field::new("reason", "Why (one sentence the sponsor will read)")
                .hint("Against the gate: at least 40 characters, and it stays marked.").value(reason).area(2, errors))
            @if bet.gate.is_some() { (next_gate_fields(view, bet, fields, errors)) }
            button.btn.primary type="submit" aria-keyshortcuts="Enter" { @if item.is_some() { "Change the decision" } @else { "Record the decision" } }
        }
    }
}

fn next_gate_fields(view: &ReviewView, bet: &Bet, fields: &Fields, errors: &Errors) -> Markup {
    let decided = view.item(&bet.key()).and_then(NextGate::of).unwrap_or_default();
    let gate = bet.gate.as_ref();
    let is_over = gate
        .and_then(|gate| gate.by)
        .is_some_and(|by| by <= view.standing.today);
    let number = |value: Option<f64>| value.map(|value| value.to_string());
    let asked = fields.has("gate_by") || decided != NextGate::default();
    html! {
        details open[asked || is_over] {
            summary { "The next gate, if it goes on" }
            p.hint { @if is_over { "Its day has passed, so nothing will judge this bet until it has another. " } "What is left empty stays as it is. It binds once the next version is signed." }
            div.pairs {
                (Field::new("gate_by", "On").kind("date").value(kept(fields, "gate_by", decided.by.map(|by| by.to_string()))).input(errors))
                (Field::new("gate_scale", "Scale if at least").value(kept(fields, "gate_scale", number(decided.scale_if))).input(errors))
                (Field::new("gate_retire", "Retire if at most").value(kept(fields, "gate_retire", number(decided.retire_if))).input(errors))
            }
        }
    }
}

/// Two people decided one bet: what was recorded first, and what the second one typed, which stands in the form.
fn both_texts(view: &ReviewView, theirs: &ReviewItem, fields: &Fields) -> Markup {
    let said = |word: &str| reporting::measure_name(word);
    html! {
        div.grid2 {
            section.card aria-labelledby="theirs" {
                h2 id="theirs" { "Recorded meanwhile" }
                p { strong { (said(&theirs.decision)) } ", by " (view.standing.name(&theirs.decided_by)) }
                p { (theirs.reason) }
                p { a.btn href=(next_screen(view, 0)) { "Leave it at that" } }
            }
            section.card aria-labelledby="yours" {
                h2 id="yours" { "Yours, not recorded" }
                p { strong { (said(fields.get("choice"))) } }
                p { (fields.get("reason")) }
                p.dim { "It stands in the form below; recording it replaces what was recorded meanwhile." }
            }
        }
    }
}

/// Which parked or planned bet would use the hours.
fn opportunity_cost(view: &ReviewView, bet: &Bet, instead: &Instead) -> Markup {
    let strategy = view.standing.strategy();
    let row = |name: Markup, hours: f64, words: String| {
        html! { tr { th scope="row" { (name) } td.num { (numbers::three_figures(hours)) } td { (words) } } }
    };
    let other = |other: &Other| {
        let name = html! { a href={ "/bets/" (other.key) } { (other.name) } " " (Tag::from(reporting::state(other.state)).html()) };
        row(name, other.hours, other.brings.in_words(strategy))
    };
    html! {
        h2 { "What its hours could do instead" }
        p {
            "Going on takes " (Unit::Hours.write(instead.hours)) " of the team in " (instead.cycle) ". "
            @match instead.others.first() {
                Some(first) if first.brings.mean() > 0.0 => { "Of the bets that are parked or wait, " (first.name) " would bring the most with them." },
                Some(_) => "Of the bets that are parked or wait, none is known to bring anything to the outcome.",
                None => "No bet is parked or waits for them.",
            }
        }
        @if !instead.others.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Opportunity cost" { table {
                caption.dim { "Expected of 100 hours from here on, and in brackets what eight draws in ten give. Ranges of a bet that never ran are what people assumed." }
                thead { tr { th scope="col" { "Bet" } th.num scope="col" { "Hours in " (instead.cycle) } th scope="col" { "100 hours bring" } } }
                tbody {
                    (row(html! { (bet.name) }, instead.hours, instead.brings.in_words(strategy)))
                    @for one in instead.others.iter().take(OTHERS) { (other(one)) }
                }
            } }
        }
    }
}

/// What this review promises so far, and a form for more.
fn promises(visitor: &Visitor, view: &ReviewView, at: &str, fields: &Fields, errors: &Errors) -> Markup {
    let number = view.review.number;
    let may = visitor.actor.role.may(Permission::Decide);
    let about = at
        .parse()
        .ok()
        .and_then(|place: usize| view.due().nth(place.checked_sub(1)?));
    let days = jiff::Span::new().days(14);
    let by = kept(fields, "by", Some(view.standing.today.saturating_add(days).to_string()));
    html! {
        h2 id="promises" { "Promised for next time" }
        @let so_far: Vec<&Commitment> = view.promises().collect();
        @if so_far.is_empty() { p.dim { "Nothing yet. What is promised here comes first in the next review." } }
        @else { ul { @for one in &so_far { li {
            (commitment(one).says())
            @if may { form.inline.noprint method="post" action={ "/reviews/" (number) "/commitments/" (one.number) } {
                (token(visitor))
                input type="hidden" name="at" value=(at);
                " " button.btn.link type="submit" name="became" value=(Became::TakenBack.word()) { "Take it back" span.visually-hidden { ": " (one.commitment.says) } }
            } }
        } } } }
        @if may {
            details.noprint open[fields.has("says")] {
                summary { "Promise something" }
                form method="post" action={ "/reviews/" (number) "/commitments" } novalidate {
                    (token(visitor))
                    input type="hidden" name="at" value=(at);
                    @if let Some(bet) = about { input type="hidden" name="about" value=(bet.key()); }
                    (Field::new("says", "What").value(fields.get("says")).input(errors))
                    div.pairs {
                        (Field::new("who", "Who").value(kept(fields, "who", about.map(|bet| bet.owner.clone()))).input(errors))
                        (Field::new("by", "By").kind("date").value(by).input(errors))
                    }
                    button.btn type="submit" { "Promise it" }
                }
            }
        }
    }
}

/// The way through the screens: back, on, and every bet with what was decided.
fn screens(view: &ReviewView, place: Option<usize>) -> Markup {
    let number = view.review.number;
    let bets: Vec<&Bet> = view.due().collect();
    let address = |place: usize| match place {
        0 => format!("/reviews/{number}/commitments"),
        at if at <= bets.len() => format!("/reviews/{number}/{at}"),
        _ => format!("/reviews/{number}/{CLOSE}"),
    };
    let here = place.unwrap_or(bets.len() + 1);
    html! {
        nav.noprint aria-label="Screens of this review" {
            div.actions {
                @if here > 0 { a.btn href=(address(here - 1)) aria-keyshortcuts="ArrowLeft" { "Back" } }
                @if here <= bets.len() { a.btn href=(address(here + 1)) aria-keyshortcuts="ArrowRight" { @if here == bets.len() { "On to the close" } @else { "Next bet" } } }
            }
            ol.task-list { @for (at, bet) in bets.iter().enumerate() { li {
                a href=(address(at + 1)) aria-current=[(here == at + 1).then_some("page")] { (bet.name) }
                (decision_tag(view, bet))
            } } }
        }
    }
}

/// Which keys there are, and the way to switch them off.
fn keys(visitor: &Visitor) -> Markup {
    html! {
        form.inline.noprint method="post" action="/keys" {
            input type="hidden" name="back" value=(visitor.frame.here);
            @if visitor.frame.keys {
                p.dim { "Keys: " kbd { "1" } " to " kbd { "4" } " choose, " kbd { "Enter" } " records, " kbd { "→" } " goes on, " kbd { "←" } " goes back." }
                button.btn.link type="submit" name="keys" value="off" { "Switch keys off" }
            } @else { button.btn.link type="submit" name="keys" value="on" { "Switch keys on" } }
        }
    }
}

/// The next gate as it was typed; none where nothing was.
fn read_next_gate(fields: &Fields, errors: &mut Errors) -> Option<NextGate> {
    let by = match fields.get("gate_by") {
        "" => None,
        _ => Some(errors.require_date(fields, "gate_by", "")),
    };
    let mut number = |name: &str| {
        fields.number(name).unwrap_or_else(|words| {
            errors.add(name, words);
            None
        })
    };
    let gate = NextGate {
        by,
        scale_if: number("gate_scale"),
        retire_if: number("gate_retire"),
    };
    (gate != NextGate::default()).then_some(gate)
}

/// `POST /reviews/{number}/{place}`
pub async fn decide(
    State(office): State<Arc<Office>>,
    Path((number, place)): Path<(i64, usize)>,
    signed: Signed,
) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Decide)?;
    let before = open_or_go!(open_view(&office, visitor, number).await);
    let key = match fields.get("bet") {
        "" => bet_at(visitor, &before, place)?.key(),
        named => named.to_owned(),
    };
    let mut errors = Errors::default();
    let next_gate = read_next_gate(fields, &mut errors);
    let revision = fields.get("revision").parse().unwrap_or(0);
    let mut meanwhile = false;
    match Choice::from_word(fields.get("choice")) {
        None => errors.add("choice", "Choose what happens to this bet"),
        Some(choice) if errors.is_empty() => {
            let deciding = Deciding {
                next_gate,
                ..Deciding::new(choice, fields.get("reason"), revision)
            };
            match office.decide_in_review(&visitor.actor, number, &key, deciding).await {
                Ok(item) => return recorded(&office, visitor, number, place, &item).await,
                Err(refusal) if matches!(refusal.code, Code::NotAllowed | Code::NotFound) => {
                    return Err(Failure::on(&visitor.frame, refusal));
                }
                Err(refusal) => {
                    meanwhile = refusal.code == Code::Conflict;
                    errors.add(if meanwhile { "theirs" } else { "reason" }, &refusal.message);
                }
            }
        }
        Some(_) => {}
    }
    let view = open_or_go!(open_view(&office, visitor, number).await);
    let theirs = view.item(&key).filter(|item| meanwhile && item.revision != revision);
    let shown = bet_screen(visitor, &view, place, fields, &errors, theirs)?;
    Ok(refused(if meanwhile { 409 } else { 422 }, shown))
}

async fn recorded(office: &Office, visitor: &Visitor, number: i64, place: usize, item: &ReviewItem) -> Answer {
    let view = office.review(&visitor.actor, number).await?;
    let name = view
        .standing
        .bet(&item.bet)
        .map_or(item.bet.as_str(), |bet| bet.name.as_str());
    let all = view.due().count();
    let said = format!(
        "{name}: {}. {} of {} decided.",
        reporting::measure_name(&item.decision),
        all - view.undecided().len(),
        numbers::plural(all as u64, "bet", "bets")
    );
    Ok(redirect_saying(&next_screen(&view, place), &said))
}

/// `GET /reviews/{number}/commitments`: what was promised last time, first of all.
pub async fn promised(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<i64>) -> Answer {
    let view = open_or_go!(open_view(&office, &visitor, number).await);
    let promised: Vec<&Commitment> = view.promised().collect();
    let said = promised.iter().filter(|one| one.outcome.is_some()).count();
    let body = html! {
        div {
            (breadcrumb(&view))
            (progress(&view, None))
            h1 { "Promised last time" }
            p.lede {
                @if promised.is_empty() { "The review before this one promised nothing, so the meeting begins with the first bet." }
                @else { (said) " of " (numbers::plural(promised.len() as u64, "commitment", "commitments")) " answered for. What was promised comes before what is decided." }
            }
            div.meeting { @for one in &promised { (answer_for(&visitor, &view, one)) } }
            (screens(&view, Some(0)))
        }
        (keys(&visitor))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Review, "Promised last time", &body),
    ))
}

fn answer_for(visitor: &Visitor, view: &ReviewView, one: &Commitment) -> Markup {
    let told = commitment(one);
    let about = one
        .commitment
        .bet
        .as_deref()
        .and_then(|key| view.standing.bet(key).ok());
    html! {
        section.card aria-label=(one.commitment.says) {
            p { (told.tag().html()) " " (told.says()) @if let Some(bet) = about { " " a href={ "/bets/" (bet.key()) } { (bet.name) } } }
            @if visitor.actor.role.may(Permission::Decide) {
                form.noprint method="post" action={ "/reviews/" (view.review.number) "/commitments/" (one.number) } {
                    (token(visitor))
                    div.actions { @for (became, words) in [(Became::Kept, "Kept"), (Became::NotKept, "Not kept")] {
                        button.btn type="submit" name="became" value=(became.word()) { (words) span.visually-hidden { ": " (one.commitment.says) } }
                    } }
                }
            }
        }
    }
}

/// `POST /reviews/{number}/commitments/{commitment}`
pub async fn said(
    State(office): State<Arc<Office>>,
    Path((number, commitment)): Path<(i64, i64)>,
    signed: Signed,
) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Decide)?;
    let failed = |refusal| Failure::on(&visitor.frame, refusal);
    let became = Became::from_word(fields.get("became")).ok_or_else(|| {
        failed(Refusal::bad_input(
            "Say whether it was kept",
            "Press one of the buttons.",
        ))
    })?;
    office
        .say_of_commitment(&visitor.actor, commitment, became)
        .await
        .map_err(failed)?;
    let at = if fields.has("at") {
        fields.get("at")
    } else {
        "commitments"
    };
    let said = format!("The commitment is {}.", became.word());
    Ok(redirect_saying(&screen_of(number, at), &said))
}

/// The address of a screen that a form named; what is no screen leads to the first.
fn screen_of(number: i64, at: &str) -> String {
    let known = at.parse::<u16>().is_ok() || [CLOSE, "commitments"].contains(&at);
    format!("/reviews/{number}/{}", if known { at } else { "commitments" })
}

/// `POST /reviews/{number}/commitments`
pub async fn promise(State(office): State<Arc<Office>>, Path(number): Path<i64>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Decide)?;
    let mut errors = Errors::default();
    let says = errors.require(fields, "says", "Say what is promised");
    let who = errors.require(fields, "who", "Say who promises it");
    let by = errors.require_date(fields, "by", "Give the day by which it is done");
    if errors.is_empty() {
        let about = fields.get("about");
        let promise = Promise {
            bet: (!about.is_empty()).then(|| about.to_owned()),
            says,
            who,
            by,
        };
        match office.commit(&visitor.actor, number, promise).await {
            Ok(_) => {
                let to = screen_of(number, fields.get("at"));
                return Ok(redirect_saying(
                    &format!("{to}#promises"),
                    "It is promised, and comes first next time.",
                ));
            }
            Err(refusal) if refusal.code == Code::BadInput => errors.add("says", &refusal),
            Err(refusal) => return Err(Failure::on(&visitor.frame, refusal)),
        }
    }
    let view = open_or_go!(open_view(&office, visitor, number).await);
    let shown = match fields.get("at").parse() {
        Ok(place) => bet_screen(visitor, &view, place, fields, &errors, None)?,
        Err(_) => close_screen(visitor, &view, fields, &errors),
    };
    Ok(refused(422, shown))
}

/// `GET /reviews/{number}/close`
pub async fn closing(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<i64>) -> Answer {
    let view = open_or_go!(open_view(&office, &visitor, number).await);
    Ok(page(
        &visitor.frame,
        close_screen(&visitor, &view, &Fields::default(), &Errors::default()),
    ))
}

fn close_screen(visitor: &Visitor, view: &ReviewView, fields: &Fields, errors: &Errors) -> Markup {
    let undecided = view.undecided();
    let names = |bets: &[&Bet]| bets.iter().map(|bet| bet.name.clone()).collect::<Vec<_>>().join(", ");
    let body = html! {
        div {
            (breadcrumb(view))
            (progress(view, None))
            h1 { "Close the review" }
            p.lede {
                @if undecided.is_empty() { "Every bet is decided. Closing writes the decisions into the register and drafts the next version." }
                @else { (names(&undecided)) @if undecided.len() == 1 { " is" } @else { " are" } " not decided. A review closes once every bet is, or with the undecided parked." }
            }
            (errors.summary())
            (decided_table(view))
            (promised_list(view.promised(), "Promised last time"))
            (promises(visitor, view, CLOSE, fields, errors))
            @if visitor.actor.role.may(Permission::Decide) { (close_form(visitor, view, fields, errors)) }
            (screens(view, None))
        }
        (keys(visitor))
    };
    layout::inside(visitor, Place::Review, &errors.title("Close the review"), &body)
}

fn decided_table(view: &ReviewView) -> Markup {
    html! {
        h2 { "Decided" }
        div.scroll tabindex="0" role="region" aria-label="Decisions" { table {
            thead { tr { th scope="col" { "Bet" } th scope="col" { "The gate says" } th scope="col" { "We decide" } th scope="col" { "Why" } } }
            tbody { @for (at, bet) in view.due().enumerate() { tr {
                th scope="row" { a href={ "/reviews/" (view.review.number) "/" (at + 1) } { (bet.name) } }
                td { (Tag::from(reporting::verdict(&view.standing, bet)).html()) }
                td { (decision_tag(view, bet)) }
                td { @if let Some(item) = view.item(&bet.key()) { (item.reason) } }
            } } }
        } }
    }
}

fn close_form(visitor: &Visitor, view: &ReviewView, fields: &Fields, errors: &Errors) -> Markup {
    let standing = &view.standing;
    let calendar = standing.strategy().program.calendar;
    let suggested = calendar
        .last_day(calendar.containing(standing.today))
        .saturating_add(jiff::Span::new().days(3));
    let undecided = view.undecided().len();
    html! {
        h2 { "Next" }
        form.noprint method="post" action={ "/reviews/" (view.review.number) "/close" } novalidate {
            (token(visitor))
            input type="hidden" name="revision" value=(view.review.revision);
            (Field::new("next", "The next review is on").kind("date").value(kept(fields, "next", Some(suggested.to_string()))).input(errors))
            (Field::new("minutes", "Minutes: what should be remembered").value(fields.get("minutes")).area(3, errors))
            (Field::new("ask", "The next ask: what you need from the sponsor or the board").hint("It stands on the board page beside the hours. Leave it empty if there is none.").value(fields.get("ask")).area(2, errors))
            div.actions {
                button.btn.primary type="submit" { "Close the review" }
                @if undecided > 0 { button.btn type="submit" name="park" value="yes" { "Park the undecided (" (undecided) ") and close" } }
            }
        }
    }
}

/// `POST /reviews/{number}/close`
pub async fn close(State(office): State<Arc<Office>>, Path(number): Path<i64>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Decide)?;
    let mut errors = Errors::default();
    let next_review = errors.require_date(fields, "next", "Give the day of the next review");
    if errors.is_empty() {
        let closing = Closing {
            revision: fields.get("revision").parse().unwrap_or(0),
            next_review,
            park_undecided: fields.get("park") == "yes",
            minutes: fields.get("minutes").to_owned(),
            ask: fields.get("ask").to_owned(),
        };
        match office.close_review(&visitor.actor, number, closing).await {
            Ok(review) => {
                let said = format!("The review of {} is closed; the next version is drafted.", review.cycle);
                return Ok(redirect_saying(&format!("/reviews/{number}"), &said));
            }
            Err(refusal) if refusal.code == Code::NotAllowed => return Err(Failure::on(&visitor.frame, refusal)),
            Err(refusal) => errors.add("next", &refusal.message),
        }
    }
    let view = open_or_go!(open_view(&office, visitor, number).await);
    Ok(refused(409, close_screen(visitor, &view, fields, &errors)))
}
