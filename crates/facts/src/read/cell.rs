//! Values of typed columns written as the cells of a text file would hold them: ISO dates, plain decimals, compact JSON for
//! what is nested. It must not know where they come from.

use std::fmt::Write as _;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::limits::CELL_BYTES_MAX;

/// A cell that is longer than any cell may be.
#[derive(Debug)]
pub(crate) struct Overflow;

/// One column whose values can be written.
pub(crate) struct Cells<'a> {
    array: &'a dyn Array,
    kind: Kind<'a>,
}

/// Writes the value of a row.
type Write<'a> = dyn Fn(usize, &mut String) + 'a;

enum Kind<'a> {
    Bool,
    /// Written by this; and whether JSON takes it without quotes.
    Plain(Box<Write<'a>>, bool),
    Text(Box<dyn Fn(usize) -> &'a str + 'a>),
    Bytes(Box<dyn Fn(usize) -> &'a [u8] + 'a>),
    /// The elements of a row, by their range.
    List(Box<Cells<'a>>, Box<dyn Fn(usize) -> std::ops::Range<usize> + 'a>),
    Struct(Vec<(&'a str, Cells<'a>)>),
    Map(Box<Cells<'a>>, Box<Cells<'a>>, &'a [i32]),
    /// A type that no Parquet file gives.
    Unknown,
}

impl<'a> Cells<'a> {
    pub(crate) fn of(array: &'a dyn Array) -> Self {
        let kind = match array.data_type() {
            DataType::Boolean => Kind::Bool,
            DataType::Utf8View => {
                let texts = array.as_string_view();
                Kind::Text(Box::new(|at| texts.value(at)))
            }
            DataType::BinaryView => {
                let bytes = array.as_binary_view();
                Kind::Bytes(Box::new(|at| bytes.value(at)))
            }
            DataType::FixedSizeBinary(_) => {
                let bytes = array.as_fixed_size_binary();
                Kind::Bytes(Box::new(|at| bytes.value(at)))
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                let offsets = list.value_offsets();
                let range = |at: usize| index(offsets[at])..index(offsets[at + 1]);
                Kind::List(Box::new(Self::of(list.values().as_ref())), Box::new(range))
            }
            DataType::Struct(fields) => {
                let columns = array.as_struct().columns().iter();
                let named = fields.iter().zip(columns);
                Kind::Struct(
                    named
                        .map(|(field, column)| (field.name().as_str(), Self::of(column.as_ref())))
                        .collect(),
                )
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let (keys, values) = (Self::of(map.keys().as_ref()), Self::of(map.values().as_ref()));
                Kind::Map(Box::new(keys), Box::new(values), map.value_offsets())
            }
            other => numbers(array, other)
                .or_else(|| moments(array, other))
                .unwrap_or(Kind::Unknown),
        };
        Self { array, kind }
    }

    /// The same of a column whose bytes are UUIDs.
    pub(crate) fn of_uuids(array: &'a dyn Array) -> Self {
        let Some(ids) = array.as_fixed_size_binary_opt() else {
            return Self::of(array);
        };
        let write = |at: usize, out: &mut String| {
            let digits = crate::snapshot::hex(ids.value(at));
            for (place, digit) in digits.char_indices() {
                if matches!(place, 8 | 12 | 16 | 20) {
                    out.push('-');
                }
                out.push(digit);
            }
        };
        let kind = Kind::Plain(Box::new(write), false);
        Self { array, kind }
    }

    /// Writes the value of a row; nothing for a missing one.
    ///
    /// # Errors
    /// [`Overflow`] where the cell is longer than [`CELL_BYTES_MAX`].
    pub(crate) fn write(&self, at: usize, out: &mut String) -> Result<(), Overflow> {
        if self.array.is_null(at) {
            return Ok(());
        }
        match &self.kind {
            Kind::Text(text) => push(out, text(at))?,
            Kind::Bytes(bytes) => push_bytes(out, bytes(at))?,
            Kind::Plain(write, _) => write(at, out),
            Kind::Bool | Kind::List(..) | Kind::Struct(_) | Kind::Map(..) => self.json(at, out)?,
            Kind::Unknown => {}
        }
        Ok(())
    }

    fn json(&self, at: usize, out: &mut String) -> Result<(), Overflow> {
        if self.array.is_null(at) {
            return push(out, "null");
        }
        match &self.kind {
            Kind::Bool => push(
                out,
                if self.array.as_boolean().value(at) {
                    "true"
                } else {
                    "false"
                },
            ),
            Kind::Plain(write, bare) => {
                let start = out.len();
                write(at, out);
                if out.len() == start {
                    return push(out, "null");
                }
                // What JSON has no number for, as infinity, and every moment, is a text.
                if !bare || !out[start..].ends_with(|c: char| c.is_ascii_digit()) {
                    out.insert(start, '"');
                    out.push('"');
                }
                push(out, "")
            }
            Kind::Text(text) => push_quoted(out, text(at)),
            Kind::Bytes(bytes) => {
                let mut text = String::new();
                push_bytes(&mut text, bytes(at))?;
                push_quoted(out, &text)
            }
            Kind::List(items, range) => {
                push(out, "[")?;
                for (place, item) in range(at).enumerate() {
                    push(out, if place > 0 { "," } else { "" })?;
                    items.json(item, out)?;
                }
                push(out, "]")
            }
            Kind::Struct(columns) => {
                push(out, "{")?;
                for (place, (name, column)) in columns.iter().enumerate() {
                    push(out, if place > 0 { "," } else { "" })?;
                    push_quoted(out, name)?;
                    push(out, ":")?;
                    column.json(at, out)?;
                }
                push(out, "}")
            }
            Kind::Map(keys, values, offsets) => {
                push(out, "{")?;
                for (place, entry) in (index(offsets[at])..index(offsets[at + 1])).enumerate() {
                    push(out, if place > 0 { "," } else { "" })?;
                    let mut key = String::new();
                    keys.write(entry, &mut key)?;
                    push_quoted(out, &key)?;
                    push(out, ":")?;
                    values.json(entry, out)?;
                }
                push(out, "}")
            }
            Kind::Unknown => push(out, "null"),
        }
    }
}

fn index(offset: i32) -> usize {
    usize::try_from(offset).unwrap_or(0)
}

fn push(out: &mut String, text: &str) -> Result<(), Overflow> {
    if out.len() + text.len() > CELL_BYTES_MAX {
        return Err(Overflow);
    }
    out.push_str(text);
    Ok(())
}

fn push_quoted(out: &mut String, text: &str) -> Result<(), Overflow> {
    if text.len() > CELL_BYTES_MAX {
        return Err(Overflow);
    }
    push(out, &serde_json::Value::from(text).to_string())
}

// Bytes that are text are written as such, others as hexadecimal digits.
fn push_bytes(out: &mut String, bytes: &[u8]) -> Result<(), Overflow> {
    if bytes.len() > CELL_BYTES_MAX {
        return Err(Overflow);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => push(out, text),
        _ => push(out, &crate::snapshot::hex(bytes)),
    }
}

fn plain<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    bare: bool,
    write: impl Fn(&PrimitiveArray<T>, usize, &mut String) + 'a,
) -> Kind<'a> {
    let array = array.as_primitive::<T>();
    Kind::Plain(Box::new(move |at, out| write(array, at, out)), bare)
}

