//! What happens in the worker itself.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::panic::{catch_unwind, set_hook};
use std::process::ExitCode;

use super::confine::confine;
use super::wire::{Answer, Head, LONGEST_LINE, Order, Task, Why};
use super::{pdf, picture, rows, text};

/// What the server says to the program to start it as a worker.
pub const VERB: &str = "worker";

/// Reads one order, carries it out and answers it.
#[must_use]
pub fn run() -> ExitCode {
    if io::stdin().is_terminal() {
        let _ = writeln!(io::stderr(), "The server starts its workers itself."); // nobody may be listening
        return ExitCode::from(2);
    }
    // What a panic says is of no use to anybody, and holds words of the document.
    set_hook(Box::new(|_| ()));
    let answer = match confine() {
        Ok(()) => read().map(|(order, document)| carry_out(order, document)),
        Err(_) => Ok(Answer::not(Why::Unconfined)),
    };
    match answer.and_then(|answer| write(&answer)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn read() -> io::Result<(Order, Vec<u8>)> {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    (&mut input).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    let order: Order = serde_json::from_slice(&line)?;
    // Growing it piece by piece would need the memory twice.
    let mut document = Vec::with_capacity(usize::try_from(order.bytes).map_err(io::Error::other)?);
    input.take(order.bytes).read_to_end(&mut document)?;
    if document.len() as u64 != order.bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((order, document))
}

fn carry_out(order: Order, document: Vec<u8>) -> Answer {
    let work = move || match order.task {
        Task::Page(number) => pdf::page(document, number),
        Task::Picture => picture::small(&document),
        Task::Text => Ok(text::beginning(&document, order.whole)),
        Task::Rows => rows::first(&document, order.whole),
    };
    match catch_unwind(work) {
        Ok(done) => done.unwrap_or_else(Answer::not),
        Err(_) => Answer::not(Why::Ended),
    }
}

fn write(answer: &Answer) -> io::Result<()> {
    let mut output = io::stdout().lock();
    let mut head = serde_json::to_vec::<Head>(&answer.head)?;
    head.push(b'\n');
    output.write_all(&head)?;
    output.write_all(&answer.body)?;
    output.flush()
}
