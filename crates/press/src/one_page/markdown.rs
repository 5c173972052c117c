//! The one page as Markdown, for a repository, a wiki or a message.

use super::{Figure, OnePage, ProofLine, When};
use crate::{
    numbers::{date, date_from},
    prose::markdown as plain,
    tag::{State, Tag},
};

/// The same seven blocks as Markdown.
pub fn markdown(page: &OnePage) -> String {
    let mut lines = vec![format!("# {}", plain(&page.title())), String::new(), page.edition()];
    if let Some(banner) = &page.banner {
        lines.extend([String::new(), format!("> ◆ {}", plain(banner))]);
    }
    let blocks = [
        ("Outcome", outcome(page)),
        ("Where we win", chosen(page)),
        ("Where we do not", ruled_out(page)),
        ("Wedge and motion", wedges(page)),
        ("Bets", bets(page)),
        ("Proof", proof(page)),
        ("Sign-off", sign_off(page)),
    ];
    for (number, (title, body)) in (1..).zip(blocks) {
        lines.extend([String::new(), format!("## {number}. {title}"), String::new()]);
        lines.extend(body);
    }
    lines.join("\n") + "\n"
}

/// A number with its rows and its source.
pub(crate) fn figure(figure: &Figure) -> String {
    let says = plain(&figure.says);
    let linked = match &figure.href {
        Some(href) => format!("[{says}]({})", href.replace(' ', "%20").replace(')', "%29")),
        None => says,
    };
    match &figure.source {
        Some(source) => format!("{linked} ({})", plain(source)),
        None => linked,
    }
}

fn outcome(page: &OnePage) -> Vec<String> {
    let outcome = &page.outcome;
    let mut lines = vec![
        format!("**{}**", plain(&outcome.sentence)),
        String::new(),
        format!("- Measure: {}", plain(&outcome.measure)),
        format!("- Baseline: {}", figure(&outcome.baseline)),
        format!("- Where it stands: {}", figure(&outcome.now)),
        format!(
            "- Target: {} by {}",
            figure(&outcome.target),
            date_from(outcome.by, page.today)
        ),
        format!("- Sponsor: {}", plain(&outcome.sponsor)),
    ];
    if let Some(fan) = &page.fan {
        lines.push(format!("- Forecast: {}", plain(&fan.frame.finding)));
    }
    lines
}

fn chosen(page: &OnePage) -> Vec<String> {
    let mut lines = Vec::new();
    for cell in &page.chosen {
        lines.push(format!(
            "- {} **{}**: {}",
            Tag::from(State::Chosen).text(),
            plain(&cell.cell),
            plain(&cell.reason)
        ));
        lines.extend(
            cell.evidence
                .iter()
                .map(|evidence| format!("  - Evidence: {}", figure(evidence))),
        );
    }
    lines
}

fn ruled_out(page: &OnePage) -> Vec<String> {
    let mut lines = Vec::new();
    for one in &page.ruled_out {
        lines.push(format!(
            "- {} **{}**: {}",
            Tag::from(one.state).text(),
            plain(&one.what),
            plain(&one.reason)
        ));
        lines.extend(
            one.reopens
                .iter()
                .map(|says| format!("  - {}: {}", one.reopens_word(), plain(says))),
        );
    }
    lines
}

fn wedges(page: &OnePage) -> Vec<String> {
    let mut lines = Vec::new();
    for wedge in &page.wedges {
        let (who, why) = (plain(&wedge.partner_type), plain(&wedge.partner_reason));
        lines.push(format!(
            "- **{}**: {who} work with us because: {why}",
            plain(&wedge.bet)
        ));
        lines.extend(
            wedge
                .customer_reason
                .iter()
                .map(|says| format!("  - Customers care because: {}", plain(says))),
        );
        if !wedge.motion.is_empty() {
            lines.push(format!(
                "  - The repeatable motion: {}",
                plain(&wedge.motion.join(" → "))
            ));
        }
    }
    lines
}

fn bets(page: &OnePage) -> Vec<String> {
    let mut lines = vec![
        "| When | Bet | Says | Gate |".to_owned(),
        "| --- | --- | --- | --- |".to_owned(),
    ];
    for when in [When::Now, When::Next, When::Parked] {
        for bet in page.bets_of(when) {
            let note = bet
                .note
                .as_ref()
                .map(|note| format!(" ({})", plain(note)))
                .unwrap_or_default();
            let gate = bet.gate.map_or("–".to_owned(), |day| date_from(day, page.today));
            lines.push(format!(
                "| {} | {}{note} | {} | {gate} |",
                when.word(),
                plain(&bet.name),
                plain(&bet.tag.text())
            ));
        }
    }
    if let Some(cost) = &page.cost {
        lines.extend([String::new(), format!("Cost: {}", plain(cost))]);
    }
    lines
}

fn proof(page: &OnePage) -> Vec<String> {
    let row = |line: &ProofLine| {
        let retire_if = line.retire_if.as_deref().map_or("–".to_owned(), plain);
        let chance = line
            .chance
            .as_ref()
            .map_or("not judged yet".to_owned(), |chance| plain(&chance.to_string()));
        let measure = format!("{} ({}, {})", plain(&line.measure), plain(&line.bet), line.kind.word());
        let cells = [
            measure,
            figure(&line.now),
            plain(&line.scale_if),
            retire_if,
            date(line.by),
            chance,
        ];
        format!("| {} |", cells.join(" | "))
    };
    let mut lines = vec![
        "| Measure | Where it stands | Scale if | Retire if | By | Chance |".to_owned(),
        "| --- | --- | --- | --- | --- | --- |".to_owned(),
    ];
    lines.extend(page.proof.lines.iter().map(row));
    if let Some(day) = page.proof.next_review {
        lines.extend([String::new(), format!("Next review {}", date_from(day, page.today))]);
    }
    lines
}

fn sign_off(page: &OnePage) -> Vec<String> {
    let sign_off = &page.sign_off;
    let mut lines = vec![format!("- {}", plain(&sign_off.signature()))];
    lines.push(format!(
        "- Version {}, content `{}`",
        sign_off.version, sign_off.content_hash
    ));
    lines.extend(sign_off.condition().iter().map(|says| format!("- {}", plain(says))));
    let functions = sign_off
        .functions
        .iter()
        .map(|line| format!("- {}", plain(&line.line())));
    lines.extend(functions);
    lines
}
