//! A place for values that are built once and shared.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

type Slot = Arc<OnceLock<Arc<dyn Any + Send + Sync>>>;

/// Values by type and key, each built at most once.
#[derive(Default)]
pub(super) struct Memo(Mutex<HashMap<(TypeId, String), Slot>>);

impl Memo {
    /// The value of that key; built by the first caller while others wait for it.
    pub(super) fn get_or_build<T: Send + Sync + 'static>(&self, key: &str, build: impl FnOnce() -> T) -> Arc<T> {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            slots.entry((TypeId::of::<T>(), key.to_owned())).or_default().clone()
        };
        let value = slot.get_or_init(|| Arc::new(build())).clone();
        value.downcast().unwrap_or_else(|_| unreachable!("the type is part of the key"))
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo")
    }
}
