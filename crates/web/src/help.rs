//! Help: the order of a strategy, a section for each place, the words, the keys; and the page that is not there.

use axum::http::Uri;
use axum::response::Response;
use beachhead_office::Refusal;
use maud::{Markup, html};

use crate::answer::{Failure, page};
use crate::layout;
use crate::visitor::{Frame, Visitor};

/// Help for one place.
pub(crate) struct Section {
    /// Its name in the address, as [`layout::Place::section`].
    pub id: &'static str,
    /// The place.
    pub name: &'static str,
    /// The question that the place answers.
    pub answers: &'static str,
    /// Where the place is.
    pub address: &'static str,
    /// What is done there, a paragraph each.
    pub says: &'static [&'static str],
}

/// A section for each place, in the order of the menu.
pub(crate) const SECTIONS: &[Section] = &[
    Section {
        id: "strategy",
        name: "Strategy",
        answers: "What are we choosing, and what not?",
        address: "/",
        says: &[
            "The whole strategy on one page: outcome, where we win, where we do not, the wedge, the bets, the proof, the sign-off. It prints on one sheet.",
            "The leader asks for a signature; the sponsor signs exactly that text, or sends it back with a comment. Whatever is written after that is a draft, and the page says what has changed.",
            "Findings beside the page say what would stop a signature, and each leads to the page that mends it.",
        ],
    },
    Section {
        id: "where",
        name: "Where to win",
        answers: "Which cells do we compete in?",
        address: "/where",
        says: &[
            "Segments down, partner types across. Every cell is chosen, declined, parked or undecided, with the evidence for it: accounts, overlap, how often deals there are won with and without a partner, with a range.",
            "Open a cell to decide about it. A choice needs a reason; a decline or a park also says what would change our mind. What is ruled out is shown as plainly as what is chosen.",
        ],
    },
    Section {
        id: "bets",
        name: "Bets",
        answers: "What are we betting on, and is it working?",
        address: "/bets",
        says: &[
            "A bet is one chosen cell with a wedge, a motion of steps, hours, and a gate: a measure, a threshold and a date, fixed when the version is signed.",
            "Its page says what the gate makes of the facts so far, how targets move through the steps, what the forecast to the gate is, and which evidence speaks for and against it.",
            "“Too early” means that most of what was started cannot have arrived yet. It is no verdict.",
        ],
    },
    Section {
        id: "roadmap",
        name: "Roadmap",
        answers: "What comes first, what waits, do we have the people?",
        address: "/roadmap",
        says: &[
            "Which bet runs in which cycle, and the hours that it asks of the team. A cycle with more work than hours is refused.",
            "Plans are compared by simulation: everything at once, one after the other, and the best order found. Change an assumption under “What if” and the answer moves; nothing is saved.",
        ],
    },
    Section {
        id: "partners",
        name: "Partners",
        answers: "Who is the route in?",
        address: "/partners",
        says: &[
            "Partners by cell. Each partner's page shows whom we have in common, the bets it is part of, who knows whom, what was given and what came back, and the motion that was agreed.",
        ],
    },
    Section {
        id: "targets",
        name: "Targets",
        answers: "Which accounts do I work this week?",
        address: "/targets",
        says: &[
            "The named accounts of the running bets with the next step, its date and its owner. The last touch is the last day on which a target took a step, somebody said that something happened, or an import brought a touch between the account and its partner. A target is stuck when its last touch is 14 days ago or more.",
            "Log a step when it was reached: it counts in the bet's funnel from that day on. What happened without a step is kept as a touch and counts in no funnel. Tick several to give them another owner, next step or day, or to say that they are lost and why.",
            "A partner manager works own targets, those that are nobody's, and all of an own bet; the owner of the program works all, and gives a target to somebody else.",
        ],
    },
    Section {
        id: "review",
        name: "Review",
        answers: "What do we decide this cycle?",
        address: "/review",
        says: &[
            "Once a cycle every running bet is scaled, continued, parked or retired, beside what its gate says. A decision against the gate needs a reason of 40 characters and stays marked as such.",
            "A review cannot be closed while a bet is undecided, unless the undecided are parked. A cycle that ends without a review makes the strategy lapse.",
        ],
    },
    Section {
        id: "data",
        name: "Data",
        answers: "Is the data right and fresh?",
        address: "/data",
        says: &[
            "Drop in exports of your CRM: accounts, opportunities, stage history, partners, partners' lists, touches, progress, effort. Columns are recognised; what is unsure is asked once and remembered for the next file.",
            "You see what would become of every row before anything is imported, and an import can be taken back. The same file twice changes nothing. Your CRM is never written to.",
            "Pairs of accounts that may be the same company wait for a person. Everything can be taken out again under Exports.",
        ],
    },
    Section {
        id: "settings",
        name: "Settings",
        answers: "Who can do what?",
        address: "/settings",
        says: &[
            "An owner invites people by a link that works once. Five roles: the owner writes and decides, the sponsor signs, a partner manager runs the motion, data imports and settles matches, a viewer reads.",
            "A second factor, a code that an app on your phone shows, is set up on the page of your account; an owner can demand one of everybody. Who forgot a password gets a reset link from an owner, which works once.",
            "Backups are made each night and read back; the audit log names every write, and its chain shows whether anything was changed afterwards.",
        ],
    },
];

