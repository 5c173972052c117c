//! `beachhead judge`: each gate with its evidence, probability and verdict.

use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::Office;
use beachhead_office::foresight::judge::{Evidence, Gate, Rule, StepEvidence};
use beachhead_office::foresight::overdispersion::Overdispersion;
use beachhead_office::judging::evidence_document;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use crate::{Done, Place, machine, show};

/// What the help says of a bet given as data.
const EVIDENCE: &str = "\
A bet given as data (--evidence), in TOML; weeks count from the bet's start:

  week = 6                                  # weeks gone
  gate = { need = 12, week = 26 }           # so many of the last step's conversions, by the end of that week
  planned_per_week = [8, 8, 8]              # targets that will enter in the coming weeks
  delay_known = true                        # false: the evidence may correct the mean delays
  [[step]]                                  # each step of the motion, in order
  prior = [5.4, 6.6]                        # beta(a, b) of the share that converts
  delay_weeks = 3                           # mean weeks of those that do
  converted = 12
  open_ages_weeks = [[0, 8], [2, 6]]        # [weeks in the step, targets] of those still in it
  lost = 2                                  # said no
  delays_weeks = [[1, 5], [3, 7]]           # [weeks it took, targets] of the converted, where known

and, where they are not as usual:

  [rule]                                    # when a verdict is given; any of these, with their usual values
  scale_over = 0.9                          # scale above this chance of the gate
  retire_under = 0.1                        # retire below this one
  least_weeks = 4                           # no verdict before
  least_targets = 25                        # no verdict on fewer
  robust_prior = true                       # false: the priors are taken at their word
  proof_level = 0.05                        # the error that \"proven\" allows, however often one looks
  [overdispersion]                          # partners differ
  correlation = 0.1                         # of two targets of one partner
  partners = 8                              # that the targets come from";

#[derive(clap::Args)]
#[command(after_long_help = EVIDENCE)]
pub struct Arguments {
    /// A bet's key or name; every running bet unless said
    bet: Option<String>,
    /// As the facts were known on this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Judge a bet given as data, without a program
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["bet", "as_of"])]
    evidence: Option<PathBuf>,
}

/// A bet given as data, and the thresholds to judge it by.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BetFile {
    week: u32,
    gate: Gate,
    #[serde(rename = "step", alias = "steps")]
    steps: Vec<StepEvidence>,
    #[serde(default)]
    planned_per_week: Vec<f64>,
    #[serde(default)]
    delay_known: bool,
    #[serde(default)]
    overdispersion: Option<Overdispersion>,
    #[serde(default)]
    rule: Rule,
}

impl BetFile {
    fn parts(self) -> (Evidence, Rule) {
        let evidence = Evidence {
            week: self.week,
            gate: self.gate,
            steps: self.steps,
            planned_per_week: self.planned_per_week,
            delay_known: self.delay_known,
            overdispersion: self.overdispersion,
        };
        (evidence, self.rule)
    }
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let document = match &arguments.evidence {
        Some(file) => {
            let (evidence, rule) = super::read_toml::<BetFile>(file)?.parts();
            let judgement = Office::judge_evidence(&evidence, &rule)?;
            if place.json {
                show::json(&evidence_document(&evidence, &judgement))?;
            } else {
                show::print(&judgement.why);
            }
            return Ok(ExitCode::SUCCESS);
        }
        None => {
            let (office, actor) = machine::open_as(place).await?;
            office.judge(&actor, arguments.bet.as_deref(), arguments.as_of).await?
        }
    };
    if place.json {
        show::json(&document)?;
    } else {
        show::print(&words(&document));
    }
    Ok(ExitCode::SUCCESS)
}

fn words(document: &Value) -> String {
    let bets: Vec<String> = document["bets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|bet| {
            let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
            format!(
                "{}: {}\n  {}",
                text(&bet["bet"]),
                text(&bet["verdict"]),
                text(&bet["why"])
            )
        })
        .collect();
    if bets.is_empty() {
        "No bet is running.".to_owned()
    } else {
        bets.join("\n")
    }
}
