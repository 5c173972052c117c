//! The judge's rules against figures that were prototyped apart (numbers.md 1(b)). Must not reach behind `judging`.

use super::{JudgeStudy, JudgingSetting, RuleRow, study};
use crate::gym::Setting;

/// Of these about 660 meet their gate.
const BETS: u32 = 1_600;

fn rule<'a>(study: &'a JudgeStudy, name: &str) -> &'a RuleRow {
    study.rules.iter().find(|row| row.rule.starts_with(name)).unwrap()
}

/// Two standard errors of a share of `n` bets.
fn two_se(share: f64, n: u64) -> f64 {
    2.0 * (share * (1.0 - share) / n as f64).sqrt()
}

/// One test, since the study is what takes the time.
#[test]
fn the_usual_bets_show_the_figures_of_the_prototype() {
    let study = study(&JudgingSetting::default(), BETS, 1).unwrap();
    at_the_look_that_acts_the_mean_chance_is_the_share_that_met(&study);
    at_fixed_weeks_the_chance_is_calibrated_and_sharper_than_its_rivals(&study);
    the_weekly_rule_seldom_retires_a_bet_whose_gate_would_be_met(&study);
    naive_rules_retire_most_good_bets_and_caution_retires_fewer(&study);
}

fn at_the_look_that_acts_the_mean_chance_is_the_share_that_met(study: &JudgeStudy) {
    for row in &rule(study, "judge, 0.10/0.90, weekly").calibration {
        let off = (row.mean_p.unwrap() - row.met.unwrap()).abs();
        assert!(row.n >= 300 && off <= 2.0 * row.se.unwrap(), "{row:?}");
    }
}

fn at_fixed_weeks_the_chance_is_calibrated_and_sharper_than_its_rivals(study: &JudgeStudy) {
    let score = |predictor: &str, week: u32| {
        let is = |score: &&super::Score| score.predictor == predictor && score.week == week;
        study.scores.iter().find(is).unwrap()
    };
    for (week, brier) in [(6, 0.197), (10, 0.164), (14, 0.126), (18, 0.089)] {
        let judge = score("judge", week);
        assert!((judge.brier - brier).abs() < 0.012, "{judge:?}");
        assert!(judge.brier < score("final event only", week).brier - 0.002);
        assert!(score("final event only", week).brier < score("naive Bayes without delay", week).brier - 0.03);
        assert!(week == 18 || judge.ece <= 0.03, "{judge:?}");
    }
}

fn the_weekly_rule_seldom_retires_a_bet_whose_gate_would_be_met(study: &JudgeStudy) {
    let weekly = rule(study, "judge, 0.10/0.90, weekly");
    let retires = weekly.retires_would_meet.unwrap();
    assert!(retires <= 0.11 + two_se(0.11, study.met), "{weekly:?}");
    assert!(
        weekly.retires_bad.unwrap() > 0.90 && weekly.scales_miss.unwrap() < 0.06,
        "{weekly:?}"
    );
}

fn naive_rules_retire_most_good_bets_and_caution_retires_fewer(study: &JudgeStudy) {
    let retires = |name: &str| rule(study, name).retires_would_meet.unwrap();
    for naive in [
        "naive Bayes without delay",
        "observed rate under half the target",
        "behind linear pace",
        "observed rate under the target",
    ] {
        assert!(
            retires(naive) > 0.8 && rule(study, naive).retires_good.unwrap() > 0.8,
            "{naive}"
        );
    }
    let weekly = retires("judge, 0.10/0.90, weekly");
    assert!(retires("judge, 0.10/0.90, every 4 weeks") < weekly);
    assert!(retires("judge, 0.10/0.90, two weekly looks in a row") < weekly);
    assert!(retires("judge, 0.05/0.90, weekly") < retires("judge, 0.10/0.90, two weekly looks in a row"));
    assert!(retires("judge, 0.10/0.90, half-way") < retires("judge, 0.05/0.90, weekly"));
}

#[test]
fn a_study_is_the_same_at_any_number_of_threads_and_for_the_gym_s_worlds() {
    let setting = JudgingSetting::from_setting(&Setting::default());
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let one = alone.install(|| study(&setting, 40, 3).unwrap());
    assert_eq!(one, study(&setting, 40, 3).unwrap());
    assert!((0.5..0.95).contains(&(one.met as f64 / one.bets as f64)), "{one:?}");
}

#[test]
fn a_setting_that_cannot_be_is_refused_with_the_dial() {
    let refused = |change: &dyn Fn(&mut JudgingSetting)| {
        let mut setting = JudgingSetting::default();
        change(&mut setting);
        study(&setting, 1, 1).unwrap_err().to_string()
    };
    assert!(refused(&|s| s.rates.clear()).starts_with("rates"));
    assert!(refused(&|s| s.rates[1] = 1.0).starts_with("rates"));
    assert!(refused(&|s| s.delay_weeks[0] = 0.0).starts_with("delay_weeks"));
    assert!(refused(&|s| s.need = 0).starts_with("need"));
    assert!(refused(&|s| s.week = 0).starts_with("week"));
    assert!(refused(&|s| s.targets_per_week = 0).starts_with("targets_per_week"));
    assert!(refused(&|s| s.strength = f64::NAN).starts_with("strength"));
    assert!(refused(&|s| s.overdispersion.correlation = 1.0).starts_with("overdispersion"));
}
