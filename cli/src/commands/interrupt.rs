//! Ctrl-C and SIGTERM during a fit: the first asks it to end with what it has, the second ends at once.

use automl::Cancel;

use crate::failure::INTERRUPTED;
use crate::output;

/// Lets the signals cancel a fit.
pub fn cancel_on_signal(cancel: &Cancel, quiet: bool) {
    let cancel = cancel.clone();
    let installed = ctrlc::set_handler(move || {
        if cancel.is_cancelled() {
            std::process::exit(i32::from(INTERRUPTED));
        }
        cancel.cancel();
        if !quiet {
            output::remark("\nstopping: the best model so far will be saved (once more ends at once)");
        }
    });
    // Without a handler the signals end the process, as they do by default.
    let _ = installed;
}
