//! Help, and the page that is not there.

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::answer::Failure;
use crate::answer::page;
use crate::layout;
use crate::visitor::{Frame, Visitor};

/// `GET /help`
pub async fn show(visitor: Result<Visitor, Failure>, frame: Frame) -> Response {
    let words = [
        ("Outcome", "The one business result that partnerships will move."),
        ("Segment", "A named group of accounts, by a rule over their columns."),
        (
            "Cell",
            "A segment paired with a partner type: chosen, declined, parked or undecided.",
        ),
        ("Bet", "A chosen cell with a wedge, a motion, hours, and a gate."),
        (
            "Wedge",
            "Why a partner in that cell works with us, and why the customer cares.",
        ),
        ("Motion", "The steps that turn a target into a deal."),
        (
            "Gate",
            "A question with a measure, a threshold and a date, fixed before the start.",
        ),
        ("Evidence", "What the facts say, with a range and the rows behind it."),
        (
            "Review",
            "The meeting that scales, continues, parks or retires every running bet.",
        ),
    ];
    let body = html! {
        h1 { "Help" }
        p.lede { "Beachhead leads from one outcome to a few chosen cells, to bets with gates, and to a review each cycle." }
        h2 { "The order" }
        ol {
            li { "Name the outcome, and whose it is. " a href="/start" { "The five questions" } " get a first page in ten minutes." }
            li { "Decide " a href="/where" { "where to win" } ", and say why not elsewhere." }
            li { "Write " a href="/bets" { "bets" } " with a gate each, and ask the sponsor for a signature." }
            li { a href="/data" { "Import facts" } " as often as you like; every import judges every running bet again." }
            li { "Hold the " a href="/review" { "review" } " when the cycle ends." }
        }
        h2 { "The words" }
        dl.summary-list { @for (word, meaning) in words { div { dt { (word) } dd { (meaning) } } } }
    };
    page(&frame, framed(visitor.ok().as_ref(), &frame, "Help", &body))
}

/// Any other address.
pub async fn nowhere(visitor: Result<Visitor, Failure>, frame: Frame, uri: Uri) -> Response {
    let body = html! {
        h1 { "There is no such page" }
        p.lede { code { (uri.path()) } " is not an address of this program." }
        p { a href="/" { "Go to the strategy" } }
    };
    (
        StatusCode::NOT_FOUND,
        framed(visitor.ok().as_ref(), &frame, "There is no such page", &body),
    )
        .into_response()
}

/// With the menu for somebody signed in, without it for anybody else.
fn framed(visitor: Option<&Visitor>, frame: &Frame, title: &str, body: &Markup) -> Markup {
    match visitor {
        Some(visitor) => layout::inside(visitor, None, title, body),
        None => layout::outside(frame, title, body),
    }
}
