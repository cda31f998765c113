//! Whether a chain of events is whole, and which event is the first that is not as it was written.

use crate::model::audit::{Anchor, AuditFault};
use crate::model::event::AuditEvent;
use crate::model::ids::{BatchNumber, Digest};

/// Walks a chain from its first event to its head.
///
/// A changed event shows where the next one names another digest. Which of the two was changed tells the one after them: if
/// it vouches for the second, the first one is bad.
#[derive(Debug)]
pub struct ChainWalk {
    batch: BatchNumber,
    last: u64,
    digest: Digest,
    doubt: Option<Doubt>,
    fault: Option<AuditFault>,
}

/// An event that does not name the one before it.
#[derive(Debug)]
struct Doubt {
    /// The event before.
    first: u64,
    /// What the second one names.
    named: Digest,
    /// What the first one is.
    found: Digest,
}

/// How a chain compares with a head that was kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchored {
    /// The digest of the event with the head's number; `None`: there is no such event.
    pub found: Option<Digest>,
    /// How many events there are.
    pub events: u64,
}

impl ChainWalk {
    /// Before the first event of a batch.
    pub fn new(batch: BatchNumber) -> Self {
        Self { batch, last: 0, digest: Digest::ZERO, doubt: None, fault: None }
    }

    /// Takes what stands at the next place. Nothing after a fault is looked at.
    pub fn push(&mut self, place: u64, event: Result<&AuditEvent, &str>) {
        if self.fault.is_none() {
            self.fault = self.look(place, event).err();
        }
    }

    fn look(&mut self, place: u64, event: Result<&AuditEvent, &str>) -> Result<(), AuditFault> {
        let expected = self.last + 1;
        if place != expected {
            return Err(self.doubted(None).unwrap_or_else(|| fault(expected, missing(expected, place))));
        }
        let event = event.map_err(|why| fault(place, format!("event {place} {why}")));
        let event = event.map_err(|fault| self.doubted(None).unwrap_or(fault))?;
        if event.sequence != place {
            let other = format!(
                "event {place} is not there: in its place stands one that was written as event {}",
                event.sequence
            );
            return Err(self.doubted(None).unwrap_or_else(|| fault(place, other)));
        }
        if event.batch != self.batch {
            return Err(fault(place, format!("event {place} was written for batch {}", event.batch)));
        }
        if let Some(fault) = self.doubted(Some(event.previous)) {
            return Err(fault);
        }
        if event.previous != self.digest {
            self.doubt = Some(Doubt { first: self.last, named: event.previous, found: self.digest });
        }
        (self.last, self.digest) = (place, event.digest());
        Ok(())
    }

    /// The fault in which a doubt ends. `named`: what the event after both, or the head, calls the second.
    fn doubted(&mut self, named: Option<Digest>) -> Option<AuditFault> {
        let Doubt { first, named: second_names, found } = self.doubt.take()?;
        let second = first + 1;
        if first == 0 {
            return Some(fault(
                1,
                format!("event 1 is changed: it is the first and names an event before it, {second_names}"),
            ));
        }
        Some(match named {
            Some(named) if named != self.digest => {
                let names = format!("it names {second_names} as the event before it, which is {found}");
                fault(second, format!("event {second} is changed, and event {first} may be: {names}"))
            }
            _ => fault(
                first,
                format!("event {first} is changed: its digest is {found}, and event {second} names {second_names}"),
            ),
        })
    }

    /// The first fault up to the end. `head`: how many events there are, and the digest of the last one.
    pub fn end(mut self, head: (u64, Digest)) -> Option<AuditFault> {
        let (events, digest) = head;
        self.fault
            .take()
            .or_else(|| self.doubted((events == self.last).then_some(digest)))
            .or_else(|| self.headed(events, digest))
    }

    fn headed(&self, events: u64, digest: Digest) -> Option<AuditFault> {
        let last = self.last;
        if events > last {
            let next = last + 1;
            return Some(fault(
                next,
                format!(
                    "events {next} to {events} are missing: the ledger counts {events}, and the log ends with event {last}"
                ),
            ));
        }
        if events < last {
            let next = events + 1;
            return Some(fault(
                next,
                format!(
                    "the ledger counts {events} events, and the log goes on to event {last}: its head was changed, or events were added"
                ),
            ));
        }
        (digest != self.digest).then(|| {
            let found = self.digest;
            fault(last, format!("event {last}, or the ledger's head of the log, is changed: the head names {digest}, and the event is {found}"))
        })
    }

    /// The place and the digest of the last event.
    pub fn last(&self) -> (u64, Digest) {
        (self.last, self.digest)
    }
}

fn fault(event: u64, message: String) -> AuditFault {
    AuditFault { event: Some(event), image_number: None, message }
}

fn missing(expected: u64, place: u64) -> String {
    match place - expected {
        1 => format!("event {expected} is missing"),
        _ => format!("events {expected} to {} are missing", place - 1),
    }
}

