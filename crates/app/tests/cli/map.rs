//! `map`: two lists, pairs with probabilities, and what it refuses.

use crate::support::Folder;

const OURS: &str = "\
id;Account Name;Website;Billing Country;City;Employees
1;Northwind Traders Ltd;https://www.northwind.co.uk/en;United Kingdom;Leeds;250
2;Müller & Söhne GmbH;mueller-soehne.de;Germany;Köln;80
3;Contoso;;US;;
4;=HYPERLINK(1);contoso-evil.com;US;;
";
const THEIRS: &str = "\
company,domain,country
NORTHWIND TRADERS LIMITED,northwind.co.uk,GB
Muller and Sohne,,DE
Velplex Foods,velplex.com,FR
=hyperlink(1),contoso-evil.com,US
";

fn lists(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("ours.csv", OURS);
    folder.write("theirs.csv", THEIRS);
    folder
}

const MAP: [&str; 5] = ["map", "--ours", "ours.csv", "--theirs", "theirs.csv"];

#[test]
fn the_same_companies_are_found_and_written_with_both_ids_and_why() {
    let folder = lists("map");
    let document = folder.answer(&[MAP.as_slice(), &["--out", "pairs.csv"]].concat());
    assert_eq!((&document["ours"], &document["theirs"]), (&4.into(), &4.into()));
    assert!(document["seconds"].is_number() && document["candidates"].is_number() && document["related"].is_number());
    let pairs = std::fs::read_to_string(folder.path("pairs.csv")).expect("it is there");
    let mut lines = pairs.lines();
    assert_eq!(lines.next(), Some("ours_id,theirs_id,probability,class,grades,reason"));
    // A list without ids is told by its rows.
    assert!(pairs.contains("\n1,2,0.9") && pairs.contains("\n2,3,"), "{pairs}");
    assert!(
        pairs.contains("same domain: https://www.northwind.co.uk/en | northwind.co.uk"),
        "{pairs}"
    );
    assert!(folder.files().iter().all(|(path, _)| !path.ends_with("pairs.csv.part")));
}

#[test]
fn a_workbook_is_written_where_the_name_says_so() {
    let folder = lists("map-xlsx");
    folder
        .run(&[MAP.as_slice(), &["--out", "pairs.xlsx", "--one-to-one", "--min", "0.5"]].concat())
        .done();
    let bytes = std::fs::read(folder.path("pairs.xlsx")).expect("it is there");
    assert!(bytes.starts_with(b"PK"));
}

#[test]
fn lists_that_cannot_be_mapped_are_refused_and_nothing_is_written() {
    let folder = lists("map-refused");
    folder.write("numbers.csv", "a,b\n1,2\n");
    folder.write("none.csv", "");
    folder.write("header.csv", "id,name\n");
    let refused = |theirs: &str, more: &[&str]| {
        let arguments = ["map", "--ours", "ours.csv", "--theirs", theirs, "--out", "pairs.csv"];
        let said = folder.run(&[&arguments[..], more].concat());
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(!folder.path("pairs.csv").exists());
        said.err
    };
    assert!(refused("numbers.csv", &[]).contains("Name one of them `name`"));
    assert!(refused("none.csv", &[]).contains("none.csv"));
    assert!(refused("absent.csv", &[]).contains("absent.csv"));
    assert!(refused("theirs.csv", &["--min", "7"]).contains("no probability"));
    let empty = folder.answer(&["map", "--ours", "ours.csv", "--theirs", "header.csv"]);
    assert_eq!((&empty["theirs"], &empty["same"]), (&0.into(), &0.into()));
}
