//! What if: the form that changes what the plans rest on, and the answer before and after. The address holds all of it,
//! so that a what-if can be shared. Must not save.

use beachhead_office::foreseeing::order_name;
use beachhead_office::foresight::simulate;
use beachhead_office::strategy::bet::slug;
use beachhead_office::what_if::{Answered, BetChange, Foretold, WhatIf};
use beachhead_office::{Standing, reporting};
use beachhead_press::numbers::{self, Unit};
use maud::{Markup, html};

use crate::form::{Errors, Field, Fields};

/// The most hours that are taken: of a team in a week, of a set-up; and the most targets that a belief is worth.
const MOST: f64 = 100_000.0;

/// A figure that may be changed: its field, what it asks, what is planned, and between which ends it may lie.
struct Figure {
    field: String,
    label: String,
    planned: f64,
    ends: (f64, f64),
}

impl Figure {
    fn new(field: impl Into<String>, label: impl Into<String>, planned: f64, ends: (f64, f64)) -> Self {
        Self {
            field: field.into(),
            label: label.into(),
            planned,
            ends,
        }
    }

    /// What is planned, as the field shows it and takes it back.
    fn shown(&self) -> String {
        let rounded = (self.planned * 100.0).round() / 100.0;
        format!("{rounded}")
    }

    /// What was typed, where it is other than planned.
    fn changed(&self, fields: &Fields, errors: &mut Errors) -> Option<f64> {
        if fields.get(&self.field) == self.shown() {
            return None;
        }
        match fields.number(&self.field) {
            Ok(None) => None,
            Ok(Some(number)) if number >= self.ends.0 && number <= self.ends.1 => Some(number),
            Ok(Some(_)) => {
                let (least, most) = self.ends;
                errors.add(&self.field, format!("Type a number from {least} to {most}"));
                None
            }
            Err(words) => {
                errors.add(&self.field, words);
                None
            }
        }
    }

    fn draw(&self, fields: &Fields, errors: &Errors) -> Markup {
        let typed = fields.get(&self.field);
        let planned = self.shown();
        let hint = format!("Planned: {planned}");
        let value = if typed.is_empty() { planned.as_str() } else { typed };
        Field::new(&self.field, &self.label)
            .hint(&hint)
            .value(value)
            .input(errors)
    }
}

/// The figures of the whole program.
fn program_figures(program: &simulate::Program) -> [Figure; 2] {
    [
        Figure::new("hours", "Team hours a week", program.hours_per_week, (1.0, MOST)),
        Figure::new(
            "tax",
            "Switching tax, % of the hours for each further bet at once",
            program.switching_tax * 100.0,
            (0.0, 100.0),
        ),
    ]
}

/// The figures of one bet: its hours, and for each step the mean of its prior and how firmly it is believed.
struct BetFigures {
    /// None once the set-up is done.
    set_up: Option<Figure>,
    overhead: Figure,
    steps: Vec<[Figure; 2]>,
}

