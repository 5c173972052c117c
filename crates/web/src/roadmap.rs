//! Roadmap: what comes first, what waits, do we have the people? The sequence under the team's hours, the plans compared,
//! and the fan to the target.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::foresight::sequence::{PlanResult, Sequenced};
use beachhead_office::foresight::simulate::Rule;
use beachhead_office::strategy::{Bet, Sequence};
use beachhead_office::{Office, Standing, reporting};
use beachhead_press::chart::capacity::{self, Capacity};
use beachhead_press::chart::plans::{self, Difference, Kind, Plan, Plans};
use beachhead_press::chart::timeline::{self, Timeline};
use beachhead_press::chart::{Frame, fan};
use beachhead_press::numbers;
use maud::{Markup, html};

use crate::AsOf;
use crate::answer::{Answer, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// Plans shown beside the named ones.
const PLANS_SHOWN: usize = 4;

/// `GET /roadmap`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Query(as_of): Query<AsOf>) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let sequenced = office.sequence(&visitor.actor, &standing).await.ok();
    let sequence = Sequence::of(standing.strategy(), &standing.states());
    let body = html! {
        h1 { "Roadmap" }
        (as_of.banner())
        p.lede { (lede(&sequence)) }
        @if sequence.cycles.is_empty() {
            p { "Once a bet has a start and capacity, it stands here in its cycle, with the hours it asks of the team." }
            p { a.btn.primary href="/bets" { "Go to the bets" } }
            div.example aria-hidden="true" { p { strong { "Example: " } "2026-Q3 · HRIS co-sell · 640 of 715 hours" } }
        } @else {
            (drawn_timeline(&standing, &sequence))
            (drawn_capacity(&sequence))
        }
        @if let Some(fan) = reporting::outcome_fan(&standing, "outcome") {
            h2 { "To the outcome's target" }
            (fan::draw(&fan))
        }
        @if let Some((sequenced, bets)) = &sequenced { (compared(&standing, sequenced, bets)) }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Roadmap, "Roadmap", &body),
    ))
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

fn plan_name(plan: &PlanResult, bets: &[String]) -> String {
    if let Some(name) = plan.name {
        return reporting::measure_name(name);
    }
    let order: Vec<&str> = plan
        .order
        .iter()
        .filter_map(|at| bets.get(*at))
        .map(String::as_str)
        .collect();
    let rule = match plan.rule {
        Rule::Open => "no gates",
        Rule::Gated => "gates kept",
        Rule::Index => "the best at each review",
    };
    format!("{}; {} at once, {rule}", order.join(", then "), plan.at_once)
}

fn compared(standing: &Standing, sequenced: &Sequenced, bets: &[String]) -> Markup {
    let strategy = standing.strategy();
    if bets.len() < 2 {
        return html! {};
    }
    let named = [sequenced.spread, sequenced.one_at_a_time];
    let shown = sequenced.plans.iter().enumerate().filter(|(at, _)| {
        *at < PLANS_SHOWN || *at == sequenced.best || named.contains(at) || Some(*at) == sequenced.own
    });
    let plans = shown.map(|(at, plan)| Plan {
        name: if Some(at) == sequenced.own {
            "The plan as written".to_owned()
        } else {
            plan_name(plan, bets)
        },
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
    html! { h2 { "What focus buys" } (plans::draw(&data)) }
}
