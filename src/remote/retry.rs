//! The one retry loop: how often, and how long to wait in between.
//!
//! What may be tried again is the backend's knowledge; it says so per failure. Waits grow
//! exponentially with full jitter, so that clients which failed together do not come back
//! together. Attempts and the sum of all waits are bounded; progress starts the count anew.

use std::time::Duration;

use crate::env::Env;

/// Attempts without progress.
const ATTEMPTS_MAX: u32 = 5;
/// The longest first wait; doubled with each attempt.
const WAIT_FIRST: Duration = Duration::from_millis(250);
/// The same after an answer that asks for less load.
const WAIT_FIRST_SLOW: Duration = Duration::from_secs(1);
/// Longest single wait, also where the service asks for more.
const WAIT_MAX: Duration = Duration::from_secs(15);
/// Longest sum of waits.
const WAIT_TOTAL_MAX: Duration = Duration::from_secs(30);

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Another attempt would fail the same way.
    Final,
    /// At once: the reason is gone.
    AtOnce,
    /// After a short wait.
    Soon,
    /// After a longer wait, or the one that was asked for.
    Slowly(Option<Duration>),
}

/// The attempts made at one thing.
pub(super) struct Attempts<'a> {
    env: &'a Env,
    made: u32,
    waited: Duration,
}

impl Attempts<'_> {
    /// Says that the last attempt got somewhere, so that a long transfer over a bad line ends.
    pub(super) fn progressed(&mut self) {
        self.made = 0;
        self.waited = Duration::ZERO;
    }

    /// Waits as the verdict says; `false` if there is to be no further attempt.
    fn again(&mut self, verdict: Verdict) -> bool {
        self.made += 1;
        if self.made >= ATTEMPTS_MAX {
            return false;
        }
        let wait = match verdict {
            Verdict::Final => return false,
            Verdict::AtOnce => return true,
            Verdict::Soon => self.jitter(WAIT_FIRST),
            Verdict::Slowly(None) => self.jitter(WAIT_FIRST_SLOW),
            Verdict::Slowly(Some(asked)) => asked.min(WAIT_MAX),
        };
        self.waited += wait;
        if self.waited > WAIT_TOTAL_MAX {
            return false;
        }
        self.env.clock.sleep(wait);
        true
    }

    fn jitter(&self, first: Duration) -> Duration {
        let longest = first.saturating_mul(1 << (self.made - 1).min(16)).min(WAIT_MAX);
        let mut bytes = [0xff; 4];
        // Without random bytes the longest wait is as good as any.
        self.env.random.fill(&mut bytes).ok();
        longest.mul_f64(f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
    }
}

/// Makes attempts until one succeeds or there is no use in another. Gives the last failure.
pub(super) fn run<T, E>(
    env: &Env,
    mut attempt: impl FnMut(&mut Attempts<'_>) -> Result<T, E>,
    judge: impl Fn(&E) -> Verdict,
) -> Result<T, E> {
    let mut attempts = Attempts { env, made: 0, waited: Duration::ZERO };
    loop {
        let failure = match attempt(&mut attempts) {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        if !attempts.again(judge(&failure)) {
            return Err(failure);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Default)]
    struct Sleeper(Mutex<Vec<Duration>>);

    impl crate::env::Clock for Sleeper {
        fn now_ms(&self) -> u64 {
            0
        }

        fn sleep(&self, duration: Duration) {
            self.0.lock().unwrap().push(duration);
        }
    }

    fn waits(verdict: Verdict, progress_until: u32) -> (u32, Vec<Duration>) {
        let clock = Arc::new(Sleeper::default());
        let env = Env { clock: clock.clone(), ..Env::real() };
        let mut made = 0;
        let attempt = |attempts: &mut Attempts<'_>| {
            made += 1;
            if made <= progress_until {
                attempts.progressed();
            }
            Err::<(), ()>(())
        };
        assert!(run(&env, attempt, |()| verdict).is_err());
        let waits = clock.0.lock().unwrap().clone();
        (made, waits)
    }

    #[test]
    fn attempts_and_waits_are_bounded() {
        assert_eq!(waits(Verdict::Final, 0).0, 1);
        let (made, waited) = waits(Verdict::Soon, 0);
        assert_eq!(made, ATTEMPTS_MAX);
        for (at, wait) in waited.iter().enumerate() {
            assert!(*wait <= WAIT_FIRST * (1 << at), "{waited:?}");
        }
        let (made, waited) = waits(Verdict::Slowly(Some(Duration::from_hours(1))), 0);
        assert_eq!((made, waited), (3, vec![WAIT_MAX, WAIT_MAX]));
    }

    #[test]
    fn progress_starts_the_count_anew() {
        assert_eq!(waits(Verdict::Soon, 20).0, 20 + ATTEMPTS_MAX - 1);
        assert_eq!(waits(Verdict::AtOnce, 3).0, 3 + ATTEMPTS_MAX - 1);
    }
}
