//! The one page as HTML: the fragment, and the whole printable file.

use maud::{Markup, html};

use super::{BetLine, ChosenCell, Figure, OnePage, ProofKind, ProofLine, RuledOut, Wedge, When};
use crate::{
    chart::fan,
    document,
    numbers::{date, date_from},
    prose::ended,
    tag::{State, Tag, Tone},
};

/// The page's fragment, without its `<h1>`. `prefix` begins every `id` in it.
pub fn html(page: &OnePage, prefix: &str) -> Markup {
    let block = |name: &str, title: &str, body: Markup| {
        let id = format!("{prefix}-{name}");
        html! { section class=(name) aria-labelledby=(id) { h2 id=(id) { (title) } (body) } }
    };
    html! {
        article.one-page {
            @if let Some(banner) = &page.banner { p.banner { "◆ " (banner) } }
            (block("outcome", "Outcome", outcome(page)))
            (block("win", "Where we win", chosen(&page.chosen)))
            (block("not", "Where we do not", ruled_out(&page.ruled_out)))
            (block("wedge", "Wedge and motion", wedges(&page.wedges)))
            (block("bets", "Bets", bets(page)))
            (block("proof", "Proof", proof(page)))
            (block("sign-off", "Sign-off", sign_off(page)))
        }
    }
}

/// A whole HTML file with its style sheet inside: one A4 sheet when printed. Not for serving under the pages' policy.
pub fn document(page: &OnePage) -> String {
    let body = html! {
        h1 { (page.title()) }
        p.edition.dim { (page.edition()) }
        (html(page, "strategy"))
    };
    document::whole(&page.title(), "sheet", &body)
}

/// A number with its rows and its source.
pub(crate) fn figure(figure: &Figure) -> Markup {
    html! {
        @if let Some(href) = &figure.href { a href=(href) { (figure.says) } } @else { (figure.says) }
        @if let Some(source) = &figure.source { " " span.source { "(" (source) ")" } }
    }
}

fn name(says: &str, href: Option<&str>) -> Markup {
    html! { @if let Some(href) = href { a href=(href) { (says) } } @else { (says) } }
}

fn outcome(page: &OnePage) -> Markup {
    let outcome = &page.outcome;
    html! {
        div.halves {
            div {
                p.lede { (outcome.sentence) }
                dl.facts {
                    div { dt { "Measure" } dd { (outcome.measure) } }
                    div { dt { "Baseline" } dd { (figure(&outcome.baseline)) } }
                    div { dt { "Where it stands" } dd {
                        strong { (figure(&outcome.now)) }
                        @if let Some(href) = &outcome.explained { " " a.noprint href=(href) { "Why behind or ahead?" } }
                    } }
                    div { dt { "Target" } dd { strong { (figure(&outcome.target)) } " by " (date_from(outcome.by, page.today)) } }
                    div { dt { "Sponsor" } dd { (outcome.sponsor) } }
                }
            }
            @if let Some(fan) = &page.fan { (fan::draw_small(fan)) }
        }
    }
}

fn chosen(cells: &[ChosenCell]) -> Markup {
    html! {
        @if cells.is_empty() { p.dim { "No cell is chosen yet." } }
        ul.plain {
            @for cell in cells {
                li {
                    h3 { (name(&cell.cell, cell.href.as_deref())) " " (Tag::from(State::Chosen).html()) }
                    p.clamp { (cell.reason) }
                    @if let Some(evidence) = &cell.evidence { p.clamp.dim { "Evidence: " (figure(evidence)) } }
                }
            }
        }
    }
}

fn ruled_out(all: &[RuledOut]) -> Markup {
    html! {
        @if all.is_empty() { p.dim { "Nothing is declined or parked yet: this is a goal, not a strategy." } }
        ul.plain {
            @for one in all {
                li {
                    h3 { (name(&one.what, one.href.as_deref())) " " (Tag::from(one.state).html()) }
                    p.clamp { (one.reason) }
                    @if let Some(reopens) = &one.reopens { p.clamp.dim { (one.reopens_word()) ": " (reopens) } }
                }
            }
        }
    }
}

