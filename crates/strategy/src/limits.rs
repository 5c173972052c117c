//! Every limit on what comes from outside, in one place. Constants only.

/// Longest text of a strategy that is read, in bytes.
pub const TEXT_BYTES: usize = 1 << 20;
/// Longest name (of a program, person, segment, partner type, bet, partner or step), in characters.
pub const NAME_CHARS: usize = 120;
/// Longest sentence (a reason, a wedge, a question, a rule), in characters.
pub const SENTENCE_CHARS: usize = 4_000;
/// Most people in a team.
pub const TEAM: usize = 200;
/// Most segments.
pub const SEGMENTS: usize = 50;
/// Most partner types.
pub const PARTNER_TYPES: usize = 30;
/// Most cells: the whole arena.
pub const CELLS: usize = SEGMENTS * PARTNER_TYPES;
/// Most bets.
pub const BETS: usize = 200;
/// Most steps in a motion.
pub const STEPS: usize = 20;
/// Most conditions under a wedge.
pub const CONDITIONS: usize = 50;
/// Most indicators of a bet.
pub const INDICATORS: usize = 50;
/// Most named partners of a bet.
pub const PARTNERS: usize = 500;
/// Most findings reported for one text; what is beyond is counted in the last one.
pub const FINDINGS: usize = 500;
/// Largest number (of money, hours, targets) that a strategy may hold, either side of nought: whole cents up to here
/// are exact in 64-bit floating point.
pub const FIGURE: f64 = 1e13;
/// First year in which a date or cycle of a strategy may lie.
pub const FIRST_YEAR: i16 = 1900;
/// Last year in which a date or cycle of a strategy may lie.
pub const LAST_YEAR: i16 = 2200;
/// Shortest reason for a decision against the gate's verdict, in characters.
pub const REASON_AGAINST_THE_GATE_CHARS: usize = 40;
/// Most initiatives that the five-question start takes.
pub const INITIATIVES: usize = 30;
