//! A few lines at the lower end of a terminal that are drawn anew again and again.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use console::Term;

use super::block::View;

/// Lines that stand below everything else that is printed, until they are taken away.
pub struct Live(Arc<Screen>);

struct Screen {
    term: Term,
    text: Box<dyn Fn(View) -> String + Send + Sync>,
    drawn: Mutex<Drawn>,
    over: Condvar,
}

/// The cursor waits at the beginning of the line below, where what a terminal echoes (`^C`) does no harm.
#[derive(Default)]
struct Drawn {
    lines: usize,
    is_over: bool,
}

impl Live {
    /// Draws on stderr what `text` gives for it, several times a second; `None` where nothing can be drawn anew.
    pub fn start(text: impl Fn(View) -> String + Send + Sync + 'static) -> Option<Live> {
        let term = Term::buffered_stderr();
        if !term.is_term() || console::is_dumb() {
            return None;
        }
        let screen = Arc::new(Screen { term, text: Box::new(text), drawn: Mutex::default(), over: Condvar::new() });
        let drawing = Arc::clone(&screen);
        std::thread::Builder::new().name("live".to_owned()).spawn(move || drawing.draw_again_and_again()).ok()?;
        Some(Live(screen))
    }

    /// Prints something above the lines.
    pub fn beside(&self, print: impl FnOnce()) {
        let mut drawn = self.0.drawn();
        self.0.erase(&mut drawn);
        print();
        self.0.draw(&mut drawn);
    }

    /// Takes the lines away for good.
    pub fn finish(&self) {
        let mut drawn = self.0.drawn();
        self.0.erase(&mut drawn);
        drawn.is_over = true;
        self.0.over.notify_all();
    }
}

impl Screen {
    fn draw_again_and_again(&self) {
        const TICK: Duration = Duration::from_millis(200);
        let mut drawn = self.drawn();
        while !drawn.is_over {
            self.draw(&mut drawn);
            drawn = self.over.wait_timeout(drawn, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the lines where they were, in one piece, so that nothing flickers. A terminal that is gone is no failure of
    /// the fit.
    fn draw(&self, drawn: &mut Drawn) {
        if drawn.is_over {
            return;
        }
        let (rows, columns) = self.term.size();
        let (rows, columns) = (usize::from(rows), usize::from(columns).saturating_sub(1));
        let text = (self.text)(View { rows, columns, is_coloured: console::colors_enabled_stderr() });
        let _ = self.clear(drawn.lines).and_then(|()| self.term.write_line(&text)).and_then(|()| self.term.flush());
        drawn.lines = text.lines().count();
    }

    fn erase(&self, drawn: &mut Drawn) {
        let _ = self.clear(drawn.lines).and_then(|()| self.term.flush());
        drawn.lines = 0;
    }

    fn clear(&self, lines: usize) -> io::Result<()> {
        self.term.clear_line()?;
        self.term.clear_last_lines(lines)
    }
}
