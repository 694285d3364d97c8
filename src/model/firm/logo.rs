//! The logo: whatever image somebody uploads becomes a small PNG of our own making, without anything that was hidden in
//! the file.

use std::io::Cursor;
use std::sync::{Mutex, PoisonError};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::{Firm, Logo};
use crate::error::{Error, Result};
use crate::model::Admin;
use crate::model::db::{Records, Write};
use crate::model::edition::check_edition;
use crate::model::guest::Guest;
use crate::model::id::Id;
use crate::values::Accent;

/// The largest file that is looked at.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// The largest image: a file of a few bytes can claim to be one that fills the memory.
const MOST_PIXELS: u64 = 50_000_000;
/// While one is decoded.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
/// Of what is kept, a side; enough for the largest place where it is shown, on the sharpest screen.
const SIDE: u32 = 512;

/// One image at a time, so that several uploads at once cannot take the memory.
static ONE: Mutex<()> = Mutex::new(());

impl Guest {
    /// The firm's logo as PNG; [`Error::NotFound`] for one that was replaced.
    pub fn logo(&self, id: Id<Logo>) -> Result<Vec<u8>> {
        if self.firm()?.logo != Some(id) {
            return Err(Error::NotFound);
        }
        Ok(self.core().db.read(|r| r.need(id))?.png)
    }
}

/// How the firm looks, as somebody wants it.
#[derive(Clone, Debug)]
pub struct NewBrand {
    /// The color.
    pub accent: Accent,
    /// The logo.
    pub logo: NewLogo,
}

/// What shall become of the logo.
#[derive(Clone, Debug)]
pub enum NewLogo {
    /// It stays as it is.
    Keep,
    /// The first letter of the firm's name takes its place.
    Remove,
    /// This file takes its place: PNG, JPEG or WebP. It is kept as a small PNG without metadata.
    Upload(Vec<u8>),
}

/// What becomes of the logo, once the upload has been read.
enum Change {
    Keep,
    Remove,
    Set(Vec<u8>),
}

impl Admin {
    /// Changes how the firm looks. `seen` is [`Firm::brand_edition`] as it was shown.
    pub async fn set_brand(&self, new: NewBrand, seen: String) -> Result<()> {
        let change = match new.logo {
            NewLogo::Keep => Change::Keep,
            NewLogo::Remove => Change::Remove,
            NewLogo::Upload(file) => {
                let reading = tokio::task::spawn_blocking(move || reencode(&file));
                let png = reading.await.map_err(Error::bug)?;
                Change::Set(png.map_err(|why| Error::field("logo", why))?)
            }
        };
        let accent = new.accent;
        let write = move |tx: &mut Write<'_, '_>| {
            let firm: Firm = tx.need(Id::MIN)?;
            check_edition(&seen, &firm.brand_edition())?;
            let (logo, mut said) = change_logo(tx, firm.logo, change)?;
            if firm.accent != accent {
                said.push(format!("the color to {accent}"));
            }
            if said.is_empty() {
                return Ok(());
            }
            tx.put(&Firm { accent, logo, ..firm })?;
            tx.say("brand-changed", None, format!("changed {}", said.join(" and ")))
        };
        self.console().write(write).await
    }
}

/// The logo there is now, and what to say of it.
fn change_logo(
    tx: &mut Write<'_, '_>,
    old: Option<Id<Logo>>,
    change: Change,
) -> Result<(Option<Id<Logo>>, Vec<String>)> {
    let (new, said) = match change {
        Change::Keep => return Ok((old, vec![])),
        Change::Remove if old.is_none() => return Ok((None, vec![])),
        Change::Remove => (None, "the logo to the first letter of the name"),
        Change::Set(png) => {
            let logo = Logo { id: tx.id(), png };
            tx.put(&logo)?;
            (Some(logo.id), "the logo")
        }
    };
    if let Some(old) = old {
        tx.delete(old)?;
    }
    Ok((new, vec![said.to_owned()]))
}

