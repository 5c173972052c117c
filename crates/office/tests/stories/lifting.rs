//! The lift of partner involvement, from two exports to the sentence.

use std::fmt::Write as _;

use beachhead_office::lifting::LiftQuestion;

use crate::program::Program;

struct Export {
    deals: String,
    touches: String,
    n: u32,
}

impl Export {
    fn new() -> Self {
        Self {
            deals: "opportunity_id,account_id,created_on,closed_on,stage,amount\n".into(),
            touches: "touch_id,opportunity_id,partner_id,kind,on,recorded_at,source_field\n".into(),
            n: 0,
        }
    }

    /// Deals created on 1 March 2025, closed on a day, with a partner since a day.
    fn add(&mut self, count: u32, stage: &str, closed: &str, partner: Option<&str>) {
        for _ in 0..count {
            self.n += 1;
            let n = self.n;
            writeln!(self.deals, "o{n},a{n},2025-03-01,{closed},{stage},{}", 1_000 + n % 7).unwrap();
            if let Some(day) = partner {
                writeln!(self.touches, "t{n},o{n},Keyring,reference,{day},{day},notes").unwrap();
            }
        }
    }
}

#[tokio::test]
async fn partners_are_counted_at_the_landmark_and_never_by_whether_they_ever_came() {
    let mut export = Export::new();
    export.add(45, "Closed Won", "2025-07-01", Some("2025-03-10"));
    export.add(15, "Closed Lost", "2025-07-01", Some("2025-03-29"));
    export.add(30, "Closed Won", "2025-08-01", None);
    export.add(60, "Closed Lost", "2025-08-01", None);
    // Too late to count as with, and too early to be compared.
    export.add(3, "Closed Won", "2025-09-01", Some("2025-03-30"));
    export.add(5, "Closed Lost", "2025-03-29", Some("2025-03-02"));
    export.add(4, "Closed Lost", "2025-03-20", None);
    export.add(1, "Discovery", "", None);
    let program = Program::new().await;
    program.take("opportunities.csv", &export.deals).await;
    program.take("touches.csv", &export.touches).await;

    let view = program
        .office
        .lift(&program.owner, LiftQuestion::default())
        .await
        .unwrap();
    let (with, without) = (view.lift.with, view.lift.without);
    assert_eq!(
        (with.rate.k, with.rate.n, without.rate.k, without.rate.n, without.open),
        (45, 60, 33, 93, 1)
    );
    let left = view.lift.left_out;
    assert_eq!(
        (left.decided_before, left.decided_before_with, left.exposed_later),
        (9, 5, 3)
    );
    assert!(
        view.says
            .starts_with("Deals with a partner within four weeks were won 40 points more often (45 of 60")
    );
    assert!(
        view.says.ends_with("a lift, by what the facts can see."),
        "{}",
        view.says
    );
    for words in [
        "9 deals decided before",
        "5 with a partner by then",
        "3 deals that got a partner only later",
        "E-value",
    ] {
        assert!(
            view.notes.iter().any(|note| note.contains(words)),
            "{words}: {:?}",
            view.notes
        );
    }
    assert!(view.notes.last().unwrap().contains("does not prove a cause"));

    // By their whole lives the five that died early with a partner count against it, the three late ones for it.
    let ever = LiftQuestion {
        with: Some("partner = 'Keyring'".into()),
        ..LiftQuestion::default()
    };
    let ever = program.office.lift(&program.owner, ever).await.unwrap();
    assert_eq!((ever.lift.with.rate.k, ever.lift.with.rate.n), (48, 68));
    assert!(
        ever.notes.iter().any(|note| note.contains("has no date")),
        "{:?}",
        ever.notes
    );
}
