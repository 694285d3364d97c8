//! An image of our own making: nothing of the file it came from is in it but what can be seen.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, RgbImage};

use super::wire::{Answer, Head, ImageKind, Why};

/// A PNG above this is made a JPEG: pages are looked at on phones too.
const MOST_PNG: usize = 600 << 10;
/// Of a hundred. No loss can be seen at this size.
const QUALITY: u8 = 85;

/// How an image is best kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// Letters and lines, which JPEG smears.
    Sharp,
    /// A photograph, which is several times as large as PNG.
    Photo,
}

/// The image as PNG or JPEG: as PNG if one can see through it anywhere.
pub(super) fn encode(image: DynamicImage, looks: Looks, pages: u32) -> Result<Answer, Why> {
    let head = |kind, image: &DynamicImage| Head::Image {
        kind,
        width: image.width(),
        height: image.height(),
        pages,
    };
    let clear = image.color().has_alpha();
    let image: DynamicImage = if clear {
        let image = image.into_rgba8();
        if image.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
            DynamicImage::from(image).into_rgb8().into()
        } else {
            image.into()
        }
    } else {
        image.into_rgb8().into()
    };
    let clear = image.color().has_alpha();
    if clear || looks == Looks::Sharp {
        let body = png(&image)?;
        if clear || body.len() <= MOST_PNG {
            return Ok(Answer { head: head(ImageKind::Png, &image), body });
        }
    }
    let body = jpeg(image.as_rgb8().expect("it has no transparency, so it is RGB"))?;
    Ok(Answer { head: head(ImageKind::Jpeg, &image), body })
}

fn png(image: &DynamicImage) -> Result<Vec<u8>, Why> {
    let mut png = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive);
    image.write_with_encoder(encoder).map_err(|_| Why::Damaged)?;
    Ok(png)
}

fn jpeg(image: &RgbImage) -> Result<Vec<u8>, Why> {
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    image.write_with_encoder(encoder).map_err(|_| Why::Damaged)?;
    Ok(jpeg)
}
