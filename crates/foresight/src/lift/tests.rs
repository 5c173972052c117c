//! Known answers of the lift, and what it does to bias, on deals whose truth is known.

use proptest::prelude::*;

use super::{Because, Data, Deal, Difference, Field, Lift, Method, Verdict, e_value, lift, overlap_by, tells_the_end};
use crate::incidence::End;
use crate::luck::Luck;
use crate::special::{logistic, normal_quantile};

const LANDMARK: u32 = 28;

/// A deal past every landmark, decided.
fn decided(exposed: bool, won: bool, group: u32) -> Deal {
    Deal {
        exposed_days: exposed.then_some(0),
        end: if won { End::Won } else { End::Lost },
        days: Some(90),
        age_days: Some(400),
        group,
    }
}

fn field<T>(name: &str, values: Vec<T>) -> Field<T> {
    Field {
        name: name.into(),
        values,
    }
}

/// Deals by stratum: won and lost with the exposure, won and lost without.
fn counted(name: &str, strata: &[[u32; 4]]) -> Data {
    let mut data = Data::default();
    let mut codes = Vec::new();
    for (code, counts) in (0..).zip(strata) {
        for (nth, count) in (0..4).zip(counts) {
            for _ in 0..*count {
                data.deals
                    .push(decided(nth < 2, nth % 2 == 0, u32::try_from(codes.len()).unwrap()));
                codes.push(code);
            }
        }
    }
    data.strata = vec![field(name, codes)];
    data
}

/// Admissions to Berkeley in 1973 by department (Bickel, Hammel & O'Connell 1975): men against women.
fn berkeley() -> Data {
    let departments = [
        [512, 313, 89, 19],
        [353, 207, 17, 8],
        [120, 205, 202, 391],
        [138, 279, 131, 244],
        [53, 138, 94, 299],
        [22, 351, 24, 317],
    ];
    counted("department", &departments)
}

#[test]
fn berkeley_admissions_turn_within_departments_and_that_is_noticed() {
    let found = lift(&berkeley()).unwrap();
    let (with, without) = (found.with.rate, found.without.rate);
    assert_eq!((with.k, with.n, without.k, without.n), (1_198, 2_691, 557, 1_835));
    let odds = |k: u64, n: u64| k as f64 / (n - k) as f64;
    assert!((odds(with.k, with.n) / odds(without.k, without.n) - 1.8411).abs() < 5e-5);
    assert!((found.naive.unwrap().difference - 0.1416).abs() < 5e-5);
    let strata = found.stratified.unwrap();
    let ratio = strata.odds_ratio.unwrap();
    assert!(
        (ratio.ratio - 0.9047).abs() < 5e-5 && ratio.low < 0.8 && 1.0 < ratio.high,
        "{ratio:?}"
    );
    assert!((strata.difference.difference + 0.01843).abs() < 5e-6, "{strata:?}");
    assert_eq!((strata.strata, strata.alone), (6, 0));
    let reversal = found.reversal.unwrap();
    assert_eq!(reversal.strata, "department");
    assert!(reversal.crude > 0.14 && reversal.within < 0.0, "{reversal:?}");
    let adjusted = found.adjusted.unwrap();
    assert_eq!(adjusted.method, Method::OverlapAipw);
    // In a saturated model overlap weights are Mantel and Haenszel's own.
    assert!(
        (adjusted.difference.difference - strata.difference.difference).abs() < 0.001,
        "{adjusted:?}"
    );
    assert_eq!((found.verdict, found.because), (Verdict::NoLift, Because::RangeTells));
}

#[test]
fn kidney_stones_turn_within_sizes_and_noise_does_not() {
    // Charig et al. 1986: open surgery against keyhole, by the size of the stone.
    let stones = counted("size", &[[81, 6, 234, 36], [192, 71, 55, 25]]);
    let reversal = lift(&stones).unwrap().reversal.unwrap();
    assert!(reversal.crude < -0.04 && reversal.within > 0.04, "{reversal:?}");
    assert!((reversal.against - 1.0).abs() < 1e-12, "{reversal:?}");
    assert_eq!(
        lift(&counted("size", &[[6, 9, 14, 26], [4, 7, 13, 24]]))
            .unwrap()
            .reversal,
        None
    );
}

