//! Bad input, everywhere: whatever is put into the room, the answer is a refusal that names its field, or finite numbers
//! in order; never a panic, never a NaN. Must not test what right answers are.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod figures;
mod files;
mod gym;
mod hostile;
mod lift;
mod miss;
mod refusals;
mod running;
