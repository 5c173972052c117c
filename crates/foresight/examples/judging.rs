//! Prints the judge's rules side by side, as the tables of docs/judging.md. Must not hold a model.
//!
//! `cargo run -p beachhead-foresight --example judging -- [bets] [seed]`

use std::error::Error;

use beachhead_foresight::gym::judging::peeking::{PeekingSetting, Rejected, peeking};
use beachhead_foresight::gym::judging::{JudgeStudy, JudgingSetting, RuleRow, study};

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse());
    let bets = numbers.next().transpose()?.unwrap_or(4_000);
    let seed = numbers.next().transpose()?.map_or(1, u64::from);
    let usual = JudgingSetting::default();
    print_study("As believed", &study(&usual, bets, seed)?);
    println!("\n## The weekly rule where beliefs are wrong\n");
    println!("| judge | retires: would meet | bad | scales: miss | Brier, ECE, mean chance at week 10 | met |");
    println!("|---|---|---|---|---|---|");
    for (name, setting) in wrong_beliefs(&usual) {
        print_wrong(name, &study(&setting, bets / 4, seed)?);
    }
    println!("\n## Looking every week for a year: shares of repetitions that ever reject 0.15\n");
    println!("| truth | naive z | flat posterior | matured z | e-process | matured sequence |");
    println!("|---|---|---|---|---|---|");
    for (rate, believed_delay) in [
        (0.15, 1.0),
        (0.15, 0.7),
        (0.15, 1.4),
        (0.075, 1.0),
        (0.10, 1.0),
        (0.22, 1.0),
        (0.30, 1.0),
    ] {
        let setting = PeekingSetting {
            rate,
            believed_delay,
            ..PeekingSetting::default()
        };
        let Rejected {
            naive,
            posterior_tail,
            matured,
            e_process,
            matured_sequence,
        } = peeking(&setting, bets, seed);
        let [naive, posterior_tail, matured, e_process, matured_sequence] =
            [naive, posterior_tail, matured, e_process, matured_sequence].map(|share| percent(Some(share)));
        println!(
            "| {rate}, delays believed {believed_delay} of true | {naive} | {posterior_tail} | {matured} | {e_process} | {matured_sequence} |"
        );
    }
    Ok(())
}

fn wrong_beliefs(usual: &JudgingSetting) -> Vec<(&'static str, JudgingSetting)> {
    let with = |change: &dyn Fn(&mut JudgingSetting)| {
        let mut setting = usual.clone();
        change(&mut setting);
        setting
    };
    vec![
        ("believes delays 30% too short", with(&|s| s.believed_delay = 0.7)),
        (
            "the same, learning them",
            with(&|s| (s.believed_delay, s.delay_known) = (0.7, false)),
        ),
        ("believes delays 40% too long", with(&|s| s.believed_delay = 1.4)),
        (
            "the same, learning them",
            with(&|s| (s.believed_delay, s.delay_known) = (1.4, false)),
        ),
        ("learns delays that are right", with(&|s| s.delay_known = false)),
        (
            "learns delays that differ by 35%",
            with(&|s| (s.delay_spread, s.delay_known) = (0.35, false)),
        ),
        (
            "share 0.61 of the believed, prior of strength 12",
            with(&|s| s.true_share = 0.61),
        ),
        (
            "the same, strength 60",
            with(&|s| (s.true_share, s.believed_strength) = (0.61, 60.0)),
        ),
        (
            "the same, robust",
            with(&|s| (s.true_share, s.believed_strength, s.robust_prior) = (0.61, 60.0, true)),
        ),
        (
            "accounts of 10 partners correlated 0.1",
            with(&|s| s.overdispersion.correlation = 0.1),
        ),
    ]
}

fn print_wrong(name: &str, study: &JudgeStudy) {
    let (Some(rule), Some(score)) = (study.rules.first(), study.scores.get(1)) else {
        return;
    };
    println!(
        "| {name} | {} | {} | {} | {:.3}, {:.3}, {:.2} | {} of {} |",
        percent(rule.retires_would_meet),
        percent(rule.retires_bad),
        percent(rule.scales_miss),
        score.brier,
        score.ece,
        score.mean_p,
        study.met,
        study.bets
    );
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1}%", 100.0 * share))
}

fn print_study(name: &str, study: &JudgeStudy) {
    println!(
        "\n## {name}: {} bets, {} met their gate, {} good, {} bad\n",
        study.bets, study.met, study.good, study.bad
    );
    println!(
        "| rule | retires: would meet | good | bad (median week, targets used) | scales: miss / bad | good (median week) |"
    );
    println!("|---|---|---|---|---|---|");
    study.rules.iter().for_each(print_rule);
    println!("\n| predictor | week | Brier | AUC | ECE | mean |\n|---|---|---|---|---|---|");
    for score in &study.scores {
        let auc = score.auc.map_or_else(String::new, |auc| format!("{auc:.3}"));
        println!(
            "| {} | {} | {:.3} | {auc} | {:.3} | {:.3} |",
            score.predictor, score.week, score.brier, score.ece, score.mean_p
        );
    }
    println!("\n| judge's chance | mean chance | met | se | n |\n|---|---|---|---|---|");
    for row in study.rules.first().map_or(&[][..], |rule| &rule.calibration) {
        let number = |x: Option<f64>| x.map_or_else(String::new, |x| format!("{x:.3}"));
        println!(
            "| {} | {} | {} | {} | {} |",
            row.at,
            number(row.mean_p),
            number(row.met),
            number(row.se),
            row.n
        );
    }
}

fn print_rule(row: &RuleRow) {
    let week = |week: Option<u32>| week.map_or_else(String::new, |week| format!(" ({week})"));
    println!(
        "| {} | {} | {} | {}{}, {:.0} | {} / {} | {}{} |",
        row.rule,
        percent(row.retires_would_meet),
        percent(row.retires_good),
        percent(row.retires_bad),
        week(row.retires_bad_week),
        row.targets_used_on_bad.unwrap_or(0.0),
        percent(row.scales_miss),
        percent(row.scales_bad),
        percent(row.scales_good),
        week(row.scales_good_week),
    );
}
