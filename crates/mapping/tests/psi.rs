//! Private set intersection, from two lists to what they share: through the bytes of both files, beside the plain
//! intersection of the same keys.

use std::collections::BTreeSet;

use beachhead_mapping::psi::{
    Agreement, Grade, Head, KeyKind, Keys, Opening, PsiError, Reader, STEP, Secret, What, Writer, answer, list_mark,
    offer, tags,
};
use beachhead_mapping::{Column, List};
use proptest::prelude::*;
use zeroize::Zeroizing;

/// A record by the numbers of its domain, name, country and registration number; 0 is none.
type Row = [usize; 4];

const COUNTRIES: [&str; 4] = ["", "DE", "United States", "FRA"];

fn list(rows: &[Row]) -> List {
    let texts: Vec<[String; 4]> = rows
        .iter()
        .map(|[domain, name, country, number]| {
            let some = |number: &usize, text: String| if *number == 0 { String::new() } else { text };
            [
                some(domain, format!("https://www.company{domain}.com")),
                some(name, format!("Kasdex {name} GmbH")),
                COUNTRIES[*country].to_owned(),
                some(number, format!("DE-1234.5{number:03}")),
            ]
        })
        .collect();
    let ids: Vec<String> = (0..rows.len()).map(|row| row.to_string()).collect();
    let column = |at: usize| texts.iter().map(|row| row[at].as_str()).collect::<Column>();
    List {
        id: ids.iter().map(String::as_str).collect(),
        name: column(1),
        website: column(0),
        country: column(2),
        identifier: column(3),
        ..List::default()
    }
}

fn secret(seed: u8) -> Secret {
    Secret::new(&Zeroizing::new([seed; 64])).expect("not zero")
}

fn head(what: What, offer: [u8; 32], points: usize, tags: usize) -> Head {
    Head {
        what,
        run: [9; 16],
        list: [1; 32],
        offer,
        points: u32::try_from(points).expect("few"),
        tags: u32::try_from(tags).expect("few"),
    }
}

/// What the answering company writes: the bytes of an answer to the bytes of an offer.
fn answered(offered: &[u8], theirs: &Keys) -> Result<Vec<u8>, PsiError> {
    let secret = secret(2);
    let tags = tags(theirs, &secret, &[4; 32], &|_| true)?;
    let checksum = Reader::new(offered, What::Offer)?.finish()?;
    let mut reader = Reader::new(offered, What::Offer)?;
    let head = head(What::Answer, checksum, reader.head().points as usize, tags.len());
    let mut writer = Writer::new(Vec::new(), &head)?;
    let mut first = 0;
    loop {
        let points = reader.points(STEP)?;
        if points.is_empty() {
            break;
        }
        writer.points(&answer(&points, first, &secret)?)?;
        first += points.len();
    }
    writer.tags(&tags)?;
    Ok(writer.finish()?.0)
}

fn intersected(ours: &Keys, theirs: &Keys) -> Result<Vec<Agreement>, PsiError> {
    let offered = offer(ours, &secret(1), &[3; 32], &|_| true)?;
    let mut writer = Writer::new(Vec::new(), &head(What::Offer, [0; 32], offered.points.len(), 0))?;
    writer.points(&offered.points)?;
    let answer = answered(&writer.finish()?.0, theirs)?;
    let mut reader = Reader::new(answer.as_slice(), What::Answer)?;
    let mut opening = Opening::new(ours, &offered.places, secret(1));
    loop {
        // In pieces that no other limit falls on.
        let points = reader.points(97)?;
        if points.is_empty() {
            break;
        }
        opening.take(&points)?;
    }
    loop {
        let tags = reader.tags(101)?;
        if tags.is_empty() {
            break;
        }
        opening.compare(&tags);
    }
    reader.finish()?;
    Ok(opening.agreements())
}

