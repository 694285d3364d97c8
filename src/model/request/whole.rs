//! A request with its sheet, which are read and written together.

use super::page::live_files;
use super::{Request, Sheet};
use crate::error::{Error, Result};
use crate::model::db::{Records, Write};
use crate::model::id::Id;

/// A request and what it asks for.
#[derive(Clone, Debug)]
pub(in crate::model) struct Whole {
    pub request: Request,
    pub sheet: Sheet,
}

impl Whole {
    /// Both records.
    pub(in crate::model) fn of(r: &impl Records, request: Request) -> Result<Self> {
        let sheet = r.get(Sheet::of(request.id))?;
        let sheet = sheet.ok_or_else(|| Error::bug("a request without a sheet"))?;
        Ok(Self { request, sheet })
    }

    /// The request of this id, for staff.
    pub(in crate::model) fn need(r: &impl Records, id: Id<Request>) -> Result<Self> {
        Self::of(r, r.get(id)?.ok_or(Error::NotFound)?)
    }

    /// Writes both, with the progress that the answers make, and the time.
    pub(in crate::model) fn put(&mut self, tx: &mut Write<'_, '_>) -> Result<()> {
        if self.request.stage.is_out() {
            self.look_for_files(tx)?;
        }
        self.request.progress = self.sheet.progress();
        self.request.changed = tx.now();
        tx.put(&self.request)?;
        tx.put(&self.sheet)
    }

    /// Writes down of which answers all files are in the trash, or deleted.
    fn look_for_files(&mut self, r: &impl Records) -> Result<()> {
        for entry in &mut self.sheet.entries {
            let gone = !entry.files().is_empty() && live_files(r, entry)?.is_empty();
            if let Some(answer) = &mut entry.answer {
                answer.gone = gone;
            }
        }
        Ok(())
    }
}
