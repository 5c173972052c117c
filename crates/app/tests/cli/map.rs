//! `map`: two lists, a partner's list within a program, what people said of pairs, and what it refuses.

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

#[test]
fn the_domains_of_contacts_and_other_websites_count_and_no_address_of_a_person_is_shown() {
    let folder = Folder::new("map-further");
    folder.write(
        "ours.csv",
        "id,name,website,hs_additional_domains,Contact Email\n\
         1,Contoso,contoso.com,,jane@gmail.com\n\
         2,Meridian Harbour,meridian.example.com,harbour.nl;norvex.io,\n\
         3,Alder Foods,,,Jo <jo.doe@alderfoods.co.uk>\n",
    );
    folder.write(
        "theirs.csv",
        "name,website\nNorvex Holding,www.norvex.io\nAF Group,alderfoods.co.uk\n",
    );
    folder.answer(&[MAP.as_slice(), &["--out", "pairs.csv"]].concat());
    let pairs = std::fs::read_to_string(folder.path("pairs.csv")).expect("it is there");
    assert!(
        pairs.contains("same domain: meridian.example.com harbour.nl norvex.io | www.norvex.io")
            && pairs.contains("same domain: alderfoods.co.uk | alderfoods.co.uk"),
        "{pairs}"
    );
    assert!(!pairs.contains("jo.doe") && !pairs.contains("jane"), "{pairs}");
}

#[test]
fn a_column_of_parents_finds_families_however_they_are_called() {
    let folder = Folder::new("map-parents");
    folder.write(
        "ours.csv",
        "Account ID,Account Name,Website,Parent Account\n\
         001,Contoso Holding,contoso.com,\n\
         002,Velplex,velplex.io,001\n",
    );
    folder.write(
        "theirs.csv",
        "name,website,Ultimate Parent\nNorvex,norvex.nl,Contoso Group\nContoso Group,www.contoso.com,\n",
    );
    let counts = folder.answer(&[MAP.as_slice(), &["--out", "pairs.csv"]].concat());
    let pairs = std::fs::read_to_string(folder.path("pairs.csv")).expect("it is there");
    assert_eq!(counts["related"], 3, "{pairs}");
    let sisters = pairs.lines().find(|line| line.starts_with("002,2,"));
    assert!(
        sisters.is_some_and(|line| line.contains(",related,")
            && line.contains("known family, our parent: 001, their parent: Contoso Group")),
        "{pairs}"
    );
}

const ACCOUNTS: &str = "\
account_id,name,website,employees,country
a1,Alder Foods,alderfoods.example,,DE
a2,Birch Labs,birchlabs.example,40,GB
a3,Cedar Bank,,,
";
const DEALS: &str = "\
opportunity_id,account_id,created_on,closed_on,stage,amount
o1,a1,2026-01-05,2026-02-01,Closed Won,1000
o2,a2,2026-02-05,,Discovery,2500
";
const PARTNER_LIST: &str = "\
partner_id,external_id,name,domain,country,population,as_of
PeopleOak,t1,Alder Foods Ltd,alderfoods.example,DE,prospect,2026-04-01
PeopleOak,t2,BIRCH LABS,birchlabs.example,GB,customer,2026-04-01
PeopleOak,t3,Birch Labs,www.birchlabs.example,GB,customer,2026-04-01
PeopleOak,t4,Velplex,,,customer,2026-04-01
";

#[test]
fn a_partners_list_is_laid_over_the_accounts_of_the_program() {
    let folder = Folder::new("map-partner");
    for (name, text) in [
        ("accounts.csv", ACCOUNTS),
        ("opportunities.csv", DEALS),
        ("partner_accounts.csv", PARTNER_LIST),
    ] {
        folder.write(name, text);
        folder.answer(&["import", name]);
    }
    let document = folder.answer(&["map", "peopleoak", "--out", "pairs.csv"]);
    assert_eq!(
        (&document["partner"], &document["companies"]),
        (&"PeopleOak".into(), &2.into())
    );
    let cell = &document["cells"][3];
    assert_eq!(
        (&cell["ours"], &cell["theirs"]),
        (&"open opportunity".into(), &"customer".into())
    );
    assert_eq!(
        (&cell["companies"], &cell["ours_records"], &cell["theirs_records"]),
        (&1.into(), &1.into(), &2.into())
    );
    assert_eq!(
        (&cell["open_pipeline"], &cell["play"]),
        (&2500.0.into(), &"Ask for an introduction now".into())
    );
    assert_eq!(
        cell["why_they_differ"],
        "1 company stands more than once in their list."
    );
    let pairs = std::fs::read_to_string(folder.path("pairs.csv")).expect("it is there");
    assert!(
        pairs.starts_with("ours_id,theirs_id,probability,class,grades,reason,standing,company,"),
        "{pairs}"
    );
    assert!(
        pairs.contains("\na2,t2,0.9") && pairs.contains("\na2,t3,0.9"),
        "{pairs}"
    );
    let said = folder.run(&["map", "PeopleOak"]).done().out;
    assert!(
        said.contains("2 companies in common: 2 of our 3 accounts, 3 of their 4"),
        "{said}"
    );

    let refused = folder.run(&["map", "Nobody"]);
    assert!(
        refused.code == 2 && refused.err.contains("PeopleOak"),
        "{}",
        refused.err
    );
    assert_eq!(folder.run(&["map"]).code, 2);
    assert_eq!(folder.run(&["map", "PeopleOak", "--ours", "accounts.csv"]).code, 2);
}

#[test]
fn what_people_said_is_taken_over_once_and_written_as_it_was() {
    let folder = Folder::new("map-decisions");
    for (name, text) in [("accounts.csv", ACCOUNTS), ("partner_accounts.csv", PARTNER_LIST)] {
        folder.write(name, text);
        folder.answer(&["import", name]);
    }
    let said = "partner,verdict,probability,decided_by,decided_at,ours_id,ours_name,ours_website,ours_country,\
                ours_identifier,theirs_id,theirs_name,theirs_website,theirs_country,theirs_identifier\n\
                PeopleOak,same,0.02,Priya Nair,2026-04-02T09:00:00.000000Z,a3,Cedar Bank,,,,t4,Velplex,,,\n";
    folder.write("said.csv", said);
    let taken = folder.answer(&["map", "--decisions-import", "said.csv"]);
    assert_eq!((&taken["added"], &taken["unchanged"]), (&1.into(), &0.into()));
    let again = folder.answer(&["map", "--decisions-import", "said.csv"]);
    assert_eq!((&again["added"], &again["unchanged"]), (&0.into(), &1.into()));
    assert_eq!(folder.answer(&["map", "PeopleOak"])["companies"], 3);
    let written = folder.answer(&["map", "--decisions-export", "back.csv"]);
    assert_eq!(written["decisions"], 1);
    assert_eq!(
        std::fs::read_to_string(folder.path("back.csv")).expect("it is there"),
        said
    );

    folder.write("broken.csv", &said.replace(",same,", ",perhaps,"));
    let refused = folder.refused(&["map", "--decisions-import", "broken.csv"], 2);
    assert!(refused.contains("row 2") && refused.contains("perhaps"), "{refused}");
}
