//! What holds for every strategy, every text and every move.

use beachhead_strategy::Strategy;
use beachhead_strategy::document::ReviewEvery;
use beachhead_strategy::findings::{check_text, render_findings};
use beachhead_strategy::state::{Grounds, Occasion};
use beachhead_strategy::*;
use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::strategy::Strategy as _;

fn text() -> impl Made<String> {
    prop_oneof![
        3 => "[a-zA-Z][a-z ,.'-]{0,30}",
        1 => "\\PC{0,20}",
        1 => any::<String>(),
    ]
}

/// The name `Strategy` belongs to the product here; this is the one of proptest, with the type that it makes.
trait Made<T>: proptest::strategy::Strategy<Value = T> {}
impl<T, S: proptest::strategy::Strategy<Value = T>> Made<T> for S {}

fn number() -> impl Made<f64> {
    prop_oneof![
        (-1_000_000_i64..1_000_000_000).prop_map(|whole| whole as f64),
        -1e6..1e6_f64,
        any::<f64>().prop_filter("finite", |value| value.is_finite()),
    ]
}

fn day() -> impl Made<Date> {
    (0_i64..20_000).prop_map(|days| date(2000, 1, 1).saturating_add(jiff::Span::new().days(days)))
}

fn range() -> impl Made<Range> {
    (number(), number()).prop_map(|(low, high)| Range::new(low, high))
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Made<T> {
    prop::sample::select(all)
}

fn cycle() -> impl Made<Cycle> {
    (
        1950_i32..2150,
        prop::sample::select(vec!["Q1", "Q2", "Q3", "Q4", "H1", "H2"]),
    )
        .prop_map(|(year, part)| Cycle::parse(&format!("{year}-{part}")).expect("a cycle"))
}

fn program() -> impl Made<Program> {
    let team = vec(
        (text(), text(), number()).prop_map(|(who, role, hours_per_week)| Member {
            who,
            role,
            hours_per_week,
        }),
        0..3,
    );
    let calendar = (1_i8..=12, 1_i8..=28, one_of(CycleLength::ALL))
        .prop_map(|(month, day, length)| FiscalCalendar::new(month, day, length).expect("a fiscal start"));
    let currency = prop::sample::select(vec!["USD", "EUR", "JPY", "KWD"])
        .prop_map(|code| Currency::parse(code).expect("a currency"));
    (
        text(),
        currency,
        calendar,
        any::<u32>(),
        number(),
        vec(text(), 0..4),
        team,
    )
        .prop_map(
            |(name, currency, calendar, at_once, switching_tax, partner_types, team)| Program {
                name,
                currency,
                calendar,
                at_once,
                switching_tax,
                partner_types,
                team,
            },
        )
}

fn outcome() -> impl Made<Outcome> {
    let scope = text().prop_map(|name| Scope::named(&name));
    (
        text(),
        text(),
        scope,
        of(number()),
        of(number()),
        of(day()),
        of(day()),
        text(),
    )
        .prop_map(|(says, measure, scope, baseline, target, from, by, sponsor)| Outcome {
            says,
            measure,
            scope,
            baseline,
            target,
            from,
            by,
            sponsor,
        })
}

fn cell() -> impl Made<Cell> {
    (text(), text(), one_of(CellState::ALL), text(), text(), text(), text()).prop_map(
        |(segment, partner_type, state, reason, reopen_when, would_change_our_mind, initiative)| Cell {
            segment,
            partner_type,
            state,
            reason,
            reopen_when,
            would_change_our_mind,
            initiative,
        },
    )
}

fn step() -> impl Made<Step> {
    (text(), text(), text(), of(number()), of(range()), of(number())).prop_map(
        |(name, done_when, owner, hours, conversion, delay_weeks)| Step {
            name,
            done_when,
            owner,
            hours,
            conversion,
            delay_weeks,
        },
    )
}

fn wedge() -> impl Made<Wedge> {
    let condition = (text(), of(number()), text(), of(day())).prop_map(|(says, belief, test, by)| Condition {
        says,
        belief,
        test,
        by,
    });
    (text(), text(), vec(condition, 0..3)).prop_map(|(partner, customer, conditions)| Wedge {
        partner,
        customer,
        conditions,
    })
}

fn gate() -> impl Made<Gate> {
    (
        text(),
        text(),
        of(number()),
        of(number()),
        of(day()),
        any::<u32>(),
        text(),
    )
        .prop_map(
            |(question, measure, scale_if, retire_if, by, at_least_targets, passes_to)| Gate {
                question,
                measure,
                scale_if,
                retire_if,
                by,
                at_least_targets,
                passes_to,
            },
        )
}

fn capacity() -> impl Made<Capacity> {
    (number(), number(), number(), any::<u32>(), number()).prop_map(
        |(set_up_hours, hours_per_target, weekly_overhead_hours, targets, targets_per_week)| Capacity {
            set_up_hours,
            hours_per_target,
            weekly_overhead_hours,
            targets,
            targets_per_week,
        },
    )
}

fn bet() -> impl Made<Bet> {
    let indicator =
        (one_of(IndicatorKind::ALL), text(), of(number()), of(day())).prop_map(|(kind, measure, target, by)| {
            Indicator {
                kind,
                measure,
                target,
                by,
            }
        });
    let motion =
        (of(one_of(Template::ALL)), vec(step(), 0..3)).prop_map(|(template, steps)| Motion { template, steps });
    let who = (
        text(),
        text(),
        text(),
        one_of(BetState::ALL),
        text(),
        vec(text(), 0..3),
        text(),
    );
    let what = (
        wedge(),
        motion,
        of(cycle()),
        of(capacity()),
        of(range()),
        vec(indicator, 0..3),
        of(gate()),
    );
    (who, what).prop_map(
        |(
            (name, segment, partner_type, state, owner, partners, after),
            (wedge, motion, starts, capacity, deal_value, indicators, gate),
        )| Bet {
            name,
            segment,
            partner_type,
            state,
            owner,
            partners,
            wedge,
            motion,
            starts,
            after,
            capacity,
            deal_value,
            indicators,
            gate,
        },
    )
}

fn attribution() -> impl Made<AttributionPolicy> {
    let kinds = vec(one_of(TouchKind::ALL), 0..4);
    (
        any::<u32>(),
        of(day()),
        kinds,
        any::<u32>(),
        any::<bool>(),
        of(any::<u32>()),
        one_of(Credit::ALL),
    )
        .prop_map(
            |(version, from, sourced_by, window_days, needs_no_open_opportunity, lock_days, credit)| {
                AttributionPolicy {
                    version,
                    from,
                    sourced_by,
                    window_days,
                    needs_no_open_opportunity,
                    lock_days,
                    credit,
                }
            },
        )
}

fn strategy() -> impl Made<Strategy> {
    let segments = vec((text(), text()).prop_map(|(name, rule)| Segment { name, rule }), 0..3);
    let review = (one_of(ReviewEvery::ALL), of(day())).prop_map(|(every, next)| ReviewPlan { every, next });
    (
        program(),
        outcome(),
        segments,
        vec(cell(), 0..3),
        vec(bet(), 0..3),
        review,
        attribution(),
    )
        .prop_map(
            |(program, outcome, segments, cells, bets, review, attribution)| Strategy {
                program,
                outcome,
                segments,
                cells,
                bets,
                review,
                attribution,
            },
        )
}

/// Checks a text in every way there is; it must not panic, and every finding must lie within the text.
fn survives(text: &str) {
    let checked = check_text(text, &Circumstances::default());
    let lines = text.split('\n').count();
    for finding in &checked.findings {
        assert!(
            finding.line.is_none_or(|line| (1..=lines).contains(&line)),
            "{finding:?}"
        );
        assert_ne!(finding.message, "");
        assert_ne!(finding.help, "");
    }
    render_findings("x.toml", text, &checked.findings, true);
    Sequence::of(&checked.strategy, &std::collections::BTreeMap::new());
    assert_eq!(parse(&render(&checked.strategy)).strategy, checked.strategy);
}

const WORKED_EXAMPLE: &str = include_str!("examples/valid/worked-example.toml");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_rendered_reads_as_the_same_strategy(strategy in strategy()) {
        let text = render(&strategy);
        let parsed = parse(&text);
        prop_assert_eq!(parsed.findings, vec![]);
        prop_assert_eq!(&parsed.strategy, &strategy);
        prop_assert_eq!(render(&parsed.strategy), text);
    }

    #[test]
    fn every_strategy_can_be_checked_and_compared(a in strategy(), b in strategy()) {
        let findings = check(&a, &Places::default(), &Circumstances::default());
        prop_assert!(findings.iter().all(|finding| finding.line.is_none()));
        prop_assert_eq!(diff(&a, &a), vec![]);
        prop_assert_eq!(diff(&a, &b).is_empty(), a == b);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn no_text_of_toml_signs_makes_the_reader_panic(text in "([\\[\\]{}=.,\"'#a-z0-9_ \\n-]|bet|\\[\\[bet\\]\\]\n|by = 2026-){0,80}") {
        survives(&text);
    }

    #[test]
    fn no_damage_to_a_valid_text_makes_the_reader_panic(
        at in any::<prop::sample::Index>(), length in 0_usize..200, with in "([\\PC\n]|= |\\[|\"|2026-){0,8}",
    ) {
        let mut start = at.index(WORKED_EXAMPLE.len());
        while !WORKED_EXAMPLE.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = (start + length).min(WORKED_EXAMPLE.len());
        while !WORKED_EXAMPLE.is_char_boundary(end) {
            end += 1;
        }
        survives(&format!("{}{with}{}", &WORKED_EXAMPLE[..start], &WORKED_EXAMPLE[end..]));
    }

    #[test]
    fn only_the_listed_moves_are_allowed_and_each_needs_its_occasion_a_reason_and_a_decider(
        from in one_of(BetState::ALL),
        to in one_of(BetState::ALL),
        occasion in one_of(Occasion::ALL),
        verdict in of(one_of(Verdict::ALL)),
        reason in "[ a-zé]{0,80}",
        decider in prop::sample::select(vec!["", "  ", "Dana"]),
    ) {
        let moved = from.go(to, &Grounds { occasion, reason: &reason, decider, verdict });
        let given = reason.trim().chars().count();
        let is_listed = LISTED.iter().any(|(state, moves)| *state == from && moves.contains(&to));
        if !is_listed {
            let is_refused = matches!(moved, Err(Error::NotAMove { .. }));
            prop_assert!(is_refused);
        } else if let Ok(moved) = moved {
            prop_assert!(given > 0 && decider == "Dana" && from.occasion(to) == occasion);
            prop_assert!(!moved.against_the_gate || given >= 40);
            prop_assert_eq!((moved.from, moved.to), (from, to));
        } else {
            let lacks = given < 40 || decider != "Dana" || from.occasion(to) != occasion;
            prop_assert!(lacks, "{moved:?}");
        }
    }
}

/// The list of product.md, written out again so that a change of the code is seen.
const LISTED: [(BetState, &[BetState]); 7] = {
    use BetState::*;
    [
        (Proposed, &[Planned, Parked, Declined]),
        (Planned, &[Running, Parked, Declined]),
        (Running, &[Scaled, Parked, Retired]),
        (Scaled, &[Running, Parked, Retired]),
        (Parked, &[Planned, Declined]),
        (Retired, &[Proposed]),
        (Declined, &[Proposed]),
    ]
};

#[test]
fn decisions_against_the_gate_are_marked_and_others_are_not() {
    use BetState::*;
    let reason = "A reason that is long enough to go against the gate";
    let marked = |from: BetState, to, verdict| {
        let grounds = Grounds {
            occasion: Occasion::Decision,
            reason,
            decider: "Dana",
            verdict,
        };
        from.go(to, &grounds).expect("a listed move").against_the_gate
    };
    for (from, to, verdict, against) in [
        (Running, Scaled, Some(Verdict::Scale), false),
        (Running, Retired, Some(Verdict::Scale), true),
        (Running, Parked, Some(Verdict::Scale), true),
        (Running, Retired, Some(Verdict::Retire), false),
        (Running, Scaled, Some(Verdict::Retire), true),
        (Scaled, Running, Some(Verdict::Retire), true),
        (Running, Parked, Some(Verdict::Continue), false),
        (Running, Scaled, Some(Verdict::TooEarly), true),
        (Running, Retired, Some(Verdict::TooEarly), true),
        (Running, Retired, Some(Verdict::NoData), false),
        (Running, Retired, None, false),
        (Planned, Parked, Some(Verdict::Scale), false),
    ] {
        assert_eq!(marked(from, to, verdict), against, "{from} to {to} on {verdict:?}");
    }
}

#[test]
fn texts_that_are_too_long_too_deep_or_no_text_at_all_are_findings() {
    let long = "# ".repeat(limits::TEXT_BYTES);
    assert_eq!(
        parse(&long)
            .findings
            .iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>(),
        ["F06"]
    );
    for text in [
        "[".repeat(100_000),
        format!("x = {}", "[".repeat(100_000)),
        format!("{}b = 1", "a.".repeat(100_000)),
    ] {
        assert!(!parse(&text).findings.is_empty());
    }
    let many = "[[bet]]\n".repeat(5_000);
    let checked = check_text(&many, &Circumstances::default());
    assert!(checked.findings.len() <= limits::FINDINGS && !signable(&checked.findings));
    let tangled: String = (0..2_000)
        .map(|n| format!("[[bet]]\nname = \"{n}\"\nafter = \"{}\"\n", (n + 1) % 2_000))
        .collect();
    assert!(!signable(&check_text(&tangled, &Circumstances::default()).findings));
}

#[test]
fn a_misspelt_key_says_which_was_meant() {
    let findings = parse("[program]\nnmae = \"Northwind\"\n").findings;
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].line, findings[0].column), (Some(2), Some(1)));
    assert_eq!(findings[0].help, "Did you mean \"name\"?");
}

