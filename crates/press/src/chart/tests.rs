//! What every drawing holds to, whatever it is given.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{
    Frame, capacity, curve, fan, funnel, interval, plans,
    plot::{LINE, Rect, text_width},
    scatter, timeline, tornado, waterfall,
};
use crate::{numbers::Unit, tag::State};

/// A start tag's name, its attributes, and the text that follows it.
type Tag<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a str);

/// The start tags of some markup.
fn tags(markup: &str) -> Vec<Tag<'_>> {
    markup
        .split('<')
        .skip(1)
        .filter(|part| !part.starts_with('/'))
        .map(tag)
        .collect()
}

fn tag(part: &str) -> Tag<'_> {
    let (inside, text) = part.split_once('>').expect("maud closes every tag");
    let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
    let mut attributes = Vec::new();
    while let Some((key, after)) = rest.split_once("=\"") {
        let (value, next) = after.split_once('"').expect("maud closes every attribute");
        attributes.push((key.trim(), value));
        rest = next;
    }
    (name, attributes, text)
}

fn get<'a>(attributes: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
}

fn number(attributes: &[(&str, &str)], name: &str) -> Option<f64> {
    get(attributes, name).and_then(|value| value.parse().ok())
}

/// No coordinate is missing or outside the drawing, and every text is inside it.
fn check(markup: &str) {
    for bad in [
        "NaN", "inf%", ">inf", "\"inf", "-inf", "(inf", "style=", "<style", "<script",
    ] {
        assert!(!markup.contains(bad), "{bad}");
    }
    let (mut width, mut height) = (0.0, 0.0);
    for (name, attributes, text) in tags(markup) {
        if name == "svg" {
            let view = get(&attributes, "viewBox").unwrap_or("0 0 0 0");
            let ends: Vec<f64> = view.split(' ').map(|n| n.parse().expect("a number")).collect();
            (width, height) = (ends[2], ends[3]);
        }
        for (key, value) in &attributes {
            if let Some(share) = value.strip_suffix('%') {
                let share: f64 = share.parse().unwrap_or_else(|_| panic!("{key}={value}"));
                assert!((0.0..=100.0).contains(&share), "{key}={value}");
            }
            let is_length = matches!(*key, "x" | "y" | "cx" | "cy" | "width" | "height") && width > 0.0;
            if let Some(length) = number(&attributes, key).filter(|_| is_length) {
                assert!((-0.1..=width + 0.1).contains(&length), "{key}={value} of {width}");
            }
            if *key == "d" && width > 0.0 && name == "path" {
                for n in value.split(|c: char| "MLHVZ ".contains(c)).filter(|n| !n.is_empty()) {
                    let n: f64 = n.parse().unwrap_or_else(|_| panic!("{value}"));
                    assert!((-0.1..=width + 0.1).contains(&n), "{value} of {width}");
                }
            }
        }
        if let Some(place) = place(name, &attributes, text).filter(|_| width > 0.0) {
            assert!(
                place.top >= -LINE / 4.0 && place.top + place.height <= height + LINE / 2.0,
                "{text}: {place:?}"
            );
            assert!(
                place.left >= -1.0 && place.left + place.width <= width + 1.0,
                "{text}: {place:?} of {width}"
            );
        }
    }
}

/// The rectangle of a `<text>`.
fn place(name: &str, attributes: &[(&str, &str)], text: &str) -> Option<Rect> {
    let (x, y) = (number(attributes, "x")?, number(attributes, "y")?);
    let shown = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let width = text_width(&shown);
    let left = match get(attributes, "text-anchor") {
        Some("end") => x - width,
        Some("middle") => x - width / 2.0,
        _ => x,
    };
    (name == "text").then(|| Rect::new(left, y - 12.0, width, 15.0))
}

/// Whether some of the texts whose class (or lack of one) `chosen` accepts stand on each other.
fn overlaps(markup: &str, chosen: impl Fn(&[(&str, &str)]) -> bool) -> Option<String> {
    let places: Vec<(Rect, &str)> = tags(markup)
        .into_iter()
        .filter(|(_, attributes, _)| chosen(attributes))
        .filter_map(|(name, attributes, text)| Some((place(name, &attributes, text)?, text)))
        .collect();
    places.iter().enumerate().find_map(|(index, (one, says))| {
        let other = places[index + 1..].iter().find(|(other, _)| one.meets(other))?;
        Some(format!("{says} and {}", other.1))
    })
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => 0.0..1e7f64,
        2 => 0.0..30.0f64,
        1 => -50.0..50.0f64,
        1 => Just(0.0),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e-300]),
    ]
}

