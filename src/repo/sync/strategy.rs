//! What becomes of a key that is unpushed here when the remote's version is taken: the three-way
//! comparison, and the strategy for what it leaves open. Pure: values are compared and programs run
//! by the caller's closures, and only where the answer depends on it.
//!
//! A conflict is decided by the patterns of `--ours` and `--theirs` first, then by the first rule
//! whose pattern matches, then by the strategy.

use super::command::Answer;
use super::glob::Glob;
use crate::error::Result;
use crate::repo::{PullOptions, Strategy};

/// A key's newest record on one side, without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// A put; otherwise a tombstone.
    pub is_put: bool,
    /// Hybrid logical time.
    pub time: u64,
    /// The remote version that brought it; 0 for ours.
    pub version: u64,
}

/// What is known of one unpushed key when a pull meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// The number of the base version; 0 before the first sync.
    pub base: u64,
    /// Whether the base has the key, where that is known without asking the remote.
    pub in_base: Option<bool>,
    /// The unpushed record.
    pub ours: Record,
    /// The newest record at the remote; `None` if no segment there has one.
    pub theirs: Option<Record>,
}

/// The outcome of the three-way comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The remote has not changed the key since the base: ours stays, unpushed.
    Unchanged,
    /// Both sides have the same: the key is no longer ours.
    Agreed,
    /// Both changed it, each differently.
    Conflict,
}

impl Versioned {
    /// Compares. `same` tells whether ours and theirs, both puts, have the same value; it is asked
    /// only where that matters.
    ///
    /// A key without any record at the remote is absent there. Tombstones go from a remote only
    /// when they are older than every version that is kept, so for a base that is kept that means
    /// unchanged; a put in an older base that has no record now was deleted since.
    ///
    /// # Errors
    /// Those of `same`.
    pub fn standing(&self, same: &mut dyn FnMut() -> Result<bool>) -> Result<Standing> {
        let theirs_is_put = self.theirs.is_some_and(|theirs| theirs.is_put);
        if !self.ours.is_put && !theirs_is_put {
            return Ok(Standing::Agreed);
        }
        let is_changed = match self.theirs {
            Some(theirs) => theirs.version > self.base,
            None => self.in_base == Some(true),
        };
        if !is_changed {
            return Ok(Standing::Unchanged);
        }
        if self.ours.is_put && theirs_is_put && same()? {
            return Ok(Standing::Agreed);
        }
        Ok(Standing::Conflict)
    }

    /// Whether ours is newer, by the time of the records. Equal times go to theirs. A tombstone
    /// that is gone from the remote is older than anything here.
    #[must_use]
    pub fn is_ours_newer(&self) -> bool {
        self.theirs.is_none_or(|theirs| self.ours.time > theirs.time)
    }
}

/// What is to be done with a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Ours stays, unpushed, on top of theirs.
    Ours,
    /// Theirs is taken; the key is no longer ours.
    Theirs,
    /// This value is put on top of theirs, unpushed.
    Value(Vec<u8>),
    /// The key is deleted on top of theirs, unpushed.
    Delete,
    /// Nothing decides.
    Conflict,
}

/// How conflicts are decided: the options of a pull, checked.
#[derive(Clone, Debug)]
pub struct Rules {
    ours: Vec<Glob>,
    theirs: Vec<Glob>,
    by_glob: Vec<(Glob, Strategy)>,
    strategy: Strategy,
}

impl Rules {
    /// Reads the options of a pull.
    ///
    /// # Errors
    /// Kind `usage` when a pattern is none.
    pub fn new(options: &PullOptions) -> Result<Self> {
        let globs = |patterns: &[String]| -> Result<Vec<Glob>> {
            patterns.iter().map(|text| Glob::new(text)).collect()
        };
        let rules = options.rules.iter();
        let rules = rules.map(|(text, strategy)| Ok((Glob::new(text)?, strategy.clone())));
        Ok(Self {
            ours: globs(&options.ours)?,
            theirs: globs(&options.theirs)?,
            by_glob: rules.collect::<Result<_>>()?,
            strategy: options.strategy.clone(),
        })
    }

