//! Whole mappings: real lists, bad input, the stages composed plainly.

use std::path::PathBuf;

use beachhead_mapping::assign::standings;
use beachhead_mapping::candidates::candidates;
use beachhead_mapping::features::compare;
use beachhead_mapping::gate::gate;
use beachhead_mapping::keys::Scale;
use beachhead_mapping::normalise::normalise;
use beachhead_mapping::prior::Prior;
use beachhead_mapping::score::{score, settle};
use beachhead_mapping::spelling::spellings;
use beachhead_mapping::{Class, Column, List, Mapping, MappingError, Options, judge, map, one_to_one, weigh};
use proptest::prelude::*;

/// Rows of name, website, country, city, employees.
fn list(rows: &[[&str; 5]]) -> List {
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Column>();
    let ids: Vec<String> = (0..rows.len()).map(|row| row.to_string()).collect();
    List {
        id: ids.iter().map(String::as_str).collect(),
        name: column(0),
        website: column(1),
        country: column(2),
        city: column(3),
        employees: column(4),
        ..List::default()
    }
}

fn names(names: &[&str]) -> List {
    list(&names.iter().map(|name| [*name, "", "", "", ""]).collect::<Vec<_>>())
}

fn found(ours: &List, theirs: &List) -> Mapping {
    map(ours, theirs, &Options::default()).expect("even columns")
}

