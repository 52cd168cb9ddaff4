//! Logins of browsers: takes who logged in, gives an id for the cookie; kept as a hash, in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Caller, token};

/// A login lasts so many seconds.
pub(crate) const LIFETIME: u64 = 12 * 3600;

/// Logins at one time; beyond that the one that ends first gives way.
const MOST: usize = 1000;

/// Who is logged in, and until when.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<[u8; 32], (Caller, u64)>>,
}

impl Sessions {
    /// Begins a session and gives its id; nothing where the system has no random bytes.
    pub(crate) fn begin(&self, caller: Caller, now: u64) -> Option<String> {
        let id = token::random_digits().ok()?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, (_, until)| *until > now);
        if open.len() >= MOST
            && let Some(first) = open.iter().min_by_key(|(_, (_, until))| *until).map(|(id, _)| *id)
        {
            open.remove(&first);
        }
        open.insert(token::hash(id.as_bytes()), (caller, now + LIFETIME));
        Some(id)
    }

    /// Whose session it is. Ids are looked up by their hash, so timing tells nothing about them.
    pub(crate) fn owner(&self, id: &str, now: u64) -> Option<Caller> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (caller, until) = open.get(&token::hash(id.as_bytes()))?;
        (*until > now).then(|| caller.clone())
    }

    /// Ends the sessions that a token began.
    pub(crate) fn end_of(&self, name: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, (caller, _)| caller.name != name);
    }

    pub(crate) fn end(&self, id: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&token::hash(id.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::*;

    #[test]
    fn sessions_end_and_are_bounded() {
        let sessions = Sessions::default();
        let caller = Caller { name: "ops".into(), role: Role::Read, by_cookie: false };
        let first = sessions.begin(caller.clone(), 0).unwrap();
        assert!(sessions.owner(&first, LIFETIME - 1).is_some());
        assert!(sessions.owner(&first, LIFETIME).is_none());
        for _ in 0..MOST {
            sessions.begin(caller.clone(), 1).unwrap();
        }
        assert!(sessions.owner(&first, 1).is_none(), "the one that ends first gave way");
        assert_eq!(sessions.open.lock().unwrap().len(), MOST);
    }
}
