//! The review's pre-read: one paragraph a bet, to be read before the meeting. Lays out; judges nothing.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::{
    document,
    numbers::{Chance, Unit, date, date_from},
    one_page::{Figure, figure_html, figure_markdown},
    prose::{ended, markdown as plain},
    tag::{State, Tag, Tone, Verdict},
};

/// Everything that the meeting reads beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct PreRead {
    /// The company.
    pub program: String,
    /// The day of the review.
    pub review_on: Date,
    /// The cycle under review: "2026-Q3".
    pub cycle: String,
    /// The day it was prepared.
    pub today: Date,
    /// "import 12, 20 Aug 2026".
    pub facts: Option<String>,
    /// What was promised at the last review, first on the agenda.
    pub commitments: Vec<Commitment>,
    /// Running and scaled bets first, then parked ones.
    pub bets: Vec<Bet>,
}

/// A promise of the last review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// What.
    pub says: String,
    /// Who.
    pub who: String,
    /// By when.
    pub by: Date,
    /// Whether it was kept; none while nobody has said.
    pub kept: Option<bool>,
}

/// A bet to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Bet {
    /// "HRIS co-sell".
    pub name: String,
    /// Its page.
    pub href: Option<String>,
    /// Its state.
    pub state: State,
    /// Who runs it.
    pub owner: String,
    /// The gate as it stands.
    pub gate: Option<Gate>,
    /// The last decision on it.
    pub last_decision: Option<LastDecision>,
    /// For a parked bet: what it would use the hours for.
    pub parked: Option<Parked>,
}

/// A gate and its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// "Do introductions by HRIS vendors open enterprise opportunities?"
    pub question: String,
    /// What is counted: "opportunities".
    pub measure: String,
    /// Its day.
    pub by: Date,
    /// How much there is.
    pub have: Figure,
    /// How much it takes.
    pub need: Figure,
    /// The chance of passing.
    pub chance: Option<Chance>,
    /// What the evidence says.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub why: String,
}

/// A decision of an earlier review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastDecision {
    /// "Continue".
    pub what: String,
    /// The day.
    pub on: Date,
    /// Who decided.
    pub who: String,
    /// Why.
    pub reason: String,
    /// Whether it went against the gate's verdict.
    pub against_gate: bool,
}

/// What a parked bet waits for and would cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// What would reopen it.
    pub reopens: String,
    /// Hours that it would take in the next cycle.
    pub hours: Option<f64>,
    /// What it would use them for.
    pub uses_hours_for: String,
}

/// The pre-read's fragment, without its `<h1>`. `prefix` begins every `id` in it.
pub fn html(pre_read: &PreRead, prefix: &str) -> Markup {
    html! {
        article.pre-read {
            p.lede { (pre_read.lede()) }
            @if let Some(facts) = &pre_read.facts { p.dim { "Facts as of " (facts) "." } }
            @if !pre_read.commitments.is_empty() {
                section aria-labelledby={ (prefix) "-commitments" } {
                    h2 id={ (prefix) "-commitments" } { "Promised last time" }
                    ul { @for promise in &pre_read.commitments { li { (promise.tag().html()) " " (promise.says()) } } }
                }
            }
            @for (index, bet) in pre_read.bets.iter().enumerate() {
                @let id = format!("{prefix}-bet{index}");
                section.bet aria-labelledby=(id) {
                    h2 id=(id) { @if let Some(href) = &bet.href { a href=(href) { (bet.name) } } @else { (bet.name) } }
                    p {
                        @for tag in bet.tags() { (tag.html()) " " }
                        @for piece in bet.paragraph(pre_read.today) {
                            @match piece { Piece::Words(words) => (words), Piece::Figure(figure) => (figure_html(figure)) }
                        }
                    }
                }
            }
        }
    }
}

/// A whole HTML file with its style sheet inside, for printing.
pub fn document(pre_read: &PreRead) -> String {
    let body = html! { h1 { (pre_read.title()) } (html(pre_read, "review")) };
    document::whole(&pre_read.title(), "sheet", &body)
}

