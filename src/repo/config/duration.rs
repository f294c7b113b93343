//! Durations as people write them: `30s 5m 2h 1d`.

use std::time::Duration;

use crate::error::{Error, Result};

/// A hundred years: longer waits overflow clocks.
const SECONDS_MAX: u64 = 100 * 366 * 86_400;

/// Reads a duration: a whole number and `s`, `m`, `h` or `d`.
///
/// # Errors
/// Kind usage.
pub fn duration(text: &str) -> Result<Duration> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match text.strip_prefix(number) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some("d") => 86_400,
        _ => return Err(unclear(text)),
    };
    let count = number.parse::<u32>().map_err(|_| unclear(text))?;
    limited(text, u64::from(count) * scale)
}

/// Reads a number of seconds, fractions allowed, or a duration with its unit.
///
/// # Errors
/// Kind usage.
pub fn seconds(text: &str) -> Result<Duration> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |digits: &str| {
        (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    if !are_digits(whole) || !are_digits(part) {
        return duration(text);
    }
    let nanos = format!("{part:0<9}").parse().map_err(|_| unclear(text))?;
    let whole = limited(text, whole.parse().map_err(|_| unclear(text))?)?;
    Ok(whole + Duration::from_nanos(nanos))
}

fn limited(text: &str, seconds: u64) -> Result<Duration> {
    if seconds > SECONDS_MAX {
        return Err(Error::usage(format!("{text:?} is too long a time")));
    }
    Ok(Duration::from_secs(seconds))
}

fn unclear(text: &str) -> Error {
    Error::usage(format!("{text:?} is not a duration"))
        .hint("Write a whole number and its unit: 30s, 5m, 2h, 1d.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        let read = |text| duration(text).unwrap().as_secs();
        assert_eq!(read("30s"), 30);
        assert_eq!(read("5m"), 300);
        assert_eq!(read("2h"), 7200);
        assert_eq!(read("1d"), 86_400);
        for text in ["", "5", "s", "5x", "5 s", "-5s", "1.5h", "5ms", "99999999999s", "4000000000d"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn seconds_need_no_unit() {
        assert_eq!(seconds("10").unwrap(), Duration::from_secs(10));
        assert_eq!(seconds("0.25").unwrap(), Duration::from_millis(250));
        assert_eq!(seconds("2m").unwrap(), Duration::from_mins(2));
        for text in ["", ".", "1.", ".5", "-1", "1e3", "inf", "1,5"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