fn wedges(wedges: &[Wedge]) -> Markup {
    html! {
        @if wedges.is_empty() { p.dim { "No bet has a wedge yet." } }
        ul.plain {
            @for wedge in wedges {
                li {
                    h3 { (wedge.bet) }
                    p.clamp {
                        span.line { b { (wedge.partner_type) " work with us because: " } (ended(&wedge.partner_reason)) }
                        @if let Some(reason) = &wedge.customer_reason {
                            " " span.line { b { "Customers care because: " } (ended(reason)) }
                        }
                        @if !wedge.motion.is_empty() {
                            " " span.line { b { "The repeatable motion: " } (wedge.motion.join(" → ")) "." }
                        }
                    }
                }
            }
        }
    }
}

fn bets(page: &OnePage) -> Markup {
    let parked = page.bets_of(When::Parked);
    html! {
        div.scroll role="region" tabindex="0" aria-label="Bets now, next and parked" {
            table {
                thead { tr { th scope="col" { "When" } th scope="col" { "Bet" } th scope="col" { "Gate" } } }
                tbody {
                    @for when in [When::Now, When::Next] { @for bet in page.bets_of(when) { (bet_row(page, bet)) } }
                    @if !parked.is_empty() {
                        tr {
                            td { (When::Parked.word()) }
                            td colspan="2" {
                                @for (index, bet) in parked.iter().enumerate() {
                                    @if index > 0 { " · " }
                                    (name(&bet.name, bet.href.as_deref()))
                                }
                            }
                        }
                    }
                }
            }
        }
        @if let Some(cost) = &page.cost { p { b { "Cost: " } (cost) "." } }
    }
}

fn bet_row(page: &OnePage, bet: &BetLine) -> Markup {
    html! {
        tr {
            td { (bet.when.word()) }
            th scope="row" {
                (name(&bet.name, bet.href.as_deref())) " " (bet.tag.html())
                @if let Some(note) = &bet.note { br; span.source { (note) } }
            }
            td { @match bet.gate { Some(day) => (date_from(day, page.today)), None => span.dim { "No gate yet" } } }
        }
    }
}

fn proof(page: &OnePage) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label="How we will know" {
            table {
                thead { tr {
                    th scope="col" { "Measure" }
                    th scope="col" { "Where it stands" }
                    th.nowrap scope="col" { "Scale if" }
                    th.nowrap scope="col" { "Retire if" }
                    th scope="col" { "By" }
                    th scope="col" { "Chance" }
                } }
                tbody { @for line in &page.proof.lines { (proof_row(line)) } }
            }
        }
        @if let Some(day) = page.proof.next_review { p { b { "Next review " } (date_from(day, page.today)) } }
    }
}

fn proof_row(line: &ProofLine) -> Markup {
    html! {
        tr {
            th scope="row" { (line.measure) " " br; span.source { (line.bet) ", " (line.kind.word()) } }
            td { (figure(&line.now)) }
            td.nowrap { (line.scale_if) }
            td.nowrap { @match &line.retire_if { Some(says) => (says), None => "–" } }
            td.nowrap { (date(line.by)) }
            td { @match (&line.chance, line.kind) {
                (Some(chance), _) => (chance),
                // Only a gate is judged; a measure without a chance is not one that lacks it.
                (None, ProofKind::Gate) => span.dim { "Not judged yet" },
                (None, _) => "–",
            } }
        }
    }
}

fn sign_off(page: &OnePage) -> Markup {
    let sign_off = &page.sign_off;
    let (tone, word) = if sign_off.signed.is_some() {
        (Tone::Positive, "Signed")
    } else {
        (Tone::Muted, "Draft")
    };
    html! {
        p {
            (Tag::new(tone, None, word).html()) " "
            (sign_off.signature()) ". Version " (sign_off.version) ", content " code title=(sign_off.content_hash) { (sign_off.short_hash()) } "."
            @if let Some(condition) = sign_off.condition() { " " (condition) }
        }
        @if !sign_off.functions.is_empty() {
            ul.plain.functions {
                @for line in &sign_off.functions {
                    li { p.clamp {
                        b { (line.function) } " " (line.tag().html()) " " span.source { (line.by()) }
                        @if let Some(words) = line.words() { " " (words) }
                    } }
                }
            }
        }
    }
}
