//! `beachhead gym`: policies and the judge's rules on made-up programs whose truth is known.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

use beachhead_office::Office;
use beachhead_office::foresight::gym::{Gym, Setting};

use crate::{Done, Place, show};

/// What the help says of a setting.
const SETTING: &str = "\
A setting (--setting), in TOML; a dial that is left out stands as here:

  bets = 6                        # that a program may choose from
  weeks = 104                     # the horizon
  hours_per_week = 90             # of the whole team
  hours_per_target = 6
  weekly_overhead_hours = 4       # of each live bet
  switching_tax = 0.05            # share of the hours lost for each live bet beyond the first
  set_up_hours = 240              # mean of a set-up
  set_up_spread = 0.3             # standard deviation of its log between bets
  targets = 300                   # of each bet
  targets_per_week = 12           # that one route absorbs
  step_rates = [0.45, 0.55, 0.40, 0.25]   # mean conversion of each step; the last is won
  delay_weeks = [3, 3, 5, 12]     # mean weeks of each step
  spread = 0.6                    # standard deviation of a step's log-odds between bets
  prior_strength = 0.5            # correlation of belief and truth: 0 knows the population only, 1 the bet
  deal_value_spread = 0.4         # standard deviation of the log of a deal's value between bets
  prior_bias = 0                  # standard deviation, in log-odds, of a belief that is wrong and does not know it
  decay = 1                       # the last target's rate at each step as a multiple of the first's
  ramp = 1                        # share of its full conversion that a route starts with; all of it after 26 weeks
  believed_delay = 1              # what the delays are believed to be, as a multiple of what they are
  gate_need = 12                  # conversions of the step before won that a gate asks for; 0: no gate
  gate_weeks = 39                 # from a bet's start to its gate
  target_wins = 30                # wins by the horizon that the program is asked for
  [overdispersion]
  correlation = 0                 # of two accounts of the same partner
  partners = 10                   # of each bet";

/// How often the gym tells of each world that it is done: when policies were run in it, and when it was forecast.
const TELLS: f64 = 2.0;

#[derive(clap::Args)]
#[command(after_long_help = SETTING)]
pub struct Arguments {
    /// How many made-up programs
    #[arg(long, default_value_t = 200, value_name = "N")]
    worlds: u32,
    /// The same seed gives the same answer, byte for byte
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// What the programs look like; the default program of the reference figures unless said
    #[arg(long, value_name = "FILE.toml")]
    setting: Option<PathBuf>,
}

pub fn run(place: &Place, arguments: &Arguments) -> Done {
    let setting = match &arguments.setting {
        Some(file) => super::read_toml(file)?,
        None => Setting::default(),
    };
    let done = AtomicU32::new(0);
    let terminal = std::io::stderr().is_terminal();
    let progress = || {
        let done = f64::from(done.fetch_add(1, Ordering::Relaxed) + 1);
        if terminal {
            let share = done / (TELLS * f64::from(arguments.worlds));
            let _ = write!(std::io::stderr(), "\r{:.0}%", 100.0 * share);
        }
    };
    let gym = Office::gym(&setting, arguments.seed, arguments.worlds, &progress);
    if terminal {
        let _ = write!(std::io::stderr(), "\r\u{1b}[K");
    }
    let gym = gym?;
    if place.json {
        show::json(&gym)?;
    } else {
        show::print(&words(&gym));
    }
    Ok(ExitCode::SUCCESS)
}

fn words(gym: &Gym) -> String {
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let row = |score: &beachhead_office::foresight::gym::Score| {
        vec![
            score.name.to_owned(),
            percent(score.of_clairvoyant),
            format!("\u{b1}{}", percent(score.se)),
            percent(score.vs_best),
            format!("\u{b1}{}", percent(score.vs_best_se)),
            percent(score.p_target),
            percent(score.cvar20),
            format!("{:.0}", score.accounts),
            format!("{:.1}", score.switches),
        ]
    };
    let rows: Vec<Vec<String>> = gym.policies.iter().map(row).collect();
    let header = [
        "policy",
        "% of clairvoyant",
        "se",
        "against the best",
        "se",
        "% reach the target",
        "worst fifth",
        "accounts",
        "switches",
    ];
    let clairvoyant = &gym.clairvoyant;
    format!(
        "{} worlds, seed {}. The clairvoyant knows every rate and no luck: {:.1} bets at once, {:.1} in all.\n\n{}\n\n\
         {}\n\nThe 80% band of a forecast at the start holds the truth in {}% of worlds.",
        gym.worlds,
        gym.seed,
        clairvoyant.at_once,
        clairvoyant.bets,
        show::columns(&header, &rows, &[1, 2, 3, 4, 5, 6, 7, 8]),
        judged(gym),
        percent(gym.forecast.coverage80),
    )
}

/// The judge's rules: what each does to bets whose fate is known.
fn judged(gym: &Gym) -> String {
    let percent = |share: Option<f64>| share.map_or_else(String::new, |share| format!("{:.1}", 100.0 * share));
    let rows: Vec<Vec<String>> = gym
        .judge
        .iter()
        .map(|rule| {
            vec![
                rule.rule.clone(),
                percent(rule.retires_would_meet),
                percent(rule.retires_bad),
                percent(rule.scales_miss),
                percent(rule.scales_good),
            ]
        })
        .collect();
    let header = [
        "rule",
        "% retired that would meet",
        "% retired of the bad",
        "% scaled that miss",
        "% scaled of the good",
    ];
    show::columns(&header, &rows, &[1, 2, 3, 4])
}
