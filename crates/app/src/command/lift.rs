//! `beachhead lift`: partner involvement against none.

use std::process::ExitCode;

use beachhead_office::foresight::lift::{Arm, Difference};
use beachhead_office::lifting::{LiftQuestion, LiftView, document};
use jiff::civil::Date;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// Which opportunities are "with", by a rule over their columns; unless said, those that a partner sourced or
    /// influenced within four weeks of their creation
    #[arg(long, value_name = "RULE")]
    with: Option<String>,
    /// What opportunities are compared within: segment, stage, or any column of opportunities or of their account
    /// (numbers in quarters); unless said, segment, employees and source, as far as they are there
    #[arg(long, value_name = "FIELD,...", value_delimiter = ',')]
    strata: Vec<String>,
    /// As the facts were known on this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let question = LiftQuestion {
        with: arguments.with,
        strata: arguments.strata,
        as_of: arguments.as_of,
    };
    let view = office.lift(&actor, question).await?;
    if place.json {
        show::json(&document(&view))?;
    } else {
        show::print(&text(&view));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(view: &LiftView) -> String {
    let lift = &view.lift;
    let share = |share: f64| format!("{:.1}", share * 100.0);
    let side = |name: &str, arm: &Arm| {
        let rate = &arm.rate;
        let range = rate.rate.map_or_else(
            || "none decided".to_owned(),
            |found| format!("{}% ({} to {})", share(found), share(rate.low), share(rate.high)),
        );
        vec![
            name.to_owned(),
            format!("{} of {}", rate.k, rate.n),
            arm.open.to_string(),
            range,
        ]
    };
    let sides = [side("with", &lift.with), side("without", &lift.without)];
    let difference = |name: String, found: Option<Difference>| {
        let points = |value: f64| format!("{:+.1}", value * 100.0);
        let range = found.map_or_else(
            || "–".to_owned(),
            |found| {
                format!(
                    "{} ({} to {})",
                    points(found.difference),
                    points(found.low),
                    points(found.high)
                )
            },
        );
        vec![name, range]
    };
    let strata = lift.stratified.as_ref();
    let within = format!("within {} strata", strata.map_or(0, |strata| strata.strata));
    let adjusted = lift.adjusted.as_ref();
    let by = adjusted.map_or_else(
        || "adjusted".to_owned(),
        |found| format!("adjusted ({})", found.method.word()),
    );
    let differences = [
        difference("as counted".into(), lift.naive),
        difference(within, strata.map(|strata| strata.difference)),
        difference(by, adjusted.map(|adjusted| adjusted.difference)),
    ];
    let notes: String = view.notes.iter().map(|note| format!("\n- {note}")).collect();
    format!(
        "As of {}.\n{}\n\n{}\n\n{}\n{notes}",
        view.as_of,
        view.says,
        show::columns(&["", "won", "open", "win rate (95%)"], &sides, &[1, 2]),
        show::columns(&["difference", "points (95%)"], &differences, &[]),
    )
}
