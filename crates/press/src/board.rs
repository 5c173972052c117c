//! The board page: three numbers, each with its definition, n, range and day, then spend and the next ask; on one sheet.
//! Lays out; adds nothing up.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::{
    chart::{
        bars::{self, Bars},
        interval::{self, Intervals},
    },
    document,
    numbers::date,
    one_page::{Figure, figure_html, figure_markdown},
    prose::markdown as plain,
    tag::Tag,
};

/// Everything on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// The company.
    pub program: String,
    /// The first day counted, and the last.
    pub period: (Date, Date),
    /// The three numbers. Never added together.
    pub numbers: Vec<Number>,
    /// What was spent.
    pub spend: Vec<Figure>,
    /// What the next cycle asks.
    pub ask: Vec<Figure>,
}

/// One number with all that it takes to believe it.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// "Sourced pipeline".
    pub name: String,
    /// The number, with a link to its rows.
    pub says: Figure,
    /// What must be said of it first: that it rests on too few.
    pub caution: Option<Tag>,
    /// What it counts, in one sentence.
    pub definition: String,
    /// What it rests on.
    pub n: Figure,
    /// Its range and what kind of range that is.
    pub range: String,
    /// The day of its facts.
    pub as_of: Date,
    /// What else to know: the largest accounts by name, what it is held against.
    pub more: Vec<Figure>,
    /// The first figures of `more`, drawn.
    pub drawing: Option<Drawing>,
}

/// How the figures of a number are drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawing {
    /// Amounts side by side.
    Bars(Bars),
    /// Shares with their ranges.
    Intervals(Intervals),
}

impl Drawing {
    /// How many figures it shows.
    fn len(&self) -> usize {
        match self {
            Self::Bars(bars) => bars.rows.len(),
            Self::Intervals(intervals) => intervals.rows.len(),
        }
    }

    fn draw(&self) -> Markup {
        match self {
            Self::Bars(bars) => bars::draw(bars),
            Self::Intervals(intervals) => interval::draw(intervals),
        }
    }
}

/// What stands on every board page.
const NEVER_ADDED: &str = "These numbers answer three questions and are never added together. Pipeline that partners only \
                           influenced, or that merely overlaps with their customers, is not in them.";

impl Board {
    /// "Northwind Analytics: partnerships in three numbers".
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}: partnerships in three numbers", self.program)
    }

    /// The days that are counted, and what the numbers say.
    #[must_use]
    pub fn lede(&self) -> String {
        let say = |number: &Number| format!("{}: {}", number.name, number.says.says);
        format!(
            "From {} to {}. {}.",
            date(self.period.0),
            date(self.period.1),
            self.numbers.iter().map(say).collect::<Vec<_>>().join("; ")
        )
    }
}

impl Number {
    fn facts(&self) -> [(&'static str, Figure); 4] {
        [
            ("Counts", Figure::new(self.definition.clone())),
            ("Rests on", self.n.clone()),
            ("Range", Figure::new(self.range.clone())),
            ("As of", Figure::new(date(self.as_of))),
        ]
    }
}

/// The page's fragment, without its `<h1>`. `prefix` begins every `id` in it.
pub fn html(board: &Board, prefix: &str) -> Markup {
    html! {
        article.board {
            p.lede { (board.lede()) }
            @for (at, number) in board.numbers.iter().enumerate() {
                @let id = format!("{prefix}-{at}");
                section.card aria-labelledby=(id) {
                    h2 id=(id) { (number.name) }
                    p.lede { strong { (figure_html(&number.says)) } @if let Some(caution) = &number.caution { " " (caution.html()) } }
                    dl.facts { @for (name, figure) in number.facts() { div { dt { (name) } dd { (figure_html(&figure)) } } } }
                    div {
                        @if let Some(drawing) = &number.drawing { (drawing.draw()) }
                        @let further = &number.more[number.drawing.as_ref().map_or(0, Drawing::len).min(number.more.len())..];
                        @if !further.is_empty() { ul { @for figure in further { li { (figure_html(figure)) } } } }
                    }
                }
            }
            p.dim { (NEVER_ADDED) }
            (lines(&board.spend, "Spend", &format!("{prefix}-spend")))
            (lines(&board.ask, "The next ask", &format!("{prefix}-ask")))
        }
    }
}

fn lines(figures: &[Figure], heading: &str, id: &str) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (heading) }
            ul { @for figure in figures { li { (figure_html(figure)) } } }
        }
    }
}

/// A whole HTML file with its style sheet inside, for printing.
pub fn document(board: &Board) -> String {
    let body = html! { h1 { (board.title()) } (html(board, "board")) };
    document::whole(&board.title(), "sheet", &body)
}

/// The same as Markdown.
pub fn markdown(board: &Board) -> String {
    let mut lines = vec![
        format!("# {}", plain(&board.title())),
        String::new(),
        plain(&board.lede()),
    ];
    for number in &board.numbers {
        let caution = number
            .caution
            .as_ref()
            .map_or_else(String::new, |tag| format!(" ({})", tag.text()));
        lines.extend([
            String::new(),
            format!("## {}", plain(&number.name)),
            String::new(),
            format!("**{}**{caution}", figure_markdown(&number.says)),
            String::new(),
        ]);
        let facts = number.facts();
        lines.extend(
            facts
                .iter()
                .map(|(name, figure)| format!("- {name}: {}", figure_markdown(figure))),
        );
        lines.extend(
            number
                .more
                .iter()
                .map(|figure| format!("- {}", figure_markdown(figure))),
        );
    }
    lines.extend([String::new(), NEVER_ADDED.to_owned()]);
    for (heading, figures) in [("Spend", &board.spend), ("The next ask", &board.ask)] {
        lines.extend([String::new(), format!("## {heading}"), String::new()]);
        lines.extend(figures.iter().map(|figure| format!("- {}", figure_markdown(figure))));
    }
    lines.join("\n") + "\n"
}
