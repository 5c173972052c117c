//! Roadmap: what comes first, what waits, do we have the people? The sequence under the team's hours, the plans compared,
//! and the fan to the target.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::foreseeing::{plan_name, until_review};
use beachhead_office::foresight::sequence::Sequenced;
use beachhead_office::foresight::simulate::Program;
use beachhead_office::strategy::{Bet, BetState, Cycle, Sequence};
use beachhead_office::{Code, Office, Permission, Standing, reporting};
use beachhead_press::chart::capacity::{self, Capacity};
use beachhead_press::chart::plans::{self, Difference, Kind, Plan, Plans};
use beachhead_press::chart::timeline::{self, Timeline};
use beachhead_press::chart::{Frame, fan};
use beachhead_press::numbers::{self, Unit};
use maud::{Markup, html};

use crate::AsOf;
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Fields, Signed};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;
use crate::{queue, what_if};

/// `GET /roadmap`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    draw(
        &office,
        &visitor,
        &Fields(asked),
        &Fields::default(),
        Errors::default(),
        422,
    )
    .await
}

/// `POST /roadmap/move`
pub async fn move_bet(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Decide)?;
    let mut errors = Errors::default();
    let key = errors.require(fields, "moved", "Choose the bet to move");
    let mut status = 422;
    match Cycle::parse(fields.get("to")) {
        Err(_) => errors.add("to", "Choose the cycle that it moves to"),
        Ok(to) if errors.is_empty() => match office.move_bet(&visitor.actor, &key, to, fields.get("reason")).await {
            Ok(_) => {
                let said = format!("It is moved to {to} in the draft. The plan changes with the next signature.");
                return Ok(redirect_saying("/roadmap", &said));
            }
            Err(refusal) if refusal.code == Code::NotAllowed => return Err(Failure::on(&visitor.frame, refusal)),
            Err(refusal) => {
                status = refusal.code.status();
                errors.add(if refusal.code == Code::Conflict { "reason" } else { "to" }, &refusal);
            }
        },
        Ok(_) => {}
    }
    draw(&office, visitor, &Fields::default(), fields, errors, status).await
}

/// The page, for a what-if that its address asks and a move that was typed.
async fn draw(
    office: &Office,
    visitor: &Visitor,
    fields: &Fields,
    moved: &Fields,
    wrong: Errors,
    status: u16,
) -> Answer {
    let as_of = AsOf {
        as_of: fields.get("as_of").to_owned(),
    };
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let sequenced = office.sequence(&visitor.actor, &standing).await.ok();
    let (changed, mut errors) = what_if::read(&standing, fields);
    let answered = if errors.is_empty() && !changed.is_empty() {
        let answered = office.what_if(&visitor.actor, &standing, &changed).await;
        answered.map_err(|refusal| errors = Errors::from(&refusal)).ok()
    } else {
        None
    };
    let sequence = Sequence::of(standing.planned(), &standing.states());
    let summary = if wrong.is_empty() { &errors } else { &wrong };
    let body = html! {
        h1 { "Roadmap" }
        (as_of.banner_on(&visitor.frame, &standing))
        (summary.summary())
        p.lede { (lede(&standing, &sequence)) }
        @if sequence.cycles.is_empty() {
            p { "Once a bet has a start and capacity, it stands here in its cycle, with the hours it asks of the team." }
            p { a.btn.primary href="/bets" { "Go to the bets" } }
            div.example aria-hidden="true" { p { strong { "Example: " } "2026-Q3 · HRIS co-sell · 640 of 715 hours" } }
        } @else {
            (not_signed(&standing))
            (drawn_timeline(&standing, &sequence))
            (drawn_capacity(&standing, &sequence))
        }
        (queue::draw(visitor, &standing, &sequence, moved, &wrong))
        (to_the_target(&standing))
        @if let Some((sequenced, bets)) = &sequenced {
            (compared(&standing, sequenced, bets))
            h2 id="what-if" { "What if" }
            p { "Change what the plans rest on and see the answer move. Nothing is saved; the address holds the change, so it can be shared. "
                a href="/roadmap/assumptions" { "What if an assumption is off by 40%?" } }
            @if let Some(answered) = &answered { (what_if::answer(&standing, answered)) }
            (what_if::form(&standing, fields, &errors))
        }
    };
    let shown = layout::inside(visitor, Place::Roadmap, &summary.title("Roadmap"), &body);
    Ok(if summary.is_empty() {
        page(&visitor.frame, shown)
    } else {
        refused(status, shown)
    })
}

