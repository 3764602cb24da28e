//! What a worker has taken out of its mailbox, in order.
//!
//! Two lists, so that messages come in one piece and go one by one, and both cost a few instructions: what comes is
//! put behind; what goes is taken from the end of a list that was turned round, once for each piece.

use alloc::vec::Vec;
use core::mem;

use crate::letter::{Letter, Post};
use crate::worker::Worker;

/// Letters in order. It takes whole posts, which come out of a mailbox as they lie there, and holds letters alone.
pub(crate) struct Hand<W: Worker> {
    /// The first ones, the last of them in front.
    next: Vec<Post<W>>,
    /// Those behind them.
    behind: Vec<Post<W>>,
}

impl<W: Worker> Hand<W> {
    /// An empty one with room for so many without an allocation.
    pub(crate) fn with_capacity(letters: usize) -> Self {
        Self { next: Vec::with_capacity(letters), behind: Vec::with_capacity(letters) }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.next.len() + self.behind.len()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub(crate) fn push_back(&mut self, letter: Letter<W::Message>) {
        self.behind.push(Post::Letter(letter));
    }

    pub(crate) fn push_front(&mut self, letter: Letter<W::Message>) {
        self.next.push(Post::Letter(letter));
    }

    /// Where letters are put behind all others.
    #[inline]
    pub(crate) fn end(&mut self) -> &mut Vec<Post<W>> {
        &mut self.behind
    }

    /// Takes the first one.
    #[inline]
    pub(crate) fn pop_front(&mut self) -> Option<Letter<W::Message>> {
        if self.next.is_empty() {
            self.turn();
        }
        self.next.pop().map(letter_of)
    }

    /// Looks at the one that is `at` behind the first.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<&Letter<W::Message>> {
        let next = self.next.len();
        let post =
            if at < next { self.next.get(next - 1 - at) } else { self.behind.get(at - next) };
        match post? {
            Post::Letter(letter) => Some(letter),
            Post::System(_) | Post::Control(_) => None,
        }
    }

    /// Takes all of them out.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Letter<W::Message>> + '_ {
        self.next.drain(..).rev().chain(self.behind.drain(..)).map(letter_of)
    }

    /// What lies behind comes next.
    #[inline(never)]
    fn turn(&mut self) {
        mem::swap(&mut self.next, &mut self.behind);
        self.next.reverse();
    }
}

impl<W: Worker> Default for Hand<W> {
    fn default() -> Self {
        Self { next: Vec::new(), behind: Vec::new() }
    }
}

#[inline(always)]
fn letter_of<W: Worker>(post: Post<W>) -> Letter<W::Message> {
    match post {
        Post::Letter(letter) => letter,
        Post::System(_) | Post::Control(_) => unreachable!("only letters are in a hand"),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use alloc::collections::VecDeque;

    use super::*;
    use crate::letter::NO_SLOT;
    use crate::random::Random;
    use crate::worker::Each;

    type Numbers = Each<u64, fn(u64)>;

    /// What a queue does.
    #[test]
    fn a_hand_keeps_its_letters_in_order() {
        let mut random = Random::new(7);
        let (mut hand, mut queue) = (Hand::<Numbers>::with_capacity(2), VecDeque::new());
        for number in 0..if cfg!(miri) { 200 } else { 20_000 } {
            match random.below(6) {
                0 | 1 => {
                    hand.push_back(Letter::new((NO_SLOT, false), 0, number));
                    queue.push_back(number);
                }
                2 => {
                    hand.push_front(Letter::new((NO_SLOT, false), 0, number));
                    queue.push_front(number);
                }
                3 if random.below(40) == 0 => {
                    let all: Vec<u64> = hand.drain().map(|letter| letter.message).collect();
                    assert!(all.into_iter().eq(queue.drain(..)), "all of them, in order");
                }
                _ => {
                    let taken = hand.pop_front().map(|letter| letter.message);
                    assert_eq!(taken, queue.pop_front(), "the first");
                }
            }
            let at = usize::try_from(random.below(5)).unwrap_or(0);
            assert_eq!(
                hand.get(at).map(|letter| letter.message),
                queue.get(at).copied(),
                "at {at}"
            );
            assert_eq!((hand.len(), hand.is_empty()), (queue.len(), queue.is_empty()), "as many");
        }
    }
}