fn number<'a, T: ArrowPrimitiveType<Native: std::fmt::Display>>(array: &'a dyn Array) -> Kind<'a> {
    plain::<T>(array, true, |array, at, out| {
        let _ = write!(out, "{}", array.value(at));
    })
}

// Not a number is a missing one, as the libraries that write it mean it.
fn float<'a, T: ArrowPrimitiveType<Native: Into<f64> + std::fmt::Display>>(array: &'a dyn Array) -> Kind<'a> {
    plain::<T>(array, true, |array, at, out| {
        let value = array.value(at);
        if !value.into().is_nan() {
            let _ = write!(out, "{value}");
        }
    })
}

fn decimal<'a, T: arrow_array::types::DecimalType>(array: &'a dyn Array) -> Kind<'a> {
    plain::<T>(array, true, |array, at, out| out.push_str(&array.value_as_string(at)))
}

fn numbers<'a>(array: &'a dyn Array, of: &DataType) -> Option<Kind<'a>> {
    Some(match of {
        DataType::Int8 => number::<Int8Type>(array),
        DataType::Int16 => number::<Int16Type>(array),
        DataType::Int32 => number::<Int32Type>(array),
        DataType::Int64 => number::<Int64Type>(array),
        DataType::UInt8 => number::<UInt8Type>(array),
        DataType::UInt16 => number::<UInt16Type>(array),
        DataType::UInt32 => number::<UInt32Type>(array),
        DataType::UInt64 => number::<UInt64Type>(array),
        DataType::Float16 => float::<Float16Type>(array),
        DataType::Float32 => float::<Float32Type>(array),
        DataType::Float64 => float::<Float64Type>(array),
        DataType::Decimal32(..) => decimal::<Decimal32Type>(array),
        DataType::Decimal64(..) => decimal::<Decimal64Type>(array),
        DataType::Decimal128(..) => decimal::<Decimal128Type>(array),
        DataType::Decimal256(..) => decimal::<Decimal256Type>(array),
        DataType::Duration(TimeUnit::Second) => number::<DurationSecondType>(array),
        DataType::Duration(TimeUnit::Millisecond) => number::<DurationMillisecondType>(array),
        DataType::Duration(TimeUnit::Microsecond) => number::<DurationMicrosecondType>(array),
        DataType::Duration(TimeUnit::Nanosecond) => number::<DurationNanosecondType>(array),
        _ => return None,
    })
}