    /// Decides a conflict. A key that patterns of both sides name stays ours: that loses nothing
    /// that is not at the remote. `run` asks the program of `cmd:PROGRAM`.
    ///
    /// # Errors
    /// Those of `run`.
    pub fn decide(
        &self,
        key: &[u8],
        sides: &Versioned,
        run: &mut dyn FnMut(&str) -> Result<Answer>,
    ) -> Result<Decision> {
        let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(key));
        if any(&self.ours) {
            return Ok(Decision::Ours);
        }
        if any(&self.theirs) {
            return Ok(Decision::Theirs);
        }
        let rule = self.by_glob.iter().find(|(glob, _)| glob.matches(key));
        Ok(match rule.map_or(&self.strategy, |(_, strategy)| strategy) {
            Strategy::Fail => Decision::Conflict,
            Strategy::Ours => Decision::Ours,
            Strategy::Newest if sides.is_ours_newer() => Decision::Ours,
            Strategy::Newest | Strategy::Theirs => Decision::Theirs,
            Strategy::Command(program) => match run(program)? {
                Answer::Value(value) => Decision::Value(value),
                Answer::Delete => Decision::Delete,
                Answer::Stays => Decision::Conflict,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Kind};

    fn put(time: u64, version: u64) -> Record {
        Record { is_put: true, time, version }
    }

    fn gone(time: u64, version: u64) -> Record {
        Record { is_put: false, time, version }
    }

    fn sides(ours: Record, theirs: Option<Record>) -> Versioned {
        Versioned { base: 5, in_base: None, ours, theirs }
    }

    /// The standing if values are, and are not, the same; one answer if they are not asked for.
    fn standing(sides: Versioned) -> Vec<Standing> {
        let mut is_asked = false;
        let mut all = Vec::new();
        for same in [false, true] {
            let answer = sides.standing(&mut || {
                is_asked = true;
                Ok(same)
            });
            all.push(answer.unwrap());
        }
        if !is_asked {
            all.pop();
        }
        all
    }

    #[test]
    fn three_ways() {
        use Standing::{Agreed, Conflict, Unchanged};
        for (ours, theirs, expected) in [
            // At or below the base: not changed there, and the values are not looked at.
            (put(9, 0), Some(put(1, 5)), vec![Unchanged]),
            (put(9, 0), Some(gone(1, 4)), vec![Unchanged]),
            (gone(9, 0), Some(put(1, 5)), vec![Unchanged]),
            (put(9, 0), None, vec![Unchanged]),
            // Above it.
            (put(9, 0), Some(put(1, 6)), vec![Conflict, Agreed]),
            (put(9, 0), Some(gone(1, 6)), vec![Conflict]),
            (gone(9, 0), Some(put(1, 6)), vec![Conflict]),
            // Absent on both sides.
            (gone(9, 0), Some(gone(1, 6)), vec![Agreed]),
            (gone(9, 0), Some(gone(1, 5)), vec![Agreed]),
            (gone(9, 0), None, vec![Agreed]),
        ] {
            assert_eq!(standing(sides(ours, theirs)), expected, "{ours:?} {theirs:?}");
        }
    }

    #[test]
    fn a_key_of_an_old_base_without_a_record_was_deleted() {
        let of = |in_base, ours| Versioned { in_base, ..sides(ours, None) };
        assert_eq!(standing(of(Some(true), put(9, 0))), [Standing::Conflict]);
        assert_eq!(standing(of(Some(true), gone(9, 0))), [Standing::Agreed]);
        assert_eq!(standing(of(Some(false), put(9, 0))), [Standing::Unchanged]);
    }

    #[test]
    fn an_error_of_the_comparison_is_told() {
        let sides = sides(put(9, 0), Some(put(1, 6)));
        let error = sides.standing(&mut || Err(Error::new(Kind::Damaged, "x"))).unwrap_err();
        assert_eq!(error.kind(), Kind::Damaged);
    }

    fn decide(options: &PullOptions, ours: u64, theirs: u64) -> Decision {
        let sides = sides(put(ours, 0), Some(gone(theirs, 6)));
        let never = &mut |_: &str| panic!("no program is asked");
        Rules::new(options).unwrap().decide(b"a/b", &sides, never).unwrap()
    }

    #[test]
    fn strategies() {
        let of = |strategy| PullOptions { strategy, ..PullOptions::default() };
        assert_eq!(decide(&of(Strategy::Fail), 2, 1), Decision::Conflict);
        assert_eq!(decide(&of(Strategy::Ours), 1, 2), Decision::Ours);
        assert_eq!(decide(&of(Strategy::Theirs), 2, 1), Decision::Theirs);
        assert_eq!(decide(&of(Strategy::Newest), 2, 1), Decision::Ours);
        assert_eq!(decide(&of(Strategy::Newest), 1, 2), Decision::Theirs);
        assert_eq!(decide(&of(Strategy::Newest), 2, 2), Decision::Theirs);
        let vanished = sides(put(0, 0), None);
        assert!(vanished.is_ours_newer());
    }

    #[test]
    fn patterns_come_first() {
        let of = |ours: &[&str], theirs: &[&str], strategy| PullOptions {
            strategy,
            ours: ours.iter().map(|text| (*text).to_owned()).collect(),
            theirs: theirs.iter().map(|text| (*text).to_owned()).collect(),
            ..PullOptions::default()
        };
        assert_eq!(decide(&of(&["x", "a*"], &[], Strategy::Theirs), 1, 2), Decision::Ours);
        assert_eq!(decide(&of(&[], &["*/b"], Strategy::Ours), 2, 1), Decision::Theirs);
        assert_eq!(decide(&of(&["a*"], &["a*"], Strategy::Fail), 1, 2), Decision::Ours);
        assert_eq!(decide(&of(&["b*"], &["c"], Strategy::Fail), 1, 2), Decision::Conflict);
        let program = Strategy::Command("never".to_owned());
        assert_eq!(decide(&of(&["a*"], &[], program), 1, 2), Decision::Ours);
        let broken = of(&["["], &[], Strategy::Fail);
        assert_eq!(Rules::new(&broken).unwrap_err().kind(), Kind::Usage);
    }

    #[test]
    fn rules_come_between_patterns_and_the_strategy() {
        let rule = |glob: &str, strategy| (glob.to_owned(), strategy);
        let of = |rules: &[(String, Strategy)], ours: &[&str]| PullOptions {
            strategy: Strategy::Theirs,
            ours: ours.iter().map(|text| (*text).to_owned()).collect(),
            rules: rules.to_vec(),
            ..PullOptions::default()
        };
        let rules = [rule("x*", Strategy::Ours), rule("a*", Strategy::Fail)];
        assert_eq!(decide(&of(&rules, &[]), 1, 2), Decision::Conflict);
        assert_eq!(decide(&of(&rules, &["a/b"]), 1, 2), Decision::Ours);
        let both = [rule("*b", Strategy::Newest), rule("a*", Strategy::Fail)];
        assert_eq!(decide(&of(&both, &[]), 2, 1), Decision::Ours);
        assert_eq!(decide(&of(&both, &[]), 1, 2), Decision::Theirs);
        let broken = [rule("[", Strategy::Ours)];
        assert_eq!(Rules::new(&of(&broken, &[])).unwrap_err().kind(), Kind::Usage);
    }

    #[test]
    fn a_program_is_asked_once_and_believed() {
        let strategy = Strategy::Command("merge it".to_owned());
        let rules = Rules::new(&PullOptions { strategy, ..PullOptions::default() }).unwrap();
        let sides = sides(put(2, 0), Some(put(1, 6)));
        for (answer, decision) in [
            (Answer::Value(b"v".to_vec()), Decision::Value(b"v".to_vec())),
            (Answer::Delete, Decision::Delete),
            (Answer::Stays, Decision::Conflict),
        ] {
            let mut asked = Vec::new();
            let mut run = |program: &str| {
                asked.push(program.to_owned());
                Ok(answer.clone())
            };
            assert_eq!(rules.decide(b"k", &sides, &mut run).unwrap(), decision);
            assert_eq!(asked, ["merge it"]);
        }
        let mut fails = |_: &str| Err(Error::new(Kind::Command, "x"));
        assert_eq!(rules.decide(b"k", &sides, &mut fails).unwrap_err().kind(), Kind::Command);
    }
}
