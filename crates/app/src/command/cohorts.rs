//! `beachhead cohorts`: conversion by month of start, with maturity.

use std::process::ExitCode;

use beachhead_office::cohorting::{CohortQuestion, Cohorts, Group};
use jiff::civil::Date;

use crate::{Done, Place, machine, show};

/// What the help says of the words in the answer.
const WORDS: &str = "\
A month is mature when the whole window has passed for its last day. The mature rate counts every opportunity whose own
window has passed, whatever its month. `observed_share` is the share of the delay to a conversion that a month's
opportunities have had; `expected_final` is the share of them that will have converted when the window has passed for all,
with its 80% range; `pooled` is the rate behind it, borrowing from the other months.
With a stage, the stage history says when it was entered; as an end, a win counts as having passed every stage.";

#[derive(clap::Args)]
#[command(after_long_help = WORDS)]
pub struct Arguments {
    /// Split by this: segment, partner_type, partner, class, or any column of opportunities or of their account
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
    /// Where the wait begins
    #[arg(long, value_name = "STAGE|created", default_value = "created")]
    from: String,
    /// Where it ends; a loss ends it too
    #[arg(long, value_name = "STAGE|won", default_value = "won")]
    to: String,
    /// Days that a conversion may take
    #[arg(long, value_name = "DAYS", default_value_t = beachhead_office::cohorting::WITHIN_DAYS)]
    within: u32,
    /// Only these opportunities
    #[arg(long = "where", value_name = "RULE")]
    filter: Option<String>,
    /// As the facts were known on this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let question = CohortQuestion {
        by: arguments.by,
        filter: arguments.filter,
        from: Some(arguments.from),
        to: Some(arguments.to),
        within: Some(arguments.within),
        as_of: arguments.as_of,
    };
    let cohorts = office.cohorts(&actor, question).await?;
    if place.json {
        show::json(&cohorts.document())?;
    } else {
        show::print(&words(&cohorts));
    }
    Ok(ExitCode::SUCCESS)
}

fn words(cohorts: &Cohorts) -> String {
    let mut words = vec![format!("As of {}. {}", cohorts.as_of, mature(cohorts, &cohorts.whole))];
    words.extend(
        cohorts
            .warnings
            .iter()
            .map(|warning| format!("{}: {}", warning.code, warning.message)),
    );
    words.push(months(&cohorts.whole));
    for group in &cohorts.groups {
        let key = if group.key.is_empty() { "(empty)" } else { &group.key };
        words.push(format!("\n{key}: {}", mature(cohorts, group)));
        words.push(months(group));
    }
    words.join("\n")
}

fn mature(cohorts: &Cohorts, group: &Group) -> String {
    let rate = &group.mature;
    match rate.rate {
        Some(share) => format!(
            "Of {} that have had {} days, {} ({:.1}%, {:.1} to {:.1}) got from {} to {}.",
            rate.n,
            cohorts.within_days,
            rate.k,
            100.0 * share,
            100.0 * rate.low,
            100.0 * rate.high,
            cohorts.from,
            cohorts.to
        ),
        None => format!("None has had {} days yet.", cohorts.within_days),
    }
}

fn months(group: &Group) -> String {
    let percent = |share: f64| format!("{:.1}%", 100.0 * share);
    let rows = group.months.iter().map(|month| {
        let (read, last) = (&month.read, &month.read.expected_final);
        vec![
            month.start.strftime("%Y-%m").to_string(),
            read.n.to_string(),
            read.converted.to_string(),
            if month.is_mature {
                "yes".to_owned()
            } else {
                "no".to_owned()
            },
            percent(read.observed_share),
            format!(
                "{} ({} to {})",
                percent(last.rate),
                percent(last.low80),
                percent(last.high80)
            ),
        ]
    });
    let header = ["start", "n", "converted", "mature", "observed", "expected final (80%)"];
    show::columns(&header, &rows.collect::<Vec<_>>(), &[1, 2, 4, 5])
}
