//! `beachhead sequence`: plans compared, how many bets at once, in which order; and what if.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use beachhead_office::foreseeing::{plan_name, sequence_document, until_review};
use beachhead_office::foresight::sequence::Sequenced;
use beachhead_office::foresight::simulate::Program;
use beachhead_office::strategy::bet::slug;
use beachhead_office::what_if::WhatIf;
use beachhead_office::{Office, Refusal, Standing};
use serde_json::Value;

use crate::{Done, Place, machine, show};

/// What the help says of a program given as data.
const PROGRAM: &str = "\
A program given as data (--program), in TOML:

  weeks = 104                               # the horizon
  hours_per_week = 90                       # of the whole team
  switching_tax = 0.05                      # share of the hours lost for each live bet beyond the first
  [[bet]]
  name = \"HRIS co-sell\"
  set_up_hours = 240
  hours_per_target = 6
  weekly_overhead_hours = 4
  targets = 300
  targets_per_week = 12
  deal_value = { mean = 50000, sd = 20000 }
  [[bet.step]]                              # each step of the motion, in order; the last one is won
  prior = [5.4, 6.6]                        # beta(a, b) of the share that converts
  delay_weeks = 3                           # mean weeks of those that do";

#[derive(clap::Args)]
#[command(after_long_help = PROGRAM)]
pub struct Arguments {
    /// A program given as data, without a program of ours
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["hours_per_week", "switching_tax", "set_up", "overhead", "prior"])]
    program: Option<PathBuf>,
    /// What if the team had so many hours a week
    #[arg(long, value_name = "HOURS")]
    hours_per_week: Option<f64>,
    /// What if each further bet at once lost this share of the hours
    #[arg(long, value_name = "SHARE")]
    switching_tax: Option<f64>,
    /// What if a bet's set-up took so many hours
    #[arg(long, value_name = "BET=HOURS")]
    set_up: Vec<Named<f64>>,
    /// What if a bet took so many hours a week, whatever it does
    #[arg(long, value_name = "BET=HOURS")]
    overhead: Vec<Named<f64>>,
    /// What if a step converted this share on average, believed as firmly as after so many targets
    #[arg(long, value_name = "BET/STEP=MEAN,STRENGTH")]
    prior: Vec<Named<Pair>>,
}

/// A value with the name of what it belongs to.
#[derive(Debug, Clone)]
struct Named<T> {
    name: String,
    value: T,
}

impl<T: FromStr<Err: std::fmt::Display>> FromStr for Named<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.rsplit_once('=').ok_or("write a name, = and a value")?;
        Ok(Self {
            name: name.to_owned(),
            value: value.parse().map_err(|error| format!("“{value}”: {error}"))?,
        })
    }
}

/// Two numbers with a comma between them.
#[derive(Debug, Clone)]
struct Pair(f64, f64);

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<f64>().map_err(|error| error.to_string());
        let (mean, strength) = text
            .split_once(',')
            .ok_or("write two numbers with a comma between them")?;
        Ok(Self(number(mean)?, number(strength)?))
    }
}

impl Arguments {
    fn what_if(&self, standing: &Standing) -> Result<WhatIf, Refusal> {
        let mut what_if = WhatIf {
            hours_per_week: self.hours_per_week,
            switching_tax: self.switching_tax,
            ..WhatIf::default()
        };
        for Named { name, value } in &self.set_up {
            what_if.bets.entry(slug(name)).or_default().set_up_hours = Some(*value);
        }
        for Named { name, value } in &self.overhead {
            what_if.bets.entry(slug(name)).or_default().weekly_overhead_hours = Some(*value);
        }
        for Named { name, value } in &self.prior {
            let (bet, step) = name.split_once('/').unwrap_or((name, ""));
            let steps = &standing.bet(&slug(bet))?.motion.steps;
            let at = steps.iter().position(|other| other.name == step).ok_or_else(|| {
                let known: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
                Refusal::bad_input(
                    format!("{bet} has no step “{step}”"),
                    format!("Write BET/STEP=MEAN,STRENGTH with one of {}.", known.join(", ")),
                )
            })?;
            let change = what_if.bets.entry(slug(bet)).or_default();
            change.steps.insert(at, (value.0, value.1));
        }
        Ok(what_if)
    }
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    if let Some(file) = &arguments.program {
        let program: Program = super::read_toml(file)?;
        let name = |(at, name): (usize, &String)| {
            if name.is_empty() {
                format!("bet {}", at + 1)
            } else {
                name.clone()
            }
        };
        let bets: Vec<String> = program.bets.iter().map(|bet| &bet.name).enumerate().map(name).collect();
        return answer(place, &Office::sequence_program(&program)?, &bets, None);
    }
    let (office, actor) = machine::open_as(place).await?;
    let standing = office.standing(&actor, None).await?;
    let what_if = arguments.what_if(&standing)?;
    if what_if.is_empty() {
        let (sequenced, bets) = office.sequence(&actor, &standing).await?;
        return answer(place, &sequenced, &bets, None);
    }
    let answered = office.what_if(&actor, &standing, &what_if).await?;
    let (before, after) = (&answered.before, &answered.after);
    answer(place, &after.sequenced, &after.bets, Some(&before.sequenced))
}

/// Shows plans; with what they were as planned, where something is other.
fn answer(place: &Place, sequenced: &Sequenced, bets: &[String], before: Option<&Sequenced>) -> Done {
    if place.json {
        let mut document = sequence_document(sequenced, bets);
        if let (Some(before), Value::Object(fields)) = (before, &mut document) {
            fields.insert("as_planned".into(), sequence_document(before, bets));
        }
        show::json(&document)?;
    } else {
        let words = words(sequenced, bets);
        show::print(&match before {
            Some(before) => format!("As planned: {}\nWhat if: {words}", before.says),
            None => words,
        });
    }
    Ok(ExitCode::SUCCESS)
}

fn words(sequenced: &Sequenced, bets: &[String]) -> String {
    let row = |(at, plan): (usize, &beachhead_office::foresight::sequence::PlanResult)| {
        let against = &plan.vs_best;
        vec![
            plan_name(sequenced, at, bets),
            format!("{:.0}", plan.mean),
            if at == sequenced.best {
                "best".to_owned()
            } else {
                format!("{:.0} ({:.0} to {:.0})", against.difference, against.low, against.high)
            },
            plan.p_target
                .map_or_else(|| "–".to_owned(), |share| format!("{:.0}%", share * 100.0)),
        ]
    };
    let rows: Vec<Vec<String>> = sequenced.plans.iter().enumerate().map(row).collect();
    let header = ["plan", "mean", "against the best", "chance of the target"];
    let table = show::columns(&header, &rows, &[1, 3]);
    format!("{}\n{}\n\n{table}", sequenced.says, until_review(sequenced, bets))
}
