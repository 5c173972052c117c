//! Judgements: known answers, simulated worlds, and laws that hold for any evidence. Must not reach behind `judge`.

use super::{Evidence, Gate, Judgement, Rule, StepEvidence, Verdict, beliefs, chance, judge};
use crate::belief::Belief;
use crate::delay::Delay;
use crate::error::ForesightError;
use crate::luck::Luck;
use crate::overdispersion::Overdispersion;
use crate::special::{beta_quantile, normal_quantile};
use proptest::prelude::*;

fn step(prior: (f64, f64), delay_weeks: f64) -> StepEvidence {
    StepEvidence {
        name: None,
        prior,
        delay_weeks,
        converted: 0,
        lost: 0,
        open_ages_weeks: Vec::new(),
        delays_weeks: Vec::new(),
    }
}

fn gate(need: u32, week: u32) -> Gate {
    Gate {
        need,
        week,
        step: None,
        at_least_targets: 0,
        retire_if: None,
        minimum: None,
    }
}

/// The bet that numbers.md 1(b) measured the judge on.
const MEANS: [f64; 3] = [0.45, 0.55, 0.40];
const DELAYS: [f64; 3] = [3.0, 3.0, 5.0];
const STRENGTH: f64 = 12.0;
const PER_WEEK: u64 = 8;
const GATE: (u32, u32) = (12, 26);

/// One account: the week it entered each step, and whether and when it leaves the last.
struct Account {
    entered: [Option<u32>; 4],
}

/// What is true of the simulated bets, beyond what their judge believes.
#[derive(Clone, Copy)]
struct World {
    /// Standard deviation of the log of a mean delay about its guess.
    ln_scale_sd: f64,
    /// The true share of targets that become an event, as a multiple of the believed one.
    share: f64,
    /// Strength of the distributions that true rates are drawn from, and of the priors as the judge states them.
    strength: f64,
    stated: f64,
    /// How much partners differ.
    overdispersion: Overdispersion,
}

const AS_BELIEVED: World = World {
    ln_scale_sd: 0.0,
    share: 1.0,
    strength: STRENGTH,
    stated: STRENGTH,
    overdispersion: Overdispersion {
        correlation: 0.0,
        partners: 1,
    },
};

struct Simulated {
    /// The bet's own share of targets that become an event in the end.
    theta: f64,
    accounts: Vec<Account>,
}

impl World {
    /// A bet with true rates drawn from its priors, mean delays off their guesses by a log-normal factor, and accounts
    /// that come from the partners in turn.
    fn bet(self, luck: Luck) -> Simulated {
        let rates = [0, 1, 2].map(|j| {
            let mean = MEANS[j] * self.share.cbrt();
            beta_quantile(
                self.strength * mean,
                self.strength * (1.0 - mean),
                luck.at(j as u64).uniform(),
            )
        });
        let Overdispersion { correlation, partners } = self.overdispersion;
        let by_partner = rates.map(|rate| {
            let strength = (1.0 - correlation) / correlation;
            let belief = Belief::from_prior(rate * strength, (1.0 - rate) * strength);
            let own = |partner| belief.quantile(luck.at(50).at(partner).at(rate.to_bits()).uniform());
            (0..u64::from(partners))
                .map(|partner| if correlation > 0.0 { own(partner) } else { rate })
                .collect()
        });
        let scale = |j: u64| (self.ln_scale_sd * normal_quantile(luck.at(10 + j).uniform())).exp();
        let delays = [0, 1, 2].map(|j| Delay::new(DELAYS[j] * scale(j as u64)));
        let account = |week: u32, number: u64| {
            let by_partner: &[Vec<f64>; 3] = &by_partner;
            let luck = luck.at(100 + number);
            let mut entered = [Some(week), None, None, None];
            for j in 0..3 {
                let luck = luck.at(j as u64);
                let Some(since) = entered[j] else { break };
                let rates = &by_partner[j];
                if luck.at(0).uniform() < rates[usize::try_from(number).unwrap() % rates.len()] {
                    entered[j + 1] = Some(since + delays[j].sample(luck.at(1).uniform()));
                }
            }
            Account { entered }
        };
        let accounts = (0..GATE.1).flat_map(|week| (0..PER_WEEK).map(move |i| (week, u64::from(week) * PER_WEEK + i)));
        Simulated {
            theta: rates.iter().product(),
            accounts: accounts.map(|(week, number)| account(week, number)).collect(),
        }
    }