#[test]
fn e_values_are_the_published_ones() {
    for (ratio, expected) in [(3.9, 7.263), (2.0, 3.4142), (1.5, 2.366), (1.2, 1.690)] {
        assert!((e_value(ratio, 0.5, 9.0).estimate - expected).abs() < 5e-4, "{ratio}");
        assert!(
            (e_value(1.0 / ratio, 0.5, 9.0).estimate - expected).abs() < 5e-4,
            "1 / {ratio}"
        );
    }
    // VanderWeele & Ding 2017: breast-feeding and respiratory death, 3.9 (1.8 to 8.7) gives 7.26 and 3.0.
    assert!((e_value(3.9, 1.8, 8.7).interval - 3.0).abs() < 0.005);
    assert!((e_value(0.5, 0.25, 0.8).interval - e_value(1.25, 1.0, 2.0).estimate).abs() < 1e-12);
    assert!((e_value(2.0, 0.9, 4.0).interval - 1.0).abs() < 1e-12);
}

#[test]
fn newcombes_interval_is_the_published_one() {
    // Newcombe 1998, table II, method 10: 56/70 against 48/80 and 9/10 against 3/10.
    for (counts, expected) in [
        ([56, 14, 48, 32], (0.0524, 0.3339)),
        ([9, 1, 3, 7], (0.1705, 0.8090)),
        ([10, 0, 0, 10], (0.6075, 1.0)),
    ] {
        let found = lift(&counted("all", &[counts])).unwrap().naive.unwrap();
        assert!(
            (found.low - expected.0).abs() < 1e-4 && (found.high - expected.1).abs() < 1e-4,
            "{counts:?}: {found:?}"
        );
    }
}

/// Deals whose partners choose them by their size and segment, and which are won by the same, and by something unseen.
struct World {
    /// How much the unseen drives both.
    unseen: f64,
    /// What a partner adds to the log-odds of a win.
    lift: f64,
}

struct Drawn {
    segment: u32,
    size: f64,
    exposed: f64,
    won: [f64; 2],
}

impl World {
    fn draw(&self, luck: Luck) -> Drawn {
        let normal = |luck: Luck| normal_quantile(luck.uniform());
        let segment = match luck.at(0).uniform() {
            u if u < 0.4 => 0,
            u if u < 0.75 => 1,
            _ => 2,
        };
        let of_segment = [-0.5, 0.0, 0.6][segment as usize];
        let (size, unseen) = (normal(luck.at(1)), normal(luck.at(2)) * self.unseen);
        let odds = -1.0 + 0.7 * size + of_segment + unseen;
        Drawn {
            segment,
            size,
            exposed: logistic(-0.6 + 0.8 * size + of_segment + unseen),
            won: [logistic(odds), logistic(odds + self.lift)],
        }
    }

    /// With three segments, three bands of size (nine strata) and the size itself.
    fn data(&self, luck: Luck, deals: u32) -> Data {
        let mut data = Data {
            landmark_days: Some(LANDMARK),
            ..Data::default()
        };
        let (mut segments, mut bands, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for nth in 0..deals {
            let luck = luck.at(u64::from(nth));
            let drawn = self.draw(luck);
            let exposed = luck.at(3).uniform() < drawn.exposed;
            let won = luck.at(4).uniform() < drawn.won[usize::from(exposed)];
            data.deals.push(decided(exposed, won, nth));
            segments.push(drawn.segment);
            bands.push(u32::from(drawn.size > -0.43) + u32::from(drawn.size > 0.43));
            sizes.push(drawn.size);
        }
        data.strata = vec![field("segment", segments), field("size band", bands)];
        data.covariates = vec![field("size", sizes)];
        data
    }

    /// The lift among deals that could have gone either way.
    fn truth(&self) -> f64 {
        let (mut sum, mut weight) = (0.0, 0.0);
        for nth in 0..100_000 {
            let drawn = self.draw(Luck::new(99).at(nth));
            let h = drawn.exposed * (1.0 - drawn.exposed);
            sum += h * (drawn.won[1] - drawn.won[0]);
            weight += h;
        }
        sum / weight
    }

    fn studied(&self, samples: u64, deals: u32) -> Study {
        let truth = self.truth();
        let mut study = Study::default();
        for sample in 0..samples {
            let found = lift(&self.data(Luck::new(5).at(sample), deals)).unwrap();
            study.naive.add(found.naive.unwrap(), truth);
            study.strata.add(found.stratified.unwrap().difference, truth);
            study.adjusted.add(found.adjusted.unwrap().difference, truth);
            study.called += f64::from(u8::from(
                found.verdict == Verdict::Lift || found.verdict == Verdict::Harm,
            ));
        }
        study.called /= samples as f64;
        study
    }
}

#[derive(Debug, Default)]
struct Study {
    naive: Tally,
    strata: Tally,
    adjusted: Tally,
    /// Share of samples called a lift or a harm.
    called: f64,
}

/// Bias and coverage of one estimate over many samples.
#[derive(Debug, Default)]
struct Tally {
    n: f64,
    error: f64,
    covered: f64,
}

impl Tally {
    fn add(&mut self, found: Difference, truth: f64) {
        self.n += 1.0;
        self.error += found.difference - truth;
        self.covered += f64::from(u8::from(found.low <= truth && truth <= found.high));
    }

