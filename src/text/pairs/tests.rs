//! What is written is read back, and what cannot be read is named by its place.

use super::*;
use crate::text::keys::KEY_BYTES_MAX;

const FORMATS: [Format; 4] = [Format::Jsonl, Format::Tsv, Format::Nul, Format::Csv];

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

fn read(format: Format, input: &[u8]) -> Result<Pairs> {
    // A small buffer, so that lines cross its end.
    let input = std::io::BufReader::with_capacity(7, input);
    let mut reader = PairReader::new(format, input, Normalize::None);
    let mut pairs = Vec::new();
    while let Some(pair) = reader.next_pair()? {
        pairs.push((pair.key.to_vec(), pair.value.to_vec()));
    }
    Ok(pairs)
}

fn write(format: Format, pairs: &Pairs) -> Result<Vec<u8>> {
    let mut writer = PairWriter::new(format, Vec::new());
    for (key, value) in pairs {
        writer.write(key, value)?;
    }
    writer.finish()
}

fn refusal(format: Format, input: &[u8]) -> String {
    let error = read(format, input).unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    error.message().to_owned()
}

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn bytes(&mut self, least: u64) -> Vec<u8> {
        let awkward: [&[u8]; 12] = [
            b"\t",
            b"\r",
            b"\n",
            b"\r\n",
            b"\\",
            b"\"",
            b",",
            b"\0",
            b"\xff",
            b"\xef\xbb\xbf",
            b" ",
            b"\xc2\x85",
        ];
        let mut bytes = Vec::new();
        for _ in 0..least + self.below(6) {
            match self.below(3) {
                0 => bytes.push(u8::try_from(self.below(256)).unwrap()),
                1 => bytes.extend_from_slice("gr\u{fc}n \u{1f600}".as_bytes()),
                _ => bytes.extend_from_slice(awkward[usize::try_from(self.below(12)).unwrap()]),
            }
        }
        bytes
    }
}

#[test]
fn what_is_written_is_read_back() {
    let mut numbers = Numbers(0x1234_5678_9abc_def1);
    let mut refused = 0;
    for round in 0..2000 {
        let pairs: Pairs = (0..round % 4).map(|_| (numbers.bytes(1), numbers.bytes(0))).collect();
        for format in FORMATS {
            match write(format, &pairs) {
                Ok(text) => assert_eq!(read(format, &text).unwrap(), pairs, "{format:?} {pairs:?}"),
                Err(error) => {
                    assert!(matches!(format, Format::Nul | Format::Csv), "{error}");
                    let all: Vec<u8> =
                        pairs.iter().flat_map(|(k, v)| [&k[..], v].concat()).collect();
                    let nul = format == Format::Nul && all.contains(&0);
                    assert!(nul || format == Format::Csv, "{error}");
                    refused += 1;
                }
            }
        }
    }
    assert!((100..4000).contains(&refused), "{refused} refused: the bytes do not vary enough");
}

#[test]
fn text_survives_csv() {
    let mut numbers = Numbers(99);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned().into_bytes();
    for _ in 0..2000 {
        let pairs: Pairs =
            (0..3).map(|_| (text(numbers.bytes(1)), text(numbers.bytes(0)))).collect();
        let written = write(Format::Csv, &pairs).unwrap();
        assert_eq!(read(Format::Csv, &written).unwrap(), pairs, "{pairs:?}");
    }
}

#[test]
fn jsonl_takes_what_other_tools_write() {
    let input = b"\xef\xbb\xbf{\"value\":\"1\",\"key\":\"a\",\"more\":{\"key\":[1]}}\r\n\n  \r\n\
        {\"key_b64\":\"/w\",\"value\":\"\\u00fc\\n\"}\n{\"key\":\"b\",\"value_b64\":\"AA==\"}";
    let pairs = read(Format::Jsonl, input).unwrap();
    let expected: [(&[u8], &[u8]); 3] = [(b"a", b"1"), (b"\xff", b"\xc3\xbc\n"), (b"b", b"\0")];
    assert_eq!(pairs, expected.map(|(key, value)| (key.to_vec(), value.to_vec())));
}