fn share() -> impl Strategy<Value = f64> {
    prop_oneof![9 => 0.0..=1.0f64, 1 => Just(f64::NAN)]
}

fn unit() -> impl Strategy<Value = Unit> {
    prop::sample::select(vec![
        Unit::Count,
        Unit::Percent,
        Unit::Points,
        Unit::Money("EUR".into()),
        Unit::Days,
        Unit::Hours,
    ])
}

fn day() -> impl Strategy<Value = Date> {
    (0..900i32).prop_map(|days| date(2026, 1, 1).saturating_add(jiff::Span::new().days(days)))
}

fn state() -> impl Strategy<Value = State> {
    prop::sample::select(vec![
        State::Chosen,
        State::Declined,
        State::Parked,
        State::Undecided,
        State::Running,
        State::Planned,
    ])
}

fn any_fan() -> impl Strategy<Value = fan::Fan> {
    let values = prop::collection::vec((day(), value()), 0..8);
    let forecast = prop::collection::vec((day(), prop::array::uniform5(value())), 0..6);
    let thresholds = prop::collection::vec(value(), 0..3);
    (
        values,
        forecast,
        thresholds,
        unit(),
        prop::option::of(day()),
        prop::collection::vec(day(), 0..4),
    )
        .prop_map(|(mut actual, mut forecast, thresholds, unit, stale_since, decisions)| {
            actual.sort_by_key(|(date, _)| *date);
            forecast.sort_by_key(|(date, _)| *date);
            let quantiles = |(date, mut v): (Date, [f64; 5])| {
                v.sort_by(f64::total_cmp);
                fan::Quantiles {
                    date,
                    p10: v[0],
                    p25: v[1],
                    p50: v[2],
                    p75: v[3],
                    p90: v[4],
                }
            };
            fan::Fan {
                frame: Frame::new("f", "A finding"),
                measure: "Opportunities".into(),
                unit,
                actual,
                forecast: forecast.into_iter().map(quantiles).collect(),
                thresholds: thresholds
                    .into_iter()
                    .map(|value| fan::Threshold {
                        label: "Scale".into(),
                        value,
                    })
                    .collect(),
                decisions: (1..)
                    .zip(decisions)
                    .map(|(number, date)| fan::Decision {
                        date,
                        number,
                        says: "x".into(),
                    })
                    .collect(),
                stale_since,
            }
        })
}