/// Since when a number counts, and in which unit.
#[derive(Clone, Copy)]
enum Moment {
    /// Days or fractions of them since 1970-01-01.
    Day,
    /// Since midnight.
    Time,
    /// Since 1970-01-01T00:00, of a place that is not named.
    Local,
    /// The same, in UTC.
    Instant,
}

fn moment<'a, T: ArrowPrimitiveType<Native: Into<i64>>>(array: &'a dyn Array, kind: Moment, unit_ns: i128) -> Kind<'a> {
    plain::<T>(array, false, move |array, at, out| {
        let number: i64 = array.value(at).into();
        // What lies outside of the years that can be written stays the number it is.
        if write_moment(i128::from(number) * unit_ns, kind, out).is_none() {
            let _ = write!(out, "{number}");
        }
    })
}

fn write_moment(nanoseconds: i128, kind: Moment, out: &mut String) -> Option<()> {
    if let Moment::Time = kind {
        let midnight = jiff::civil::Time::midnight();
        let within = SignedDuration::from_nanos(i64::try_from(nanoseconds).ok()?);
        let time = midnight.checked_add(within).ok()?;
        return write!(out, "{time}").ok();
    }
    let instant = Timestamp::from_nanosecond(nanoseconds).ok()?;
    match kind {
        Moment::Instant => write!(out, "{instant}").ok(),
        Moment::Local => write!(out, "{}", instant.to_zoned(TimeZone::UTC).datetime()).ok(),
        Moment::Day | Moment::Time => write!(out, "{}", instant.to_zoned(TimeZone::UTC).date()).ok(),
    }
}

fn moments<'a>(array: &'a dyn Array, of: &DataType) -> Option<Kind<'a>> {
    const SECOND: i128 = 1_000_000_000;
    const MILLI: i128 = 1_000_000;
    const MICRO: i128 = 1_000;
    let since = |zone: &Option<_>| if zone.is_some() { Moment::Instant } else { Moment::Local };
    Some(match of {
        DataType::Date32 => moment::<Date32Type>(array, Moment::Day, 86_400 * SECOND),
        DataType::Date64 => moment::<Date64Type>(array, Moment::Day, MILLI),
        DataType::Time32(TimeUnit::Second) => moment::<Time32SecondType>(array, Moment::Time, SECOND),
        DataType::Time32(_) => moment::<Time32MillisecondType>(array, Moment::Time, MILLI),
        DataType::Time64(TimeUnit::Microsecond) => moment::<Time64MicrosecondType>(array, Moment::Time, MICRO),
        DataType::Time64(_) => moment::<Time64NanosecondType>(array, Moment::Time, 1),
        DataType::Timestamp(TimeUnit::Second, zone) => moment::<TimestampSecondType>(array, since(zone), SECOND),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => {
            moment::<TimestampMillisecondType>(array, since(zone), MILLI)
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            moment::<TimestampMicrosecondType>(array, since(zone), MICRO)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => moment::<TimestampNanosecondType>(array, since(zone), 1),
        _ => return None,
    })
}
