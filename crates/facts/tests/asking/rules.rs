//! The segment language.

use beachhead_facts::catalogue::Table;
use beachhead_facts::rule::{Columns, Kind};
use beachhead_facts::{Rule, RuleError, Star, Tables};
use proptest::prelude::*;

use crate::{day, rule};

fn star() -> Star {
    let header = [
        "account_id",
        "name",
        "region",
        "industry",
        "employees",
        "annual_revenue",
        "created_on",
        "Founded Year",
        "code",
    ];
    let rows = [
        [
            "a1",
            "Acme",
            "EMEA",
            "retail",
            "1000",
            "5000000.50",
            "2020-01-15",
            "1996",
            "007",
        ],
        ["a2", "acme labs", "EMEA", "", "250", "", "2021-06-30", "2001", "12"],
        ["a3", "Betasoloin", "APAC", "medical", "", "100", "", "1986", "13"],
        ["a4", "O'Brien", "", "software", "90", "0", "2022-12-31", "", "14"],
        [
            "a5",
            "100% Pure",
            "AMER",
            "retail",
            "5000",
            "75000",
            "2023-02-28",
            "2010",
            "",
        ],
    ];
    Star::build(
        Tables::default()
            .with(Table::Accounts, &header, &rows)
            .called(Table::Accounts, "sector", "industry"),
        None,
    )
}

fn taken(text: &str) -> Result<String, RuleError> {
    let star = star();
    let rule = Rule::parse(text)?;
    rule.check(&star.account_columns())?;
    let accounts = star.accounts_taken(&rule, day("2026-01-01"))?;
    Ok(accounts
        .iter()
        .filter(|(_, taken)| *taken)
        .map(|(id, _)| &id[1..])
        .collect())
}

#[test]
fn a_rule_takes_the_accounts_that_sql_would() {
    let expected = [
        ("employees >= 1000", "15"),
        ("employees<1000", "24"),
        ("not employees < 1000", "15"),
        ("employees <> 90 and employees != 250", "15"),
        ("EMPLOYEES >= 1_000 AND Region = 'EMEA'", "1"),
        ("region = 'emea'", ""),
        ("lower(region) = 'emea'", "12"),
        ("upper(name) like 'ACME%'", "12"),
        ("region in ('EMEA', 'APAC')", "123"),
        ("region not in ('EMEA', 'APAC')", "5"),
        ("employees in (90, 250)", "24"),
        ("employees not in (90, 250)", "15"),
        ("employees between 90 and 1000", "124"),
        ("employees not between 90 and 1000", "5"),
        ("name like '%o%'", "3"),
        ("name like '_etaso%'", "3"),
        ("name not like '%c%'", "345"),
        ("name like '100% Pure'", "5"),
        ("region is null", "4"),
        ("region is not null", "1235"),
        ("employees is null or industry is null", "23"),
        ("coalesce(employees, 0) < 100", "34"),
        ("coalesce(region, industry, 'none') = 'software'", "4"),
        ("name = 'O''Brien'", "4"),
        ("created_on >= '2021-06-30'", "245"),
        ("created_on < 2021-06-30", "1"),
        ("created_on between date '2020-01-01' and '2021-12-31'", "12"),
        ("annual_revenue > 99.5", "135"),
        ("annual_revenue = 5000000.5", "1"),
        ("\"Founded Year\" >= 2000", "25"),
        ("\"founded year\" = '1986'", "3"),
        ("\"Founded Year\" between 1990 and 2005", "12"),
        ("code = '007'", "1"),
        ("sector = 'retail'", "15"),
        ("region = 'EMEA' or region = 'APAC' and employees is null", "123"),
        ("(region = 'EMEA' or region = 'APAC') and employees is null", "3"),
        ("not (region = 'EMEA' and employees > 500)", "2345"),
        ("not not region = 'EMEA'", "12"),
        ("1000 <= employees", "15"),
        ("'a' < 'b'", "12345"),
        ("employees = employees", "1245"),
        ("employees > -5", "1245"),
        ("name < 'B'", "15"),
    ];
    for (text, accounts) in expected {
        assert_eq!(taken(text).as_deref(), Ok(accounts), "{text}");
    }
}