/// The words of the product.
const WORDS: &[(&str, &str)] = &[
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
    (
        "Condition",
        "One thing that would have to be true for the wedge to work. The least believed is tested first.",
    ),
    ("Motion", "The steps that turn a target into a deal."),
    (
        "Gate",
        "A question with a measure, a threshold and a date, fixed before the start.",
    ),
    ("Evidence", "What the facts say, with a range and the rows behind it."),
    (
        "Target",
        "A named account in a bet's list, with its partner, its next step and the day it is due.",
    ),
    (
        "Sourced, influenced",
        "An opportunity that a partner brought, or helped along: derived from dated evidence by the policy, never typed in.",
    ),
    (
        "Declined, parked, retired",
        "Considered and never started; attractive but paused; ran, and the evidence said no.",
    ),
    (
        "Review",
        "The meeting that scales, continues, parks or retires every running bet.",
    ),
];

/// The keys that do the same on every page.
const KEYS: &[(&str, &str)] = &[
    ("Ctrl K or /", "Search"),
    ("?", "The keys of this page"),
    ("n", "New, where a page has something to add"),
    ("e", "Edit, where a page or a row can be edited"),
    ("j k", "The next row, the row before"),
    ("Enter", "Open the row"),
    ("x", "Select the row"),
    ("Esc", "Close, or leave the row"),
];

/// `GET /help`
pub async fn show(visitor: Result<Visitor, Failure>, frame: Frame) -> Response {
    // A place that the menu does not have yet has no help either.
    let in_menu = |section: &&Section| {
        layout::Place::MENU
            .iter()
            .any(|(place, ..)| place.section() == section.id)
    };
    let sections: Vec<&Section> = SECTIONS.iter().filter(in_menu).collect();
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
        nav.inline-links aria-label="On this page" {
            @for section in &sections { a href={ "#" (section.id) } { (section.name) } " " }
            a href="#words" { "The words" } " " a href="#keys" { "The keys" }
        }
        @for section in &sections {
            section aria-labelledby=(section.id) {
                h2 id=(section.id) { (section.name) }
                p { strong { (section.answers) } " " a href=(section.address) { "Go to " (section.name) } }
                @for says in section.says { p { (says) } }
            }
        }
        h2 id="words" { "The words" }
        dl.summary-list { @for (word, meaning) in WORDS { div { dt { (word) } dd { (meaning) } } } }
        h2 id="keys" { "The keys" }
        p { "Single keys do nothing while you type in a field, and can be switched off on the page of " a href="/account" { "your account" } "." }
        dl.facts data-all-keys {
            @for (key, does) in KEYS { div { dt { kbd { (key) } } dd { (does) } } }
            @for (_, name, _, key) in layout::Place::MENU { div { dt { kbd { "g " (key) } } dd { (name) } } }
        }
    };
    page(&frame, framed(visitor.ok().as_ref(), &frame, "Help", &body))
}

/// Any other address.
pub async fn nowhere(frame: Frame, uri: Uri) -> Failure {
    let words = format!("{} is not an address of this program", uri.path());
    Failure::on(&frame, Refusal::not_found(words, ""))
}

/// With the menu for somebody signed in, without it for anybody else.
fn framed(visitor: Option<&Visitor>, frame: &Frame, title: &str, body: &Markup) -> Markup {
    match visitor {
        Some(visitor) => layout::inside(visitor, None, title, body),
        None => layout::outside(frame, title, body),
    }
}
