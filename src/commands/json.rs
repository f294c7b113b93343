//! JSON reports: objects written field by field, in the order in which they were added.

use crate::error::Conflict;
use crate::text::json::{key_element, write_field};

/// An object under construction. Field names must need no escapes.
#[derive(Debug)]
pub struct Object(Vec<u8>);

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

impl Object {
    /// An object without fields.
    #[must_use]
    pub fn new() -> Self {
        Self(b"{".to_vec())
    }

    fn comma(&mut self) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
    }

    /// Adds JSON as it is.
    #[must_use]
    pub fn raw(mut self, name: &str, json: &str) -> Self {
        self.comma();
        self.0.extend_from_slice(format!("\"{name}\":{json}").as_bytes());
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, name: &str, number: u64) -> Self {
        self.raw(name, &number.to_string())
    }

    /// Adds `true` or `false`.
    #[must_use]
    pub fn flag(self, name: &str, flag: bool) -> Self {
        self.raw(name, if flag { "true" } else { "false" })
    }

    /// Adds text.
    #[must_use]
    pub fn text(self, name: &str, text: &str) -> Self {
        self.bytes(name, text.as_bytes())
    }

    /// Adds text, or `null`.
    #[must_use]
    pub fn text_or_null(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self.raw(name, "null"),
        }
    }

    /// Adds bytes, as `name` where they are UTF-8 and as `name_b64` where they are not.
    #[must_use]
    pub fn bytes(mut self, name: &str, bytes: &[u8]) -> Self {
        self.comma();
        // Writing to memory cannot fail.
        drop(write_field(&mut self.0, name, bytes));
        self
    }

    /// Adds a list of keys.
    #[must_use]
    pub fn keys<K: AsRef<[u8]>>(self, name: &str, keys: impl IntoIterator<Item = K>) -> Self {
        let keys: Vec<String> =
            keys.into_iter().map(|key| key_element(key.as_ref()).to_string()).collect();
        self.raw(name, &format!("[{}]", keys.join(",")))
    }

    /// Adds a list of keys in conflict.
    #[must_use]
    pub fn conflicts(self, conflicts: &[Conflict]) -> Self {
        let one = |conflict: &Conflict| {
            let object = Self::new().bytes("key", &conflict.key);
            object.text("ours", conflict.ours).text("theirs", conflict.theirs).finish()
        };
        let all: Vec<String> = conflicts.iter().map(one).collect();
        self.raw("conflicts", &format!("[{}]", all.join(",")))
    }

    /// The object as text.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.0.push(b'}');
        // Only text goes in, so this never replaces anything.
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order() {
        let object = Object::new().text("b", "x\"y").number("a", 1).flag("c", true);
        let object = object.bytes("key", b"\xff").keys("k", [&b"z"[..], b"\xff"]);
        assert_eq!(
            object.text_or_null("n", None).finish(),
            r#"{"b":"x\"y","a":1,"c":true,"key_b64":"/w==","k":["z",{"key_b64":"/w=="}],"n":null}"#
        );
        assert_eq!(Object::new().finish(), "{}");
    }
}