fn shared(name: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("BEACHHEAD_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    let folder = shared.join("mapping").join(name);
    folder.exists().then_some(folder)
}

fn real(folder: &std::path::Path, side: &str) -> (List, Vec<String>) {
    let rows = |name: String| -> Vec<csv::StringRecord> {
        let mut reader = csv::Reader::from_path(folder.join(name)).expect("a list");
        reader.records().map(Result::unwrap).collect()
    };
    let all = rows(format!("{side}.csv"));
    let column = |at: usize| all.iter().map(|row| &row[at]).collect::<Column>();
    let list = List {
        id: column(0),
        name: column(1),
        country: column(3),
        ..List::default()
    };
    // The truth is in the order of the list.
    let truth = rows(format!("{side}_truth.csv"));
    (list, truth.iter().map(|row| row[1].to_owned()).collect())
}

fn best_f1(folder: &str) -> f64 {
    let Some(folder) = shared(folder) else { return 1.0 };
    let ((ours, our_truth), (theirs, their_truth)) = (real(&folder, "a"), real(&folder, "b"));
    let options = Options {
        least: 0.0,
        ..Options::default()
    };
    let mut all: Vec<(f64, bool)> = map(&ours, &theirs, &options)
        .expect("even columns")
        .matches
        .iter()
        .map(|one| {
            (
                one.probability,
                our_truth[one.ours as usize] == their_truth[one.theirs as usize],
            )
        })
        .collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    let total: usize = our_truth
        .iter()
        .map(|entity| their_truth.iter().filter(|other| *other == entity).count())
        .sum();
    let mut hits = 0.0;
    let f1 = (1..).zip(all).map(|(count, (_, same))| {
        hits += f64::from(u8::from(same));
        2.0 * hits / (f64::from(count) + total as f64)
    });
    f1.fold(0.0, f64::max)
}

/// What two lists are to each other, by the names of the records.
fn classes(ours: &List, theirs: &List) -> Vec<(String, String, Class)> {
    let found = map(ours, theirs, &Options::default()).expect("even columns").matches;
    let name = |list: &List, row: u32| list.name.get(row as usize).to_owned();
    found
        .iter()
        .map(|one| (name(ours, one.ours), name(theirs, one.theirs), one.class))
        .collect()
}

#[test]
fn who_is_above_a_company_finds_its_family_however_it_is_called() {
    let others: Vec<String> = (0..300).map(|at| format!("Company {at} Works")).collect();
    let with = |rows: &[[&str; 4]]| -> List {
        let column = |at: usize| {
            let others = others.iter().map(|other| if at < 2 { other.as_str() } else { "" });
            rows.iter().map(|row| row[at]).chain(others).collect::<Column>()
        };
        List {
            id: column(0),
            name: column(1),
            website: column(2),
            parent: column(3),
            ..List::default()
        }
    };
    let ours = with(&[
        ["1", "Contoso Holding", "contoso.com", ""],
        ["2", "Velplex", "velplex.io", "1"],
        ["3", "Slack", "slack.com", ""],
    ]);
    let theirs = with(&[
        ["1", "Norvex", "norvex.nl", "contoso.com"],
        ["2", "Contoso", "contoso.com", ""],
        ["3", "Tableau", "tableau.com", ""],
        ["4", "Alder", "alder.com", "Somebody Else"],
    ]);
    let found = classes(&ours, &theirs);
    let class = |one: &str, other: &str| {
        found
            .iter()
            .find(|(a, b, _)| (a.as_str(), b.as_str()) == (one, other))
            .map(|found| found.2)
    };
    assert_eq!(class("Velplex", "Norvex"), Some(Class::Related), "sisters");
    assert_eq!(class("Velplex", "Contoso"), Some(Class::Related), "daughter and mother");
    assert_eq!(
        class("Contoso Holding", "Norvex"),
        Some(Class::Related),
        "mother and daughter"
    );
    assert_eq!(
        class("Slack", "Tableau"),
        Some(Class::Related),
        "companies of one group"
    );
    assert_eq!(class("Contoso Holding", "Contoso"), Some(Class::Same));
    assert_eq!(class("Velplex", "Alder"), None);
}

#[test]
fn real_listings_are_found() {
    assert!(best_f1("listings") >= 0.90);
}

#[test]
fn real_aliases_are_found_though_no_model_saw_them() {
    assert!(best_f1("aliases") >= 0.80);
}

#[test]
fn the_domain_of_a_contact_finds_a_company_by_another_name() {
    // Enough others, so that one domain says something.
    let others: Vec<String> = (0..300).map(|at| format!("Company {at} Works")).collect();
    let with = |name: &str, website: &str| -> List {
        let filler = others.iter().map(|other| [other.as_str(), "", "", "", ""]);
        list(&filler.chain([[name, website, "", "", ""]]).collect::<Vec<_>>())
    };
    let theirs = with("Norvex", "norvex.io");
    let probability = |website: &str| {
        let mapping = found(&with("Meridian Harbour", website), &theirs);
        let pair = mapping.matches.iter().find(|one| one.ours == 300 && one.theirs == 300);
        pair.map_or(0.0, |one| one.probability)
    };
    let same = probability("norvex.io");
    assert!(probability("meridian-harbour.com") < 0.01 && same > 0.3, "{same}");
    let further = probability("meridian-harbour.com; jane@gmail.com, jo@norvex.io");
    assert!(further > 0.3, "{further}");
}

/// A made-up list: names of words that repeat, some with websites, cities and sizes.
fn made_up(records: usize, salt: usize) -> List {
    let first = ["Nor", "Vel", "Kas", "Tri", "Bran", "Ost", "Lum", "Quer", "Zan", "Mir"];
    let second = ["dex", "tora", "win", "plex", "mar", "gate", "loom", "rix", "sol", "fen"];
    let trade = ["Systems", "Logistics", "Software", "Foods", "Energy Ltd", "GmbH", "Inc"];
    let countries = ["DE", "Germany", "US", "United Kingdom", ""];
    let rows: Vec<[String; 5]> = (0..records)
        .map(|row| {
            let at = row * 7 + salt;
            let core = format!(
                "{}{}{}",
                first[at % 10],
                second[at / 10 % 10],
                first[at / 100 % 10].to_lowercase()
            );
            [
                format!("{core} {}", trade[at % 7]),
                if at.is_multiple_of(3) {
                    String::new()
                } else {
                    format!("www.{core}.com")
                },
                countries[at % 5].to_owned(),
                if at.is_multiple_of(2) {
                    "Berlin".to_owned()
                } else {
                    String::new()
                },
                (at % 900).to_string(),
            ]
        })
        .collect();
    let rows: Vec<[&str; 5]> = rows.iter().map(|row| row.each_ref().map(String::as_str)).collect();
    list(&rows)
}

#[test]
fn the_stages_composed_plainly_give_the_rows_of_the_whole() {
    let (ours, theirs) = (made_up(3_000, 0), made_up(2_000, 14));
    let whole = found(&ours, &theirs);
    let (mut a, mut b) = (normalise(&ours).unwrap(), normalise(&theirs).unwrap());
    weigh(&mut a, &mut b);
    let scale = Scale::new(a.len(), b.len());
    let candidates = candidates(&a, &b, &spellings(&a, &b), scale);
    // A cluster does each of these a part at a time.
    let parts = candidates.chunks(1_000).map(|part| gate(&a, &b, part, scale));
    let scored: Vec<_> = parts.flat_map(|part| score(&a, &b, &part)).collect();
    let standings = standings(&a, &b, &scored);
    let scores: Vec<i32> = standings.chunks(333).flat_map(settle).collect();
    let prior = Prior::of(a.len(), b.len(), &scored, &scores);
    assert!(whole.matches.len() > 500);
    assert_eq!(judge(&scored, &scores, prior, &Options::default()), whole.matches);
    // What is kept of a pair is what was compared of it.
    let again = compare(&a, &b, &scored.iter().map(|one| one.pair).collect::<Vec<_>>());
    assert!(
        again
            .iter()
            .zip(&scored)
            .all(|(features, one)| *features == one.features)
    );
}

#[test]
fn the_same_rows_at_any_number_of_threads() {
    let (ours, theirs) = (made_up(2_000, 0), made_up(2_000, 21));
    let at = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| found(&ours, &theirs))
    };
    assert_eq!(at(1), at(5));
}