fn any_scatter() -> impl Strategy<Value = scatter::Scatter> {
    // No N: a name that spells NaN is none of the drawing's numbers.
    let point = (value(), value(), value(), value(), state(), "[A-MO-Za-z ×]{1,60}");
    (prop::collection::vec(point, 0..9), unit()).prop_map(|(points, unit)| scatter::Scatter {
        frame: Frame::new("s", "A finding"),
        x: scatter::Axis {
            label: "Across".into(),
            unit: unit.clone(),
        },
        y: scatter::Axis {
            label: "Up".into(),
            unit,
        },
        points: points
            .into_iter()
            .map(|(x, low, high, y, state, name)| scatter::Point {
                name,
                href: None,
                state,
                x,
                x_low: low.min(x),
                x_high: high.max(x),
                y,
                n: 3,
            })
            .collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_fan_stays_inside_and_its_end_labels_apart(fan in any_fan()) {
        for drawn in [fan::draw(&fan).into_string(), fan::draw_small(&fan).into_string()] {
            check(&drawn);
            let is_end = |attributes: &[(&str, &str)]| {
                get(attributes, "text-anchor").is_none() && matches!(get(attributes, "class"), None | Some("strong"))
            };
            prop_assert_eq!(overlaps(&drawn, is_end), None);
        }
    }

    #[test]
    fn a_scatter_stays_inside_and_its_names_apart(scatter in any_scatter()) {
        let drawn = scatter::draw(&scatter).into_string();
        check(&drawn);
        let is_name = |attributes: &[(&str, &str)]| get(attributes, "class").is_some_and(|class| class.contains("halo"));
        prop_assert_eq!(overlaps(&drawn, is_name), None);
    }

    #[test]
    fn a_curve_stays_inside_and_its_ends_apart(
        lines in prop::collection::vec(prop::collection::vec((0.0..400.0f64, share()), 0..9), 0..7),
        within_days in prop::option::of(value()),
    ) {
        let line = |mut points: Vec<(f64, f64)>| {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            curve::Line { name: "A group with a rather long name, in a region".into(), n: 1_240, points }
        };
        let drawn = curve::draw(&curve::Curve {
            frame: Frame::new("c", "A finding"),
            x_label: "Days since opening".into(),
            y_label: "Won".into(),
            lines: lines.into_iter().map(line).collect(),
            within_days,
        })
        .into_string();
        check(&drawn);
        let is_end = |attributes: &[(&str, &str)]| get(attributes, "class").is_none();
        prop_assert_eq!(overlaps(&drawn, is_end), None);
    }

    #[test]
    fn rows_stay_inside_their_cells(
        rows in prop::collection::vec((value(), value(), value(), any::<bool>()), 0..6),
        steps in prop::collection::vec((0..500u64, 0..500u64, 0..500u64), 0..5),
        (unit, reference) in (unit(), prop::option::of(value())),
        bets in prop::collection::vec((prop::option::of((day(), day())), day(), state()), 0..5),
    ) {
        let estimates = rows.iter().map(|(value, low, high, inconclusive)| interval::Row {
            name: "Cell".into(), href: None, value: *value, low: *low, high: *high,
            sample: interval::Sample::N(9), inconclusive: *inconclusive,
        });
        check(&interval::draw(&interval::Intervals {
            frame: Frame::new("i", "A finding"), of: "Cell".into(), measure: "Rate".into(), unit: unit.clone(),
            reference: reference.map(|value| interval::Reference { label: "all".into(), value }),
            rows: estimates.collect(),
        }).into_string());
        let steps = steps.iter().map(|(entered, reached, open)| funnel::Step {
            name: "Met".into(), entered: *entered, reached: *reached, open: *open, rate: None, href: None,
            reached_href: None, open_href: None,
        });
        check(&funnel::draw(&funnel::Funnel {
            frame: Frame::new("n", "A finding"), of: "targets".into(), range_percent: 80, steps: steps.collect(),
        }).into_string());
        let cycles = rows.iter().map(|(asked, there, ..)| capacity::Cycle {
            name: "2026-Q3".into(), hours_asked: *asked, hours_there: *there, asked_by: Vec::new(),
        });
        check(&capacity::draw(&capacity::Capacity {
            person_week: Some(30.0),
            frame: Frame::new("h", "A finding"), cycles: cycles.collect(),
        }).into_string());
        let compared = rows.iter().map(|(mean, low, high, is_best)| plans::Plan {
            name: "Plan".into(), kind: plans::Kind::Other, mean: *mean, chance_of_target: Some(*low),
            against_best: (!is_best).then_some(plans::Difference { value: *low, low: *low, high: *high }),
        });
        check(&plans::draw(&plans::Plans {
            frame: Frame::new("p", "A finding"), measure: "Pipeline".into(), unit, paths: 32, plans: compared.collect(),
        }).into_string());
        let off = rows.iter().map(|(low, high, ..)| tornado::Row {
            name: "Set-up".into(), ends: [*low, *high], says: "stands".into(), changes: false,
        });
        check(&tornado::draw(&tornado::Tornado {
            frame: Frame::new("a", "A finding"), measure: "Gain".into(), ends: ["less".into(), "more".into()],
            unit: Unit::Count, now: reference.unwrap_or(1.0), rows: off.collect(),
        }).into_string());
        let parts = rows.iter().map(|(amount, ..)| waterfall::Part {
            name: "Targets worked".into(), amount: *amount, says: String::new(), href: None,
        });
        let level = |value: f64| waterfall::Level { name: "Planned".into(), value, href: None };
        check(&waterfall::draw(&waterfall::Waterfall {
            frame: Frame::new("w", "A finding"), of: "USD".into(), from: level(reference.unwrap_or(5e5)),
            groups: vec![waterfall::Group { name: "Bet".into(), href: None, parts: parts.collect() }], to: level(1e6),
        }).into_string());
        let quarter = |index: i8| timeline::Cycle {
            name: "Q".into(), when: None, first: date(2026, 3 * index + 1, 1), last: date(2026, 3 * index + 3, 30),
        };
        let bets = bets.into_iter().map(|(span, gate, state)| timeline::Bet {
            name: "Bet".into(), href: None, state, span: span.map(|(a, b)| (a.min(b), a.max(b))),
            gates: vec![timeline::Gate { date: gate, says: "12".into() }], note: None,
        });
        check(&timeline::draw(&timeline::Timeline {
            frame: Frame::new("t", "A finding"), cycles: (0..4).map(quarter).collect(), today: date(2026, 5, 5),
            bets: bets.collect(),
        }).into_string());
    }
}