/// A PNG of at most [`SIDE`] pixels a side, or the sentence for whoever chose the file.
fn reencode(upload: &[u8]) -> Result<Vec<u8>, &'static str> {
    if upload.len() > MOST_BYTES {
        return Err("The file is larger than 2 MB. Save the logo smaller and choose it again");
    }
    let image = decode(upload)?;
    let image = if image.width() > SIDE || image.height() > SIDE {
        image.thumbnail(SIDE, SIDE)
    } else {
        image
    };
    // Eight bits a channel, with transparency only where there is some: what every browser and mail program shows.
    let image: DynamicImage = if image.color().has_alpha() {
        image.into_rgba8().into()
    } else {
        image.into_rgb8().into()
    };
    let mut png = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive);
    image.write_with_encoder(encoder).map_err(|_| UNREADABLE)?;
    Ok(png)
}

const UNREADABLE: &str = "This file could not be read as an image. Save it as PNG and choose that";

fn decode(upload: &[u8]) -> Result<DynamicImage, &'static str> {
    let format = match image::guess_format(upload) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => format,
        _ if is_svg(upload) => {
            return Err("An SVG file can hold programs, so it is not taken. Save the logo as PNG");
        }
        _ => return Err("Choose a PNG, JPEG or WebP file"),
    };
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| UNREADABLE)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(
            "The image has more than 50 million pixels. Save it smaller and choose it again",
        );
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|_| UNREADABLE)?;
    // What a camera notes about how it was held goes with the metadata.
    image.apply_orientation(orientation);
    Ok(image)
}

fn is_svg(upload: &[u8]) -> bool {
    let start = upload.get(..upload.len().min(1024)).unwrap_or_default();
    start.windows(4).any(|four| four.eq_ignore_ascii_case(b"<svg"))
}

#[cfg(test)]
mod tests {
    use image::{RgbImage, RgbaImage};
    use proptest::prelude::{any, proptest};

    use super::*;

    fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn size(png: &[u8]) -> (u32, u32) {
        let image = image::load_from_memory_with_format(png, ImageFormat::Png).unwrap();
        (image.width(), image.height())
    }

    #[test]
    fn every_kind_becomes_a_small_png() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let png = reencode(&file(RgbImage::new(1200, 300), format)).unwrap();
            assert_eq!(size(&png), (512, 128), "{format:?}");
        }
        let png = reencode(&file(RgbaImage::new(40, 50), ImageFormat::Png)).unwrap();
        assert_eq!(size(&png), (40, 50));
    }

    #[test]
    fn nothing_but_the_pixels_is_kept() {
        let mut upload = file(RgbImage::new(8, 8), ImageFormat::Png);
        upload.extend_from_slice(b"<script>alert(1)</script>");
        let png = reencode(&upload).unwrap();
        assert!(!png.windows(7).any(|seven| seven == b"<script"));
    }

    #[test]
    fn what_is_no_image_is_told_so() {
        let svg = b"<?xml version=\"1.0\"?><SVG onload=\"alert(1)\"/>";
        assert!(reencode(svg).unwrap_err().contains("SVG"));
        assert!(reencode(b"GIF89a...").unwrap_err().contains("PNG, JPEG or WebP"));
        assert!(reencode(b"").unwrap_err().contains("PNG, JPEG or WebP"));
        assert!(reencode(&vec![0; MOST_BYTES + 1]).unwrap_err().contains("2 MB"));
        let whole = file(RgbImage::new(64, 64), ImageFormat::Png);
        assert_eq!(reencode(&whole[..whole.len() / 2]), Err(UNREADABLE));
    }

    #[test]
    fn an_image_that_claims_to_be_huge_is_not_decoded() {
        let mut bomb = file(RgbImage::new(1, 1), ImageFormat::Png);
        // Width and height stand behind the signature and the header's name.
        bomb[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
        assert!(reencode(&bomb).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(head in 0..3_usize, tail in any::<Vec<u8>>()) {
            let heads: [&[u8]; 3] = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"];
            let _ = reencode(&[heads[head], &tail].concat());
        }
    }
}
