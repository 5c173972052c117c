//! How often the truth lies inside the forecast's 80% band, by the week of the forecast: default setting, and with
//! partners that differ. Worlds as the first argument.

use beachhead_foresight::gym::{Setting, coverage};
use beachhead_foresight::overdispersion::Overdispersion;

fn main() {
    let worlds = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100);
    for correlation in [0.0, 0.1] {
        for partners in [10] {
            let setting = Setting {
                overdispersion: Overdispersion { correlation, partners },
                ..Setting::default()
            };
            match coverage(&setting, worlds, 1, &|| ()) {
                Ok(coverage) => {
                    for look in coverage.looks {
                        println!(
                            "{correlation} {partners} week {}: {:?} robust {:?} plug-in {:?}",
                            look.week, look.drawn, look.robust, look.plug_in
                        );
                    }
                }
                Err(error) => println!("{error}"),
            }
        }
    }
}
