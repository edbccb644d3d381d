//! The terminal: the only module that writes to standard output and standard error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use crate::failure::Failure;

/// Writes a line to standard output. A closed pipe (`| head`) is not an error.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    finish(writeln!(std::io::stdout().lock(), "{text}"))
}

/// Writes a line to standard error. If that fails, there is nowhere left to report it.
pub(crate) fn complain(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

fn finish(written: std::io::Result<()>) -> Result<(), Failure> {
    let flushed = written.and_then(|()| std::io::stdout().lock().flush());
    match flushed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("Cannot write to standard output: {error}.")))
        }
        _ => Ok(()),
    }
}

/// Reads one line from standard input, without its line break. On a terminal, asks for it and does not show what is
/// typed.
pub(crate) fn ask_secret(question: &str) -> Result<String, Failure> {
    let unread = |error: std::io::Error| Failure::new(format!("Cannot read standard input: {error}."));
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("{question} ")).map_err(unread);
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(unread)?;
    let kept = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(kept);
    Ok(line)
}

/// The progress of a long task: one line that changes on a terminal, a line for every tenth elsewhere.
pub(crate) struct Progress {
    task: &'static str,
    total: usize,
    shown: usize,
    in_place: bool,
}

impl Progress {
    /// A task of `total` steps, none of which is done.
    pub(crate) fn new(task: &'static str, total: usize) -> Self {
        Self { task, total: total.max(1), shown: 0, in_place: std::io::stdout().is_terminal() }
    }

    /// Shows that `done` steps are done.
    pub(crate) fn reached(&mut self, done: usize) -> Result<(), Failure> {
        let percent = done * 100 / self.total;
        let step = if self.in_place { 1 } else { 10 };
        if percent < self.shown + step {
            return Ok(());
        }
        self.shown = percent - percent % step;
        let (begin, end) = match (self.in_place, percent >= 100) {
            (true, false) => ("\r", ""),
            (true, true) => ("\r", "\n"),
            (false, _) => ("", "\n"),
        };
        finish(write!(std::io::stdout().lock(), "{begin}{}: {percent} %{end}", self.task))
    }
}
