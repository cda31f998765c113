//! How many files move at once where nobody says it: more for as long as more move that way, and no more.
//!
//! The work is measured in windows, and one window is compared with the one just before it, at another limit: what moves changes on the
//! way (sizes, what is at the target already), and so does what a machine and its stores can do. A window in which the limit was not what
//! bounded it tells nothing.

use std::time::Duration;

/// Files at first: few for a cloud, and no harm to a disk.
const FIRST: usize = 16;

/// A window has at least so many answers for each file that may move at once: one to read it, one to write it, some rounds of that.
const ROUNDS: usize = 6;
/// Of these the first belong to files that were begun at the limit before.
const OLD: usize = 2;
/// And it takes at least so long.
const WINDOW: Duration = Duration::from_millis(500);
/// One answer in so many may come while nothing waits for a place, and the window still tells something.
const SELDOM: usize = 10;

/// Twice as many at once must bring so much more, or they only cost memory and the patience of others.
const WORTH: f64 = 0.15;
/// Fewer at once must bring at least so much.
const AS_GOOD: f64 = 0.97;

/// Windows at one limit before another is tried again.
const REST: u32 = 32;
/// The same where the last try tells that there is more to find, or may have been bad luck.
const SOON: u32 = 4;
/// The same at the beginning, when connections are opened.
const WARM: u32 = 2;

/// What one request costs beside its bytes: about as long as so many bytes take.
const REQUEST: u64 = 128 << 10;

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
    /// How much moves at this limit, until another one is tried.
    Rest { windows: u32, then: Try },
    /// Whether more moves than at the limit before, where it was so much.
    Up { before: usize, pace: f64, again: bool },
    /// Whether about as much moves as at the limit before.
    Down { before: usize, pace: f64 },
}

/// What is tried after a rest.
#[derive(Debug, Clone, Copy)]
enum Try {
    Up { again: bool },
    Down,
}

/// Tries to move more, once more if that fails.
const UP: Try = Try::Up { again: true };

#[derive(Debug, Default)]
struct Window {
    answers: usize,
    /// Answers that came while nothing waited for a place.
    idle: usize,
    /// When the first answers had come.
    began: Option<Duration>,
    work: u64,
}

/// A request was answered.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// How long after some beginning, which is the same for all.
    pub at: Duration,
    /// Bytes of files since the last one.
    pub bytes: u64,
    /// Documents wait for a place: with more places more would move at once.
    pub others_wait: bool,
    /// Files that may move at once at most, now.
    pub most: usize,
}

impl Climb {
    /// From few files up to `most`.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { most, limit: FIRST.min(most), step: Step::Rest { windows: WARM, then: UP }, window: Window::default() }
    }

    /// Files that may move at once.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Begins to measure anew, after a time in which nothing moved.
    pub fn resume(&mut self) {
        if let Step::Up { before, .. } | Step::Down { before, .. } = self.step {
            self.limit = before;
        }
        self.limit = self.limit.min(self.most);
        self.window = Window::default();
        self.rest(WARM, UP);
    }

    /// Learns of an answer; gives whether the limit is another one now.
    pub fn answered(&mut self, answered: Answered) -> bool {
        let before = self.limit;
        if self.bound(answered.most.max(1)) {
            self.resume();
        } else if let Some(full) = self.window.add(answered, self.limit) {
            self.window = Window::default();
            match full {
                Full::Pace(pace) => self.next(pace),
                Full::Idle => self.resume(),
            }
        }
        before != self.limit
    }

    /// Other batches have come or gone, if `most` is another one than before. Gives whether that matters to this one: short batches
    /// that come and go all the time must not keep a long one from its way.
    fn bound(&mut self, most: usize) -> bool {
        let before = std::mem::replace(&mut self.most, most);
        before != most && (self.limit == before || self.limit > most)
    }

    /// Goes on to what is to be found out next, `pace` being what moves at the present limit.
    fn next(&mut self, pace: f64) {
        match self.step {
            Step::Up { before, pace: was, again } if pace < was * self.worth(before) => {
                self.limit = before;
                if again { self.rest(SOON, Try::Up { again: false }) } else { self.rest(REST, Try::Down) }
            }
            Step::Up { .. } => self.up(pace, true),
            Step::Down { before, pace: was } if pace < was * AS_GOOD => {
                self.limit = before;
                self.rest(REST, UP);
            }
            Step::Down { .. } => self.rest(SOON, Try::Down),
            Step::Rest { windows: windows @ 2.., then } => self.step = Step::Rest { windows: windows - 1, then },
            Step::Rest { then: Try::Down, .. } if self.limit > 1 => {
                let before = self.limit;
                self.limit = before * 2 / 3;
                self.step = Step::Down { before, pace };
            }
            Step::Rest { then: Try::Up { again }, .. } => self.up(pace, again),
            Step::Rest { then: Try::Down, .. } => self.up(pace, true),
        }
    }

    /// How much more than at `before` the present limit must bring.
    fn worth(&self, before: usize) -> f64 {
        1.0 + WORTH * (self.limit as f64 / before as f64 - 1.0)
    }

    fn rest(&mut self, windows: u32, then: Try) {
        self.step = Step::Rest { windows, then };
    }

    fn up(&mut self, pace: f64, again: bool) {
        let before = self.limit;
        if before == self.most {
            return self.rest(SOON, Try::Down);
        }
        self.limit = before.saturating_mul(2).min(self.most);
        self.step = Step::Up { before, pace, again };
    }
}

/// What a window tells.
enum Full {
    /// The work of a second.
    Pace(f64),
    /// Something else was what bounded it: the ledger, or that there was nothing more to move.
    Idle,
}

