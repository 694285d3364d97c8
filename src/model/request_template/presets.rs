//! Templates that come with the product. They are files as firms export them, so that one way reads both.

use super::file::read_template_file;
use super::{Blueprint, RequestTemplate};
use crate::error::{Error, Result};
use crate::model::console::Console;
use crate::model::db::Records;
use crate::model::id::Id;

/// A template that comes with the product: it can be used and copied, not changed.
#[derive(Clone, Copy, Debug)]
pub struct BlueprintPreset {
    /// How forms name it.
    pub key: &'static str,
    /// As the list shows it.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// As a file.
    file: &'static str,
}

/// All presets, in the order of the list.
pub const BLUEPRINT_PRESETS: &[BlueprintPreset] = &[
    BlueprintPreset {
        key: "tax-return",
        name: "Individual tax return",
        about: "Income, savings, property and what lowers the tax of one person",
        file: include_str!("presets/tax-return.json"),
    },
    BlueprintPreset {
        key: "month-end",
        name: "Bookkeeping month end",
        about: "The papers of the month before, to close the books",
        file: include_str!("presets/month-end.json"),
    },
    BlueprintPreset {
        key: "new-client",
        name: "New client",
        about: "Identity, address, tax number and the former accountant",
        file: include_str!("presets/new-client.json"),
    },
];

impl BlueprintPreset {
    /// The preset of this key.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        BLUEPRINT_PRESETS.iter().find(|preset| preset.key == key)
    }

    /// The template as a file.
    #[must_use]
    pub const fn as_file(&self) -> &'static str {
        self.file
    }

    /// What it asks.
    #[must_use]
    pub fn blueprint(&self) -> Blueprint {
        let read = read_template_file(self.file.as_bytes());
        read.expect("a test reads each of them").blueprint
    }
}

/// What a request is made of.
#[derive(Clone, Copy, Debug)]
pub enum TemplateFrom {
    /// Nothing.
    Blank,
    /// One that comes with the product.
    Preset(&'static BlueprintPreset),
    /// One of the firm's own.
    Template(Id<RequestTemplate>),
}

impl TemplateFrom {
    /// As addresses and forms name it: nothing, the key of a preset or the id of a template.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        match (typed, BlueprintPreset::find(typed)) {
            ("", _) => Some(Self::Blank),
            (_, Some(preset)) => Some(Self::Preset(preset)),
            (id, None) => id.parse().ok().map(Self::Template),
        }
    }

    /// The same for an address or a form.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Preset(preset) => preset.key.into(),
            Self::Template(id) => id.to_string(),
        }
    }

    /// Its name and what it asks.
    pub(in crate::model) fn open(self, r: &impl Records) -> Result<(String, Blueprint)> {
        match self {
            Self::Blank => Ok((String::new(), Blueprint::blank())),
            Self::Preset(preset) => Ok((preset.name.into(), preset.blueprint())),
            Self::Template(id) => {
                let template: RequestTemplate = r.get(id)?.ok_or(Error::NotFound)?;
                Ok((template.name.to_string(), template.blueprint))
            }
        }
    }

    /// The template, if it is one of the firm's own.
    pub(in crate::model) const fn id(self) -> Option<Id<RequestTemplate>> {
        match self {
            Self::Template(id) => Some(id),
            Self::Blank | Self::Preset(_) => None,
        }
    }
}

impl Console {
    /// What a new request begins with, and the template that its history names.
    pub fn blueprint_from(
        &self,
        from: TemplateFrom,
    ) -> Result<(Blueprint, Option<Id<RequestTemplate>>)> {
        let (_, blueprint) = self.read(|r| from.open(r))?;
        Ok((blueprint, from.id()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::request_template::file::as_file;
    use crate::values::Label;

    #[test]
    fn every_preset_can_be_used_and_is_written_as_it_is_exported() {
        for preset in BLUEPRINT_PRESETS {
            let read = read_template_file(preset.file.as_bytes()).unwrap();
            assert_eq!(read.name.as_str(), preset.name);
            let name = Label::parse(preset.name).unwrap();
            assert_eq!(as_file(&name, &preset.blueprint()), preset.file, "{}", preset.key);
            assert!(TemplateFrom::parse(preset.key).is_some());
        }
    }
}
