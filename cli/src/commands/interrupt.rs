//! Ctrl-C and SIGTERM: the first asks a command to end in good order, the second ends at once.

use automl::Cancel;

use crate::failure::INTERRUPTED;

/// Lets the signals cancel something; the first is answered.
pub fn cancel_on_signal(cancel: &Cancel, answer: impl Fn() + Send + 'static) {
    let cancel = cancel.clone();
    let installed = ctrlc::set_handler(move || {
        if cancel.is_cancelled() {
            std::process::exit(i32::from(INTERRUPTED));
        }
        cancel.cancel();
        answer();
    });
    // Without a handler the signals end the process, as they do by default.
    let _ = installed;
}
