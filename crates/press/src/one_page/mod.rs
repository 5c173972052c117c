//! The strategy on one page: seven blocks in a fixed order, as a fragment, a printable document, Markdown and text.
//! Lays out what it is given; decides and computes nothing.

mod html;
mod markdown;
mod text;

use jiff::civil::Date;

pub(crate) use self::{html::figure as figure_html, markdown::figure as figure_markdown};
pub use self::{
    html::{document, html},
    markdown::markdown,
    text::text,
};

use crate::{
    chart::fan::Fan,
    numbers::{Chance, date},
    prose::ended,
    tag::{State, Tag, Tone},
};

/// A number as it is shown: its words, the rows behind it, and as of when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figure {
    /// "USD 2.4 million"; write it with [`crate::numbers`].
    pub says: String,
    /// The rows behind it.
    pub href: Option<String>,
    /// "import 12, 20 Aug 2026".
    pub source: Option<String>,
}

/// Everything on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct OnePage {
    /// The company: "Northwind Analytics".
    pub program: String,
    /// The day that the page speaks of; "in 41 days" counts from it.
    pub today: Date,
    /// What a reader must know first: "Synthetic facts", "Changed since it was signed". Printed too.
    pub banner: Option<String>,
    /// Block 1.
    pub outcome: Outcome,
    /// The small fan beside the outcome.
    pub fan: Option<Fan>,
    /// Block 2.
    pub chosen: Vec<ChosenCell>,
    /// Block 3.
    pub ruled_out: Vec<RuledOut>,
    /// Block 4.
    pub wedges: Vec<Wedge>,
    /// Block 5.
    pub bets: Vec<BetLine>,
    /// What the bets ask of the team: "420 of the team's 715 hours in 2026-Q3".
    pub cost: Option<String>,
    /// Block 6.
    pub proof: Proof,
    /// Block 7.
    pub sign_off: SignOff,
}

/// Block 1: the one business result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// "Double the enterprise pipeline that partners start, by the end of the fiscal year".
    pub sentence: String,
    /// "Sourced pipeline, enterprise".
    pub measure: String,
    /// Where it began.
    pub baseline: Figure,
    /// Where it should be.
    pub target: Figure,
    /// Where it stands.
    pub now: Figure,
    /// The page that says why it is behind or ahead of the plan.
    pub explained: Option<String>,
    /// By when.
    pub by: Date,
    /// "Dana Whitfield, CRO".
    pub sponsor: String,
}

/// Block 2: a cell that the program competes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenCell {
    /// "Enterprise × technology".
    pub cell: String,
    /// Its page.
    pub href: Option<String>,
    /// Why here.
    pub reason: String,
    /// "Win rate 31% (24 to 39), 48 of 155".
    pub evidence: Option<Figure>,
}

/// Block 3: what was declined, parked or retired, with the same weight as what was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuledOut {
    /// "Mid-market × reseller".
    pub what: String,
    /// Its page.
    pub href: Option<String>,
    /// Declined, parked or retired.
    pub state: State,
    /// Why not.
    pub reason: String,
    /// What would reopen it, or change our mind.
    pub reopens: Option<String>,
}

/// Block 4: why a partner works with us, and how that becomes repeatable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wedge {
    /// The bet it belongs to.
    pub bet: String,
    /// "Technology partners", the subject of "work with us because".
    pub partner_type: String,
    /// Why the partner works with us.
    pub partner_reason: String,
    /// Why the customer cares.
    pub customer_reason: Option<String>,
    /// The steps of the motion, in order.
    pub motion: Vec<String>,
}

/// When a bet runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Running or scaled.
    Now,
    /// Planned.
    Next,
    /// Parked.
    Parked,
}

/// Block 5: a bet in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BetLine {
    /// Its group.
    pub when: When,
    /// "HRIS co-sell".
    pub name: String,
    /// Its page.
    pub href: Option<String>,
    /// The gate's verdict, or the state.
    pub tag: Tag,
    /// The gate's day.
    pub gate: Option<Date>,
    /// "Owner Tom Okafor", "waits for HRIS co-sell's gate".
    pub note: Option<String>,
}

/// Block 6: how we will know.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Proof {
    /// Leading and lagging measures, gates.
    pub lines: Vec<ProofLine>,
    /// The day of the next review.
    pub next_review: Option<Date>,
}

/// What a measure is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofKind {
    /// Moves in weeks.
    Leading,
    /// Moves in quarters.
    Lagging,
    /// Decides the bet.
    Gate,
}

/// One measure.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofLine {
    /// The bet it belongs to.
    pub bet: String,
    /// Leading, lagging or the gate itself.
    pub kind: ProofKind,
    /// "Opportunities opened".
    pub measure: String,
    /// Where it stands.
    pub now: Figure,
    /// "≥ 12".
    pub scale_if: String,
    /// "≤ 4".
    pub retire_if: Option<String>,
    /// By when.
    pub by: Date,
    /// The chance that it gets there.
    pub chance: Option<Chance>,
}

