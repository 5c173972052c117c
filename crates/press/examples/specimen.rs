//! Writes pages with every drawing and component on them, to be looked at:
//! `cargo run -p beachhead-press --example specimen -- FOLDER`. Prints the one page as text.

use std::{env, fs, io, path::PathBuf};

use beachhead_press::{
    STYLE_SHEET, board, chart, one_page, pre_read,
    tag::{State, Tag, Tone, Verdict},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

mod fixtures;

fn main() -> io::Result<()> {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "say which folder to write to",
        ));
    };
    fs::create_dir_all(&folder)?;
    for theme in ["light", "dark"] {
        fs::write(
            folder.join(format!("charts-{theme}.html")),
            page(theme, "Every drawing", &charts()),
        )?;
        fs::write(
            folder.join(format!("parts-{theme}.html")),
            page(theme, "Every part", &parts()),
        )?;
        let strategy = html! { h1 { "Strategy" } (one_page::html(&fixtures::one_page(), "s")) };
        fs::write(
            folder.join(format!("strategy-{theme}.html")),
            page(theme, "Strategy", &strategy),
        )?;
    }
    fs::write(folder.join("one-page.html"), one_page::document(&fixtures::one_page()))?;
    fs::write(folder.join("one-page.md"), one_page::markdown(&fixtures::one_page()))?;
    fs::write(folder.join("pre-read.html"), pre_read::document(&fixtures::pre_read()))?;
    fs::write(folder.join("board.html"), board::document(&fixtures::board()))?;
    println!("{}", one_page::text(&fixtures::one_page(), 100));
    Ok(())
}

fn page(theme: &str, title: &str, body: &Markup) -> String {
    let places = [
        "Strategy",
        "Where to win",
        "Bets",
        "Roadmap",
        "Partners",
        "Targets",
        "Review",
        "Data",
        "Settings",
    ];
    html! {
        (DOCTYPE)
        html lang="en" data-theme=(theme) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE_SHEET)) }
            }
            body {
                a.skip href="#m" { "Skip to main content" }
                header { div.bar {
                    b { "Northwind Analytics" }
                    nav aria-label="Main" { details.menu open {
                        summary { "Menu" }
                        ul { @for place in places { li { a href="#" aria-current=[(place == "Bets").then_some("page")] { (place) } } } }
                    } }
                } }
                main id="m" { (body) }
            }
        }
    }
    .into_string()
}

fn charts() -> Markup {
    html! {
        h1 { "Every drawing" }
        (chart::fan::draw(&fixtures::gate_fan("fan1")))
        (chart::fan::draw(&stale(fixtures::outcome_fan("fan2"))))
        div.grid2 {
            section.card { h2 { "Funnel" } (chart::funnel::draw(&fixtures::funnel("funnel"))) }
            section.card { h2 { "Forecast" } (chart::fan::draw_small(&fixtures::outcome_fan("fan3"))) }
        }
        (chart::interval::draw(&fixtures::win_rates("rates")))
        (chart::interval::draw(&fixtures::lifts("lifts")))
        (chart::timeline::draw(&fixtures::roadmap("roadmap")))
        (chart::capacity::draw(&fixtures::hours("hours")))
        (chart::plans::draw(&fixtures::compared("plans")))
        (chart::scatter::draw(&fixtures::cells("cells")))
        (chart::curve::draw(&fixtures::won_by_day("won")))
    }
}

/// The same fan, had nothing been imported for two months.
fn stale(mut fan: chart::fan::Fan) -> chart::fan::Fan {
    fan.frame.finding = "The target was within reach when the facts stopped".to_owned();
    fan.stale_since = Some(jiff::civil::date(2026, 6, 15));
    fan
}