impl BetFigures {
    fn of(bet: &simulate::Bet) -> Self {
        let key = slug(&bet.name);
        let set_up_left = bet
            .started
            .as_ref()
            .map_or(bet.set_up_hours, |running| running.set_up_hours_left);
        let done = bet.started.is_some() && set_up_left <= 0.0;
        let set_up = Figure::new(format!("set_up.{key}"), "Hours of set-up", set_up_left, (0.0, MOST));
        Self {
            set_up: (!done).then_some(set_up),
            overhead: Figure::new(
                format!("overhead.{key}"),
                "Hours a week, whatever it does",
                bet.weekly_overhead_hours,
                (0.0, MOST),
            ),
            steps: bet
                .steps
                .iter()
                .enumerate()
                .map(|(at, step)| step_figures(&key, at, step))
                .collect(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Figure> {
        self.set_up
            .iter()
            .chain([&self.overhead])
            .chain(self.steps.iter().flatten())
    }

    fn changed(&self, fields: &Fields, errors: &mut Errors) -> BetChange {
        let mut change = BetChange {
            set_up_hours: self.set_up.as_ref().and_then(|figure| figure.changed(fields, errors)),
            weekly_overhead_hours: self.overhead.changed(fields, errors),
            ..BetChange::default()
        };
        for (at, [mean, strength]) in self.steps.iter().enumerate() {
            let (typed_mean, typed_strength) = (mean.changed(fields, errors), strength.changed(fields, errors));
            if typed_mean.is_some() || typed_strength.is_some() {
                let mean = typed_mean.unwrap_or(mean.planned) / 100.0;
                change
                    .steps
                    .insert(at, (mean, typed_strength.unwrap_or(strength.planned)));
            }
        }
        change
    }
}

fn step_figures(key: &str, at: usize, step: &simulate::Step) -> [Figure; 2] {
    let (a, b) = step.prior;
    let name = step.name.clone().unwrap_or_else(|| format!("step {}", at + 1));
    let number = at + 1;
    [
        Figure::new(
            format!("mean.{key}.{number}"),
            format!("“{name}”: converts, %"),
            100.0 * a / (a + b),
            (1.0, 99.0),
        ),
        Figure::new(
            format!("strength.{key}.{number}"),
            format!("“{name}”: believed as after so many targets"),
            a + b,
            (1.0, MOST),
        ),
    ]
}

/// The program that plans are compared over; none where there is nothing to simulate.
fn program(standing: &Standing) -> Option<&simulate::Program> {
    let foreseen = standing.foreseen()?;
    Some(&foreseen.with_parked.as_ref().unwrap_or(&foreseen.laid).program)
}

/// What is asked for in an address, and what is wrong with it.
pub fn read(standing: &Standing, fields: &Fields) -> (WhatIf, Errors) {
    let (mut what_if, mut errors) = (WhatIf::default(), Errors::default());
    let Some(program) = program(standing) else {
        return (what_if, errors);
    };
    let [hours, tax] = program_figures(program);
    what_if.hours_per_week = hours.changed(fields, &mut errors);
    what_if.switching_tax = tax.changed(fields, &mut errors).map(|percent| percent / 100.0);
    let named = fields.0.iter().filter_map(|(name, value)| match name.as_str() {
        "bet" => Some(value.as_str()).filter(|key| !key.is_empty()),
        name => {
            let (figure, rest) = name.split_once('.')?;
            ["set_up", "overhead", "mean", "strength"]
                .contains(&figure)
                .then(|| rest.split('.').next().unwrap_or_default())
        }
    });
    let mut keys: Vec<&str> = named.collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        match program.bets.iter().find(|bet| slug(&bet.name) == key) {
            Some(bet) => {
                let change = BetFigures::of(bet).changed(fields, &mut errors);
                if change != BetChange::default() {
                    what_if.bets.insert(key.to_owned(), change);
                }
            }
            None => errors.add(
                "bet",
                format!("There is no bet “{key}” to change; choose one of the list"),
            ),
        }
    }
    (what_if, errors)
}

/// The form, with the figures of the bet that is open.
pub fn form(standing: &Standing, fields: &Fields, errors: &Errors) -> Markup {
    let Some(program) = program(standing) else {
        return html! {};
    };
    let none = ("".to_owned(), "No bet".to_owned());
    let options: Vec<(String, String)> = std::iter::once(none)
        .chain(program.bets.iter().map(|bet| (slug(&bet.name), bet.name.clone())))
        .collect();
    let open = program.bets.iter().find(|bet| slug(&bet.name) == fields.get("bet"));
    let figures = open.map(BetFigures::of);
    let drawn: Vec<&str> = figures
        .iter()
        .flat_map(BetFigures::all)
        .map(|figure| figure.field.as_str())
        .collect();
    let kept = fields.0.iter().filter(|(name, value)| {
        let elsewhere = name.contains('.') && !drawn.contains(&name.as_str());
        (elsewhere || name == "as_of") && !value.is_empty()
    });
    html! {
        form method="get" action="/roadmap#what-if" novalidate {
            @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
            div.pairs { @for figure in &program_figures(program) { (figure.draw(fields, errors)) } }
            (Field::new("bet", "Change a bet")
                .hint("Choose one and press the button: its figures open below.")
                .value(fields.get("bet"))
                .select(&options, errors))
            @if let (Some(bet), Some(figures)) = (open, &figures) {
                fieldset {
                    legend { (bet.name) }
                    @if figures.set_up.is_none() { p.hint { "Its set-up is done." } }
                    @if bet.started.is_some() { p.hint { "What has been seen of it counts as before; what is changed here is the belief before that." } }
                    div.pairs { @for figure in figures.all() { (figure.draw(fields, errors)) } }
                }
            }
            button.btn type="submit" { "See what changes" }
            @if !fields.0.is_empty() { " " a.btn href="/roadmap#what-if" { "Back to the plan" } }
        }
    }
}

/// The answer before and after, side by side.
pub fn answer(standing: &Standing, answered: &Answered) -> Markup {
    let strategy = standing.strategy();
    let unit = reporting::unit(strategy, &strategy.outcome.measure);
    let (before, after) = (
        told(&answered.before, answered.already, &unit),
        told(&answered.after, answered.already, &unit),
    );
    html! {
        div.scroll role="region" tabindex="0" aria-label="Before and after" { table.what-if {
            caption.dim { "Nothing is saved. Ranges hold eight simulations in ten; outcomes count what there is already." }
            thead { tr { td {} th scope="col" { "As planned" } th scope="col" { "What if" } } }
            tbody { @for ((name, was), (_, is)) in before.iter().zip(&after) { tr {
                th scope="row" { (name) }
                td { (was) }
                td { @if was == is { (is) } @else { strong { (is) } } }
            } } }
        } }
        p { strong { "As planned: " } (answered.before.sequenced.says) }
        p { strong { "What if: " } (answered.after.sequenced.says) }
    }
}

/// What plans and forecast say, row by row.
fn told(foretold: &Foretold, already: f64, unit: &Unit) -> Vec<(&'static str, String)> {
    let sequenced = &foretold.sequenced;
    let best = &sequenced.plans[sequenced.best];
    let spread = &sequenced.plans[sequenced.spread].vs_best;
    let range =
        |total: &simulate::Total| unit.with_range(total.mean + already, total.p10 + already, total.p90 + already);
    let chance = |total: &simulate::Total| total.p_target.map_or_else(|| "no target".to_owned(), numbers::percent);
    vec![
        ("Bets at once, best plan", best.at_once.to_string()),
        ("Order, best plan", order_name(&best.order, &foretold.bets)),
        ("Outcome with the best plan", range(&foretold.best)),
        ("Chance of the target with the best plan", chance(&foretold.best)),
        (
            "Best plan against everything at once",
            unit.difference(-spread.difference, -spread.high, -spread.low),
        ),
        ("Outcome with the plan as written", range(&foretold.own)),
        ("Chance of the target with the plan as written", chance(&foretold.own)),
        (
            "Mean of the worst fifth of futures, plan as written",
            unit.write(foretold.own.cvar20 + already),
        ),
    ]
}