    fn bias(&self) -> f64 {
        self.error / self.n
    }

    fn coverage(&self) -> f64 {
        self.covered / self.n
    }
}

/// numbers.md 1(a): n = 400, observed confounding, true lift about 0.09.
#[test]
fn adjusting_takes_out_what_is_seen_and_its_interval_covers() {
    let world = World {
        unseen: 0.0,
        lift: 0.45,
    };
    assert!((world.truth() - 0.092).abs() < 0.003, "{}", world.truth());
    let study = world.studied(800, 400);
    assert!(study.naive.bias() > 0.1 && study.naive.coverage() < 0.4, "{study:?}");
    assert!((0.01..0.04).contains(&study.strata.bias()), "{study:?}");
    assert!(study.adjusted.bias().abs() <= 0.01, "{study:?}");
    assert!((0.93..=0.97).contains(&study.adjusted.coverage()), "{study:?}");
}

#[test]
fn without_a_lift_few_are_called_and_with_something_unseen_the_e_value_is_modest() {
    let none = World { unseen: 0.0, lift: 0.0 }.studied(400, 400);
    assert!(none.called < 0.08, "{none:?}");
    let world = World {
        unseen: 0.55,
        lift: 0.45,
    };
    let study = world.studied(300, 400);
    assert!((0.03..0.09).contains(&study.adjusted.bias()), "{study:?}");
    assert!(study.naive.bias() > study.adjusted.bias() + 0.05, "{study:?}");
    let found = lift(&world.data(Luck::new(5), 400)).unwrap();
    let e_value = found.e_value.unwrap();
    assert!(
        e_value.estimate > e_value.interval && e_value.estimate < 4.0,
        "{e_value:?}"
    );
}

#[test]
fn deals_of_one_account_count_as_what_they_are() {
    let world = World {
        unseen: 0.0,
        lift: 0.45,
    };
    let once = world.data(Luck::new(4), 600);
    let twice = |groups: &dyn Fn(u32) -> u32| {
        let mut data = once.clone();
        for deal in &once.deals {
            data.deals.push(Deal {
                group: groups(deal.group),
                ..*deal
            });
        }
        for field in &mut data.strata {
            field.values.extend_from_within(..);
        }
        data.covariates[0].values.extend_from_within(..);
        let Difference { low, high, .. } = lift(&data).unwrap().adjusted.unwrap().difference;
        high - low
    };
    let Difference { low, high, .. } = lift(&once).unwrap().adjusted.unwrap().difference;
    // The same deals again in the same accounts tell nothing new; in other accounts they would.
    assert!((twice(&|group| group) / (high - low) - 1.0).abs() < 0.03);
    assert!((twice(&|group| group + 600) / (high - low) - 0.5_f64.sqrt()).abs() < 0.03);
}

/// Deals on which a partner has no effect, but needs time to be found, and wins take longer than losses.
fn immortal(luck: Luck, deals: u32, landmark_days: Option<u32>) -> Data {
    let deal = |nth: u32| {
        let luck = luck.at(u64::from(nth));
        let won = luck.at(0).uniform() < 0.35;
        let after = |at: u64, mean: f64| -mean * luck.at(at).uniform().ln();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "days, not many")]
        let whole = |days: f64| days as u32;
        let days = whole(after(1, if won { 110.0 } else { 55.0 }));
        let partner = whole(after(2, 80.0));
        Deal {
            exposed_days: (partner < days).then_some(partner),
            days: Some(days),
            age_days: Some(2_000),
            ..decided(false, won, nth)
        }
    };
    Data {
        deals: (0..deals).map(deal).collect(),
        landmark_days,
        ..Data::default()
    }
}

#[test]
fn immortal_time_makes_a_lift_of_nothing_and_a_landmark_takes_it_out() {
    let bias = |landmark| {
        let naive = |sample| {
            lift(&immortal(Luck::new(3).at(sample), 2_000, landmark))
                .unwrap()
                .naive
                .unwrap()
        };
        (0..60).map(|sample| naive(sample).difference).sum::<f64>() / 60.0
    };
    let (ever, landmark) = (bias(None), bias(Some(LANDMARK)));
    assert!((0.11..0.20).contains(&ever), "ever exposed: {ever}");
    assert!(landmark.abs() < 0.01, "at the landmark: {landmark}");
    let found = lift(&immortal(Luck::new(3), 2_000, Some(LANDMARK))).unwrap();
    let left = found.left_out;
    assert!(left.decided_before > 300 && left.exposed_later > 200, "{left:?}");
    assert_eq!(found.with.rate.n + found.without.rate.n + left.decided_before, 2_000);
    assert_ne!(found.verdict, Verdict::Lift);
}