    /// What can be seen of it at the end of `week`, with the priors as the judge states them.
    fn seen(self, bet: &Simulated, week: u32, delay_known: bool) -> Evidence {
        let mut evidence = seen(&bet.accounts, week, delay_known);
        for (step, mean) in evidence.steps.iter_mut().zip(MEANS) {
            step.prior = (self.stated * mean, self.stated * (1.0 - mean));
        }
        evidence
    }
}

/// The rule that takes priors at their word.
fn as_stated() -> Rule {
    Rule {
        robust_prior: false,
        ..Rule::default()
    }
}

/// What can be seen of it at the end of `week`.
fn seen(accounts: &[Account], week: u32, delay_known: bool) -> Evidence {
    let mut steps: Vec<StepEvidence> = (0..3)
        .map(|j| step((STRENGTH * MEANS[j], STRENGTH * (1.0 - MEANS[j])), DELAYS[j]))
        .collect();
    for account in accounts {
        for (j, step) in steps.iter_mut().enumerate() {
            let Some(since) = account.entered[j].filter(|&since| if j == 0 { since < week } else { since <= week })
            else {
                break;
            };
            match account.entered[j + 1].filter(|&until| until <= week) {
                Some(until) => {
                    step.converted += 1;
                    step.delays_weeks.push((until - since, 1));
                }
                None => step.open_ages_weeks.push((week - since, 1)),
            }
        }
    }
    let planned_per_week = vec![PER_WEEK as f64; (GATE.1 - week) as usize];
    Evidence {
        week,
        gate: gate(GATE.0, GATE.1),
        steps,
        planned_per_week,
        delay_known,
        overdispersion: None,
    }
}

fn met(accounts: &[Account]) -> bool {
    accounts
        .iter()
        .filter(|account| account.entered[3].is_some_and(|week| week <= GATE.1))
        .count()
        >= GATE.0 as usize
}

