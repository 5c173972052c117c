//! Segments tried, kept, renamed and taken out; what they share and what they leave.

use beachhead_office::Code;
use beachhead_office::facts::measure::Fall;
use beachhead_office::facts::rule::{RowOperator, RuleRow, RuleRows};
use beachhead_office::segmenting::{segments_view, try_rule, written_by};
use beachhead_office::strategy::Segment;

use crate::program::Program;

const ACCOUNTS: &str = "Account ID,Account Name,Employees,Region\n1,Acme,2000,EMEA\n2,Beta,50,EMEA\n3,Gamma,900,APAC\n";

fn segment(name: &str, rule: &str) -> Segment {
    Segment {
        name: name.to_owned(),
        rule: rule.to_owned(),
    }
}

async fn program() -> Program {
    let program = Program::new().await;
    program.take("accounts.csv", ACCOUNTS).await;
    let office = &program.office;
    for kept in office
        .standing(&program.owner, None)
        .await
        .unwrap()
        .draft
        .parsed
        .strategy
        .segments
        .clone()
    {
        // The program of the stories has none that is in use.
        let _ = office.remove_segment(&program.owner, &kept.name, None).await;
    }
    program
}

#[tokio::test]
async fn segments_are_counted_with_what_two_share_and_none_takes() {
    let program = program().await;
    let (office, owner) = (&program.office, &program.owner);
    for (name, rule) in [
        ("large", "employees >= 500"),
        ("europe", "region = 'EMEA' and employees > 1000"),
    ] {
        office
            .save_segment(owner, None, segment(name, rule), None)
            .await
            .unwrap();
    }
    let standing = office.standing(owner, None).await.unwrap();
    let view = segments_view(&standing);
    assert_eq!(view.accounts, Some((3, 1, 1)));
    let counts: Vec<Option<u64>> = view.segments.iter().map(|segment| segment.accounts).collect();
    assert_eq!(counts, [Some(2), Some(1)]);
    for (fall, names) in [
        (Fall::In("large".to_owned()), vec!["Acme", "Gamma"]),
        (Fall::Several, vec!["Acme"]),
        (Fall::Nowhere, vec!["Beta"]),
    ] {
        let found = office.segment_accounts(owner, &standing, fall).await.unwrap();
        let found = found.page(0, usize::MAX);
        assert_eq!(found.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), names);
    }
    let trial = try_rule(&standing, "", "region = 'EMEA'").unwrap().unwrap();
    assert_eq!((trial.taken, trial.accounts), (2, 3));
    assert_eq!(trial.shared, [("large".to_owned(), 1), ("europe".to_owned(), 1)]);
}

#[tokio::test]
async fn a_rule_that_does_not_fit_says_which_column_and_where() {
    let program = program().await;
    let (office, owner) = (&program.office, &program.owner);
    office
        .save_segment(owner, None, segment("odd", "region = 'EMEA' and employes > 5"), None)
        .await
        .unwrap();
    let standing = office.standing(owner, None).await.unwrap();
    let view = segments_view(&standing);
    let problem = view.segments[0].problem.as_ref().unwrap();
    assert_eq!(
        (problem.before.as_str(), problem.after.as_str()),
        ("region = 'EMEA' and ", "employes > 5")
    );
    assert!(
        problem
            .says
            .starts_with("At character 21: there is no column `employes`; did you mean `Employees`"),
        "{}",
        problem.says
    );
    let rows = RuleRows {
        any: false,
        rows: vec![RuleRow {
            column: "employees".to_owned(),
            operator: RowOperator::MoreOrEqual,
            value: "many".to_owned(),
        }],
    };
    let (row, says) = written_by(&rows, &view.columns).unwrap_err();
    assert!(row == 0 && says.contains("employees"), "{says}");
}

#[tokio::test]
async fn another_name_goes_with_what_is_said_of_the_segment_and_one_in_use_stays() {
    let program = program().await;
    let (office, owner) = (&program.office, &program.owner);
    office
        .save_segment(owner, None, segment("large", "employees >= 500"), None)
        .await
        .unwrap();
    let again = office
        .save_segment(owner, None, segment("large", "employees > 1"), None)
        .await
        .unwrap_err();
    assert_eq!(again.code, Code::Conflict);
    office
        .edit(owner, "scope", None, |strategy| {
            strategy.outcome.scope = beachhead_office::strategy::Scope::Segment("large".to_owned());
            Ok(())
        })
        .await
        .unwrap();
    office
        .save_segment(owner, Some("large"), segment("enterprise", "employees >= 900"), None)
        .await
        .unwrap();
    let written = office.written(owner).await.unwrap();
    let scope = &written.parsed.strategy.outcome.scope;
    assert_eq!(
        *scope,
        beachhead_office::strategy::Scope::Segment("enterprise".to_owned())
    );
    let refused = office.remove_segment(owner, "enterprise", None).await.unwrap_err();
    assert!(
        refused.message.contains("the outcome is about the segment enterprise"),
        "{}",
        refused.message
    );
}
