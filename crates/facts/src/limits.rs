//! Every limit on what comes from outside, in one place. It must hold no logic.

/// The largest text file (CSV) taken, in bytes: 2 GiB. It is streamed, never held whole.
pub const TEXT_BYTES_MAX: u64 = 2 << 30;
/// The largest workbook taken, in bytes as packed: 100 MiB.
pub const WORKBOOK_BYTES_MAX: u64 = 100 << 20;
/// The most that a workbook may unpack to, in bytes: 1 GiB, measured and not as declared.
pub const UNPACKED_BYTES_MAX: u64 = 1 << 30;
/// The most that a workbook may swell on unpacking.
pub const UNPACKED_RATIO_MAX: u64 = 200;
/// Below this many unpacked bytes the ratio is not looked at: small sheets of equal rows pack very well.
pub const UNPACKED_RATIO_FROM_BYTES: u64 = 8 << 20;
/// The most members of a workbook's archive.
pub const ARCHIVE_MEMBERS_MAX: usize = 500;
/// The last row of a sheet: Excel's own limit.
pub const SHEET_ROWS_MAX: u64 = 1_048_576;
/// The most cells of a sheet that hold something.
pub const SHEET_CELLS_MAX: u64 = 50_000_000;
/// The most columns of a table.
pub const COLUMNS_MAX: usize = 5_000;
/// The longest cell that is read at all, in bytes: 1 MiB.
pub const CELL_BYTES_MAX: usize = 1 << 20;
/// The longest row of a text file, in bytes: 16 MiB. It bounds memory where a quote is never closed.
pub const RECORD_BYTES_MAX: u64 = 16 << 20;
/// The longest text kept in a field, in bytes: 32 KiB. A longer known field rejects its row; other columns are cut.
pub const FIELD_BYTES_KEPT: usize = 32 << 10;
/// The rejected rows that are listed and kept for download. Further ones are counted.
pub const REJECTS_KEPT: usize = 100_000;
/// The text of rejected rows that is kept for download, in bytes: 64 MiB.
pub const REJECTS_BYTES_KEPT: usize = 64 << 20;
/// The replaced rows that a report lists. Further ones are counted.
pub const DUPLICATES_LISTED: usize = 1_000;
/// The different stages of one file that are told apart. A column with more of them is no column of stages.
pub const STAGES_MAX: usize = 500;
/// The longest name of a stage that a column tells the entry of, in bytes: each of its cells becomes a row that holds it.
pub const STAGE_BYTES_MAX: usize = 128;
/// The cells listed that should tell when a stage was entered and do not. Further ones are counted.
pub const HISTORY_REJECTS_LISTED: usize = 1_000;
/// The rows at the top of a file among which the header is looked for.
pub const HEADER_SEARCH_ROWS: usize = 30;
/// The rows at the end of a file that may be a report's footer.
pub const FOOTER_ROWS_MAX: usize = 100;
/// The longest row of a footer, in bytes.
pub const FOOTER_LINE_BYTES_MAX: usize = 4 << 10;
/// The partner pairs of one file that are told apart where a source writes each twice, once for either direction.
pub const PAIRS_MAX: usize = 4_000_000;
/// The percentage of rejected rows above which a file is not taken unless told to. Rows that the source itself marks as
/// deleted or superseded do not count.
pub const REJECTED_PERCENT_MAX: u64 = 5;
/// The longest segment rule, in bytes.
pub const RULE_BYTES_MAX: usize = 16 << 10;
/// The deepest nesting of parentheses, `not` and functions in a segment rule.
pub const RULE_DEPTH_MAX: usize = 64;
/// The most values of one `in (…)` list, and the most arguments of one `coalesce`.
pub const RULE_LIST_MAX: usize = 1_000;
/// The most fields that a measure groups by at once.
pub const WEIGH_FIELDS_MAX: usize = 4;
/// The most quarters of a series: fifty years.
pub const QUARTERS_MAX: usize = 200;
/// Years outside of these are not believed.
pub const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;
/// The most fields that opportunities are compared within at once.
pub const LIFT_STRATA_MAX: usize = 8;
/// The largest Parquet footer, in bytes: 16 MiB.
pub const PARQUET_FOOTER_BYTES_MAX: usize = 16 << 20;
/// The largest head of a Parquet page, in bytes: 2 MiB. It may hold the page's smallest and largest values.
pub const PARQUET_PAGE_HEADER_BYTES_MAX: usize = 2 << 20;
/// What the pages of one row group that are open at a time may unpack to, in bytes: 256 MiB.
pub const PARQUET_PAGES_BYTES_MAX: u64 = 256 << 20;
/// The most groups of columns in a Parquet schema: what bounds its nesting.
pub const PARQUET_SCHEMA_GROUPS_MAX: usize = 512;
/// The most values that the nested columns of one row group may hold.
pub const PARQUET_NESTED_VALUES_MAX: i64 = 8 << 20;
/// The widest value of a column of fixed width, in bytes.
pub const PARQUET_FIXED_BYTES_MAX: i64 = 4 << 10;
/// The rows that a Parquet file may claim however small it is: equal rows pack into nothing.
pub const PARQUET_ROWS_FREE: u64 = 1 << 16;
/// The rows that it may claim beyond those, for each byte of it.
pub const PARQUET_ROWS_PER_BYTE_MAX: u64 = 16;
/// The rows of a Parquet file that are unpacked at a time.
pub const PARQUET_BATCH_ROWS: usize = 4_096;
/// The room that the fixed parts of so many rows may take, in bytes: 32 MiB.
pub const PARQUET_BATCH_BYTES: usize = 32 << 20;
/// How deep nested JSON objects become columns of their own; below, they stay JSON in one column.
pub const JSON_DEPTH_MAX: usize = 16;
/// The rows at the top of a JSON file among which one object must be.
pub const JSON_SEARCH_ROWS: u64 = 100;
/// The most streams of one Singer tap.
pub const SINGER_STREAMS_MAX: usize = 500;
/// The memory that the process which reads a workbook may address, in bytes: 512 MiB.
pub const SHEET_MEMORY_BYTES_MAX: u64 = 512 << 20;
/// The processor time of that process, in seconds.
pub const SHEET_SECONDS_MAX: u64 = 120;
/// What that process may write, in bytes: 2 GiB.
pub const SHEET_OUTPUT_BYTES_MAX: u64 = 2 << 30;

/// The largest file that is kept in a store, in bytes: 5 GiB, what S3 takes in one request.
pub const REMOTE_FILE_BYTES_MAX: u64 = 5 << 30;
/// What is read of a store's listing or refusal, in bytes: 4 MiB.
pub const REMOTE_ANSWER_BYTES_MAX: u64 = 4 << 20;
/// How often a store is asked that does not answer, or answers that it cannot now.
pub const REMOTE_TRIES: u32 = 4;
/// Links of deals to companies that are held in memory while the deals are read.
pub const LINKS_MAX: usize = 2_000_000;
/// The most cells of a workbook that is written: no more than are read again.
pub const EXPORT_CELLS_MAX: u64 = SHEET_CELLS_MAX;
/// The most rows of a file of rows that was written here and is read back.
pub const BACK_ROWS_MAX: usize = 200_000;
