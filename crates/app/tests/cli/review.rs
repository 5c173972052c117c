//! `review` and `bet`: nothing is carried on out of inertia, and nothing closes early.

use crate::support::Folder;

#[test]
fn a_review_closes_when_every_bet_is_decided_and_not_before() {
    let folder = Folder::with_demo("review-close");
    assert!(
        folder
            .refused(&["review", "close", "--next", "2030-02-03"], 4)
            .contains("review open")
    );
    assert_eq!(folder.answer(&["review", "open"])["review"], 3);
    folder.refused(&["review", "open"], 4);
    let before = (
        folder.answer(&["audit", "verify"]),
        folder.answer(&["strategy", "show"]),
    );
    let words = folder.refused(&["review", "close", "--next", "2030-02-03"], 4);
    assert!(
        words.contains("HRIS co-sell") && words.contains("not decided"),
        "{words}"
    );
    folder.refused(
        &["review", "decide", "hris-co-sell", "promote", "--reason", "why not"],
        2,
    );
    folder.refused(
        &["review", "decide", "nothing-here", "continue", "--reason", "why not"],
        2,
    );
    let manager = ["--as-person", "tom@northwind.example"];
    let decide = [
        "review",
        "decide",
        "hris-co-sell",
        "continue",
        "--reason",
        "One more quarter",
    ];
    assert!(
        folder
            .refused(&[decide.as_slice(), &manager].concat(), 3)
            .contains("owner")
    );
    assert_eq!(
        (
            folder.answer(&["audit", "verify"]),
            folder.answer(&["strategy", "show"])
        ),
        before,
        "nothing has changed"
    );

    let reason = "We keep its hours for one more quarter and look again at the next review";
    folder.answer(&["review", "decide", "hris-co-sell", "continue", "--reason", reason]);
    folder.refused(&["review", "close", "--next", "2020-02-03"], 2);
    folder.answer(&["review", "close", "--next", "2030-02-03", "--park-undecided"]);
    folder.refused(&["review", "close", "--next", "2030-02-03"], 4);
    let text = folder.answer(&["strategy", "show"])["text"]
        .as_str()
        .expect("text")
        .to_owned();
    assert!(text.contains("next = 2030-02-03"), "{text}");
    assert_eq!(folder.answer(&["audit", "verify"])["holds"], true);
    assert!(
        folder
            .refused(&["bet", "start", "nothing-here"], 2)
            .contains("hris-co-sell")
    );
    folder.refused(&["bet", "start", "hris-co-sell"], 4);
}