#[test]
fn a_list_is_itself_and_each_record_finds_its_twin() {
    let ours = made_up(1_500, 3);
    let options = Options {
        one_to_one: true,
        ..Options::default()
    };
    let all = map(&ours, &ours, &options).unwrap().matches;
    let names = |at: u32| ours.name.get(at as usize);
    let twins = all.iter().filter(|one| names(one.ours) == names(one.theirs)).count();
    assert!(twins > 1_400, "{twins}");
}

#[test]
fn related_is_not_the_same() {
    let ours = list(&[["Northwind Traders", "northwind.com", "US", "Seattle", "900"]]);
    let same = list(&[[
        "NORTHWIND TRADERS, INC.",
        "https://www.northwind.com/en",
        "USA",
        "Seattle",
        "1000",
    ]]);
    assert_eq!(found(&ours, &same).matches[0].class, Class::Same);
    let other = list(&[["Contoso Pharmaceuticals", "contoso.com", "US", "Boston", "20"]]);
    assert_eq!(found(&ours, &other).count(Class::Same), 0);
}

#[test]
fn a_registration_number_is_above_every_likeness() {
    let mut ours = list(&[["Acme", "acme.com", "US", "", ""], ["Zenith Foods", "", "", "", ""]]);
    let mut theirs = list(&[["Acme", "acme.com", "US", "", ""], ["Holding 77", "", "", "", ""]]);
    let numbers = |numbers: [&str; 2]| numbers.into_iter().collect::<Column>();
    (ours.identifier, theirs.identifier) = (
        numbers(["150483782", "060704780"]),
        numbers(["315369934", "06-070-4780"]),
    );
    let all = found(&ours, &theirs).matches;
    let same: Vec<_> = all
        .iter()
        .filter(|one| one.class == Class::Same)
        .map(|one| (one.ours, one.theirs))
        .collect();
    assert_eq!(same, [(1, 1)]);
}

