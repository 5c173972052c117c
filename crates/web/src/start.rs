//! The five-question start: from nothing to a one-page strategy, one question a page, with the answers kept.

use std::sync::Arc;

use axum::extract::{Path, State};
use beachhead_office::starting::StartAnswers;
use beachhead_office::strategy::measure::{CATALOGUE, MeasureKind};
use beachhead_office::strategy::start::{suggested_park_reason, suggested_reopen_when};
use beachhead_office::{Office, Permission, Refusal};
use beachhead_press::numbers;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

/// How many questions there are.
const QUESTIONS: u8 = 5;
/// The question of the gate.
const GATE: u8 = QUESTIONS;
/// The page after the last question.
const CHECK: u8 = QUESTIONS + 1;

/// `GET /start`
pub async fn first(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    visitor.actor.must(Permission::Write)?;
    let draft = office.written(&visitor.actor).await?.draft;
    let body = html! {
        h1 { "Start with your strategy" }
        p.lede { "Five questions lead to one page that says what you go for, what you do not, and how you will know. It takes about ten minutes and no import." }
        ol {
            li { "Which company outcome should partnerships move?" }
            li { "What are you running today?" }
            li { "Which one is most likely to move it?" }
            li { "Why park each of the others?" }
            li { "How will you know, and by when?" }
        }
        @if !draft.text.is_empty() {
            p.banner { "There is a draft already. Answering the questions replaces it; signed versions stay as they are." }
        }
        p.actions { a.btn.primary href="/start/1" { "Answer the first question" } a.btn href="/strategy/written" { "Write it as text instead" } }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Strategy, "Start with your strategy", &body),
    ))
}

/// `GET /start/{question}`
pub async fn question(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<u8>) -> Answer {
    visitor.actor.must(Permission::Write)?;
    let mut answers = office.start_answers(&visitor.actor).await?;
    let today = office.surroundings().today();
    if number == CHECK {
        let shown = check_page(&office, &visitor).await?;
        return Ok(page(&visitor.frame, shown));
    }
    if number == GATE && answers.gate_by.is_none() {
        // Where a question before it is open, the fields stay empty.
        if let Ok(gate) = office.suggested_gate(&visitor.actor).await {
            (answers.scale_if, answers.retire_if, answers.gate_by) = (gate.scale_if, gate.retire_if, gate.by);
        }
    }
    let fields = fields_of(number, &answers, today);
    Ok(page(
        &visitor.frame,
        question_page(&visitor, number, &answers, &fields, &Errors::default())?,
    ))
}

/// `POST /start/{question}`
pub async fn answer(State(office): State<Arc<Office>>, Path(number): Path<u8>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Write)?;
    if !(1..=CHECK).contains(&number) {
        return Err(Failure::on(
            &visitor.frame,
            Refusal::not_found("There are five questions", "Start with the first."),
        ));
    }
    if number == CHECK {
        let revision = fields.get("revision").parse().unwrap_or(0);
        office
            .start(&visitor.actor, revision)
            .await
            .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
        return Ok(redirect_saying(
            "/",
            "Your strategy stands on one page. It is a draft until the sponsor signs it.",
        ));
    }
    let mut answers = office.start_answers(&visitor.actor).await?;
    let errors = read(number, fields, &mut answers, office.surroundings().today());
    if !errors.is_empty() {
        return Ok(refused(422, question_page(visitor, number, &answers, fields, &errors)?));
    }
    office.keep_start_answers(&visitor.actor, &answers).await?;
    Ok(redirect(&format!("/start/{}", number + 1)))
}

