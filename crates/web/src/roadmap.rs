//! Roadmap: what comes first, what waits, do we have the people? The sequence under the team's hours, the plans compared,
//! and the fan to the target.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::foreseeing::{plan_name, until_review};
use beachhead_office::foresight::sequence::Sequenced;
use beachhead_office::foresight::simulate::Program;
use beachhead_office::strategy::{Bet, Sequence};
use beachhead_office::{Office, Standing, reporting};
use beachhead_press::chart::capacity::{self, Capacity};
use beachhead_press::chart::plans::{self, Difference, Kind, Plan, Plans};
use beachhead_press::chart::timeline::{self, Timeline};
use beachhead_press::chart::{Frame, fan};
use beachhead_press::numbers::{self, Unit};
use maud::{Markup, html};

use crate::AsOf;
use crate::answer::{Answer, page};
use crate::form::{Errors, Fields};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;
use crate::what_if;

/// `GET /roadmap`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let fields = Fields(asked);
    let as_of = AsOf {
        as_of: fields.get("as_of").to_owned(),
    };
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let sequenced = office.sequence(&visitor.actor, &standing).await.ok();
    let (changed, mut errors) = what_if::read(&standing, &fields);
    let answered = if errors.is_empty() && !changed.is_empty() {
        let answered = office.what_if(&visitor.actor, &standing, &changed).await;
        answered.map_err(|refusal| errors = Errors::from(&refusal)).ok()
    } else {
        None
    };
    let sequence = Sequence::of(standing.strategy(), &standing.states());
    let body = html! {
        h1 { "Roadmap" }
        (as_of.banner_on(&standing))
        (errors.summary())
        p.lede { (lede(&sequence)) }
        @if sequence.cycles.is_empty() {
            p { "Once a bet has a start and capacity, it stands here in its cycle, with the hours it asks of the team." }
            p { a.btn.primary href="/bets" { "Go to the bets" } }
            div.example aria-hidden="true" { p { strong { "Example: " } "2026-Q3 · HRIS co-sell · 640 of 715 hours" } }
        } @else {
            (drawn_timeline(&standing, &sequence))
            (drawn_capacity(&sequence))
        }
        (to_the_target(&standing))
        @if let Some((sequenced, bets)) = &sequenced {
            (compared(&standing, sequenced, bets))
            h2 id="what-if" { "What if" }
            p { "Change what the plans rest on and see the answer move. Nothing is saved; the address holds the change, so it can be shared. "
                a href="/roadmap/assumptions" { "What if an assumption is off by 40%?" } }
            @if let Some(answered) = &answered { (what_if::answer(&standing, answered)) }
            (what_if::form(&standing, &fields, &errors))
        }
    };
    let shown = layout::inside(&visitor, Place::Roadmap, &errors.title("Roadmap"), &body);
    Ok(if errors.is_empty() {
        page(&visitor.frame, shown)
    } else {
        refused(422, shown)
    })
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

fn lede(sequence: &Sequence) -> String {
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
    match (sequence.cycles.is_empty(), over.is_empty()) {
        (true, _) => "No bet has a place in the sequence yet.".to_owned(),
        (false, true) => "The team has the hours for what is planned.".to_owned(),
        (false, false) => format!(
            "More is asked of the team than it has: {}. That stops a signature.",
            over.join(", ")
        ),
    }
}

fn drawn_timeline(standing: &Standing, sequence: &Sequence) -> Markup {
    let strategy = standing.strategy();
    let calendar = strategy.program.calendar;
    let present = calendar.containing(standing.today);
    let cycles = sequence.cycles.iter().map(|load| timeline::Cycle {
        name: load.cycle.to_string(),
        when: if load.cycle == present {
            Some("Now".into())
        } else if load.cycle == present.next() {
            Some("Next".into())
        } else {
            None
        },
        first: calendar.first_day(load.cycle),
        last: calendar.last_day(load.cycle),
    });
    let span = |bet: &Bet| {
        let loads: Vec<_> = sequence
            .cycles
            .iter()
            .filter(|load| load.bets.iter().any(|asked| asked.bet == bet.name))
            .collect();
        Some((
            calendar.first_day(loads.first()?.cycle),
            calendar.last_day(loads.last()?.cycle),
        ))
    };
    let bets = standing.bets().into_iter().map(|bet| timeline::Bet {
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
        frame: Frame::new("sequence", "Bets over the cycles, with their gates"),
        cycles: cycles.collect(),
        today: standing.today,
        bets: bets.collect(),
    };
    html! { h2 { "The sequence" } (timeline::draw(&data)) }
}

fn drawn_capacity(sequence: &Sequence) -> Markup {
    let most = sequence
        .cycles
        .iter()
        .max_by(|a, b| a.hours_asked().total_cmp(&b.hours_asked()));
    let finding = most.map_or_else(String::new, |load| {
        format!(
            "{} asks most: {} of {} hours",
            load.cycle,
            numbers::three_figures(load.hours_asked()),
            numbers::three_figures(load.hours_has)
        )
    });
    let cycles = sequence.cycles.iter().map(|load| capacity::Cycle {
        name: load.cycle.to_string(),
        hours_asked: load.hours_asked(),
        hours_there: load.hours_has,
        asked_by: load.bets.iter().map(|bet| (bet.bet.clone(), bet.hours)).collect(),
    });
    let data = Capacity {
        frame: Frame::new("hours", finding),
        cycles: cycles.collect(),
    };
    html! { h2 { "Hours asked of the team" } (capacity::draw(&data)) }
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