#[test]
fn one_to_one_keeps_the_most_probable_pair_of_each() {
    let ours = names(&["Kasdex Plexmar", "Kasdex Plexmar"]);
    let theirs = names(&["Kasdex Plexmar", "Kasdex Plexmar Ltd"]);
    let all = found(&ours, &theirs).matches;
    assert_eq!(one_to_one(all).len(), 2);
}

#[test]
fn lists_with_nothing_in_them_have_nothing_in_common() {
    let full = made_up(50, 0);
    assert_eq!(found(&List::default(), &full).matches, []);
    assert_eq!(found(&full, &List::default()).matches, []);
    assert_eq!(
        found(&names(&["", " ", "-", "🎉", "..."]), &names(&["", "?", "🎉"])).matches,
        []
    );
}

#[test]
fn a_column_that_is_too_short_is_refused() {
    let mut bad = made_up(3, 0);
    bad.city = ["Berlin"].into_iter().collect();
    assert_eq!(
        map(&bad, &bad, &Options::default()).unwrap_err(),
        MappingError::Uneven { column: "city" }
    );
}

#[test]
fn a_name_that_everybody_has_tells_nobody_apart() {
    let all = vec!["Test Account"; 30_000];
    let mapping = found(&names(&all), &names(&all));
    assert!(
        mapping.candidates <= 1_000_000 && mapping.count(Class::Same) == 0,
        "{}",
        mapping.candidates
    );
}

#[test]
fn one_domain_for_all_does_not_hide_the_names() {
    let rows: Vec<String> = (0..3_000)
        .map(|row| format!("Company {} {}", row * 7919 % 10_007, row))
        .collect();
    let rows: Vec<[&str; 5]> = rows
        .iter()
        .map(|name| [name.as_str(), "portal.example.net", "", "", ""])
        .collect();
    let list = list(&rows);
    let mapping = found(&list, &list);
    assert!(mapping.candidates < 1_000_000);
    let of_itself = mapping.matches.iter().filter(|one| one.ours == one.theirs).count();
    assert!(of_itself > 2_900, "{of_itself}");
}

#[test]
fn long_names_other_scripts_and_lists_of_very_different_size_are_taken() {
    let long = "Grand ".repeat(10_000);
    let emoji = "🏢".repeat(20_000);
    let few = names(&[
        &long,
        &emoji,
        "华为技术有限公司",
        "شركة النفط",
        "ООО Газпром",
        "Velplex Foods",
    ]);
    let mut rows: Vec<String> = (0..40_000).map(|row| format!("Maker {row} of things")).collect();
    rows.extend(["Huawei Technologies Co., Ltd.", "Gazprom", "Velplex Foods Inc"].map(str::to_owned));
    let many = names(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let same = |mapping: Mapping| -> Vec<(u32, u32)> {
        mapping
            .matches
            .iter()
            .filter(|one| one.probability > 0.2)
            .map(|one| (one.ours, one.theirs))
            .collect()
    };
    assert_eq!(same(found(&few, &many)), [(2, 40_000), (4, 40_001), (5, 40_002)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_taken_and_every_pair_is_of_records_that_are_there_once(
        ours in prop::collection::vec("\\PC{0,40}", 0..12),
        theirs in prop::collection::vec("\\PC{0,40}", 0..12),
    ) {
        let text = |all: &[String]| list(&all.iter().map(|one| [one.as_str(); 5]).collect::<Vec<_>>());
        let (ours, theirs) = (text(&ours), text(&theirs));
        let mapping = found(&ours, &theirs);
        let places: Vec<(u32, u32)> = mapping.matches.iter().map(|one| (one.ours, one.theirs)).collect();
        prop_assert!(places.is_sorted_by(|one, other| one < other));
        for one in &mapping.matches {
            prop_assert!((one.ours as usize) < ours.len() && (one.theirs as usize) < theirs.len());
            prop_assert!((0.0..=1.0).contains(&one.probability));
        }
    }
}