#[test]
fn what_is_missing_is_neither_true_nor_false() {
    // Account 4 has no region: `not` does not turn unknown into true, and `or` with a true does.
    assert_eq!(taken("not region = 'EMEA'").as_deref(), Ok("35"));
    assert_eq!(taken("region = 'EMEA' or industry = 'software'").as_deref(), Ok("124"));
    assert_eq!(
        taken("not (region = 'EMEA' and industry = 'software')").as_deref(),
        Ok("135")
    );
    assert_eq!(taken("not (region = 'EMEA' and employees > 90)").as_deref(), Ok("345"));
}

#[test]
fn an_account_created_later_is_not_there_yet() {
    let star = star();
    let all = rule("account_id is not null");
    assert_eq!(
        star.accounts_taken(&all, day("2021-01-01"))
            .map(|accounts| accounts.len()),
        Ok(2)
    );
    assert_eq!(
        star.accounts_taken(&all, day("2022-12-31"))
            .map(|accounts| accounts.len()),
        Ok(4)
    );
}

// A rule, where it is wrong, part of what is said, and part of how to mend it.
const WRONG: &[(&str, usize, &str, &str)] = &[
    ("", 0, "the rule is empty", "employees >= 1000"),
    (
        "employee >= 5",
        0,
        "there is no column `employee`",
        "did you mean `employees`?",
    ),
    (
        "xyzzy = 5",
        0,
        "there is no column `xyzzy`",
        "the columns are account_id, name",
    ),
    (
        "region = 5",
        9,
        "`region` holds text; 5 does not fit",
        "compare text with text: '5'",
    ),
    (
        "region in ('EMEA', 5)",
        19,
        "`region` holds text; 5 does not fit",
        "'5'",
    ),
    (
        "employees >= '1,000'",
        13,
        "`employees` holds numbers; '1,000' does not fit",
        "without quotes: 1000",
    ),
    (
        "created_on > 5",
        13,
        "`created_on` holds dates; 5 does not fit",
        "'2026-01-31'",
    ),
    (
        "created_on > 'soon'",
        13,
        "`created_on` holds dates; 'soon' does not fit",
        "'2026-01-31'",
    ),
    (
        "employees = region",
        12,
        "`employees` holds numbers and `region` holds text",
        "same kind",
    ),
    (
        "lower(employees) = 'a'",
        6,
        "`employees` is not text",
        "lower and upper",
    ),
    (
        "employees like '1%'",
        0,
        "`employees` is not text, and `like` compares text",
        "between",
    ),
    (
        "employees between 1 and 'many'",
        24,
        "`employees` holds numbers; 'many' does not fit",
        "a number, like 1000",
    ),
    (
        "coalesce(region, 5) = 'x'",
        17,
        "`region` holds text; 5 does not fit",
        "'5'",
    ),
    (
        "region = 'EMEA' or lower(created_on) like '2%'",
        25,
        "`created_on` is not text",
        "lower and upper",
    ),
    ("region = 'EMEA", 9, "the ' is never closed", "close it with '"),
    (
        "(region = 'EMEA'",
        16,
        "expected `)`, found the end of the rule",
        "parenthes",
    ),
    (
        "region = 'EMEA')",
        15,
        "expected `and`, `or` or the end of the rule, found `)`",
        "join",
    ),
    ("region 'EMEA'", 7, "expected a comparison", "region = 'EMEA'"),
    (
        "region = ",
        9,
        "expected a column or a value, found the end of the rule",
        "",
    ),
    (
        "region = and",
        9,
        "expected a column or a value, found `and`",
        "double quotes",
    ),
    ("region is 'EMEA'", 10, "expected `null`, found 'EMEA'", "is not null"),
    ("region in 'EMEA'", 10, "expected `(`", "in ('one', 'two')"),
    ("region in (name)", 11, "a list holds values only", "single quotes"),
    (
        "employees between 1 or 2",
        20,
        "expected `and`, found `or`",
        "between low and high",
    ),
    ("name like 5", 10, "expected a pattern in single quotes", "`%`"),
    (
        "length(name) = 5",
        0,
        "there is no function `length`",
        "lower, upper and coalesce",
    ),
    ("coalesce(name) = 'a'", 0, "`coalesce` takes two values or more", ""),
    ("employees > 10k", 12, "`10k` is not a number", "digits"),
    (
        "created_on > 2026-02-30",
        13,
        "2026-02-30 is not a day of the calendar",
        "year-month-day",
    ),
    ("name = 'a'; drop table", 10, "`;` has no meaning in a rule", ""),
    ("employees ! 5", 10, "`!` has no meaning alone", "not"),
];

#[test]
fn an_error_says_where_and_how_to_mend_it() {
    for &(text, at, message, help) in WRONG {
        let error = taken(text).expect_err(text);
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
        assert!(error.help.contains(help), "{text}: {}", error.help);
    }
}

