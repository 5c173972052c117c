//! `beachhead sequence`: plans compared, how many bets at once, in which order.

use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::Office;
use beachhead_office::foreseeing::sequence_document;
use beachhead_office::foresight::sequence::Sequenced;
use beachhead_office::foresight::simulate::Program;

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
    #[arg(long, value_name = "FILE.toml")]
    program: Option<PathBuf>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (sequenced, bets) = match &arguments.program {
        Some(file) => {
            let program: Program = super::read_toml(file)?;
            let name = |(at, name): (usize, &String)| {
                if name.is_empty() {
                    format!("bet {}", at + 1)
                } else {
                    name.clone()
                }
            };
            let bets = program.bets.iter().map(|bet| &bet.name).enumerate().map(name).collect();
            (Office::sequence_program(&program)?, bets)
        }
        None => {
            let (office, actor) = machine::open_as(place).await?;
            let standing = office.standing(&actor, None).await?;
            office.sequence(&actor, &standing).await?
        }
    };
    if place.json {
        show::json(&sequence_document(&sequenced, &bets))?;
    } else {
        show::print(&words(&sequenced, &bets));
    }
    Ok(ExitCode::SUCCESS)
}

fn words(sequenced: &Sequenced, bets: &[String]) -> String {
    let rows: Vec<Vec<String>> = sequenced
        .plans
        .iter()
        .enumerate()
        .map(|(at, plan)| {
            let order: Vec<&str> = plan
                .order
                .iter()
                .filter_map(|at| bets.get(*at))
                .map(String::as_str)
                .collect();
            let difference = &plan.vs_best;
            vec![
                plan.name.map_or_else(|| order.join(", "), str::to_owned),
                plan.at_once.to_string(),
                format!("{:?}", plan.rule).to_lowercase(),
                format!("{:.0}", plan.mean),
                if at == sequenced.best {
                    "best".to_owned()
                } else {
                    format!(
                        "{:.0} ({:.0} to {:.0})",
                        difference.difference, difference.low, difference.high
                    )
                },
            ]
        })
        .collect();
    let table = show::columns(&["plan", "at once", "rule", "mean", "against the best"], &rows, &[1, 3]);
    format!("{}\n\n{table}", sequenced.says)
}
