//! How things look: colours, sizes, times, and text that cannot harm a terminal.
//!
//! Text that came from outside (keys, authors, messages, values, server answers) may hold control
//! characters that move the cursor or change the title; [`printable`] shows them instead.

use std::fmt::Write;

/// Puts colour around text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    colors: bool,
}

impl Paint {
    pub(super) fn new(colors: bool) -> Self {
        Self { colors }
    }

    /// For what failed or goes away.
    #[must_use]
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// For what is new.
    #[must_use]
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// For what changed.
    #[must_use]
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// For what helps.
    #[must_use]
    pub fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colors { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Text with its control characters made visible; line ends and tabs included.
#[must_use]
pub fn printable(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\t' => shown.push_str("\\t"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            // Control characters end at U+009F, so their bytes are told apart by two digits.
            c if c.is_control() => {
                let _ = write!(shown, "\\x{:02x}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// A number of bytes for people: `999 B`, `1.2 kB`, `35 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let bytes = u128::from(bytes);
    let mut unit = 1_000;
    let mut name = "kB";
    for next in UNITS.iter().skip(1) {
        // What would be shown as 1000 of a unit is 1.0 of the next.
        if bytes * 2 < unit * 1999 {
            break;
        }
        unit *= 1000;
        name = next;
    }
    let tenths = (bytes * 20 + unit) / (unit * 2);
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", (bytes * 2 + unit) / (unit * 2))
    }
}

/// A time in RFC 3339, UTC, to the second; from milliseconds since 1970.
#[must_use]
pub fn time(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
    let time = time::OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|time| time.format(&time::format_description::well_known::Rfc3339).ok());
    time.unwrap_or_else(|| format!("@{seconds}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(printable("plain text"), "plain text");
        assert_eq!(printable("a\x1b[31mb\u{9b}\n"), "a\\x1b[31mb\\x9b\\n");
    }

    #[test]
    fn sizes_have_two_or_three_digits() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1200), "1.2 kB");
        assert_eq!(size(9_990), "10 kB");
        assert_eq!(size(123_456), "123 kB");
        assert_eq!(size(999_999), "1.0 MB");
        assert_eq!(size(1_500_000), "1.5 MB");
        assert_eq!(size(999_499), "999 kB");
        assert_eq!(size(u64::MAX), "18 EB");
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
        assert_eq!(time(1_700_000_000_999), "2023-11-14T22:13:20Z");
        assert!(time(u64::MAX).starts_with('@'));
    }
}
