//! Cells made into dates, amounts, numbers and ids. It must not know tables, files or columns.

use serde::{Deserialize, Serialize};

/// Which part of an all-digit date comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// 31/12/2024.
    DayFirst,
    /// 12/31/2024.
    MonthFirst,
    /// 24/12/31.
    YearFirst,
}

/// Which sign stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decimal {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}
