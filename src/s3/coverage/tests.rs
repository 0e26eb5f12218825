//! Answers by hand: pages of letters, and a number for whatever asks for the next page.

use super::*;

struct Page(&'static str, bool);

impl Listed for Page {
    fn keys(&self) -> Vec<&str> {
        (0..self.0.len()).filter_map(|at| self.0.get(at..=at)).collect()
    }

    fn is_truncated(&self) -> bool {
        self.1
    }
}

/// A coverage of pages of four letters, chains as they were asked, and what was handed out.
struct Trial {
    coverage: Coverage<Page, u32>,
    handed: Vec<String>,
}

impl Trial {
    fn new(starts: &[&str]) -> Self {
        let mut coverage = Coverage::new(0, None);
        (0..).zip(starts).for_each(|(chain, start)| coverage.asked(chain, start));
        Self { coverage, handed: Vec::new() }
    }

    /// The first chain is the plain sequence.
    fn take(&mut self, chain: u64, keys: &'static str, is_truncated: bool) -> Result<(), Reason> {
        self.take_by(chain == 0, chain, keys, is_truncated)
    }

    /// An answer to a token, or to a start.
    fn take_by(
        &mut self,
        is_by_token: bool,
        chain: u64,
        keys: &'static str,
        is_truncated: bool,
    ) -> Result<(), Reason> {
        let next = is_truncated.then_some(1);
        let answer =
            Answer { chain, is_plain: chain == 0, is_by_token, page: Page(keys, is_truncated), next };
        let result = self.coverage.take(answer);
        self.pop();
        result.map_err(|doubt| doubt.reason)
    }

    fn finish(&mut self) -> Result<(), Reason> {
        let result = self.coverage.finish();
        self.pop();
        result.map_err(|doubt| doubt.reason)
    }

    fn pop(&mut self) {
        while let Some(Piece { page, from, to }) = self.coverage.pop() {
            self.handed
                .extend(page.keys().get(from..to).unwrap_or_default().iter().map(|key| (*key).to_owned()));
        }
    }

    fn handed(&self) -> String {
        self.handed.concat()
    }
}

#[test]
fn chains_that_meet_are_one_and_each_key_is_handed_out_once() {
    let mut trial = Trial::new(&["", "f", "p"]);
    assert_eq!(trial.take_by(true, 2, "qrs", false), Ok(()));
    assert_eq!(trial.take(0, "abcd", true), Ok(()));
    assert_eq!((trial.take(1, "ghij", true), trial.handed()), (Ok(()), "abcd".into()));
    assert_eq!((trial.take(0, "efgh", true), trial.handed()), (Ok(()), "abcdefghij".into()));
    assert_eq!(trial.take(1, "opqr", true), Ok(()));
    assert_eq!((trial.handed(), trial.finish()), ("abcdefghijopqrs".into(), Ok(())));
}

#[test]
fn an_empty_answer_counts_only_if_the_chain_on_its_left_ends_before_it() {
    let mut honest = Trial::new(&["", "f"]);
    assert_eq!((honest.take(1, "", false), honest.take(0, "abc", false)), (Ok(()), Ok(())));
    assert_eq!((honest.finish(), honest.handed()), (Ok(()), "abc".into()));

    let mut wrong = Trial::new(&["", "f"]);
    assert_eq!(wrong.take(1, "", false), Ok(()));
    assert_eq!(wrong.take(0, "degh", true), Err(Reason::EmptyAnswer));
    assert_eq!(wrong.handed(), "degh", "all of the page on the left is proved");
    assert_eq!(wrong.coverage.into_handed().plain, Some(1), "its token goes on");
}

#[test]
fn an_end_is_wrong_if_another_answer_lists_a_key_behind_it() {
    let mut trial = Trial::new(&["", "f"]);
    assert_eq!((trial.take(1, "xyz", false), trial.take(0, "abc", false)), (Ok(()), Err(Reason::EndedEarly)));
    assert_eq!(trial.handed(), "abc");
}

#[test]
fn an_end_behind_a_page_that_answers_a_start_is_not_sure() {
    for (is_by_token, finished) in [(true, Ok(())), (false, Err(Reason::UnsureEnd))] {
        let mut trial = Trial::new(&["", "f"]);
        assert_eq!(trial.take_by(is_by_token, 1, "ghi", false), Ok(()));
        assert_eq!(trial.take(0, "aceg", true), Ok(()));
        assert_eq!((trial.finish(), trial.handed()), (finished, "aceghi".into()));
    }
}

#[test]
fn keys_that_come_and_go_between_two_answers_do_not_part_neighbours() {
    let mut trial = Trial::new(&["", "f"]);
    assert_eq!((trial.take(0, "abcg", true), trial.handed()), (Ok(()), String::new()));
    // `g` is gone, `h` was there: neighbours meet at the next key that both have, if there is one.
    assert_eq!(trial.take(1, "hijk", true), Err(Reason::NotJoined));
    let mut trial = Trial::new(&["", "f"]);
    assert_eq!((trial.take(0, "acgi", true), trial.take(1, "ghij", true)), (Ok(()), Ok(())));
    assert_eq!((trial.take_by(true, 1, "l", false), trial.finish()), (Ok(()), Ok(())));
    assert_eq!(trial.handed(), "acghijl");
}

#[test]
fn an_answer_that_leaves_out_the_key_right_behind_its_start_is_not_joined() {
    let mut trial = Trial::new(&["", "f"]);
    assert_eq!((trial.take(0, "acgh", true), trial.take(1, "hijk", true)), (Ok(()), Err(Reason::NotJoined)));
}

#[test]
fn answers_that_differ_in_many_keys_are_not_joined() {
    let mut trial = Trial::new(&["", "f"]);
    // R2 once left out names that begin with digits: here, all but the last.
    assert_eq!((trial.take(1, "z", false), trial.take(0, "ghiz", true)), (Ok(()), Err(Reason::NotJoined)));
}

#[test]
fn what_nobody_has_answered_proves_nothing() {
    let mut trial = Trial::new(&["", "f"]);
    assert_eq!((trial.take(0, "abcd", true), trial.finish()), (Ok(()), Err(Reason::UnsureEnd)));
    let mut trial = Trial::new(&["", "f"]);
    assert_eq!((trial.take(0, "abc", false), trial.finish()), (Ok(()), Ok(())));
}

#[test]
fn intervals_grow_and_know_their_keys() {
    let mut intervals = Intervals::default();
    intervals.add(None, "b", "d");
    intervals.add(Some("d"), "f", "h");
    intervals.add(None, "m", "n");
    for (key, is_held) in [("a", false), ("b", true), ("e", true), ("h", true), ("i", false), ("m", true)] {
        assert_eq!(intervals.holds(key), is_held, "{key}");
    }
    assert_eq!(intervals.end(), Some("n"));
    intervals.close_gaps();
    assert!(intervals.holds("a") && intervals.holds("i") && !intervals.holds("o"));
}