mod circumstances {
    use super::*;
    use std::collections::BTreeMap;

    fn codes(circumstances: &Circumstances) -> Vec<String> {
        let parsed = parse(WORKED_EXAMPLE);
        let findings = check(&parsed.strategy, &parsed.places, circumstances);
        findings
            .iter()
            .map(|finding| format!("{} {}", finding.code, finding.path))
            .collect()
    }

    fn outlook(tells: f64, arrived: f64) -> Circumstances {
        let outlook = GateOutlook {
            tells: Some(tells),
            arrived: Some(arrived),
            ways: vec!["Judge \"met\" instead".to_owned()],
        };
        Circumstances {
            gates: BTreeMap::from([("HRIS co-sell".to_owned(), outlook)]),
            ..Circumstances::default()
        }
    }

    #[test]
    fn what_the_numbers_say_of_a_gate_becomes_s11_and_s12() {
        assert_eq!(codes(&outlook(0.79, 0.49)), ["S11 bet[0].gate", "S12 bet[0].gate"]);
        assert_eq!(codes(&outlook(0.80, 0.50)), Vec::<String>::new());
        let parsed = parse(WORKED_EXAMPLE);
        let findings = check(&parsed.strategy, &parsed.places, &outlook(0.5, 0.9));
        assert_eq!(findings[0].help, "Judge \"met\" instead");
    }