/// The same as Markdown.
pub fn markdown(pre_read: &PreRead) -> String {
    let mut lines = vec![
        format!("# {}", plain(&pre_read.title())),
        String::new(),
        plain(&pre_read.lede()),
    ];
    if let Some(facts) = &pre_read.facts {
        lines.extend([String::new(), format!("Facts as of {}.", plain(facts))]);
    }
    if !pre_read.commitments.is_empty() {
        lines.extend([String::new(), "## Promised last time".to_owned(), String::new()]);
        lines.extend(
            pre_read
                .commitments
                .iter()
                .map(|p| format!("- {}: {}", p.tag().text(), plain(&p.says()))),
        );
    }
    for bet in &pre_read.bets {
        let tags: Vec<String> = bet.tags().iter().map(|tag| plain(&tag.text())).collect();
        let pieces = bet.paragraph(pre_read.today).into_iter().map(|piece| match piece {
            Piece::Words(words) => plain(&words),
            Piece::Figure(figure) => figure_markdown(figure),
        });
        let paragraph = format!("**{}** {}", tags.join(" · "), pieces.collect::<String>());
        lines.extend([
            String::new(),
            format!("## {}", plain(&bet.name)),
            String::new(),
            paragraph,
        ]);
    }
    lines.join("\n") + "\n"
}

/// A part of a paragraph: the same words serve HTML and Markdown.
enum Piece<'a> {
    Words(String),
    Figure(&'a Figure),
}

impl PreRead {
    /// "Northwind Analytics: review of 2026-Q3".
    pub fn title(&self) -> String {
        format!("{}: review of {}", self.program, self.cycle)
    }

    fn lede(&self) -> String {
        let to_decide = self
            .bets
            .iter()
            .filter(|bet| matches!(bet.state, State::Running | State::Scaled))
            .count();
        let bets = match to_decide {
            0 => "No running bet to decide".to_owned(),
            1 => "1 running bet to decide".to_owned(),
            many => format!("{many} running bets to decide"),
        };
        format!(
            "{bets} on {}. What nobody decides is parked, not carried on.",
            date_from(self.review_on, self.today)
        )
    }
}

impl Commitment {
    /// Whether it was kept.
    #[must_use]
    pub fn tag(&self) -> Tag {
        match self.kept {
            Some(true) => Tag::new(Tone::Positive, Some('▲'), "Kept"),
            Some(false) => Tag::new(Tone::Negative, Some('▼'), "Not kept"),
            None => Tag::new(Tone::Caution, Some('?'), "Not said yet"),
        }
    }

    /// "A prototype with one vendor (Mo, by 27 Nov 2026)".
    #[must_use]
    pub fn says(&self) -> String {
        format!("{} ({}, by {})", self.says, self.who, date(self.by))
    }
}

impl Bet {
    fn tags(&self) -> Vec<Tag> {
        let verdict = self.gate.as_ref().map(|gate| Tag::from(gate.verdict));
        std::iter::once(Tag::from(self.state)).chain(verdict).collect()
    }

    /// Gate, have and need, chance, verdict, last decision, and what a parked bet would use the hours for.
    fn paragraph(&self, today: Date) -> Vec<Piece<'_>> {
        let mut pieces = vec![Piece::Words(format!("Owner {}. ", self.owner))];
        match &self.gate {
            Some(gate) => pieces.extend(gate.pieces(today)),
            None => pieces.push(Piece::Words("It has no gate. ".to_owned())),
        }
        if let Some(parked) = &self.parked {
            pieces.push(Piece::Words(parked.says()));
        }
        pieces.push(Piece::Words(match &self.last_decision {
            Some(decision) => decision.says(),
            None => "No decision on it yet.".to_owned(),
        }));
        pieces
    }
}

impl Gate {
    fn pieces(&self, today: Date) -> Vec<Piece<'_>> {
        let chance = match &self.chance {
            Some(chance) => format!("; chance of passing {chance}. "),
            None => "; the chance is not judged yet. ".to_owned(),
        };
        vec![
            Piece::Words(format!(
                "Gate on {}: {} Have ",
                date_from(self.by, today),
                ended(&self.question)
            )),
            Piece::Figure(&self.have),
            Piece::Words(", need ".to_owned()),
            Piece::Figure(&self.need),
            Piece::Words(format!(" {}{chance}{} ", self.measure, ended(&self.why))),
        ]
    }
}

impl Parked {
    fn says(&self) -> String {
        let hours = match self.hours {
            Some(hours) => format!("It would take {} in the next cycle", Unit::Hours.write(hours)),
            None => "Hours in the next cycle".to_owned(),
        };
        let uses = ended(&self.uses_hours_for);
        format!("Reopens when: {} {hours}, for: {uses} ", ended(&self.reopens))
    }
}

impl LastDecision {
    fn says(&self) -> String {
        let against = if self.against_gate { ", against the gate" } else { "" };
        let (on, who) = (date(self.on), &self.who);
        format!(
            "Last decision, {on}: {}{against}, by {who}: {}",
            self.what,
            ended(&self.reason)
        )
    }
}