#[test]
fn a_landmark_is_a_day_whose_end_counts() {
    let mut data = counted("all", &[[1, 0, 0, 0]]);
    data.landmark_days = Some(LANDMARK);
    let mut with = |exposed, days, age, end| {
        data.deals[0] = Deal {
            exposed_days: exposed,
            days,
            age_days: age,
            end,
            group: 0,
        };
        lift(&data).unwrap()
    };
    assert_eq!(with(Some(28), Some(29), Some(29), End::Won).with.rate.n, 1);
    assert_eq!(with(Some(29), Some(30), Some(30), End::Won).left_out.exposed_later, 1);
    let early = with(Some(3), Some(28), Some(90), End::Lost).left_out;
    assert_eq!((early.decided_before, early.decided_before_with), (1, 1));
    assert_eq!(with(Some(3), Some(27), Some(27), End::Open).left_out.too_young, 1);
    assert_eq!(with(Some(3), None, Some(90), End::Won).left_out.undated, 1);
}

#[test]
fn deals_too_young_to_be_decided_are_left_out_where_many_are_open() {
    // Wins take longer than losses, so that young cohorts look worse than they will be.
    let luck = Luck::new(8);
    let mut data = immortal(luck, 4_000, Some(LANDMARK));
    for (nth, deal) in (0..).zip(&mut data.deals) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "days of two years"
        )]
        let age = (luck.at(nth).at(9).uniform() * 720.0) as u32;
        if deal.days > Some(age) {
            deal.end = End::Open;
            deal.days = Some(age);
            deal.exposed_days = deal.exposed_days.filter(|days| *days <= age);
        }
        deal.age_days = Some(age);
    }
    let found = lift(&data).unwrap();
    let least = found.left_out.mature_after_days.unwrap();
    assert!(
        (120..360).contains(&least) && found.left_out.immature > 400,
        "{:?}",
        found.left_out
    );
    // Of the deals past the landmark 0.44 are won in the end.
    let (with, without) = (found.with.rate, found.without.rate);
    let rate = (with.k + without.k) as f64 / (with.n + without.n) as f64;
    let expected = 0.35 * (-28.0_f64 / 110.0).exp();
    let expected = expected / (expected + 0.65 * (-28.0_f64 / 55.0).exp());
    assert!((rate - expected).abs() < 0.03, "{rate}, expected {expected}");
}

#[test]
fn nothing_to_compare_is_too_early_and_never_a_number() {
    let is_early = |data: &Data, because: Because| {
        let found = lift(data).unwrap();
        assert_eq!(
            (found.verdict, found.because),
            (Verdict::TooEarly, because),
            "{found:?}"
        );
        found
    };
    let nothing = is_early(&Data::default(), Because::TooFew);
    assert_eq!((nothing.naive, nothing.adjusted, nothing.e_value), (None, None, None));
    // Nobody has a partner.
    assert_eq!(
        is_early(&counted("all", &[[0, 0, 30, 70]]), Because::TooFew).naive,
        None
    );
    // A handful.
    is_early(&counted("all", &[[9, 2, 30, 70]]), Because::TooFew);
    // The strata say who had one.
    let apart = is_early(
        &counted("source", &[[40, 20, 0, 0], [0, 0, 30, 70]]),
        Because::NothingComparable,
    );
    assert_eq!(apart.stratified, None);
    // Neither none nor a lift that matters can be ruled out.
    let open = is_early(&counted("all", &[[18, 22, 70, 130]]), Because::RangeLeavesItOpen);
    assert_eq!(open.reversal, None);
}

#[test]
fn one_sided_ends_are_compared_by_strata() {
    // All won with a partner: no model, but the strata tell.
    let found = lift(&counted("size", &[[25, 0, 10, 30], [20, 0, 15, 40]])).unwrap();
    let adjusted = found.adjusted.unwrap();
    assert_eq!(
        (adjusted.method, found.verdict),
        (Method::MantelHaenszel, Verdict::Lift)
    );
    assert_eq!(found.stratified.unwrap().odds_ratio, None);
    assert!(found.e_value.unwrap().interval > 2.0, "{found:?}");
    // All won on both sides: no difference, and no certainty either.
    let all = lift(&counted("size", &[[30, 0, 40, 0]])).unwrap();
    let Difference { difference, low, high } = all.adjusted.unwrap().difference;
    assert!(difference.abs() < 1e-12 && low < -0.05 && high > 0.05, "{all:?}");
    // All lost: there is no ratio, so nothing to explain away.
    assert_eq!(lift(&counted("size", &[[0, 30, 0, 40]])).unwrap().e_value, None);
}