fn number_text(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn date_text(value: Option<Date>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The fields of a question as answered before, or as suggested.
fn fields_of(question: u8, answers: &StartAnswers, today: Date) -> Fields {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| fields.push((name.to_owned(), value));
    match question {
        1 => {
            put("company", answers.company.clone());
            put(
                "currency",
                if answers.currency.is_empty() {
                    "USD".into()
                } else {
                    answers.currency.clone()
                },
            );
            put("outcome", answers.outcome.clone());
            put(
                "measure",
                if answers.measure.is_empty() {
                    "sourced-pipeline".into()
                } else {
                    answers.measure.clone()
                },
            );
            put("baseline", number_text(answers.baseline));
            put("target", number_text(answers.target));
            put("by", date_text(answers.by.or(Some(today.saturating_add(1.year())))));
            put("sponsor", answers.sponsor.clone());
        }
        2 => {
            put("initiatives", answers.initiatives.join("\n"));
            put("hours_per_week", number_text(answers.hours_per_week.or(Some(40.0))));
        }
        3 => {
            put(
                "picked",
                answers.picked.map_or_else(String::new, |picked| picked.to_string()),
            );
            put("why_a_partner_would", answers.why_a_partner_would.clone());
            put("why_customers_care", answers.why_customers_care.clone());
        }
        4 => {
            for (at, initiative) in answers.initiatives.iter().enumerate() {
                let kept = |list: &[String]| list.get(at).filter(|text| !text.is_empty()).cloned();
                put(
                    &format!("reason-{at}"),
                    kept(&answers.park_reasons).unwrap_or_else(|| suggested_park_reason(initiative)),
                );
                put(
                    &format!("reopen-{at}"),
                    kept(&answers.reopen_when).unwrap_or_else(|| suggested_reopen_when(initiative)),
                );
            }
        }
        _ => {
            put("scale_if", number_text(answers.scale_if));
            put("retire_if", number_text(answers.retire_if));
            put("gate_by", date_text(answers.gate_by));
        }
    }
    Fields(fields)
}

/// Reads the answers to a question; what is wrong stays out of them.
fn read(question: u8, fields: &Fields, answers: &mut StartAnswers, today: Date) -> Errors {
    let mut errors = Errors::default();
    match question {
        1 => {
            fields.get("company").clone_into(&mut answers.company);
            answers.currency = fields.get("currency").to_uppercase();
            answers.outcome = errors.require(fields, "outcome", "Say the outcome in one sentence");
            fields.get("measure").clone_into(&mut answers.measure);
            answers.baseline = fields.number("baseline").unwrap_or_else(|error| {
                errors.add("baseline", error);
                None
            });
            answers.target = Some(errors.require_number(fields, "target", "Give the number to be reached"));
            answers.by = Some(errors.require_date(fields, "by", "Give the day by which"));
            answers.sponsor = errors.require(fields, "sponsor", "Say whose outcome it is: who signs");
            if answers.by.is_some_and(|by| by <= today) && errors.of("by").is_none() {
                errors.add("by", "The day has to lie ahead");
            }
            if answers.currency.len() != 3 {
                errors.add("currency", "Write the currency with its three letters, such as USD");
            }
        }
        2 => {
            answers.initiatives = fields
                .get("initiatives")
                .lines()
                .map(|line| line.trim().to_owned())
                .filter(|line| !line.is_empty())
                .collect();
            if answers.initiatives.len() < 2 {
                errors.add("initiatives", "List at least two; a strategy rules something out");
            }
            answers.hours_per_week =
                Some(errors.require_number(fields, "hours_per_week", "Give the team's hours a week"));
        }
        3 => {
            answers.picked = fields
                .get("picked")
                .parse()
                .ok()
                .filter(|picked| *picked < answers.initiatives.len());
            if answers.picked.is_none() {
                errors.add("picked", "Choose the one that is most likely to move the outcome");
            }
            answers.why_a_partner_would =
                errors.require(fields, "why_a_partner_would", "Say why a partner would work with you");
            fields
                .get("why_customers_care")
                .clone_into(&mut answers.why_customers_care);
        }
        4 => {
            let all = |prefix: &str| {
                (0..answers.initiatives.len())
                    .map(|at| fields.get(&format!("{prefix}-{at}")).to_owned())
                    .collect()
            };
            let (reasons, reopen): (Vec<String>, Vec<String>) = (all("reason"), all("reopen"));
            for (at, initiative) in answers.initiatives.iter().enumerate() {
                if Some(at) != answers.picked && reasons[at].is_empty() {
                    errors.add(&format!("reason-{at}"), format!("Say why {initiative} is parked"));
                }
            }
            answers.park_reasons = reasons;
            answers.reopen_when = reopen;
        }
        _ => {
            answers.scale_if =
                Some(errors.require_number(fields, "scale_if", "Give the number at which you would scale"));
            answers.retire_if =
                Some(errors.require_number(fields, "retire_if", "Give the number at which you would stop"));
            answers.gate_by = Some(errors.require_date(fields, "gate_by", "Give the day on which you will look"));
            if errors.is_empty() && answers.retire_if >= answers.scale_if {
                errors.add("retire_if", "Retire at fewer than you scale at");
            }
            if errors.is_empty() && answers.gate_by.is_some_and(|by| by <= today) {
                errors.add("gate_by", "The day has to lie ahead");
            }
        }
    }
    errors
}

fn question_page(
    visitor: &Visitor,
    question: u8,
    answers: &StartAnswers,
    fields: &Fields,
    errors: &Errors,
) -> Result<Markup, Failure> {
    let heading = match question {
        1 => "Which company outcome should partnerships move?",
        2 => "What are you running today?",
        3 => "Which one is most likely to move it?",
        4 => "Why park each of the others?",
        5 => "How will you know, and by when?",
        _ => {
            return Err(Failure::on(
                &visitor.frame,
                Refusal::not_found("There are five questions", "Start with the first."),
            ));
        }
    };
    if question > 2 && answers.initiatives.is_empty() {
        return Err(Failure::on(
            &visitor.frame,
            Refusal::bad_input("Say first what you run today", "Go back to question 2."),
        ));
    }
    let title = errors.title(heading);
    let body = html! {
        p.dim { "Question " (question) " of " (QUESTIONS) }
        h1 { (heading) }
        (errors.summary())
        form method="post" action={ "/start/" (question) } novalidate {
            (token(visitor))
            @match question {
                1 => (outcome(fields, errors)),
                2 => (initiatives(fields, errors)),
                3 => (picked(answers, fields, errors)),
                4 => (parked(answers, fields, errors)),
                _ => (gate(fields, errors)),
            }
            p.actions {
                button.btn.primary type="submit" { @if question == QUESTIONS { "Check the answers" } @else { "Next question" } }
                @if question > 1 { a.btn href={ "/start/" (question - 1) } { "Back" } }
            }
        }
    };
    Ok(layout::inside(visitor, Place::Strategy, &title, &body))
}

fn outcome(fields: &Fields, errors: &Errors) -> Markup {
    let text = |name: &'static str, label: &'static str| Field::new(name, label).value(fields.get(name));
    let measures: Vec<(String, String)> = CATALOGUE
        .iter()
        .filter(|measure| measure.kind == MeasureKind::Business)
        .map(|measure| (measure.key.to_owned(), measure.name.to_owned()))
        .collect();
    html! {
        p.lede { "A business result, not partner activity: what comes back, not how many partners were signed." }
        (text("outcome", "The outcome in one sentence").hint("Double the enterprise pipeline that partners start").required().area(2, errors))
        (text("measure", "Measured as").select(&measures, errors))
        (text("baseline", "Where it stands today, if you know").input(errors))
        (text("target", "Where it should stand by then").hint("3800000").required().input(errors))
        (text("by", "By when").kind("date").required().input(errors))
        (text("sponsor", "Whose outcome is it? This person signs the strategy").hint("Dana Whitfield, CRO").required().input(errors))
        (text("company", "Your company").input(errors))
        (text("currency", "Currency").hint("Three letters: USD, EUR").input(errors))
    }
}

fn initiatives(fields: &Fields, errors: &Errors) -> Markup {
    html! {
        p.lede { "Everything that takes the team's hours, one per line, by the names you use." }
        (Field::new("initiatives", "What are you running?").hint("Channel resale, technology integrations, agency referrals …")
            .value(fields.get("initiatives")).required().area(8, errors))
        (Field::new("hours_per_week", "How many hours a week does the team have for all of it?")
            .value(fields.get("hours_per_week")).input(errors))
    }
}

fn picked(answers: &StartAnswers, fields: &Fields, errors: &Errors) -> Markup {
    let options: Vec<(String, String)> = answers
        .initiatives
        .iter()
        .enumerate()
        .map(|(at, name)| (at.to_string(), name.clone()))
        .collect();
    html! {
        p.lede { "The outcome: " (answers.outcome) }
        (Field::new("picked", "Pick one").value(fields.get("picked")).radios(&options, errors))
        (Field::new("why_a_partner_would", "Why would a partner work with you on it?")
            .hint("Their renewal risk falls where our integration is live").value(fields.get("why_a_partner_would")).required().area(2, errors))
        (Field::new("why_customers_care", "Why does the customer care?")
            .value(fields.get("why_customers_care")).area(2, errors))
    }
}

fn parked(answers: &StartAnswers, fields: &Fields, errors: &Errors) -> Markup {
    html! {
        p.lede { "Each of these stands on the page as parked, with the same weight as what you chose. Edit the words." }
        @for (at, initiative) in answers.initiatives.iter().enumerate().filter(|(at, _)| Some(*at) != answers.picked) {
            @let (reason, reopen) = (format!("reason-{at}"), format!("reopen-{at}"));
            fieldset {
                legend { h2 { (initiative) } }
                (Field::new(&reason, "Why is it parked?").value(fields.get(&reason)).area(2, errors))
                (Field::new(&reopen, "What would bring it back?").value(fields.get(&reopen)).area(2, errors))
            }
        }
    }
}

fn gate(fields: &Fields, errors: &Errors) -> Markup {
    html! {
        p.lede { "Fixed now, before the start: how many opportunities would make you scale, how few would make you stop, and on which day." }
        p.dim { "Suggested is what the team's hours and the usual steps lead one to expect, on the first day by which a gate can tell a bet that works from one that does not." }
        (Field::new("scale_if", "Scale if this many opportunities or more have opened").value(fields.get("scale_if")).input(errors))
        (Field::new("retire_if", "Retire if this many or fewer have").value(fields.get("retire_if")).input(errors))
        (Field::new("gate_by", "By which day").kind("date").value(fields.get("gate_by")).input(errors))
    }
}

async fn check_page(office: &Office, visitor: &Visitor) -> Result<Markup, Failure> {
    let started = office
        .preview_start(&visitor.actor)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let revision = office.written(&visitor.actor).await?.draft.revision;
    let strategy = &started.strategy;
    let bet = strategy.bets.first();
    let parked = strategy.cells.len().saturating_sub(1) as u64;
    let body = html! {
        p.dim { "Check your answers" }
        h1 { "This is what the page will say" }
        dl.summary-list {
            div { dt { "Outcome" } dd { (strategy.outcome.says) } dd.actions { a href="/start/1" { "Change" span.visually-hidden { " the outcome" } } } }
            div { dt { "The bet" } dd { (bet.map_or("", |bet| bet.name.as_str())) } dd.actions { a href="/start/3" { "Change" span.visually-hidden { " the bet" } } } }
            div { dt { "Parked" } dd { (numbers::plural(parked, "initiative", "initiatives")) } dd.actions { a href="/start/4" { "Change" span.visually-hidden { " what is parked" } } } }
            @if let Some(gate) = bet.and_then(|bet| bet.gate.as_ref()) {
                div { dt { "The gate" }
                    dd { "Scale at " (gate.scale_if.map_or_else(String::new, numbers::three_figures)) ", retire at " (gate.retire_if.map_or_else(String::new, numbers::three_figures))
                        @if let Some(by) = gate.by { ", by " (numbers::date(by)) } }
                    dd.actions { a href="/start/5" { "Change" span.visually-hidden { " the gate" } } } }
            }
        }
        @if !started.assumptions.is_empty() {
            h2 { "What we assumed, since nobody said it" }
            dl.summary-list { @for assumption in &started.assumptions { div { dt { (assumption.what) } dd { (assumption.value) } } } }
            p.dim { "Change any of it later on the page of the bet." }
        }
        form method="post" action={ "/start/" (CHECK) } {
            (token(visitor))
            input type="hidden" name="revision" value=(revision);
            button.btn.primary type="submit" { "Make the one page" }
        }
    };
    Ok(layout::inside(visitor, Place::Strategy, "Check your answers", &body))
}
