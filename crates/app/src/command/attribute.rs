//! `beachhead attribute`: the class of every opportunity by the policy in force, and what another policy would move.

use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::attributing::{
    AttributionQuestion, AttributionView, Held, LISTED_MOST, Proposed, share, win_rate,
};
use beachhead_office::facts::attribute::{ClassCount, Classes, Move};
use jiff::civil::Date;

use crate::command::read_text;
use crate::{Done, Place, machine, show};

/// Opportunities that would move, and partners of a class, that the text lists; the document has them all.
const SHOWN: usize = 20;

/// What the help says of the words in the answer.
const WORDS: &str = "\
Classes are disjoint, and the first that fits counts: sourced, influenced, present, direct. They are never added up: a
share is one class's part of all opportunities known on the day. With another policy the answer says what would move if it
took the place of the one in force: from class to class, and from partner to partner where the class stays. Nothing is
changed; the policy is part of the written strategy and is signed with it.";

#[derive(clap::Args)]
#[command(after_long_help = WORDS)]
pub struct Arguments {
    /// Hold the policy of this file against the one in force: a section [attribution] alone, or a whole strategy
    #[arg(long, value_name = "FILE.toml", conflicts_with = "version")]
    policy: Option<PathBuf>,
    /// Hold the policy of this version of the strategy against the one in force
    #[arg(long, value_name = "NUMBER")]
    version: Option<i64>,
    /// As the facts were known on this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let proposed = match (&arguments.policy, arguments.version) {
        (Some(file), _) => Some(Proposed::Text(read_text(file)?)),
        (None, version) => version.map(Proposed::Version),
    };
    let (office, actor) = machine::open_as(place).await?;
    let question = AttributionQuestion {
        proposed,
        as_of: arguments.as_of,
        limit: LISTED_MOST,
        ..AttributionQuestion::default()
    };
    let view = office.attribution(&actor, question).await?;
    if place.json {
        show::json(&view.document())?;
    } else {
        show::print(&text(&view));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(view: &AttributionView) -> String {
    let policy = &view.policy;
    let since = match (policy.version, policy.since) {
        (Some(version), Some(day)) => format!("The policy since version {version} of the strategy, signed {day}"),
        _ => "The policy of the draft, which nobody has signed".to_owned(),
    };
    let mut parts = vec![
        format!(
            "As of {}. {since}:\n{}",
            view.as_of,
            policy.policy.sentences().join("\n")
        ),
        classes(view, &view.classes),
    ];
    parts.extend(credits(view, &view.classes));
    match &view.proposed {
        None => {}
        Some(held) if held.changes.is_empty() => {
            parts.push("The other policy has the same rules; nothing moves.".into())
        }
        Some(held) => parts.extend(against(view, held)),
    }
    parts.join("\n\n")
}

fn classes(view: &AttributionView, classes: &Classes) -> String {
    let percent = |share: f64| format!("{:.1}%", 100.0 * share);
    let row = |count: &ClassCount| {
        let rate = win_rate(classes, count.class);
        let won = rate.and_then(|rate| Some((rate.rate?, rate)));
        vec![
            count.class.to_string(),
            count.opportunities.to_string(),
            share(classes, count.class).map_or_else(
                || "–".to_owned(),
                |share| format!("{} of {}", percent(share), classes.known),
            ),
            count.won.to_string(),
            won.map_or_else(
                || "–".to_owned(),
                |(found, rate)| {
                    format!(
                        "{} ({} to {}), n {}",
                        percent(found),
                        percent(rate.low),
                        percent(rate.high),
                        rate.n
                    )
                },
            ),
            amount(view, count.amount_minor),
            amount(view, count.won_minor),
            count.claimed_after_lock.to_string(),
        ]
    };
    let header = [
        "class",
        "opportunities",
        "share",
        "won",
        "win rate (95%)",
        "amount",
        "amount won",
        "claimed after lock",
    ];
    let rows: Vec<Vec<String>> = classes.classes.iter().map(row).collect();
    show::columns(&header, &rows, &[1, 3, 5, 6, 7])
}

fn credits(view: &AttributionView, classes: &Classes) -> Option<String> {
    let row = |credit: &beachhead_office::facts::attribute::PartnerCredit| {
        vec![
            credit.class.to_string(),
            credit.partner.clone(),
            credit.opportunities.to_string(),
            amount(view, credit.amount_minor),
            amount(view, credit.won_minor),
        ]
    };
    let rows: Vec<Vec<String>> = classes.partners.iter().take(SHOWN).map(row).collect();
    let more = classes.partners.len().saturating_sub(SHOWN);
    let rest = if more == 0 {
        String::new()
    } else {
        format!("\nand {more} more (--json has them all)")
    };
    let header = ["class", "credited partner", "opportunities", "amount", "amount won"];
    (!rows.is_empty()).then(|| show::columns(&header, &rows, &[2, 3, 4]) + &rest)
}

fn against(view: &AttributionView, held: &Held) -> Vec<String> {
    let compared = &held.comparison;
    let mut parts = vec![format!(
        "With the other policy, {}: {} would change class, and {} more would be credited to other partners.",
        held.changes.join("; "),
        compared.change_class(),
        compared.change_partners()
    )];
    let moves = compared.moves.iter().map(|count| {
        let to = if count.from == count.to {
            "other partners".to_owned()
        } else {
            count.to.to_string()
        };
        vec![
            count.from.to_string(),
            to,
            count.opportunities.to_string(),
            amount(view, count.amount_minor),
        ]
    });
    let moves: Vec<Vec<String>> = moves.collect();
    if moves.is_empty() {
        return parts;
    }
    parts.push(show::columns(
        &["from", "to", "opportunities", "amount"],
        &moves,
        &[2, 3],
    ));
    let partners = compared.partners.iter().take(SHOWN).map(|met| {
        vec![
            met.class.to_string(),
            met.partner.clone(),
            format!("-{}", met.lost),
            format!("+{}", met.gained),
            format!("{:+.2}", view.units(met.amount_minor)),
        ]
    });
    let header = ["class", "credited partner", "loses", "gains", "amount"];
    parts.push(show::columns(&header, &partners.collect::<Vec<_>>(), &[2, 3, 4]));
    let one = |one: &Move| {
        vec![
            one.opportunity_id.clone(),
            one.account.clone(),
            format!("{} -> {}", one.from, one.to),
            format!("{} -> {}", one.partners_from.join("; "), one.partners_to.join("; ")),
            one.amount.clone(),
        ]
    };
    let listed: Vec<Vec<String>> = held.moves.iter().take(SHOWN).map(one).collect();
    let more = held.moves.len().saturating_sub(SHOWN);
    let rest = if more == 0 {
        String::new()
    } else {
        format!("\nand {more} more (--json lists them all)")
    };
    let header = ["opportunity", "account", "class", "credited", "amount"];
    parts.push(show::columns(&header, &listed, &[4]) + &rest);
    parts
}

fn amount(view: &AttributionView, minor: i64) -> String {
    let currency = view
        .currency
        .map_or_else(String::new, |currency| format!("{currency} "));
    format!("{currency}{:.2}", view.units(minor))
}