/// Block 7: whose yes it has, to which text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// The version shown.
    pub version: u32,
    /// The hash of its text, whole; shown in its first 12 characters, in full in Markdown.
    pub content_hash: String,
    /// Sponsor and day, once signed.
    pub signed: Option<(String, Date)>,
    /// What the sponsor signed it under.
    pub conditions: Option<String>,
    /// What each function says of this version.
    pub functions: Vec<FunctionLine>,
}

/// What a function says of the version shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionLine {
    /// "Sales".
    pub function: String,
    /// Who speaks for it, where somebody is named.
    pub who: Option<String>,
    /// What was said; `None` while it has not answered.
    pub answer: Option<FunctionAnswer>,
}

/// A function's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionAnswer {
    /// Whether it objects; else it has seen the version.
    pub objects: bool,
    /// In words; may be empty.
    pub words: String,
    /// The day.
    pub on: Date,
}

impl Figure {
    /// A figure without rows or source yet.
    pub fn new(says: impl Into<String>) -> Self {
        Self {
            says: says.into(),
            ..Self::default()
        }
    }

    /// With a link to the rows behind it.
    pub fn rows(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// With its import and day.
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl OnePage {
    /// "Northwind Analytics: partner strategy".
    pub fn title(&self) -> String {
        format!("{}: partner strategy", self.program)
    }

    /// "Version 3 · 20 Aug 2026".
    fn edition(&self) -> String {
        format!("Version {} · {}", self.sign_off.version, date(self.today))
    }

    /// The same page with nothing to follow: for readers who may see this page and no other.
    #[must_use]
    pub fn without_links(mut self) -> Self {
        let outcome = &mut self.outcome;
        for figure in [&mut outcome.baseline, &mut outcome.target, &mut outcome.now] {
            figure.href = None;
        }
        outcome.explained = None;
        if let Some(fan) = &mut self.fan {
            fan.frame.csv_href = None;
        }
        for cell in &mut self.chosen {
            cell.href = None;
            if let Some(evidence) = &mut cell.evidence {
                evidence.href = None;
            }
        }
        self.ruled_out.iter_mut().for_each(|one| one.href = None);
        self.bets.iter_mut().for_each(|bet| bet.href = None);
        self.proof.lines.iter_mut().for_each(|line| line.now.href = None);
        self
    }

    fn bets_of(&self, when: When) -> Vec<&BetLine> {
        self.bets.iter().filter(|bet| bet.when == when).collect()
    }
}

impl RuledOut {
    /// The words before what would reopen it.
    fn reopens_word(&self) -> &'static str {
        match self.state {
            State::Declined => "Would change our mind",
            _ => "Reopens when",
        }
    }
}

impl When {
    fn word(self) -> &'static str {
        match self {
            When::Now => "Now",
            When::Next => "Next",
            When::Parked => "Parked",
        }
    }
}

impl ProofKind {
    fn word(self) -> &'static str {
        match self {
            ProofKind::Leading => "leading",
            ProofKind::Lagging => "lagging",
            ProofKind::Gate => "gate",
        }
    }
}

impl FunctionLine {
    /// The answer as a tag: never by colour alone.
    fn tag(&self) -> Tag {
        match &self.answer {
            Some(answer) if answer.objects => Tag::new(Tone::Caution, Some('◆'), "We object"),
            Some(_) => Tag::new(Tone::Positive, Some('●'), "Seen"),
            None => Tag::new(Tone::Muted, Some('?'), "No answer yet"),
        }
    }

    /// "Mara Lind, 3 Jul 2026".
    fn by(&self) -> String {
        let day = self.answer.as_ref().map(|answer| date(answer.on));
        let parts: Vec<String> = self.who.iter().cloned().chain(day).collect();
        parts.join(", ")
    }

    /// The words of the answer in quotes.
    fn words(&self) -> Option<String> {
        let words = self.answer.as_ref().map(|answer| answer.words.as_str());
        words
            .filter(|words| !words.is_empty())
            .map(|words| format!("“{words}”"))
    }

    /// "Sales: seen (Mara Lind, 3 Jul 2026)".
    fn line(&self) -> String {
        let by = self.by();
        let by = if by.is_empty() { by } else { format!(" ({by})") };
        let words = self.words().map_or_else(String::new, |words| format!(": {words}"));
        format!("{}: {}{by}{words}", self.function, self.tag().word.to_lowercase())
    }
}

impl SignOff {
    /// The condition of the signature, as a sentence.
    fn condition(&self) -> Option<String> {
        self.conditions
            .as_ref()
            .map(|words| format!("Under the condition: {}", ended(words)))
    }

    /// Enough of the hash to compare by eye.
    fn short_hash(&self) -> String {
        self.content_hash.chars().take(HASH_SHOWN).collect()
    }

    /// "Signed by Dana Whitfield, CRO, on 3 Jul 2026".
    fn signature(&self) -> String {
        match &self.signed {
            Some((who, day)) => format!("Signed by {who}, on {}", date(*day)),
            None => "Not signed yet: a draft until the sponsor signs it".to_owned(),
        }
    }
}

/// How much of the content hash stands on the page.
const HASH_SHOWN: usize = 12;
