//! A bounded queue that never makes anyone wait to put something in: when it is full, the oldest goes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// First in, first out, and at most so many.
#[derive(Debug)]
pub(super) struct Queue<T> {
    most: usize,
    items: Mutex<VecDeque<T>>,
    filled: Notify,
}

impl<T> Queue<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), items: Mutex::new(VecDeque::new()), filled: Notify::new() }
    }

    /// Puts an item at the end; gives back the oldest if there was no room.
    pub(super) fn push(&self, item: T) -> Option<T> {
        let mut items = self.items();
        let dropped = if items.len() >= self.most { items.pop_front() } else { None };
        items.push_back(item);
        self.filled.notify_one();
        dropped
    }

    /// Takes the oldest, if there is one.
    pub(super) fn pop(&self) -> Option<T> {
        self.items().pop_front()
    }

    /// Waits for the oldest. For one taker.
    pub(super) async fn next(&self) -> T {
        loop {
            if let Some(item) = self.pop() {
                return item;
            }
            self.filled.notified().await;
        }
    }

    fn items(&self) -> MutexGuard<'_, VecDeque<T>> {
        // Every change is a single call, so a panic elsewhere leaves nothing half done.
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_gives_up_its_oldest() {
        let queue = Queue::new(2);
        assert_eq!([queue.push(1), queue.push(2), queue.push(3)], [None, None, Some(1)]);
        assert_eq!((queue.next().await, queue.next().await, queue.pop()), (2, 3, None));
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let queue = std::sync::Arc::new(Queue::new(2));
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.next().await }
        });
        queue.push(7);
        assert_eq!(waiting.await.unwrap(), 7);
    }
}