#[test]
fn jsonl_names_the_bad_line() {
    let good = "{\"key\":\"a\",\"value\":\"1\"}\n\n";
    for (line, message) in [
        ("{\"key\":\"a\"}", r#"line 3: neither "value" nor "value_b64" is there"#),
        ("{\"value\":\"a\"}", r#"line 3: neither "key" nor "key_b64" is there"#),
        (
            r#"{"key":"a","key_b64":"YQ==","value":""}"#,
            r#"line 3: both "key" and "key_b64" are there"#,
        ),
        (
            r#"{"key":"a","value":5}"#,
            "line 3: invalid type: integer `5`, expected a string at column 20",
        ),
        (r#"{"key":"","value":""}"#, "line 3: the key is empty"),
        (r#"{"key":"a","key":"b","value":""}"#, "line 3: duplicate field `key` at column 16"),
        ("{\"key\":\"a\"", "line 3: EOF while parsing an object at column 10"),
    ] {
        assert_eq!(refusal(Format::Jsonl, format!("{good}{line}\n").as_bytes()), message);
    }
    assert!(refusal(Format::Jsonl, b"{\"key\":\"\xff\",\"value\":\"\"}").starts_with("line 1: "));
    let base64 = refusal(Format::Jsonl, br#"{"key_b64":"%","value":""}"#);
    assert!(base64.starts_with(r#"line 1: "key_b64" is not base64"#), "{base64}");
}

#[test]
fn other_formats_name_the_bad_record() {
    assert_eq!(refusal(Format::Tsv, b"a\tb\nab\n"), "line 2: no TAB");
    assert_eq!(refusal(Format::Tsv, b"a\tb\tc\n"), "line 1: more than one TAB");
    assert_eq!(refusal(Format::Tsv, b"a\t\\z\n"), "line 1: unknown escape \\z at byte 0");
    assert_eq!(refusal(Format::Tsv, b"\tb\n"), "line 1: the key is empty");
    assert_eq!(refusal(Format::Nul, b"a\0b\0c\0"), "record 2: the input ends inside of it");
    assert_eq!(refusal(Format::Nul, b"a\0b\0c\0d"), "record 2: the input ends inside of it");
    assert_eq!(refusal(Format::Nul, b"a\0b\0\0d\0"), "record 2: the key is empty");
    assert_eq!(refusal(Format::Csv, b"key,value\na,b\nc\n"), r#"line 3: no column "value""#);
    assert_eq!(refusal(Format::Csv, b"key,value\na,\xff\n"), "line 2: the value is not UTF-8");
    let header = refusal(Format::Csv, b"name,value\na,b\n");
    assert_eq!(header, r#"line 1: no header with one column "key" and one "value""#);
    let long = vec![b'k'; KEY_BYTES_MAX + 1];
    for format in FORMATS {
        let text = write(format, &vec![(long.clone(), Vec::new())]).unwrap();
        assert!(refusal(format, &text).ends_with("has 65536 bytes"));
    }
}

#[test]
fn csv_columns_stand_in_any_order() {
    let input = b"\xef\xbb\xbfid,value,key\r\n1,\"x\"\"\r\ny\",a\r\n2,,b\r\n";
    let pairs = read(Format::Csv, input).unwrap();
    assert_eq!(pairs, [(b"a".to_vec(), b"x\"\r\ny".to_vec()), (b"b".to_vec(), Vec::new())]);
}

#[test]
fn pairs_that_do_not_fit_are_named() {
    let mut writer = PairWriter::new(Format::Nul, Vec::new());
    let error = writer.write(b"a\n", b"\0").unwrap_err();
    assert_eq!(error.message(), "nul cannot hold the pair of a\\n: it holds a NUL");
    assert!(writer.finish().unwrap().is_empty());
    let mut writer = PairWriter::new(Format::Csv, Vec::new());
    let error = writer.write(b"\xff", b"").unwrap_err();
    assert_eq!(error.message(), "csv cannot hold the pair of \\xff: it is not UTF-8");
}

#[test]
fn lines_are_bounded() {
    let input = std::io::BufReader::new(std::io::repeat(b'x'));
    let mut lines = lines::Lines::new(input, b'\n', 1000);
    let error = lines.advance().unwrap_err();
    assert_eq!(error.message(), "line 1: longer than 1000 bytes");
    let mut lines = lines::Lines::new(&b"1234\n12345\n123456\n"[..], b'\n', 5);
    assert!(lines.advance().unwrap() && lines.advance().unwrap());
    assert!(lines.advance().is_err());
}

#[test]
fn steps_of_a_transaction() {
    let step = |line: &str| OpReader::new(line.as_bytes(), Normalize::None).next_op();
    let (key, value) = (b"a".to_vec(), b"1".to_vec());
    let put = Op::Put { key: key.clone(), value: value.clone() };
    assert_eq!(step(r#"{"op":"put","key":"a","value":"1"}"#).unwrap(), Some(put));
    let delete = Op::Delete { key: key.clone() };
    assert_eq!(step("\n{\"key\":\"a\",\"op\":\"delete\"}").unwrap(), Some(delete));
    let verify = Op::Verify { key: key.clone(), expected: Some(value) };
    assert_eq!(step(r#"{"op":"verify","key_b64":"YQ","value":"1"}"#).unwrap(), Some(verify));
    let missing = Op::Verify { key, expected: None };
    assert_eq!(step(r#"{"op":"verify","key":"a","missing":true}"#).unwrap(), Some(missing));
    for (line, message) in [
        (r#"{"key":"a","value":"1"}"#, "line 1: no \"op\""),
        (r#"{"op":"put","key":"a"}"#, "line 1: a put without a value"),
        (r#"{"op":"delete","key":"a","value":""}"#, "line 1: a delete with a value"),
        (r#"{"op":"verify","key":"a"}"#, "line 1: neither a value nor \"missing\":true"),
        (
            r#"{"op":"verify","key":"a","value":"","missing":true}"#,
            "line 1: both a value and \"missing\"",
        ),
        (r#"{"op":"move","key":"a"}"#, "line 1: unknown op \"move\""),
    ] {
        assert_eq!(step(line).unwrap_err().message(), message);
    }
}

#[test]
fn text_keys_are_normalized_on_the_way_in() {
    let input = b"{\"key\":\"\xc3\xa9\",\"value\":\"\"}\n{\"key_b64\":\"w6k=\",\"value\":\"\"}\n";
    let mut reader = PairReader::new(Format::Jsonl, &input[..], Normalize::Nfd);
    assert_eq!(reader.next_pair().unwrap().unwrap().key, "e\u{301}".as_bytes());
    assert_eq!(reader.next_pair().unwrap().unwrap().key, "\u{e9}".as_bytes());
}
