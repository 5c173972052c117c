//! The launch plan on a bet's page: what is done, late and due in the first 30 days, each to be marked. Must not know a
//! date of its own.

use std::sync::Arc;

use axum::extract::{Path, State};
use beachhead_office::launching::LaunchTask;
use beachhead_office::strategy::{Bet, BetState};
use beachhead_office::targets::may_run;
use beachhead_office::{Office, Standing};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, redirect_saying};
use crate::form::{Signed, token};
use crate::visitor::Visitor;

/// The plan with what is done of it; folded once all of it is, or the bet is past its launch.
pub fn section(visitor: &Visitor, standing: &Standing, bet: &Bet, tasks: &[LaunchTask]) -> Markup {
    let done = tasks.iter().filter(|task| task.done.is_some()).count();
    let state = standing.state_of(&bet.name);
    let may = may_run(&visitor.actor, bet)
        && (state.is_worked() || state == BetState::Planned)
        && standing.looked_back.is_none();
    let is_past = matches!(state, BetState::Scaled | BetState::Parked | BetState::Retired);
    html! {
        @if !tasks.is_empty() {
            h2 id="launch" { "The first 30 days" }
            p { (how_far(standing, bet, tasks)) }
            details open[done < tasks.len() && !is_past] {
                summary { "What must be done for the motion to be live" }
                ul.task-list { @for task in tasks { li { span { (task.what) } (standing_of(visitor, bet, task, may, state)) } } }
            }
        }
    }
}

/// "5 of 8 done, 1 late."; of a bet that ended, how far it had got by then.
fn how_far(standing: &Standing, bet: &Bet, tasks: &[LaunchTask]) -> Markup {
    let done = tasks.iter().filter(|task| task.done.is_some()).count();
    let late = tasks.iter().filter(|task| task.is_late).count();
    let counted = html! { (done) " of " (tasks.len()) " done" @if late > 0 { ", " strong { (late) " late" } } };
    let state = standing.state_of(&bet.name);
    html! {
        @match (state, standing.since(&bet.name)) {
            (BetState::Parked | BetState::Retired, Some(day)) => { (counted) " when it was " (state.word()) " on " (numbers::date(day)) "." },
            (BetState::Planned | BetState::Proposed, _) => { (counted) ". The days are counted from the start as it is planned." },
            _ => { (counted) "." },
        }
    }
}

fn standing_of(visitor: &Visitor, bet: &Bet, task: &LaunchTask, may: bool, state: BetState) -> Markup {
    let is_over = matches!(state, BetState::Parked | BetState::Retired);
    let (word, words) = if task.done.is_some() {
        ("no", "Not done after all")
    } else {
        ("yes", "Done today")
    };
    html! {
        div {
            @match &task.done {
                Some((day, by)) => {
                    (Tag::new(Tone::Positive, Some('●'), "Done").html()) " "
                    span.dim { (numbers::date(*day)) ", " (by) }
                },
                None if task.is_late => {
                    (Tag::new(Tone::Caution, Some('◆'), "Late").html()) " "
                    span.dim { "was due on " (numbers::date(task.by)) }
                },
                None if is_over => span.dim { "not done" },
                None => span.dim { "due by " (numbers::date(task.by)) },
            }
            @if may {
                " " form.inline.noprint method="post" action={ "/bets/" (bet.key()) "/launch" } {
                    (token(visitor))
                    input type="hidden" name="task" value=(task.what);
                    button.btn.link type="submit" name="done" value=(word) { (words) span.visually-hidden { ": " (task.what) } }
                }
            }
        }
    }
}

/// `POST /bets/{bet}/launch`
pub async fn mark(State(office): State<Arc<Office>>, Path(bet): Path<String>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    let done_on = (fields.get("done") != "no").then(|| office.surroundings().today());
    office
        .mark_launched(&visitor.actor, &bet, fields.get("task"), done_on)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let words = if done_on.is_some() { "done" } else { "not done" };
    Ok(redirect_saying(
        &format!("/bets/{bet}#launch"),
        &format!("“{}” is marked as {words}.", fields.get("task")),
    ))
}