fn parts() -> Markup {
    let states = [
        State::Chosen,
        State::Undecided,
        State::Proposed,
        State::Planned,
        State::Running,
        State::Scaled,
    ];
    let ends = [State::Parked, State::Declined, State::Retired];
    let verdicts = [
        Verdict::NotStarted,
        Verdict::NoData,
        Verdict::TooEarly { weeks: Some(5) },
        Verdict::NotEnough,
    ];
    let more = [Verdict::Continue, Verdict::Scale, Verdict::Retire, Verdict::Mixed];
    html! {
        h1 { "Every part" }
        p.banner { "◆ Changed since it was signed. " a href="#" { "See what changed" } }
        div.status role="status" { p { "▲ Decision saved." } a href="#" { "Dismiss" } }
        div.error-summary role="alert" tabindex="-1" {
            h2 { "There is a problem" }
            ul { li { a href="#why" { "Say why, in one sentence the sponsor will read" } } }
        }
        p { @for state in states.into_iter().chain(ends) { (Tag::from(state).html()) " " } }
        p { @for verdict in verdicts.into_iter().chain(more) { (Tag::from(verdict).html()) " " } }
        ol.steps {
            @for (index, step) in ["Outcome", "What runs today", "The one", "Why park", "How we know"].iter().enumerate() {
                li.done[index < 2] aria-current=[(index == 2).then_some("step")] { (step) }
            }
        }
        form novalidate {
            div.field.invalid {
                label for="why" { "Why" }
                p.hint { "One sentence that the sponsor will read" }
                p.error { "Say why" }
                textarea id="why" rows="3" {}
            }
            fieldset {
                legend { "What happens to this bet?" }
                div.choice { input type="radio" name="k" id="k1"; label for="k1" { "▲ Scale: give it more capacity" } }
                div.choice { input type="radio" name="k" id="k2" checked; label for="k2" { "■ Park: say what would bring it back" } }
            }
            div.field.short { label for="by" { "Gate date" } p.hint { "For example, 30 Sep 2026" } input type="text" id="by" value="30 Sep 2026"; }
            p.actions { button.btn.primary { "Save decision" } a.btn href="#" { "Cancel" } a.btn.danger href="#" { "Undo this import" } }
        }
        ul.task-list {
            li { a href="#" { "What is this file?" } (Tag::new(Tone::Positive, Some('▲'), "Done").html()) }
            li { a href="#" { "Match columns" } (Tag::new(Tone::Informing, Some('●'), "Next").html()) }
        }
        dl.summary-list {
            div { dt { "Outcome" } dd { "Double the enterprise pipeline that partners start" } dd { a href="#" { "Change" } } }
            div { dt { "Gate" } dd { "12 opportunities by 31 Dec 2026" } dd { a href="#" { "Change" } } }
        }
        (arena())
        h2 { "Targets" }
        p { "The named accounts that a bet goes after, and their next step." }
        div.example aria-hidden="true" { table { tbody { tr { td { "Globex" } td { "Workbright" } td { "Ask for an introduction" } } } } }
        p { a.btn.primary href="#" { "Add targets" } }
    }
}

fn arena() -> Markup {
    let cell = |state: State, class: &str, rest: &str, reason: &str| {
        html! {
            td class=(class) { a href="#" {
                span.state { (Tag::from(state).text()) }
                span { (rest) }
                span.dim { (reason) }
            } }
        }
    };
    html! {
        h2 { "Where to win" }
        div.scroll role="region" tabindex="0" aria-label="Segments and partner types" {
            table.arena {
                thead { tr { th scope="col" { "Segment" } th scope="col" { "Technology" } th scope="col" { "Reseller" } th scope="col" { "Agency" } } }
                tbody {
                    tr {
                        th scope="row" { "Enterprise" }
                        (cell(State::Chosen, "chosen", "140 accounts · 61 shared · 31% (24 to 39), 48 of 155", "HRIS vendors sit in 61 of our 140"))
                        (cell(State::Undecided, "undecided", "140 accounts · 9 shared · no deals", ""))
                        (cell(State::Parked, "parked", "140 accounts · 12 shared · 24% (14 to 37), 12 of 50", "Agencies send small projects"))
                    }
                }
            }
        }
    }
}
