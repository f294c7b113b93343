//! Patterns over the bytes of keys: `*` any bytes (also `/`), `?` any one byte, `[..]` one of a set
//! (`[!..]` and `[^..]`: none of it; `a-z` a range; `]` first in it stands for itself), `\` takes
//! the next byte as it is. A pattern matches a whole key.
//!
//! Matching goes back to the last `*` only and does not recurse: at most pattern length times key
//! length steps for any pattern.

use crate::error::{Error, Result};

/// A pattern, checked and ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Any bytes, also none.
    Any,
    /// Any one byte.
    One,
    /// This byte.
    Byte(u8),
    /// A byte of the set.
    Set(Box<Set>),
}

/// One bit a byte.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Set([u64; 4]);

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Kind `usage`: a `[` without its `]`, a range that runs backwards, a `\` at the end.
    pub fn new(pattern: &str) -> Result<Self> {
        let broken = |what: &str| {
            Error::usage(format!("the pattern `{pattern}` has {what}"))
                .hint("Write `\\` before a `*`, `?`, `[` or `\\` that stands for itself.")
        };
        let mut rest = pattern.as_bytes();
        let mut parts = Vec::new();
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            let part = match byte {
                b'*' if parts.last() == Some(&Part::Any) => continue,
                b'*' => Part::Any,
                b'?' => Part::One,
                b'[' => Part::Set(Box::new(take_set(&mut rest).map_err(broken)?)),
                b'\\' => {
                    Part::Byte(take_byte(&mut rest).ok_or_else(|| broken("a `\\` at its end"))?)
                }
                other => Part::Byte(*other),
            };
            parts.push(part);
        }
        Ok(Self { parts })
    }

    /// Whether the whole key fits.
    #[must_use]
    pub fn matches(&self, key: &[u8]) -> bool {
        let (mut part, mut at) = (0, 0);
        // Where to go on if what follows the last `*` does not fit: the part behind it, and the
        // first byte that it has not swallowed yet.
        let mut again: Option<(usize, usize)> = None;
        loop {
            let fits = match (self.parts.get(part), key.get(at)) {
                (None, None) => return true,
                (Some(Part::Any), _) => {
                    part += 1;
                    again = Some((part, at));
                    continue;
                }
                (Some(one), Some(byte)) => one.fits(*byte),
                (None, Some(_)) | (Some(_), None) => false,
            };
            if fits {
                (part, at) = (part + 1, at + 1);
                continue;
            }
            let Some((behind, swallowed)) = again.filter(|(_, swallowed)| *swallowed < key.len())
            else {
                return false;
            };
            again = Some((behind, swallowed + 1));
            (part, at) = (behind, swallowed + 1);
        }
    }
}

impl Part {
    fn fits(&self, byte: u8) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::Byte(own) => *own == byte,
            Self::Set(set) => set.has(byte),
        }
    }
}

impl Set {
    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte >> 6)).is_some_and(|word| word >> (byte & 63) & 1 == 1)
    }

    fn add(&mut self, byte: u8) {
        if let Some(word) = self.0.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
    }
}

/// Takes the next byte.
fn take_byte(rest: &mut &[u8]) -> Option<u8> {
    let (byte, after) = rest.split_first()?;
    *rest = after;
    Some(*byte)
}

/// Takes a set up to its `]`; the `[` was taken.
fn take_set(rest: &mut &[u8]) -> std::result::Result<Set, &'static str> {
    const OPEN: &str = "a `[` without its `]`";
    let mut set = Set([0; 4]);
    let negated = matches!(rest.first(), Some(b'!' | b'^'));
    if negated {
        take_byte(rest);
    }
    let mut is_first = true;
    loop {
        let mut low = take_byte(rest).ok_or(OPEN)?;
        if low == b']' && !is_first {
            break;
        }
        is_first = false;
        if low == b'\\' {
            low = take_byte(rest).ok_or(OPEN)?;
        }
        let mut high = low;
        // A `-` before the closing bracket stands for itself.
        if rest.first() == Some(&b'-') && rest.get(1).is_some_and(|byte| *byte != b']') {
            take_byte(rest);
            high = take_byte(rest).ok_or(OPEN)?;
            if high == b'\\' {
                high = take_byte(rest).ok_or(OPEN)?;
            }
        }
        if low > high {
            return Err("a range that runs backwards");
        }
        (low..=high).for_each(|byte| set.add(byte));
    }
    if negated {
        set.0.iter_mut().for_each(|word| *word = !*word);
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn fits(pattern: &str, key: impl AsRef<[u8]>) -> bool {
        Glob::new(pattern).unwrap().matches(key.as_ref())
    }

    #[test]
    fn the_whole_key_must_fit() {
        for (pattern, yes, no) in [
            ("abc", vec!["abc"], vec!["", "ab", "abcd", "xabc"]),
            ("", vec![""], vec!["a"]),
            ("*", vec!["", "a", "a/b/c"], vec![]),
            ("a*", vec!["a", "a/b"], vec!["", "ba"]),
            ("*.json", vec![".json", "x/y.json"], vec!["json", "x.json2"]),
            ("a*b*c", vec!["abc", "abcbc", "a/b/c"], vec!["ac", "acb", "abcd"]),
            ("**a**", vec!["a", "xax"], vec!["x"]),
            ("?", vec!["a", "/"], vec!["", "ab"]),
            ("a?c*?", vec!["abcd", "abcdef"], vec!["abc"]),
            ("[abc]x", vec!["ax", "cx"], vec!["dx", "x"]),
            ("[a-c0-9]", vec!["b", "5"], vec!["-", "d"]),
            ("[!a-c]", vec!["d", "/"], vec!["a", "", "dd"]),
            ("[^a]", vec!["b", "^"], vec!["a"]),
            ("[]x]", vec!["]", "x"], vec!["a"]),
            ("[!]x]", vec!["a"], vec!["]", "x"]),
            ("[a-]", vec!["a", "-"], vec!["b"]),
            ("[-a]", vec!["a", "-"], vec!["b"]),
            ("[\\]a]", vec!["]", "a"], vec!["\\"]),
            ("[\\!a]", vec!["!", "a"], vec!["b"]),
            ("\\*\\?\\[", vec!["*?["], vec!["abc"]),
            ("\\a", vec!["a"], vec!["\\a"]),
        ] {
            for key in yes {
                assert!(fits(pattern, key), "{pattern} {key}");
            }
            for key in no {
                assert!(!fits(pattern, key), "{pattern} {key}");
            }
        }
    }

    #[test]
    fn keys_are_bytes() {
        assert!(fits("a?b", b"a\xffb"));
        assert!(fits("[!a]", b"\x00"));
        assert!(fits("[!a]", b"\xff"));
        assert!(fits("\u{e9}*", "\u{e9}t\u{e9}"));
        assert!(!fits("?", "\u{e9}"));
    }

    #[test]
    fn broken_patterns_are_refused() {
        for pattern in ["[", "[a", "[]", "[!]", "a[b-", "[z-a]", "x\\", "[\\"] {
            assert_eq!(Glob::new(pattern).unwrap_err().kind(), Kind::Usage, "{pattern}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        // Going back to every `*` would not come to an end here.
        let pattern = format!("{}b", "*a".repeat(200));
        assert!(!fits(&pattern, vec![b'a'; 20_000]));
    }

    #[test]
    fn matching_agrees_with_the_plain_definition() {
        fn plain(pattern: &[u8], key: &[u8]) -> bool {
            match (pattern.split_first(), key.split_first()) {
                (None, None) => true,
                (Some((b'*', rest)), _) => {
                    plain(rest, key) || (!key.is_empty() && plain(pattern, &key[1..]))
                }
                (Some((b'?', rest)), Some((_, key))) => plain(rest, key),
                (Some((own, rest)), Some((byte, key))) => own == byte && plain(rest, key),
                _ => false,
            }
        }
        let words = |letters: &[u8], length: u32| -> Vec<Vec<u8>> {
            let letters = letters.to_vec();
            (0..=length)
                .flat_map(|length| {
                    let letters = letters.clone();
                    (0..letters.len().pow(length)).map(move |mut number| {
                        let digit = |_| {
                            let letter = letters[number % letters.len()];
                            number /= letters.len();
                            letter
                        };
                        (0..length).map(digit).collect()
                    })
                })
                .collect()
        };
        for pattern in words(b"ab*?", 5) {
            let glob = Glob::new(std::str::from_utf8(&pattern).unwrap()).unwrap();
            for key in words(b"ab", 6) {
                assert_eq!(glob.matches(&key), plain(&pattern, &key), "{pattern:?} {key:?}");
            }
        }
    }
}
