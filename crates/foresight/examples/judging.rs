//! Prints the judge's rules side by side, as the tables of docs/judging.md. Must not hold a model.
//!
//! `cargo run -p beachhead-foresight --example judging -- [bets] [seed]`

use std::error::Error;

use beachhead_foresight::gym::judging::{JudgeStudy, JudgingSetting, RuleRow, study};

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse());
    let bets = numbers.next().transpose()?.unwrap_or(4_000);
    let seed = numbers.next().transpose()?.map_or(1, u64::from);
    let usual = JudgingSetting::default();
    print_study("As believed", &study(&usual, bets, seed)?);
    Ok(())
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
    let percent = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{:.1}%", 100.0 * x));
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
