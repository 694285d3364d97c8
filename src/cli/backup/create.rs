//! `anteroom backup create -o FILE`: the server makes the backup, and this process writes it, for it alone sees the folders of
//! whoever typed the command.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tokio::time::sleep;

use crate::backups::{Output, Piece, recovery};
use crate::config::Config;
use crate::model::{Clock, OpenError};
use crate::server::control::backups::{BackupVerb, Created, HandOver};
use crate::server::control::{Answer, Verb, ask_and_take};
use crate::server::{Ready, provide_tls};

use super::super::exit::{FAILED, Failure, USAGE};
use super::super::print;
use super::super::verbs::{PAUSE, TRIES, in_use, no_answer, nobody_listens};

pub(super) fn create(
    data: PathBuf,
    order: HandOver,
    to: &Path,
    keys_to: Option<PathBuf>,
    json: bool,
) -> Result<(), Failure> {
    provide_tls();
    if let Some(keys) = &keys_to
        && folder(keys)? == folder(to)?
    {
        return Err(Failure::new(USAGE, TOGETHER));
    }
    let output = Output::begin(to).map_err(|why| Failure::new(FAILED, why.to_string()))?;
    let mut taking = Taking { output, keys_to, keys: None, failed: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(answer(&data, order, &mut taking));
    // What stopped us is the cause; that the server stopped then is not.
    if let Some(why) = taking.failed {
        return Err(Failure::new(FAILED, why));
    }
    let text = match answer? {
        Answer::Done(text) => text,
        Answer::Wrong(why) => return Err(Failure::new(USAGE, why)),
        Answer::NotWell(why) | Answer::Refused(why) => return Err(Failure::new(FAILED, why)),
    };
    let failed = |why: &dyn std::fmt::Display| Failure::new(FAILED, why.to_string());
    let mut created: Created = serde_json::from_str(&text).map_err(|why| failed(&why))?;
    let path = taking.output.finish(&created.file).map_err(|why| failed(&why))?;
    created.file = std::path::absolute(path)?.display().to_string();
    created.recovery_keys = taking.keys;
    match json {
        true => print(&serde_json::to_string(&created).map_err(|why| failed(&why))?),
        false => print(&created.to_string()),
    }
    Ok(())
}

/// Why keys and archive do not go to one folder.
const TOGETHER: &str = "The keys would lie beside the backup, and whoever has both can read everything. Name another folder with \
    --keys-to, best on another disk.";

/// The folder that a file is written to, however it is spelled.
fn folder(file: &Path) -> Result<PathBuf, Failure> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = if file.is_dir() { file } else { parent.unwrap_or(Path::new(".")) };
    folder.canonicalize().map_err(|why| {
        Failure::new(FAILED, format!("{} cannot be written: {why}.", file.display()))
    })
}

/// What is handed over, on its way to its files.
struct Taking {
    output: Output,
    keys_to: Option<PathBuf>,
    /// Where the keys were written.
    keys: Option<PathBuf>,
    /// Why nothing more is taken.
    failed: Option<String>,
}

impl Taking {
    fn take(&mut self, piece: Piece) -> io::Result<()> {
        let taken = match (piece, &self.keys_to) {
            (Piece::Archive(bytes), _) => {
                self.output.write_all(&bytes).map_err(|why| match why.kind() {
                    io::ErrorKind::StorageFull => "The disk is full.".to_owned(),
                    _ => format!("The backup cannot be written: {why}."),
                })
            }
            (Piece::Keys(bytes), Some(to)) => match recovery::write(to, bytes.expose()) {
                Ok(path) => {
                    self.keys = Some(path.canonicalize().unwrap_or(path));
                    Ok(())
                }
                Err(why) => Err(why.to_string()),
            },
            // The server gives keys only to those who have said where they go.
            (Piece::Keys(_), None) => {
                Err("The server handed over keys that nobody asked for.".into())
            }
        };
        taken.map_err(|why| {
            self.failed = Some(why);
            io::Error::other("it could not be written")
        })
    }
}

/// From the store itself, or from the server that holds it; see [`super::super::verbs`].
async fn answer(data: &Path, order: HandOver, taking: &mut Taking) -> Result<Answer, Failure> {
    let verb = Verb::Backup(BackupVerb::HandOver(order));
    for _ in 0..TRIES {
        match Ready::open(Config::nearby(data.to_owned()), Clock::system()) {
            Ok(ready) => return here(ready, verb, taking).await,
            Err(OpenError::InUse) => {}
            Err(why) => return Err(why.into()),
        }
        match ask_and_take(data, &verb, |piece| taking.take(piece)) {
            Ok(answer) => return Ok(answer),
            Err(why) if nobody_listens(&why) => sleep(PAUSE).await,
            Err(why) => return Err(no_answer(data, &why)),
        }
    }
    Err(in_use(data))
}

async fn here(ready: Ready, verb: Verb, taking: &mut Taking) -> Result<Answer, Failure> {
    let (verb, mut pieces) = verb.here();
    let answering = ready.carry_out(verb);
    let taking = async move {
        while let Some(piece) = pieces.recv().await {
            if taking.take(piece).is_err() {
                return;
            }
        }
    };
    let (answer, ()) = tokio::join!(answering, taking);
    ready.close().await.map_err(|why| Failure::new(FAILED, why.to_string()))?;
    Ok(answer)
}
