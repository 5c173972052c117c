//! The tags: one word with its glyph and tone, for states and verdicts. The only place where glyphs are chosen.

use maud::{Markup, html};

/// Which pair of colours a tag wears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Scale, For, Signed, Chosen.
    Positive,
    /// Not enough evidence, stale.
    Caution,
    /// Retire, Against, Over.
    Negative,
    /// Running, Planned.
    Informing,
    /// Parked, Declined, Draft.
    Muted,
}

/// A word with the glyph before it. Colour only repeats what the word says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The colours.
    pub tone: Tone,
    /// One of the product's glyphs: ★ ✕ ■ ? ▲ ● ▼ ◆.
    pub glyph: Option<char>,
    /// What a reader or a screen reader takes from it.
    pub word: String,
}

/// The state of a cell or of a bet, as product.md names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A cell that the program competes in.
    Chosen,
    /// A cell that nobody has decided yet.
    Undecided,
    /// A bet that was written down and not yet decided.
    Proposed,
    /// A bet in a signed version, before its start.
    Planned,
    /// A bet that is being worked.
    Running,
    /// A bet that passed its gate and was given more.
    Scaled,
    /// Attractive but paused, with what would reopen it.
    Parked,
    /// Considered and never started, with a reason.
    Declined,
    /// Ran, and the evidence said no.
    Retired,
}

/// What a gate says today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The bet has not begun.
    NotStarted,
    /// Begun, and no facts have arrived.
    NoData,
    /// Too little time has passed; with the weeks until it is expected to be clear, when that is known.
    TooEarly {
        /// Weeks until the gate can be expected to tell.
        weeks: Option<u32>,
    },
    /// Time has passed, and the evidence still does not settle it.
    NotEnough,
    /// Carry on to the next gate.
    Continue,
    /// The evidence says scale.
    Scale,
    /// The evidence says retire.
    Retire,
    /// Measures disagree.
    Mixed,
}

impl Tag {
    /// A tag of another word; states and verdicts have their own.
    pub fn new(tone: Tone, glyph: Option<char>, word: impl Into<String>) -> Self {
        Self {
            tone,
            glyph,
            word: word.into(),
        }
    }

    /// "● Running": for Markdown, terminals and titles.
    pub fn text(&self) -> String {
        match self.glyph {
            Some(glyph) => format!("{glyph} {}", self.word),
            None => self.word.clone(),
        }
    }

    /// The tag as the pages show it.
    pub fn html(&self) -> Markup {
        let class = match self.tone {
            Tone::Positive => "tag pos",
            Tone::Caution => "tag warn",
            Tone::Negative => "tag neg",
            Tone::Informing => "tag info",
            Tone::Muted => "tag",
        };
        html! { span class=(class) { @if let Some(glyph) = self.glyph { span aria-hidden="true" { (glyph) } " " } (self.word) } }
    }
}

impl From<State> for Tag {
    fn from(state: State) -> Self {
        let (tone, glyph, word) = match state {
            State::Chosen => (Tone::Positive, '★', "Chosen"),
            State::Undecided => (Tone::Caution, '?', "Undecided"),
            State::Proposed => (Tone::Muted, '?', "Proposed"),
            State::Planned => (Tone::Informing, '●', "Planned"),
            State::Running => (Tone::Informing, '●', "Running"),
            State::Scaled => (Tone::Positive, '▲', "Scaled"),
            State::Parked => (Tone::Muted, '■', "Parked"),
            State::Declined => (Tone::Muted, '✕', "Declined"),
            State::Retired => (Tone::Negative, '✕', "Retired"),
        };
        Tag::new(tone, Some(glyph), word)
    }
}

impl From<Verdict> for Tag {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::NotStarted => Tag::new(Tone::Muted, None, "Not started"),
            Verdict::NoData => Tag::new(Tone::Caution, Some('◆'), "No data yet"),
            Verdict::TooEarly { weeks: None } => Tag::new(Tone::Caution, Some('◆'), "Too early"),
            Verdict::TooEarly { weeks: Some(1) } => Tag::new(Tone::Caution, Some('◆'), "Too early (~1 week)"),
            Verdict::TooEarly { weeks: Some(weeks) } => {
                Tag::new(Tone::Caution, Some('◆'), format!("Too early (~{weeks} weeks)"))
            }
            Verdict::NotEnough => Tag::new(Tone::Caution, Some('◆'), "Not enough evidence yet"),
            Verdict::Continue => Tag::new(Tone::Informing, Some('●'), "Continue"),
            Verdict::Scale => Tag::new(Tone::Positive, Some('▲'), "Scale"),
            Verdict::Retire => Tag::new(Tone::Negative, Some('✕'), "Retire"),
            Verdict::Mixed => Tag::new(Tone::Caution, Some('◆'), "Mixed, discuss"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_reads_the_same_without_its_colours() {
        assert_eq!(
            Tag::from(Verdict::TooEarly { weeks: Some(5) }).text(),
            "◆ Too early (~5 weeks)"
        );
        assert_eq!(Tag::from(State::Parked).text(), "■ Parked");
        assert_eq!(
            Tag::from(Verdict::Scale).html().into_string(),
            r#"<span class="tag pos"><span aria-hidden="true">▲</span> Scale</span>"#
        );
        assert_eq!(
            Tag::from(Verdict::NotStarted).html().into_string(),
            r#"<span class="tag">Not started</span>"#
        );
    }
}
