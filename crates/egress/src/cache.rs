//! Answers used again, and look-ups under way shared.
//!
//! Only actions that declare a lifetime come here. Whoever asks first *leads*: he performs the call and hands
//! the result to all who asked meanwhile. A leader that is dropped halfway (its run was cancelled) leaves the
//! place to the next; a result that was spoilt by the leader's own short deadline is not forced on the others.
//! What is kept is bounded in number and in bytes, and only answers are kept, never failures.

use std::{collections::HashMap, sync::Arc, time::Duration};

use lru::LruCache;
use parking_lot::Mutex;
use tokio::{sync::watch, time::Instant};

use crate::performed::Performed;

/// SHA-256 of everything that the answer depends on.
pub type Key = [u8; 32];

/// A leader's word to its followers: the result, and the deadline it was made under.
pub type Outcome = Option<(Arc<Performed>, Instant)>;

struct Kept {
    performed: Arc<Performed>,
    until: Instant,
    bytes: usize,
}

struct Inner {
    kept: LruCache<Key, Kept>,
    bytes: usize,
    flights: HashMap<Key, watch::Receiver<Outcome>>,
}

/// The answers that are kept, and the look-ups under way.
pub struct Cache {
    inner: Mutex<Inner>,
    entries_max: usize,
    bytes_max: usize,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inner = self.inner.lock();
        f.debug_struct("Cache")
            .field("entries", &inner.kept.len())
            .field("bytes", &inner.bytes)
            .field("flights", &inner.flights.len())
            .finish()
    }
}

/// What somebody who asks is to do.
pub enum Turn<'a> {
    /// Take this answer.
    Kept(Arc<Performed>),
    /// Wait for the one who asked first.
    Follow(watch::Receiver<Outcome>),
    /// Perform the call.
    Lead(Lead<'a>),
}

/// The duty to perform a call for all who ask for the same.
pub struct Lead<'a> {
    cache: &'a Cache,
    key: Key,
    tell: watch::Sender<Outcome>,
}

impl Cache {
    /// An empty cache.
    pub fn new(entries_max: usize, bytes_max: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                kept: LruCache::unbounded(),
                bytes: 0,
                flights: HashMap::new(),
            }),
            entries_max,
            bytes_max,
        }
    }

    /// Asks for an answer.
    pub fn ask(&self, key: Key, now: Instant) -> Turn<'_> {
        let mut inner = self.inner.lock();
        match inner.kept.get(&key) {
            Some(kept) if kept.until > now => return Turn::Kept(kept.performed.clone()),
            Some(_) => inner.remove(&key),
            None => {}
        }
        if let Some(flight) = inner.flights.get(&key) {
            return Turn::Follow(flight.clone());
        }
        let (tell, listen) = watch::channel(None);
        inner.flights.insert(key, listen);
        Turn::Lead(Lead {
            cache: self,
            key,
            tell,
        })
    }

    /// Answers kept and their bytes.
    pub fn size(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        (inner.kept.len(), inner.bytes)
    }
}

impl Inner {
    fn remove(&mut self, key: &Key) {
        if let Some(kept) = self.kept.pop(key) {
            self.bytes -= kept.bytes;
        }
    }
}

impl Lead<'_> {
    /// Hands the result to the followers, and keeps it for `lifetime` if that is given.
    pub fn finish(self, performed: &Performed, deadline: Instant, lifetime: Option<Duration>) {
        let performed = Arc::new(performed.clone());
        if let Some(lifetime) = lifetime {
            self.keep(performed.clone(), lifetime);
        }
        self.tell.send_replace(Some((performed, deadline)));
    }

    fn keep(&self, performed: Arc<Performed>, lifetime: Duration) {
        let bytes = performed.bytes();
        // One giant must not push out everything else.
        if bytes > self.cache.bytes_max / 8 || self.cache.entries_max == 0 {
            return;
        }
        let until = Instant::now() + lifetime;
        let mut inner = self.cache.inner.lock();
        inner.remove(&self.key);
        inner.kept.put(
            self.key,
            Kept {
                performed,
                until,
                bytes,
            },
        );
        inner.bytes += bytes;
        while inner.kept.len() > self.cache.entries_max || inner.bytes > self.cache.bytes_max {
            match inner.kept.pop_lru() {
                Some((_, old)) => inner.bytes -= old.bytes,
                None => break,
            }
        }
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        // Followers hold the channel: they get the result, or learn that there will be none.
        self.cache.inner.lock().flights.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use updraft_connector::{CallError, ErrorCode};

    fn result(text: &str) -> Performed {
        Performed::failed(CallError::new(ErrorCode::Failed, text))
    }
    fn lead(cache: &Cache, key: Key) -> Lead<'_> {
        match cache.ask(key, Instant::now()) {
            Turn::Lead(lead) => lead,
            Turn::Kept(_) | Turn::Follow(_) => panic!("expected to lead"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_kept_for_its_lifetime() {
        let cache = Cache::new(10, 1 << 20);
        let now = Instant::now();
        lead(&cache, [1; 32]).finish(&result("a"), now, Some(Duration::from_secs(5)));
        assert!(matches!(cache.ask([1; 32], now), Turn::Kept(_)));
        assert!(matches!(cache.ask([2; 32], now), Turn::Lead(_)));
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(lead(&cache, [1; 32]));
        assert_eq!(cache.size(), (0, 0));
    }

    #[tokio::test]
    async fn followers_get_the_leaders_result_or_learn_that_it_left() {
        let cache = Cache::new(10, 1 << 20);
        let now = Instant::now();
        let leader = lead(&cache, [1; 32]);
        let Turn::Follow(mut follower) = cache.ask([1; 32], now) else {
            panic!("expected to follow")
        };
        leader.finish(&result("a"), now, None);
        assert!(follower.wait_for(Option::is_some).await.is_ok());
        let leader = lead(&cache, [1; 32]);
        let Turn::Follow(mut follower) = cache.ask([1; 32], now) else {
            panic!("expected to follow")
        };
        drop(leader);
        assert!(follower.wait_for(Option::is_some).await.is_err());
        lead(&cache, [1; 32]);
    }

    #[tokio::test]
    async fn number_and_bytes_are_bounded_and_the_least_used_goes_first() {
        let cache = Cache::new(3, 1 << 20);
        let now = Instant::now();
        let keep =
            |n: u8| lead(&cache, [n; 32]).finish(&result("x"), now, Some(Duration::from_secs(9)));
        (1..=3).for_each(keep);
        assert!(matches!(cache.ask([1; 32], now), Turn::Kept(_)));
        keep(4);
        assert!(matches!(cache.ask([1; 32], now), Turn::Kept(_)));
        assert!(matches!(cache.ask([2; 32], now), Turn::Lead(_)));
        let tiny = Cache::new(3, 100);
        lead(&tiny, [1; 32]).finish(&result("x"), now, Some(Duration::from_secs(9)));
        assert_eq!(tiny.size(), (0, 0));
    }
}