#[test]
fn a_field_that_says_who_was_exposed_or_how_it_ended_is_recognised() {
    let mut data = counted("source", &[[40, 20, 1, 1], [1, 0, 30, 70]]);
    assert!(overlap_by(&data, 0).unwrap().unwrap() < 0.1);
    assert!(overlap_by(&berkeley(), 0).unwrap().unwrap() > 0.5);
    assert_eq!(overlap_by(&data, 7).unwrap(), None);
    let amount = |deal: &Deal| if deal.end == End::Won { 100.0 } else { f64::NAN };
    let amounts = data.deals.iter().map(amount).collect();
    data.covariates = vec![field("amount", amounts), field("size", vec![1.0; data.deals.len()])];
    assert!(tells_the_end(&data, 0).unwrap());
    assert!(!tells_the_end(&data, 1).unwrap() && !tells_the_end(&data, 2).unwrap());
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let good = counted("size", &[[9, 2, 30, 70]]);
    let says = |change: &dyn Fn(&mut Data)| {
        let mut data = good.clone();
        change(&mut data);
        lift(&data).unwrap_err().to_string()
    };
    assert!(says(&|data| data.strata[0].values.truncate(3)).contains("size: 3 values for 111 deals"));
    assert!(says(&|data| data.covariates = vec![field("amount", vec![f64::INFINITY; 111])]).contains("amount[0]"));
    assert!(says(&|data| data.deals[4].days = Some(500)).contains("deals[4]: it ended after"));
    assert!(says(&|data| data.strata = vec![data.strata[0].clone(); 13]).contains("limit of 12"));
}

/// The same deals with the sides changed over.
fn mirrored(data: &Data) -> Data {
    let mut mirrored = data.clone();
    for deal in &mut mirrored.deals {
        deal.exposed_days = deal.exposed_days.is_none().then_some(0);
    }
    mirrored
}

fn is_sound(found: &Lift) -> bool {
    let orders = |d: &Difference| -1.0 <= d.low && d.low <= d.difference && d.difference <= d.high && d.high <= 1.0;
    let strata = found.stratified.as_ref().map(|strata| strata.difference);
    let adjusted = found.adjusted.as_ref().map(|adjusted| adjusted.difference);
    let differences = [found.naive, strata, adjusted];
    let e_value = found
        .e_value
        .is_none_or(|e| e.interval >= 1.0 && e.estimate >= e.interval - 1e-9 && e.estimate.is_finite());
    differences.iter().flatten().all(orders) && e_value
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_deals_give_ranges_in_order_and_the_mirror_image_the_mirrored_answer(
        deals in proptest::collection::vec(
            (any::<bool>(), 0_u8..4, 0_u32..4, 0_u32..300, -3.0_f64..3.0, 0_u32..40), 0..150,
        ),
        landmark in proptest::option::of(0_u32..100),
    ) {
        let mut data = Data { landmark_days: None, ..Data::default() };
        for (exposed, end, _, days, _, group) in &deals {
            let end = [End::Won, End::Lost, End::Lost, End::Open][usize::from(*end)];
            data.deals.push(Deal { end, days: Some(*days), ..decided(*exposed, true, *group) });
        }
        data.strata = vec![field("segment", deals.iter().map(|deal| deal.2).collect())];
        let size = |size: f64| if size > 2.0 { f64::NAN } else { size };
        data.covariates = vec![field("size", deals.iter().map(|deal| size(deal.4)).collect())];
        let (found, other) = (lift(&data).unwrap(), lift(&mirrored(&data)).unwrap());
        prop_assert!(is_sound(&found), "{:?}", found);
        if let (Some(one), Some(other)) = (found.adjusted, other.adjusted) {
            prop_assert!((one.difference.difference + other.difference.difference).abs() < 1e-6, "{one:?} {other:?}");
            prop_assert!((one.difference.low + other.difference.high).abs() < 1e-6, "{one:?} {other:?}");
        }
        data.landmark_days = landmark;
        let landmarked = lift(&data).unwrap();
        prop_assert!(is_sound(&landmarked), "{:?}", landmarked);
    }
}
