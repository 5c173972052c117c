//! The texts kept in `kept/`, and how what is drawn now is held against them. Must not draw.

use std::{env, fs, path::Path};

/// Fails at the first line that differs from the text kept under this name. With `BEACHHEAD_BLESS=1` the new text is
/// kept instead: read the difference before it is committed.
#[track_caller]
pub fn assert_kept(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/look/kept").join(name);
    let now = format!("{}\n", text.trim_end());
    if env::var_os("BEACHHEAD_BLESS").is_some() {
        fs::write(&path, &now).expect("a text can be kept beside the tests");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let same = kept
        .lines()
        .zip(now.lines())
        .take_while(|(kept, now)| kept == now)
        .count();
    assert!(
        kept == now,
        "{}:{}\n kept: {}\n  now: {}\nif it is meant, keep it with BEACHHEAD_BLESS=1",
        path.display(),
        same + 1,
        kept.lines().nth(same).unwrap_or_default(),
        now.lines().nth(same).unwrap_or_default(),
    );
}