impl Window {
    /// Adds an answer; gives what the window tells once it is full.
    fn add(&mut self, answered: Answered, limit: usize) -> Option<Full> {
        let Answered { at, bytes, others_wait, .. } = answered;
        self.answers += 1;
        self.idle += usize::from(!others_wait);
        let Some(began) = self.began else {
            if self.answers >= limit * OLD {
                self.began = Some(at);
            }
            return None;
        };
        self.work += bytes + REQUEST;
        let took = at.saturating_sub(began);
        if self.answers < limit * ROUNDS || took < WINDOW {
            return None;
        }
        let is_idle = self.idle * SELDOM > self.answers;
        Some(if is_idle { Full::Idle } else { Full::Pace(self.work as f64 / took.as_secs_f64()) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Stores that answer after a while, and no more often than so many times a second however many are asked at once.
    struct World {
        answer: Duration,
        most_a_second: f64,
        /// How much less they answer for each one at once beyond what suffices.
        hurt: f64,
    }

    impl World {
        fn pace(&self, at_once: usize) -> f64 {
            let free = at_once as f64 / self.answer.as_secs_f64();
            let too_many = (free / self.most_a_second - 1.0).max(0.0);
            free.min(self.most_a_second) / (1.0 + self.hurt * too_many)
        }

        fn go_on(&self, climb: &mut Climb, now: &mut Duration, answers: usize, mut noise: impl FnMut() -> f64) {
            for _ in 0..answers {
                *now += Duration::from_secs_f64(noise() / self.pace(climb.limit()));
                let most = climb.most;
                climb.answered(Answered { at: *now, bytes: 80_000, others_wait: true, most });
                assert!((1..=climb.most).contains(&climb.limit()));
            }
        }

        /// The limit after so many answers; `noise` makes the time of each another one.
        fn climb(&self, most: usize, answers: usize, noise: impl FnMut() -> f64) -> usize {
            let (mut climb, mut now) = (Climb::new(most), Duration::ZERO);
            self.go_on(&mut climb, &mut now, answers, noise);
            climb.limit()
        }
    }

    const FAR: World = World { answer: Duration::from_millis(100), most_a_second: 1e6, hurt: 0.0 };
    const DISK: World = World { answer: Duration::from_millis(5), most_a_second: 800.0, hurt: 0.0 };

    /// From a half to one and a half, of each answer.
    fn noise(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            0.5 + (state >> 33) as f64 / f64::from(u32::MAX >> 1)
        }
    }

    #[test]
    fn where_answers_take_long_it_goes_up_to_the_most() {
        for most in [128, 100, 70, 17, 5, 1] {
            assert_eq!(FAR.climb(most, 3_000, || 1.0), most);
        }
        assert_eq!(FAR.climb(0, 100, || 1.0), 1);
    }

    #[test]
    fn where_no_more_moves_it_stays_and_comes_down() {
        assert_eq!(DISK.climb(128, 5_000, || 1.0), 16);
        // Four at once suffice; each try costs a window in some thirty.
        assert!((4..=6).contains(&DISK.climb(128, 300_000, || 1.0)));
    }

    #[test]
    fn where_many_at_once_hurt_it_goes_back() {
        let shelf = World { answer: Duration::from_millis(25), most_a_second: 1200.0, hurt: 0.3 };
        let limit = shelf.climb(512, 200_000, || 1.0);
        assert!((20..=48).contains(&limit), "{limit}");
    }

    #[test]
    fn where_something_else_bounds_it_nothing_is_learned() {
        let mut climb = Climb::new(128);
        for second in 0..10_000 {
            let at = Duration::from_secs(second);
            assert!(!climb.answered(Answered { at, bytes: 1, others_wait: false, most: 128 }));
        }
        assert_eq!(climb.limit(), FIRST);
    }

    #[test]
    fn after_a_pause_and_with_others_it_begins_to_measure_anew() {
        let (mut climb, mut now) = (Climb::new(128), Duration::ZERO);
        FAR.go_on(&mut climb, &mut now, 250, || 1.0);
        assert_eq!(climb.limit(), 32, "a try that is under way");
        climb.resume();
        assert_eq!(climb.limit(), 16);
        now += Duration::from_secs(3 * 60 * 60);
        FAR.go_on(&mut climb, &mut now, 5_000, || 1.0);
        assert_eq!(climb.limit(), 128, "the pause counts for nothing");
        let answered = |most| Answered { at: now, bytes: 1, others_wait: true, most };
        assert!(climb.answered(answered(64)));
        assert_eq!(climb.limit(), 64, "another batch takes its half");
        climb.answered(answered(128));
        FAR.go_on(&mut climb, &mut now, 5_000, || 1.0);
        assert_eq!(climb.limit(), 128);
    }

    #[test]
    fn batches_that_come_and_go_do_not_keep_a_long_one_from_its_way() {
        let (mut climb, mut now) = (Climb::new(600), Duration::ZERO);
        for n in 0..20_000 {
            now += Duration::from_secs_f64(1.0 / FAR.pace(climb.limit()));
            let most = if n / 50 % 2 == 0 { 600 } else { 700 };
            climb.answered(Answered { at: now, bytes: 80_000, others_wait: true, most });
        }
        assert!(climb.limit() >= 512, "{}", climb.limit());
    }

    proptest! {
        #[test]
        fn paces_that_waver_keep_it_neither_from_what_is_far_away_nor_from_little(seed in any::<u64>()) {
            prop_assert!(FAR.climb(128, 20_000, noise(seed)) >= 64);
            prop_assert!(DISK.climb(128, 100_000, noise(seed)) <= 32);
        }
    }
}