/// What is wrong with a chain that should hold a head that was kept elsewhere.
pub fn against(anchor: &Anchor, chain: Anchored) -> Option<AuditFault> {
    let Anchor { event, digest } = anchor;
    match chain.found {
        Some(found) if found == *digest => None,
        // Before the first event.
        None if *event == 0 => None,
        Some(found) => Some(fault(
            *event,
            format!(
                "event {event} is not the one that the report names: it is {found}, the report says {digest}; the log was written anew"
            ),
        )),
        None => Some(fault(
            chain.events + 1,
            format!("the log was cut off: it ends with event {}, and the report names event {event}", chain.events),
        )),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::event::{Change, Operator};

    const EVENTS: u64 = 6;

    /// A chain as it is written.
    fn chain() -> Vec<AuditEvent> {
        let mut events: Vec<AuditEvent> = Vec::new();
        for sequence in 1..=EVENTS {
            events.push(AuditEvent {
                sequence,
                at: Timestamp::UNIX_EPOCH,
                batch: BatchNumber::new("MB-1"),
                run: 1,
                attempt: 0,
                operator: Operator { name: "ana".to_owned(), commit: None },
                spec: Digest::of(b"spec"),
                change: Change::RunStarted,
                previous: events.last().map_or(Digest::ZERO, AuditEvent::digest),
            });
        }
        events
    }

    fn head(events: &[AuditEvent]) -> (u64, Digest) {
        (events.len() as u64, events.last().map_or(Digest::ZERO, AuditEvent::digest))
    }

    /// The first fault of events that stand at these places.
    fn walked(places: &[(u64, AuditEvent)], head: (u64, Digest)) -> Option<AuditFault> {
        let mut walk = ChainWalk::new(BatchNumber::new("MB-1"));
        places.iter().for_each(|(place, event)| walk.push(*place, Ok(event)));
        walk.end(head)
    }

    fn placed(events: Vec<AuditEvent>) -> Vec<(u64, AuditEvent)> {
        (1..).zip(events).collect()
    }

    fn named(fault: Option<AuditFault>) -> u64 {
        fault.unwrap().event.unwrap()
    }

    #[test]
    fn a_chain_as_it_was_written_has_no_fault() {
        assert_eq!(walked(&placed(chain()), head(&chain())), None);
        assert_eq!(walked(&[], (0, Digest::ZERO)), None);
    }

    #[test]
    fn whatever_is_changed_in_an_event_that_event_is_named() {
        let edits: [fn(&mut AuditEvent); 4] = [
            |event| event.operator.name.push('x'),
            |event| event.at += jiff::SignedDuration::from_nanos(1),
            |event| event.spec = Digest::ZERO,
            |event| event.previous = Digest::of(b"another"),
        ];
        for at in 0..chain().len() {
            for (number, edit) in edits.iter().enumerate() {
                let mut events = chain();
                edit(&mut events[at]);
                let fault = walked(&placed(events), head(&chain()));
                assert_eq!(named(fault), at as u64 + 1, "edit {number}");
            }
        }
    }

    #[test]
    fn an_event_that_is_gone_or_in_another_place_is_named() {
        for at in 0..chain().len() - 1 {
            let mut gone = placed(chain());
            gone.remove(at);
            let fault = walked(&gone, head(&chain())).unwrap();
            assert_eq!((fault.event, fault.message), (Some(at as u64 + 1), format!("event {} is missing", at + 1)));
            let mut swapped = chain();
            swapped.swap(at, at + 1);
            let fault = walked(&placed(swapped), head(&chain())).unwrap();
            assert_eq!(fault.event, Some(at as u64 + 1));
            assert!(fault.message.contains("was written as event"), "{}", fault.message);
        }
    }

    #[test]
    fn the_first_of_two_faults_is_named_also_where_it_shows_only_later() {
        let mut events = placed(chain());
        events[1].1.run = 7;
        events.remove(3);
        assert_eq!(named(walked(&events, head(&chain()))), 2);
        let mut events = placed(chain());
        events[1].1.run = 7;
        events.remove(2);
        // The third told of the second; without it nothing is known of the second but that the third is missing.
        assert_eq!(named(walked(&events, head(&chain()))), 3);
    }

    #[test]
    fn an_event_of_another_batch_and_one_that_cannot_be_read_are_named() {
        let mut events = chain();
        events[2].batch = BatchNumber::new("MB-2");
        assert!(walked(&placed(events), head(&chain())).unwrap().message.contains("for batch MB-2"));
        let mut walk = ChainWalk::new(BatchNumber::new("MB-1"));
        walk.push(1, Err("cannot be read"));
        assert_eq!(walk.end(head(&chain())).unwrap().message, "event 1 cannot be read");
    }

    #[test]
    fn a_tail_that_is_cut_shows_against_the_head_and_with_a_head_that_was_changed_too_only_against_one_kept_elsewhere()
    {
        let (whole, cut) = (head(&chain()), placed(chain()[..4].to_vec()));
        let fault = walked(&cut, whole).unwrap();
        assert_eq!(fault.event, Some(5));
        assert!(fault.message.contains("events 5 to 6 are missing"), "{}", fault.message);
        assert_eq!(named(walked(&placed(chain()), (4, cut[3].1.digest()))), 5);
        assert_eq!(named(walked(&placed(chain()), (EVENTS, Digest::ZERO))), EVENTS);
        assert_eq!(walked(&cut, (4, cut[3].1.digest())), None, "this is what nobody can see from within");
        let anchor = |event, digest| Anchor { event, digest };
        let of = |found| Anchored { found, events: 4 };
        let kept = anchor(whole.0, whole.1);
        assert!(against(&kept, of(None)).unwrap().message.contains("cut off"));
        assert_eq!(against(&kept, of(Some(whole.1))), None);
        assert!(against(&kept, of(Some(Digest::ZERO))).unwrap().message.contains("written anew"));
        assert_eq!(against(&anchor(0, Digest::ZERO), of(None)), None);
    }
}