/// Bets whose start the draft moves, until a signature makes it the plan.
fn not_signed(standing: &Standing) -> Markup {
    let signed = standing.strategy();
    let moved = standing.planned().bets.iter().filter_map(|bet| {
        let before = signed.bet(&bet.name)?;
        (before.starts != bet.starts).then_some((bet, before.starts, bet.starts))
    });
    let words = |cycle: Option<Cycle>| cycle.map_or_else(|| "no cycle".to_owned(), |cycle| cycle.to_string());
    html! {
        @for (bet, before, after) in moved {
            p.banner.info { (bet.name) " moves from " (words(before)) " to " (words(after)) " in the draft, which is not signed yet. " a href="/" { "Ask for a signature" } }
        }
    }
}

/// The fan to the target, what it says in words, and what it rests on.
fn to_the_target(standing: &Standing) -> Markup {
    let (Some(fan), Some(foreseen)) = (reporting::outcome_fan(standing, "outcome"), standing.foreseen()) else {
        return html! {};
    };
    let strategy = standing.strategy();
    let unit = reporting::unit(strategy, &strategy.outcome.measure);
    let total = &foreseen.forecast.outcome;
    let end = unit.with_range(
        total.mean + foreseen.already,
        total.p10 + foreseen.already,
        total.p90 + foreseen.already,
    );
    html! {
        h2 { "To the outcome's target" }
        (fan::draw(&fan))
        p {
            "On average it ends at " (end) ", eight in ten between these. In the worst fifth of futures it ends at "
            (unit.write(total.cvar20 + foreseen.already)) " on average. "
            @if standing.signed.is_some() { a href="/miss" { "Why are we behind, or ahead?" } }
        }
        (rests_on(&foreseen.laid.program))
    }
}

/// The assumptions of a forecast, bet by bet.
fn rests_on(program: &Program) -> Markup {
    let steps = |bet: &beachhead_office::foresight::simulate::Bet| {
        let step = |step: &beachhead_office::foresight::simulate::Step| {
            let (a, b) = step.prior;
            format!(
                "{} {} ({})",
                step.name.as_deref().unwrap_or("step"),
                numbers::percent(a / (a + b)),
                numbers::three_figures(a + b)
            )
        };
        bet.steps.iter().map(step).collect::<Vec<_>>().join(", ")
    };
    html! {
        div.scroll role="region" tabindex="0" aria-label="What the forecast rests on" { table.rests-on {
            caption.dim {
                "What it rests on, as people assumed it: " (numbers::three_figures(program.hours_per_week)) " hours a week, "
                (numbers::percent(program.switching_tax)) " of them lost for each further bet at once. In brackets: as firmly as after so many targets; what was seen of a running bet comes on top."
            }
            thead { tr {
                th scope="col" { "Bet" } th.num scope="col" { "Set-up" } th.num scope="col" { "Each week" }
                th.num scope="col" { "Each target" } th scope="col" { "Each step converts" }
            } }
            tbody { @for bet in &program.bets { tr {
                th scope="row" { (bet.name) }
                td.num { (Unit::Hours.write(bet.set_up_hours)) } td.num { (Unit::Hours.write(bet.weekly_overhead_hours)) }
                td.num { (Unit::Hours.write(bet.hours_per_target)) } td { (steps(bet)) }
            } } }
        } }
    }
}