    #[test]
    fn a_target_nearly_never_or_nearly_always_met_is_s13() {
        for (chance, found) in [(0.09, true), (0.10, false), (0.95, false), (0.96, true)] {
            let codes = codes(&Circumstances {
                p_target: Some(chance),
                ..Circumstances::default()
            });
            assert_eq!(codes.contains(&"S13 outcome.target".to_owned()), found, "{chance}");
        }
    }

    #[test]
    fn drift_stale_facts_and_a_missed_review_are_said() {
        let running = BTreeMap::from([("HRIS co-sell".to_owned(), BetState::Running)]);
        let known = Circumstances {
            drift_share: Some(0.11),
            snapshot_age_days: Some(15),
            cycle_ended_without_review: true,
            states: running.clone(),
            ..Circumstances::default()
        };
        assert_eq!(codes(&known), ["S17 cell", "S18 bet[0]", "S19 review"]);
        let fine = Circumstances {
            drift_share: Some(0.10),
            snapshot_age_days: Some(14),
            states: running,
            ..Circumstances::default()
        };
        assert_eq!(codes(&fine), Vec::<String>::new());
        let not_running = Circumstances {
            snapshot_age_days: Some(99),
            ..Circumstances::default()
        };
        assert_eq!(codes(&not_running), Vec::<String>::new());
    }

    #[test]
    fn live_states_count_before_those_of_the_text() {
        let states = BTreeMap::from([("HRIS co-sell".to_owned(), BetState::Retired)]);
        let codes = codes(&Circumstances {
            states,
            ..Circumstances::default()
        });
        assert_eq!(codes, ["S01 outcome"]);
    }
}

#[test]
fn a_finding_is_written_as_commands_md_says() {
    let text = "[outcome]\nmeasure = \"intros\"\n";
    let findings = check_text(text, &Circumstances::default()).findings;
    let finding = findings
        .iter()
        .find(|finding| finding.code == "S02")
        .expect("intros are activity");
    assert_eq!(
        (finding.line, finding.column, finding.path.as_str()),
        (Some(2), Some(11), "outcome.measure")
    );
    let written = toml::to_string(finding).expect("serializable");
    let keys: Vec<&str> = written.lines().filter_map(|line| line.split(" = ").next()).collect();
    assert_eq!(
        keys,
        [
            "code", "name", "severity", "path", "line", "column", "message", "why", "help"
        ]
    );
    assert!(written.contains("severity = \"error\""));
}