#[test]
fn nesting_length_and_lists_are_limited() {
    let deep = |levels: usize| format!("{}employees = 1{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Rule::parse(&deep(64)).is_ok());
    assert!(Rule::parse(&deep(65)).is_err_and(|error| error.message.contains("nested deeper than 64")));
    assert!(Rule::parse(&deep(5_000)).is_err());
    assert!(Rule::parse(&format!("{}employees = 1", "not ".repeat(65))).is_err());
    assert!(Rule::parse(&format!("employees = {}1", "lower(".repeat(100))).is_err());
    let list = |values: usize| format!("employees in ({})", vec!["1"; values].join(","));
    assert!(Rule::parse(&list(1_000)).is_ok());
    assert!(Rule::parse(&list(1_001)).is_err_and(|error| error.message.contains("longer than 1000")));
    assert!(Rule::parse(&"x".repeat(20_000)).is_err_and(|error| error.message.contains("20000 bytes")));
}

#[test]
fn a_rule_is_checked_without_facts() {
    assert!(
        rule("employees >= 1000 and region in ('EMEA')")
            .check(&Star::empty().account_columns())
            .is_ok()
    );
    let columns = Columns::new([("size".to_owned(), Kind::Number)]);
    assert!(rule("Size > 5").check(&columns).is_ok());
    assert!(rule("size = 'big'").check(&columns).is_err());
    assert_eq!(
        rule("b = 1 and (a = 2 or lower(c) = 'x') and b = 3").columns(),
        ["b", "a", "c"]
    );
}

/// Words that rules are made of, so that random ones come close to being rules.
const WORDS: &[&str] = &[
    "employees",
    "region",
    "\"Founded Year\"",
    "name",
    "and",
    "or",
    "not",
    "in",
    "between",
    "like",
    "is",
    "null",
    "lower",
    "upper",
    "coalesce",
    "date",
    "(",
    ")",
    ",",
    "=",
    "<>",
    "<",
    ">=",
    "'EMEA'",
    "'it''s'",
    "1000",
    "-1.5",
    "2026-01-31",
    "'2026-01-31'",
    "'%a_'",
    "é",
    "created_on",
    "null",
];

fn written() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        (0_u32..1_000_000).prop_map(|number| (f64::from(number) / 100.0).to_string()),
        "'[a-zé%_ ]{0,6}'".prop_map(|text| text),
        Just("date '2026-01-31'".to_owned()),
        Just("2025-12-31".to_owned()),
    ];
    let term = prop_oneof![
        "[a-z_][a-z0-9_.]{0,5}".prop_map(|name| format!("\"{name}\"")),
        Just("\"a \"\"b\"\"\"".to_owned()),
        Just("Employees".to_owned()),
        Just("lower(region)".to_owned()),
        Just("coalesce(upper(region), 'x')".to_owned()),
        value.clone(),
    ];
    let leaf = prop_oneof![
        (
            term.clone(),
            prop_oneof!["=", "<>", "!=", "<", "<=", ">", ">="],
            term.clone()
        )
            .prop_map(|(left, sign, right)| format!("{left}{sign} {right}")),
        (term.clone(), proptest::collection::vec(value.clone(), 1..4))
            .prop_map(|(term, list)| format!("{term} NOT in ({})", list.join(","))),
        (term.clone(), value.clone(), value).prop_map(|(term, low, high)| format!("{term} between {low} and {high}")),
        term.clone().prop_map(|term| format!("{term} like '%x_'")),
        term.prop_map(|term| format!("{term} is not null")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one} or {other}")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) and ({other})")),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

proptest! {
    #[test]
    fn a_printed_rule_parses_to_an_equal_rule(text in written()) {
        let once = rule(&text);
        let again = rule(&once.to_string());
        prop_assert_eq!(&once, &again);
        prop_assert_eq!(format!("{once}"), format!("{again}"));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,80}") {
        if let Err(error) = Rule::parse(&text) {
            prop_assert!(text.is_char_boundary(error.at));
        }
    }

    #[test]
    fn no_words_make_the_language_panic(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..24)) {
        let text = words.join(" ");
        match taken(&text) {
            Ok(_) => prop_assert_eq!(taken(&Rule::parse(&text).expect(&text).to_string()), taken(&text)),
            Err(error) => prop_assert!(text.is_char_boundary(error.at)),
        }
    }
}
