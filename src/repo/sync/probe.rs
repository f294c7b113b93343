//! Whether a place keeps the promise that everything rests on: of several creates of one name only
//! the first succeeds.
//!
//! There are services that take the condition and ignore it; on them two pushers would overwrite
//! each other's versions. So before the first version of a database is made, one name is created
//! twice. The object stays, so that a writer needs no right to delete.

use crate::error::{Error, Kind, Result};
use crate::remote::{Created, Remote};
use crate::store::layout::PROBE;

/// What the object holds.
const BYTES: &[u8] = b"kvs: this name was created only if it was absent\n";

/// Makes sure that a second create is refused.
///
/// # Errors
/// Kind `capability` when it is not; those of the remote when it gives no clear answer.
pub(super) fn conditional_create(remote: &dyn Remote) -> Result<()> {
    // A name that is taken answers the question at once.
    for _ in 0..2 {
        match remote.create(PROBE, BYTES) {
            Created::Exists => return Ok(()),
            Created::Done => {}
            Created::Refused(error) | Created::Unknown(error) => return Err(error),
        }
    }
    let message = format!("{} ignores the condition of a create", remote.url());
    Err(Error::new(Kind::Capability, message)
        .hint("Two writers would overwrite each other there: use another service."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fault, Memory};
    use super::*;

    #[test]
    fn a_place_that_keeps_its_promise_is_asked_at_most_twice() {
        let remote = Memory::new();
        conditional_create(&remote).unwrap();
        assert_eq!(remote.meter().read().requests, 2);
        conditional_create(&remote).unwrap();
        assert_eq!(remote.meter().read().requests, 3);
    }

    #[test]
    fn a_place_that_ignores_the_condition_is_refused() {
        let remote = Memory::new();
        // Without what is there, a create succeeds as it does where the condition is ignored.
        remote.on_request(|remote, _, name| {
            remote.unset(name);
            Fault::None
        });
        let error = conditional_create(&remote).unwrap_err();
        assert_eq!(error.kind(), Kind::Capability);
    }
}