/// What runs, what waits, and whether the team has the hours.
fn lede(standing: &Standing, sequence: &Sequence) -> String {
    let over: Vec<String> = sequence
        .cycles
        .iter()
        .filter(|load| load.is_over_committed())
        .map(|load| {
            format!(
                "{} by {} hours",
                load.cycle,
                numbers::three_figures(load.hours_asked() - load.hours_has)
            )
        })
        .collect();
    if sequence.cycles.is_empty() {
        return "No bet has a place in the sequence yet.".to_owned();
    }
    let hours = if over.is_empty() {
        "The team has the hours for what is planned.".to_owned()
    } else {
        format!(
            "More is asked of the team than it has: {}. That stops a signature.",
            over.join(", ")
        )
    };
    let named = |wanted: fn(BetState) -> bool| -> Vec<&str> {
        let bets = standing.bets().into_iter();
        bets.filter(|bet| wanted(standing.state_of(&bet.name)))
            .map(|bet| bet.name.as_str())
            .collect()
    };
    let runs = match named(BetState::is_worked).as_slice() {
        [] => "Nothing runs yet".to_owned(),
        [one] => format!("{one} runs now"),
        many => format!("{} run now", many.join(" and ")),
    };
    let waits = match named(|state| state.is_live() && !state.is_worked()).as_slice() {
        [] => "nothing waits for its start".to_owned(),
        [one] => format!("{one} waits for its start"),
        many => format!("{} wait for their start", many.join(" and ")),
    };
    format!("{runs}; {waits}. {hours}")
}

/// Now, Next and Later with their days: a cycle each, and all that follow.
fn columns(standing: &Standing, sequence: &Sequence) -> Vec<timeline::Cycle> {
    let calendar = standing.planned().program.calendar;
    let now = calendar.containing(standing.today);
    let (next, later) = (now.next(), now.next().next());
    let last = sequence.cycles.last().map_or(next, |load| load.cycle);
    let column = |when: &str, name: String, first: Cycle, last: Cycle| timeline::Cycle {
        name,
        when: Some(when.to_owned()),
        first: calendar.first_day(first),
        last: calendar.last_day(last),
    };
    let last = last.max(later);
    let name = if last == later {
        later.to_string()
    } else {
        format!("{later} to {last}")
    };
    vec![
        column("Now", now.to_string(), now, now),
        column("Next", next.to_string(), next, next),
        column("Later", name, later, last),
    ]
}

fn drawn_timeline(standing: &Standing, sequence: &Sequence) -> Markup {
    let calendar = standing.planned().program.calendar;
    let columns = columns(standing, sequence);
    let begins = columns[0].first;
    let span = |bet: &Bet| {
        let loads: Vec<_> = sequence
            .cycles
            .iter()
            .filter(|load| load.bets.iter().any(|asked| asked.bet == bet.name))
            .collect();
        let (first, last) = (
            calendar.first_day(loads.first()?.cycle),
            calendar.last_day(loads.last()?.cycle),
        );
        // What runs past the cycle of its gate runs now.
        let last = if standing.state_of(&bet.name).is_worked() {
            last.max(columns[0].last)
        } else {
            last
        };
        (last >= begins).then_some((first.max(begins), last))
    };
    // What is parked stands in the queue.
    let live = |bet: &&Bet| standing.state_of(&bet.name).is_live();
    let bets = standing.bets().into_iter().filter(live).map(|bet| timeline::Bet {
        name: bet.name.clone(),
        href: Some(format!("/bets/{}", bet.key())),
        state: reporting::state(standing.state_of(&bet.name)),
        span: span(bet),
        gates: bet
            .gate
            .iter()
            .filter_map(|gate| {
                let need = gate.scale_if.map_or_else(String::new, numbers::three_figures);
                Some(timeline::Gate {
                    date: gate.by?,
                    says: format!("{need} × {}", gate.measure),
                })
            })
            .collect(),
        note: (!bet.after.is_empty()).then(|| format!("After the gate of {}", bet.after)),
    });
    let data = Timeline {
        frame: Frame::new("sequence", "What comes first and what waits, with the gates"),
        today: standing.today,
        bets: bets.collect(),
        cycles: columns.clone(),
    };
    html! { h2 { "The sequence" } (timeline::draw(&data)) }
}