fn as_number(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// Fails unless the mean of what was foretold is within three standard errors of how often it came.
fn assert_calibrated(what: &str, foretold: &[(f64, bool)], margin: f64) {
    let n = foretold.len() as f64;
    let said = foretold.iter().map(|(p, _)| p).sum::<f64>() / n;
    let came = foretold.iter().map(|&(_, met)| as_number(met)).sum::<f64>() / n;
    let se = (foretold.iter().map(|(p, _)| p * (1.0 - p)).sum::<f64>() / (n * n)).sqrt();
    assert!(
        n >= 30.0 && (said - came).abs() < 3.0 * se + margin,
        "{what}: said {said}, came {came}, n {n}, se {se}"
    );
}

fn chance_of(evidence: &Evidence, rule: &Rule) -> f64 {
    chance(evidence, rule).unwrap().probability
}

/// The chance of each of `bets` simulated bets where it first is under 0.1, and where it first is over 0.9.
fn first_crossings(bets: u64, world: World, look: &dyn Fn(&Simulated, u32) -> Evidence) -> [Vec<(f64, bool)>; 2] {
    let mut at = [Vec::new(), Vec::new()];
    for bet in 0..bets {
        let bet = world.bet(Luck::new(20_260).at(bet));
        let met = met(&bet.accounts);
        let (mut low, mut high) = (None, None);
        for week in 4..GATE.1 {
            let p = chance_of(&look(&bet, week), &as_stated());
            low = low.or((p < 0.1).then_some((p, met)));
            high = high.or((p > 0.9).then_some((p, met)));
            if low.is_some() && high.is_some() {
                break;
            }
        }
        at[0].extend(low);
        at[1].extend(high);
    }
    at
}

fn assert_crossings(what: &str, [low, high]: &[Vec<(f64, bool)>; 2]) {
    assert_calibrated(&format!("{what}, first under 0.1"), low, 0.0);
    assert_calibrated(&format!("{what}, first over 0.9"), high, 0.0);
}

#[test]
fn the_chance_means_what_it_says_when_one_acts_on_it() {
    let known = first_crossings(300, AS_BELIEVED, &|bet, week| AS_BELIEVED.seen(bet, week, true));
    assert_crossings("delays known", &known);
    // The true mean of each delay is off the guess by as much as the model allows for.
    let world = World {
        ln_scale_sd: 0.35,
        ..AS_BELIEVED
    };
    let guessed = first_crossings(150, world, &|bet, week| world.seen(bet, week, false));
    assert_crossings("delays guessed", &guessed);
}

/// What one says of `bets` simulated bets at the end of `week`, and what came.
fn said_at(bets: u64, world: World, week: u32, say: &dyn Fn(&Simulated, u32) -> f64) -> Vec<(f64, bool)> {
    let one = |bet: u64| world.bet(Luck::new(7).at(bet));
    (0..bets)
        .map(one)
        .map(|bet| (say(&bet, week), met(&bet.accounts)))
        .collect()
}

fn brier(said: &[(f64, bool)]) -> f64 {
    said.iter().map(|&(p, met)| (p - as_number(met)).powi(2)).sum::<f64>() / said.len() as f64
}

/// The expected calibration error over ten bins of the chance.
fn calibration_error(said: &[(f64, bool)]) -> f64 {
    let gap = |bin: u32| {
        let within = |p: f64| (10.0 * p).floor().min(9.0) == f64::from(bin);
        said.iter()
            .filter(|(p, _)| within(*p))
            .map(|&(p, met)| p - as_number(met))
            .sum::<f64>()
            .abs()
    };
    (0..10).map(gap).sum::<f64>() / said.len() as f64
}

#[test]
fn early_chances_are_calibrated_and_sharper_than_the_base_rate() {
    // Brier scores of numbers.md 1(b); the base rate alone scores 0.242.
    for (week, expected) in [(6, 0.197), (10, 0.164), (14, 0.126)] {
        let known = said_at(1_500, AS_BELIEVED, week, &|bet, week| {
            chance_of(&AS_BELIEVED.seen(bet, week, true), &as_stated())
        });
        // 0.03, and what ten bins of 150 bets err by luck.
        let error = calibration_error(&known);
        assert!(error <= 0.045, "week {week}: {error}");
        assert!(
            (brier(&known) - expected).abs() < 0.015,
            "week {week}: {}",
            brier(&known)
        );
        let not_known = said_at(400, AS_BELIEVED, week, &|bet, week| {
            chance_of(&AS_BELIEVED.seen(bet, week, false), &as_stated())
        });
        assert!((brier(&not_known) - brier(&known[..400])).abs() < 0.005, "week {week}");
    }
}

#[test]
fn a_prior_that_is_too_sure_misleads_less_when_it_is_robust() {
    let world = World {
        share: 0.61,
        stated: 60.0,
        ..AS_BELIEVED
    };
    let mean_gap = |rule: &Rule| {
        let said = said_at(300, world, 6, &|bet, week| {
            chance_of(&world.seen(bet, week, true), rule)
        });
        (
            said.iter().map(|&(p, met)| p - as_number(met)).sum::<f64>() / 300.0,
            brier(&said),
        )
    };
    let (stated, robust) = (mean_gap(&as_stated()), mean_gap(&Rule::default()));
    assert!(
        robust.0 < stated.0 - 0.02 && robust.1 < stated.1,
        "stated {stated:?}, robust {robust:?}"
    );
    // And it costs little where the prior was right.
    let right = said_at(150, AS_BELIEVED, 10, &|bet, week| {
        chance_of(&AS_BELIEVED.seen(bet, week, true), &Rule::default())
    });
    assert_calibrated("robust, and right", &right, 0.03);
}

const DIFFERENT: World = World {
    overdispersion: Overdispersion {
        correlation: 0.1,
        partners: 8,
    },
    ..AS_BELIEVED
};

fn seen_as(world: World, bet: &Simulated, week: u32, overdispersion: Option<Overdispersion>) -> Evidence {
    Evidence {
        overdispersion,
        ..world.seen(bet, week, true)
    }
}

#[test]
fn where_partners_differ_the_range_of_theta_still_covers_it() {
    let covered = |overdispersion: Option<Overdispersion>| {
        let covers = |bet: u64| {
            let bet = DIFFERENT.bet(Luck::new(5).at(bet));
            let theta = judge(&seen_as(DIFFERENT, &bet, 24, overdispersion), &as_stated())
                .unwrap()
                .theta;
            (theta.low80..=theta.high80).contains(&bet.theta)
        };
        (0..400).filter(|&bet| covers(bet)).count() as f64 / 400.0
    };
    let (without, with) = (covered(None), covered(Some(DIFFERENT.overdispersion)));
    // Three standard errors of 400 bets are 0.06.
    assert!((0.74..=0.88).contains(&with), "covered {with}");
    assert!(
        without < 0.73 && without < with - 0.04,
        "covered {without} without, {with} with"
    );
}

#[test]
fn where_partners_differ_the_chance_still_means_what_it_says() {
    let crossings = first_crossings(250, DIFFERENT, &|bet, week| {
        seen_as(DIFFERENT, bet, week, Some(DIFFERENT.overdispersion))
    });
    assert_crossings("partners differ", &crossings);
}

#[test]
fn a_bet_is_judged_from_its_file() {
    let text = "
        week = 14
        gate = { need = 12, week = 26 }
        planned_per_week = [8, 8, 8, 8]
        delay_known = false
        [[step]]
        name = \"introduced\"
        prior = [5.4, 6.6]
        delay_weeks = 3
        converted = 34
        open_ages_weeks = [[1, 8], [2, 7], [3, 6], [5, 15], [8, 24], [12, 18]]
        [[step]]
        prior = [6.6, 5.4]
        delay_weeks = 3
        converted = 15
        lost = 4
        open_ages_weeks = [[1, 3], [4, 6], [9, 6]]
        [[step]]
        name = \"opportunity\"
        prior = [4.8, 7.2]
        delay_weeks = 5
        converted = 4
        open_ages_weeks = [[2, 3], [6, 8]]
    ";
    let evidence: Evidence = toml::from_str(text).unwrap();
    let judgement = judge(&evidence, &Rule::default()).unwrap();
    assert_eq!((judgement.have, judgement.need, judgement.steps.len()), (4, 12, 3));
    assert_eq!(judgement.steps[0].entered, 112);
    assert_eq!(judgement.steps[1].step, "step 2");
    assert_eq!(judgement.verdict, Verdict::Continue);
    assert!((0.1..0.9).contains(&judgement.probability));
    assert!(
        judgement
            .weeks_until_clear
            .is_some_and(|weeks| (1..=12).contains(&weeks))
    );
    assert!(
        judgement.why.starts_with("Continue: by week 14 of 26, 4 of the 12"),
        "{}",
        judgement.why
    );
    assert!(judgement.why.contains("from 112 targets"), "{}", judgement.why);
    let believed = beliefs(&evidence, &Rule::default()).unwrap();
    for (belief, step) in believed.iter().zip(&judgement.steps) {
        assert!((belief.mean() - step.rate.mean).abs() < 1e-9);
        assert!((belief.low80() - step.rate.low80).abs() < 2e-3);
        assert!((belief.high80() - step.rate.high80).abs() < 2e-3);
    }
    assert!(
        toml::from_str::<Evidence>(&text.replace("lost", "losst")).is_err(),
        "an unknown key is refused"
    );
}

fn verdict_of(change: impl Fn(&mut Evidence)) -> Judgement {
    let mut evidence = Evidence {
        week: 10,
        gate: gate(5, 20),
        steps: vec![step((2.0, 8.0), 4.0)],
        planned_per_week: vec![4.0; 10],
        delay_known: true,
        overdispersion: None,
    };
    evidence.steps[0].open_ages_weeks = vec![(10, 40)];
    change(&mut evidence);
    judge(&evidence, &Rule::default()).unwrap()
}

#[test]
fn verdicts_follow_the_rule() {
    let set = |converted: u64, open: u64| {
        move |e: &mut Evidence| {
            e.steps[0].converted = converted;
            e.steps[0].open_ages_weeks = vec![(10, open)];
        }
    };
    let none = verdict_of(|e| e.steps[0].open_ages_weeks.clear());
    assert_eq!((none.verdict, none.weeks_until_clear), (Verdict::NoData, None));
    assert!(none.probability > 0.0 && none.why.starts_with("No target"));
    assert_eq!(verdict_of(set(0, 20)).verdict, Verdict::TooEarly);
    let early = verdict_of(|e| {
        e.week = 2;
        e.steps[0].open_ages_weeks = vec![(1, 40)];
    });
    assert_eq!(early.verdict, Verdict::TooEarly);
    assert!(early.why.contains("waits for week 4"), "{}", early.why);
    assert_eq!(verdict_of(set(5, 40)).verdict, Verdict::Scale);
    assert!((verdict_of(set(5, 40)).probability - 1.0).abs() < 1e-12);
    let hopeless = verdict_of(|e| {
        e.steps[0].open_ages_weeks = vec![(10, 200)];
        e.planned_per_week.clear();
    });
    assert_eq!(hopeless.verdict, Verdict::Retire);
    assert!(
        hopeless.probability < 0.1 && hopeless.why.contains("under the 10%"),
        "{}",
        hopeless.why
    );
    // Fewer targets than the gate asks for: it does not speak, whatever the count.
    let few = verdict_of(|e| {
        set(6, 34)(e);
        e.gate.at_least_targets = 60;
    });
    assert_eq!(few.verdict, Verdict::TooEarly);
    assert!(few.why.contains("waits for 60 targets"), "{}", few.why);
}

#[test]
fn at_its_date_the_gate_is_what_was_counted() {
    let at_date = |converted: u64, retire_if: Option<u32>| {
        verdict_of(|e| {
            e.week = 20;
            e.gate.retire_if = retire_if;
            e.steps[0].converted = converted;
            e.planned_per_week.clear();
        })
    };
    assert_eq!(
        (at_date(5, None).verdict, at_date(5, None).probability),
        (Verdict::Scale, 1.0)
    );
    assert_eq!(
        (at_date(4, None).verdict, at_date(4, None).probability),
        (Verdict::Retire, 0.0)
    );
    assert_eq!(at_date(4, Some(2)).verdict, Verdict::Continue);
    assert_eq!(at_date(2, Some(2)).verdict, Verdict::Retire);
    assert_eq!(at_date(2, Some(2)).weeks_until_clear, Some(0));
}

#[test]
fn evidence_that_cannot_be_true_is_refused_with_its_place() {
    let refused = |change: &dyn Fn(&mut Evidence)| {
        let mut evidence = Evidence {
            week: 10,
            gate: gate(5, 20),
            steps: vec![step((2.0, 8.0), 4.0), step((2.0, 8.0), 4.0)],
            planned_per_week: vec![4.0],
            delay_known: true,
            overdispersion: None,
        };
        change(&mut evidence);
        match judge(&evidence, &Rule::default()) {
            Err(ForesightError::Invalid { at, .. } | ForesightError::TooMany { at, .. }) => at,
            Ok(judgement) => panic!("accepted: {judgement:?}"),
        }
    };
    assert_eq!(refused(&|e| e.steps[1].prior = (0.0, 8.0)), "step[1].prior");
    assert_eq!(refused(&|e| e.steps[1].prior = (2.0, -8.0)), "step[1].prior");
    assert_eq!(refused(&|e| e.steps[0].prior = (f64::NAN, 8.0)), "step[0].prior");
    assert_eq!(refused(&|e| e.steps[0].delay_weeks = 0.0), "step[0].delay_weeks");
    assert_eq!(
        refused(&|e| e.steps[0].delay_weeks = f64::INFINITY),
        "step[0].delay_weeks"
    );
    assert_eq!(refused(&|e| e.steps[1].converted = 3), "step[1].converted");
    assert_eq!(
        refused(&|e| e.steps[0].open_ages_weeks = vec![(521, 1)]),
        "step[0].open_ages_weeks"
    );
    assert_eq!(
        refused(&|e| e.steps[0].open_ages_weeks = vec![(1, u64::MAX), (2, 9)]),
        "step[0].open_ages_weeks"
    );
    assert_eq!(
        refused(&|e| e.steps[0].delays_weeks = vec![(2, 1)]),
        "step[0].delays_weeks"
    );
    assert_eq!(refused(&|e| e.week = 21), "week");
    assert_eq!(refused(&|e| e.gate.need = 0), "gate.need");
    assert_eq!(refused(&|e| e.gate.step = Some(2)), "gate.step");
    assert_eq!(refused(&|e| e.gate.retire_if = Some(5)), "gate.retire_if");
    assert_eq!(refused(&|e| e.gate.minimum = Some(1.5)), "gate.minimum");
    assert_eq!(
        refused(&|e| e.planned_per_week = vec![1.0, f64::NAN]),
        "planned_per_week[1]"
    );
    assert_eq!(refused(&|e| e.planned_per_week = vec![-1.0]), "planned_per_week[0]");
    assert_eq!(refused(&|e| e.steps.clear()), "step");
    let alike = |correlation, partners| Some(Overdispersion { correlation, partners });
    let at = "evidence.overdispersion";
    assert_eq!(
        refused(&|e| e.overdispersion = alike(1.0, 3)),
        format!("{at}.correlation")
    );
    assert_eq!(
        refused(&|e| e.overdispersion = alike(f64::NAN, 3)),
        format!("{at}.correlation")
    );
    assert_eq!(refused(&|e| e.overdispersion = alike(0.1, 0)), format!("{at}.partners"));
    let backwards = Rule {
        scale_over: 0.1,
        retire_under: 0.9,
        ..Rule::default()
    };
    let least = "week = 1\ngate = { need = 1, week = 2 }\n[[step]]\nprior = [1, 1]\ndelay_weeks = 1";
    let evidence: Evidence = toml::from_str(least).unwrap();
    assert!(judge(&evidence, &Rule::default()).is_ok());
    assert!(judge(&evidence, &backwards).is_err());
}

#[test]
fn a_minimum_is_proven_only_on_strong_evidence_and_hardly_ever_when_it_is_not_so() {
    let proven = |converted: u64, lost: u64| {
        verdict_of(|e| {
            e.gate.minimum = Some(0.15);
            e.steps[0].converted = converted;
            e.steps[0].lost = lost;
        })
        .proven
    };
    assert!(proven(60, 100) && !proven(4, 8) && !proven(10, 60));
    // At the border itself (numbers.md: 1.7% ever, of the 5% allowed).
    let ever = (0..300).filter(|&bet| ever_proven(bet, None, None)).count();
    assert!(ever <= 15, "{ever} of 300 were called proven");
    let alike = Overdispersion {
        correlation: 0.1,
        partners: 10,
    };
    let ever = |told| (0..150).filter(|&bet| ever_proven(bet, Some(alike), told)).count();
    let (without, with) = (ever(None), ever(Some(alike)));
    assert!(
        with <= 10 && with <= without,
        "{with} of 150 were called proven, {without} untold"
    );
}

/// Whether a bet at the border of its minimum, looked at every week for a year, is ever called proven: its partners
/// differ by `alike`, and its judge is `told` so.
fn ever_proven(bet: u64, alike: Option<Overdispersion>, told: Option<Overdispersion>) -> bool {
    let delay = Delay::new(8.0);
    let rates: Vec<f64> = match alike {
        None => vec![0.15],
        Some(Overdispersion { correlation, partners }) => {
            let strength = (1.0 - correlation) / correlation;
            let belief = Belief::from_prior(0.15 * strength, 0.85 * strength);
            let luck = Luck::new(10).at(bet);
            (0..u64::from(partners))
                .map(|partner| belief.quantile(luck.at(partner).uniform()))
                .collect()
        }
    };
    let accounts: Vec<(u32, Option<u32>)> = (0..312_u32)
        .map(|i| {
            (
                Luck::new(9).at(bet).at(i.into()),
                i / 6,
                rates[i as usize % rates.len()],
            )
        })
        .map(|(luck, week, rate)| {
            let converts = luck.at(0).uniform() < rate;
            (week, converts.then(|| week + delay.sample(luck.at(1).uniform())))
        })
        .collect();
    (4..=52).any(|week| {
        let mut step = step((1.5, 8.5), 8.0);
        for &(since, until) in accounts.iter().filter(|(since, _)| *since < week) {
            match until.filter(|&until| until <= week) {
                Some(_) => step.converted += 1,
                None => step.open_ages_weeks.push((week - since, 1)),
            }
        }
        let gate = Gate {
            minimum: Some(0.15),
            ..gate(400, 60)
        };
        let evidence = Evidence {
            week,
            gate,
            steps: vec![step],
            planned_per_week: vec![],
            delay_known: true,
            overdispersion: told,
        };
        judge(&evidence, &Rule::default()).unwrap().proven
    })
}

#[test]
fn the_weeks_until_clear_are_about_the_weeks_it_takes() {
    let rule = as_stated();
    for week in [6, 8, 12] {
        let (mut said, mut took) = (Vec::new(), Vec::new());
        for bet in 0..150 {
            let Simulated { accounts, .. } = AS_BELIEVED.bet(Luck::new(77).at(bet));
            let now = judge(&seen(&accounts, week, true), &rule).unwrap();
            if (0.1..=0.9).contains(&now.probability) {
                let is_clear = |&week: &u32| !(0.1..=0.9).contains(&chance_of(&seen(&accounts, week, true), &rule));
                said.push(now.weeks_until_clear.unwrap());
                took.push((week..=GATE.1).find(is_clear).unwrap() - week);
            }
        }
        // As likely as not: about half of the bets are clear by the week said.
        let by_then = said.iter().zip(&took).filter(|(said, took)| took <= said).count() as f64 / said.len() as f64;
        said.sort_unstable();
        took.sort_unstable();
        let (said, took) = (said[said.len() / 2], took[took.len() / 2]);
        assert!(
            said.abs_diff(took) <= 3,
            "at week {week} said {said} weeks, took {took}"
        );
        assert!(
            (0.3..=0.7).contains(&by_then),
            "at week {week}, {by_then} were clear by then"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_true_evidence_gets_probabilities_that_are_in_order(
        a in 0.02_f64..500.0, b in 0.02_f64..500.0, delay_weeks in 0.01_f64..200.0,
        funnel in (0_u64..3_000, 0_u64..3_000), lost in 0_u64..2_000,
        open in proptest::collection::vec((0_u32..100, 0_u64..200), 0..12),
        week in 0_u32..60, left in 0_u32..60, need in 1_u32..300, delay_known in any::<bool>(),
        alike in proptest::option::of((0.0_f64..=0.9, 1_u32..200)),
    ) {
        let mut first = step((a, b), delay_weeks);
        first.converted = funnel.0.max(funnel.1);
        first.lost = lost;
        first.open_ages_weeks = open.clone();
        let mut second = step((b, a), delay_weeks * 2.0);
        second.converted = funnel.0.min(funnel.1);
        second.open_ages_weeks = open;
        let evidence = Evidence {
            week, gate: gate(need, week + left), steps: vec![first, second],
            planned_per_week: vec![3.5; 20], delay_known,
            overdispersion: alike.map(|(correlation, partners)| Overdispersion { correlation, partners }),
        };
        let one = judge(&evidence, &Rule::default()).unwrap();
        prop_assert!((0.0..=1.0).contains(&one.probability));
        for range in one.steps.iter().map(|step| step.rate).chain([one.theta]) {
            prop_assert!(0.0 <= range.low80 && range.low80 <= range.high80 && range.high80 <= 1.0, "{range:?}");
            prop_assert!((0.0..=1.0).contains(&range.mean), "{range:?}");
        }
        prop_assert!(one.weeks_until_clear.is_none_or(|weeks| weeks <= left));
        prop_assert_eq!(&one, &judge(&evidence, &Rule::default()).unwrap());
        let cheap = chance(&evidence, &Rule::default()).unwrap();
        prop_assert_eq!((cheap.probability, cheap.verdict), (one.probability, one.verdict));
        prop_assert_eq!((cheap.minimum, cheap.p_at_least_minimum), (one.minimum, one.p_at_least_minimum));
        let mut harder = evidence;
        harder.gate.need += 3;
        prop_assert!(judge(&harder, &Rule::default()).unwrap().probability <= one.probability + 1e-9);
    }
}
