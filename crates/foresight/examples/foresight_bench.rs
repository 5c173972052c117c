//! Bench
use beachhead_foresight::belief::Belief;
use beachhead_foresight::estimate::{Bet, estimate};
use beachhead_foresight::simulate::DealValue;
fn main() {
    let bets: Vec<Bet> = (0..6)
        .map(|number| Bet {
            targets: 300,
            rates: [0.45, 0.55, 0.40, 0.25]
                .map(|mean| Belief::from_prior(12.0 * mean, 12.0 * (1.0 - mean)))
                .to_vec(),
            deal_value: DealValue {
                mean: 30.0 + 5.0 * f64::from(number),
                sd: 15.0,
            },
        })
        .collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        for _ in 0..15 {
            let t = std::time::Instant::now();
            let e = estimate(&bets, Some(1500.0), 1, 1_000_000).unwrap();
            println!("{:.2} M/s {:?}", 1e-6 * 1_000_000.0 / t.elapsed().as_secs_f64(), e);
        }
    });
}