fn drawn_capacity(standing: &Standing, sequence: &Sequence) -> Markup {
    let program = &standing.planned().program;
    let now = program.calendar.containing(standing.today);
    let to_come = || sequence.cycles.iter().filter(move |load| load.cycle >= now);
    let most = to_come().max_by(|a, b| a.hours_asked().total_cmp(&b.hours_asked()));
    let finding = most.map_or_else(String::new, |load| {
        format!(
            "{} asks most: {} of {} hours",
            load.cycle,
            numbers::three_figures(load.hours_asked()),
            numbers::three_figures(load.hours_has)
        )
    });
    let cycles = to_come().map(|load| capacity::Cycle {
        name: load.cycle.to_string(),
        hours_asked: load.hours_asked(),
        hours_there: load.hours_has,
        asked_by: load.bets.iter().map(|bet| (bet.bet.clone(), bet.hours)).collect(),
    });
    let people = u32::try_from(program.team.len()).unwrap_or(u32::MAX);
    let data = Capacity {
        frame: Frame::new("hours", finding),
        cycles: cycles.collect(),
        person_week: (people > 0 && program.hours_per_week() > 0.0)
            .then(|| program.hours_per_week() / f64::from(people)),
    };
    html! {
        h2 { "Hours asked of the team" }
        (capacity::draw(&data))
        @if let Some(hours) = data.person_week { p.dim { "A person-week is what one of the team has for this program in a week: " (Unit::Hours.write(hours)) " on average." } }
    }
}

fn compared(standing: &Standing, sequenced: &Sequenced, bets: &[String]) -> Markup {
    let strategy = standing.strategy();
    if bets.len() < 2 {
        return html! {};
    }
    let named = [sequenced.spread, sequenced.one_at_a_time];
    let is_named = |at: usize| named.contains(&at) || Some(at) == sequenced.own;
    // Besides the plans with names, the best of each number at once: what one more at once costs can be read off.
    let mut counts = vec![sequenced.plans[sequenced.one_at_a_time].at_once];
    let shown = sequenced.plans.iter().enumerate().filter(move |(at, plan)| {
        let first = !is_named(*at) && !counts.contains(&plan.at_once);
        if first {
            counts.push(plan.at_once);
        }
        first || *at == sequenced.best || is_named(*at)
    });
    let plans = shown.map(|(at, plan)| Plan {
        name: plan_name(sequenced, at, bets),
        kind: if at == sequenced.spread {
            Kind::EverythingAtOnce
        } else if at == sequenced.one_at_a_time {
            Kind::OneAtATime
        } else {
            Kind::Other
        },
        mean: plan.mean,
        against_best: (at != sequenced.best).then_some(Difference {
            value: plan.vs_best.difference,
            low: plan.vs_best.low,
            high: plan.vs_best.high,
        }),
        chance_of_target: plan.p_target,
    });
    let mut frame = Frame::new("plans", sequenced.says.clone());
    frame.note = Some(format!(
        "What the live bets bring from {} to the outcome's date. Switching tax {}, hours of set-up and priors are assumptions of this program.",
        numbers::date(standing.as_of),
        numbers::percent(strategy.program.switching_tax),
    ));
    let data = Plans {
        frame,
        measure: format!("{} from the bets", reporting::measure_name(&strategy.outcome.measure)),
        unit: reporting::unit(strategy, &strategy.outcome.measure),
        paths: u64::from(sequenced.paths),
        plans: plans.collect(),
    };
    html! { h2 { "What focus buys" } (plans::draw(&data)) p { (until_review(sequenced, bets)) } }
}
