//! How many files move at once where nobody says it: more for as long as more move that way, and no more.
//!
//! The work is measured in windows, and one window is compared with the one just before it, at another limit: what moves changes on the
//! way (sizes, what is at the target already), and what a machine and its stores can do changes as well.

use std::time::Duration;

/// Files at first: few for a cloud, and no harm to a disk.
const FIRST: usize = 16;

/// A window has at least so many documents for each file that may move at once, the first of which were begun at the limit before.
const ROUNDS: usize = 3;
/// And takes at least so long.
const WINDOW: Duration = Duration::from_millis(500);

/// More at once must bring so much more, or it only costs memory and the patience of others.
const WORTH: f64 = 1.1;
/// Fewer at once must bring at least so much.
const AS_GOOD: f64 = 0.97;

/// Windows at one limit before another is tried again.
const REST: u32 = 32;

/// What one file costs beside its bytes: requests and records take about as long as so many bytes.
const FILE: u64 = 256 << 10;

/// Finds how many files may move at once.
#[derive(Debug)]
pub struct Climb {
    most: usize,
    limit: usize,
    step: Step,
    window: Window,
}

/// What the window under way is to tell.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// How much moves at this limit. After some such windows another limit is tried: a lower one if `downward`.
    Rest { windows: u32, downward: bool },
    /// Whether more moves than at the limit before, where it was so much.
    Up { before: usize, pace: f64 },
    /// Whether about as much moves as at the limit before.
    Down { before: usize, pace: f64 },
}

#[derive(Debug, Default)]
struct Window {
    documents: usize,
    /// When the documents had ended that were begun at another limit.
    began: Option<Duration>,
    work: u64,
}

/// What has moved.
#[derive(Debug, Clone, Copy)]
pub struct Moved {
    /// Files of a document.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Other documents wait for a place: with more places more would move at once.
    pub others_wait: bool,
}

impl Climb {
    /// From few files up to `most`.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        let step = Step::Rest { windows: REST - 1, downward: false };
        Self { most, limit: FIRST.min(most), step, window: Window::default() }
    }

    /// Files that may move at once.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// A document has ended, so long after some beginning; gives whether the limit is another one now.
    pub fn moved(&mut self, now: Duration, moved: Moved) -> bool {
        if !moved.others_wait {
            // Something else is what bounds it: the ledger, other batches, the last documents.
            self.window = Window::default();
            return false;
        }
        let Some(pace) = self.window.add(now, moved, self.limit) else { return false };
        self.window = Window::default();
        let before = self.limit;
        self.step = self.next(pace);
        before != self.limit
    }

    /// What to find out next, `pace` being what moves at the present limit.
    fn next(&mut self, pace: f64) -> Step {
        match self.step {
            Step::Up { before, pace: was } if pace < was * WORTH => self.rest(before, true),
            Step::Down { before, pace: was } if pace < was * AS_GOOD => self.rest(before, false),
            Step::Up { .. } => self.up(pace),
            Step::Down { .. } => self.rest(self.limit, false),
            Step::Rest { windows, downward } if windows + 1 < REST => Step::Rest { windows: windows + 1, downward },
            Step::Rest { downward: true, .. } if self.limit > 1 => self.down(pace),
            Step::Rest { .. } => self.up(pace),
        }
    }

    fn rest(&mut self, limit: usize, downward: bool) -> Step {
        self.limit = limit;
        Step::Rest { windows: 0, downward }
    }

    fn up(&mut self, pace: f64) -> Step {
        let before = self.limit;
        if before == self.most {
            return self.rest(before, true);
        }
        self.limit = before.saturating_mul(2).min(self.most);
        Step::Up { before, pace }
    }

    fn down(&mut self, pace: f64) -> Step {
        let before = self.limit;
        self.limit = (before * 2).div_ceil(3);
        Step::Down { before, pace }
    }
}

impl Window {
    /// Adds a document; gives the work of a second once the window is full.
    fn add(&mut self, now: Duration, moved: Moved, limit: usize) -> Option<f64> {
        self.documents += 1;
        let Some(began) = self.began else {
            if self.documents >= limit {
                self.began = Some(now);
            }
            return None;
        };
        self.work += moved.bytes + moved.files * FILE;
        let took = now.saturating_sub(began);
        let is_full = self.documents >= limit * ROUNDS && took >= WINDOW;
        is_full.then(|| self.work as f64 / took.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Stores that answer after a while, and that move no more than so many documents a second however many are at once.
    struct World {
        answer: Duration,
        most_a_second: f64,
        /// How much less moves for each one at once beyond what suffices.
        hurt: f64,
    }

    impl World {
        fn pace(&self, at_once: usize) -> f64 {
            let free = at_once as f64 / self.answer.as_secs_f64();
            let too_many = (free / self.most_a_second - 1.0).max(0.0);
            free.min(self.most_a_second) / (1.0 + self.hurt * too_many)
        }

        /// The limit after so many documents; `noise` makes each window's pace another one.
        fn climb(&self, most: usize, documents: usize, mut noise: impl FnMut() -> f64) -> Climb {
            let (mut climb, mut now) = (Climb::new(most), Duration::ZERO);
            for _ in 0..documents {
                let at_once = climb.limit();
                now += Duration::from_secs_f64(noise() / self.pace(at_once));
                climb.moved(now, Moved { files: 2, bytes: 80_000, others_wait: true });
                assert!((1..=most.max(1)).contains(&climb.limit()));
            }
            climb
        }
    }

    const FAR: World = World { answer: Duration::from_millis(200), most_a_second: 1e6, hurt: 0.0 };

    #[test]
    fn where_answers_take_long_it_goes_up_to_the_most() {
        assert_eq!(FAR.climb(128, 1_000, || 1.0).limit(), 128);
        assert_eq!(FAR.climb(100, 1_000, || 1.0).limit(), 100);
        assert_eq!(FAR.climb(5, 1_000, || 1.0).limit(), 5);
        assert_eq!(FAR.climb(0, 100, || 1.0).limit(), 1);
    }

    #[test]
    fn where_no_more_moves_it_stays_and_comes_down() {
        let disk = World { answer: Duration::from_millis(10), most_a_second: 400.0, hurt: 0.0 };
        assert!(disk.climb(128, 2_000, || 1.0).limit() <= 16);
        // Four at once suffice; each try costs a window in some thirty.
        assert!((4..=6).contains(&disk.climb(128, 200_000, || 1.0).limit()));
    }

    #[test]
    fn where_many_at_once_hurt_it_goes_back() {
        let shelf = World { answer: Duration::from_millis(50), most_a_second: 600.0, hurt: 0.3 };
        let limit = shelf.climb(512, 100_000, || 1.0).limit();
        assert!((24..=48).contains(&limit), "{limit}");
    }

    #[test]
    fn where_something_else_bounds_it_nothing_is_learned() {
        let mut climb = Climb::new(128);
        for second in 0..10_000 {
            assert!(!climb.moved(Duration::from_secs(second), Moved { files: 1, bytes: 1, others_wait: false }));
        }
        assert_eq!(climb.limit(), FIRST);
    }

    proptest! {
        #[test]
        fn paces_that_waver_by_a_tenth_do_not_keep_it_from_what_is_far_away(seed in any::<u64>()) {
            let mut state = seed;
            // Of each document; a window has dozens.
            let noise = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                0.5 + (state >> 33) as f64 / f64::from(u32::MAX >> 1)
            };
            prop_assert!(FAR.climb(128, 3_000, noise).limit() >= 64);
        }
    }
}