/// The keys of a record, in the clear.
fn plain(row: &Row) -> Vec<(KeyKind, [usize; 2])> {
    let [domain, name, country, number] = *row;
    let mut keys = Vec::new();
    if number != 0 {
        keys.push((KeyKind::Number, [number, 0]));
    }
    if domain != 0 {
        keys.push((KeyKind::Domain, [domain, 0]));
    }
    if name != 0 && country != 0 {
        keys.push((KeyKind::NameAndCountry, [name, country]));
    }
    keys
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row =
        [0..40_usize, 0..30, 0..4, 0..20].prop_map(|[domain, name, country, number]| [domain, name, country, number]);
    // Enough rows with a key, whatever is drawn.
    let sure = (0..60).map(|at| [500 + at, 0, 0, 0]);
    prop::collection::vec(row, 0..80).prop_map(move |rows| rows.into_iter().chain(sure.clone()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_comes_out_is_the_plain_intersection_of_the_keys(ours in rows(), theirs in rows(), ours_apart in any::<bool>()) {
        let theirs: Vec<Row> = if ours_apart { theirs } else { ours.iter().rev().copied().collect() };
        let shared: BTreeSet<_> = theirs.iter().flat_map(plain).collect();
        let expected: Vec<(u32, Vec<KeyKind>)> = (0..)
            .zip(&ours)
            .map(|(row, record)| {
                let by = plain(record).into_iter().filter(|key| shared.contains(key));
                (row, by.map(|(kind, _)| kind).collect::<Vec<_>>())
            })
            .filter(|(_, by)| !by.is_empty())
            .collect();
        let (ours, theirs) = (Keys::of(&list(&ours)).unwrap(), Keys::of(&list(&theirs)).unwrap());
        let found = intersected(&ours, &theirs).unwrap();
        let found: Vec<_> = found.into_iter().map(|one| (one.row, one.by)).collect();
        prop_assert_eq!(found, expected);
    }
}

fn sixty() -> Vec<Row> {
    (1..=60).map(|at| [at, at, 1, 0]).collect()
}

#[test]
fn a_domain_alone_may_be_a_sisters() {
    let mut theirs: Vec<Row> = (101..=160).map(|at| [at, at, 1, 0]).collect();
    theirs[0] = [1, 500, 1, 0];
    theirs[1] = [700, 2, 1, 0];
    theirs[2] = [800, 3, 2, 0];
    let (ours, theirs) = (Keys::of(&list(&sixty())).unwrap(), Keys::of(&list(&theirs)).unwrap());
    let found = intersected(&ours, &theirs).unwrap();
    let grades: Vec<_> = found.iter().map(|one| (one.row, one.grade())).collect();
    assert_eq!(grades, [(0, Grade::B), (1, Grade::A)]);
    assert_eq!(found[1].by, [KeyKind::NameAndCountry]);
}

#[test]
fn an_offer_tells_neither_the_length_nor_the_order_of_its_list_and_no_two_are_alike() {
    let (sixty, more) = (sixty(), (1..=100).map(|at| [at, at, 1, 0]).collect::<Vec<_>>());
    let keys = Keys::of(&list(&sixty)).unwrap();
    let offered = |keys: &Keys, seed: u8| offer(keys, &secret(seed), &[seed; 32], &|_| true).unwrap();
    let (one, other) = (offered(&keys, 1), offered(&Keys::of(&list(&more)).unwrap(), 1));
    assert_eq!((one.points.len(), other.points.len()), (256, 256));
    assert!(one.points.is_sorted() && one.points.windows(2).all(|two| two[0] != two[1]));
    let backwards: Vec<Row> = sixty.iter().rev().copied().collect();
    assert_eq!(offered(&Keys::of(&list(&backwards)).unwrap(), 1).points, one.points);
    assert!(offered(&keys, 5).points.iter().all(|point| !one.points.contains(point)));
    assert_eq!(
        one.places
            .iter()
            .filter(|place| (**place as usize) < keys.len())
            .count(),
        keys.len()
    );
}

#[test]
fn a_mark_knows_a_list_again_and_tells_nothing_without_its_salt() {
    let keys = Keys::of(&list(&sixty())).unwrap();
    let mark = list_mark(&keys, &[1; 32], "Velplex");
    let backwards: Vec<Row> = sixty().into_iter().rev().collect();
    assert_eq!(
        mark,
        list_mark(&Keys::of(&list(&backwards)).unwrap(), &[1; 32], "Velplex")
    );
    let fewer = Keys::of(&list(&sixty()[1..])).unwrap();
    for other in [
        list_mark(&fewer, &[1; 32], "Velplex"),
        list_mark(&keys, &[2; 32], "Velplex"),
        list_mark(&keys, &[1; 32], "Kasdex"),
    ] {
        assert_ne!(mark, other);
    }
}

#[test]
fn work_stops_when_whoever_watches_says_so() {
    let keys = Keys::of(&list(&sixty())).unwrap();
    let stopped = offer(&keys, &secret(1), &[1; 32], &|_| false);
    assert!(matches!(stopped, Err(PsiError::Stopped)));
    assert!(matches!(
        tags(&keys, &secret(1), &[1; 32], &|_| false),
        Err(PsiError::Stopped)
    ));
}

#[test]
fn an_answer_with_more_than_was_offered_or_with_no_point_is_refused() {
    let keys = Keys::of(&list(&sixty())).unwrap();
    let offered = offer(&keys, &secret(1), &[1; 32], &|_| true).unwrap();
    let opening = || Opening::new(&keys, &offered.places, secret(1));
    assert!(matches!(
        opening().take(&vec![offered.points[0]; 300]),
        Err(PsiError::TooLong)
    ));
    let mut points = offered.points.clone();
    let ours = (0..points.len())
        .find(|at| (offered.places[*at] as usize) < keys.len())
        .unwrap();
    points[ours] = [0xff; 32];
    let refused = opening().take(&points);
    assert!(
        matches!(refused, Err(PsiError::NotAPoint { place }) if place == ours),
        "{refused:?}"
    );
}
