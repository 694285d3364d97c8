//! A picture for a page: small, upright, and without what a camera wrote beside it.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::encode::{Looks, encode};
use super::wire::{Answer, Why};

/// The longer side, in pixels.
const SIDE: u32 = 1_600;
/// More pixels than any camera of a phone has.
const MOST_PIXELS: u64 = 50_000_000;
/// What the reader of a picture may take, in bytes: a little less than the worker has.
const MOST_MEMORY: u64 = 256 << 20;

/// The picture, fitted into [`SIDE`] pixels. Of a moving one, how it begins.
pub(super) fn small(file: &[u8]) -> Result<Answer, Why> {
    use ImageFormat as F;
    let looks = match image::guess_format(file) {
        Ok(F::Jpeg | F::WebP | F::Tiff) => Looks::Photo,
        Ok(F::Png | F::Gif | F::Bmp) => Looks::Sharp,
        _ => return Err(Why::Damaged),
    };
    let mut reader =
        ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| Why::Damaged)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(why)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Why::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(why)?;
    let mut picture =
        if width.max(height) > SIDE { picture.thumbnail(SIDE, SIDE) } else { picture };
    // Turned when it is small: it needs the memory twice.
    picture.apply_orientation(orientation);
    encode(picture, looks, 1)
}

fn why(error: ImageError) -> Why {
    match error {
        ImageError::Limits(_) => Why::TooManyPixels,
        _ => Why::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::super::wire::{Head, ImageKind};
    use super::*;

    fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// What was made of it: format, width, height, and the file.
    fn made(file: &[u8]) -> (ImageKind, u32, u32, Vec<u8>) {
        let answer = small(file).unwrap();
        let Head::Image { kind, width, height, pages: 1 } = answer.head else {
            panic!("{:?}", answer.head)
        };
        (kind, width, height, answer.body)
    }

    fn holds(file: &[u8], words: &[u8]) -> bool {
        file.windows(words.len()).any(|some| some == words)
    }

    /// What a phone writes beside a picture: how it was held, and a place with its latitude.
    fn exif() -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
        tiff.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"); // orientation: turn it to the right
        tiff.extend(b"\x25\x88\x04\0\x01\0\0\0\x26\0\0\0\0\0\0\0"); // the GPS part begins at 38
        tiff.extend(b"\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0");
        tiff.extend(b"37.7749N 122.4194W");
        let mut exif = b"Exif\0\0".to_vec();
        exif.extend(tiff);
        exif
    }

    /// Left half red, right half blue, with what a phone writes.
    fn photo() -> Vec<u8> {
        let colour = |x| if x < 120 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) };
        let jpeg = file(RgbImage::from_fn(240, 80, |x, _| colour(x)), ImageFormat::Jpeg);
        let exif = exif();
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn a_photo_is_upright_and_tells_no_place() {
        let photo = photo();
        assert!(holds(&photo, b"122.4194W"));
        let (kind, width, height, made) = made(&photo);
        assert_eq!((kind, width, height), (ImageKind::Jpeg, 80, 240));
        assert!(!holds(&made, b"Exif") && !holds(&made, b"122.4194W"));
        let picture = image::load_from_memory(&made).unwrap().into_rgb8();
        let (top, bottom) = (picture.get_pixel(40, 20), picture.get_pixel(40, 220));
        assert!(top.0[0] > 200 && bottom.0[2] > 200, "what was left is on top: {top:?} {bottom:?}");
    }

    #[test]
    fn every_kind_is_shown_as_what_it_is_best_as() {
        let plain = RgbImage::from_pixel(40, 30, Rgb([9, 9, 9]));
        for (format, kind) in [
            (ImageFormat::Png, ImageKind::Png),
            (ImageFormat::Gif, ImageKind::Png),
            (ImageFormat::Bmp, ImageKind::Png),
            (ImageFormat::Jpeg, ImageKind::Jpeg),
            (ImageFormat::WebP, ImageKind::Jpeg),
            (ImageFormat::Tiff, ImageKind::Jpeg),
        ] {
            let (made, width, height, _) = made(&file(plain.clone(), format));
            assert_eq!((made, width, height), (kind, 40, 30), "{format:?}");
        }
        let clear = RgbaImage::from_pixel(8, 8, Rgba([1, 2, 3, 100]));
        assert_eq!(made(&file(clear, ImageFormat::WebP)).0, ImageKind::Png, "one can see through");
        let (_, width, height, _) = made(&file(RgbImage::new(4_000, 1_000), ImageFormat::Png));
        assert_eq!((width, height), (1_600, 400));
    }

    #[test]
    fn what_claims_to_be_huge_is_not_looked_at() {
        let mut png = file(RgbImage::new(1, 1), ImageFormat::Png);
        // Width and height stand behind the signature and the header's name; behind them a sum that must fit.
        png[16..24].copy_from_slice(&[0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50]);
        png[29..33].copy_from_slice(&[0xc4, 0xcd, 0xaa, 0x9d]);
        assert_eq!(small(&png), Err(Why::TooManyPixels), "50,000 a side");
        let mut gif = file(RgbImage::new(1, 1), ImageFormat::Gif);
        gif[6..10].copy_from_slice(&[0xff; 4]);
        assert_eq!(small(&gif), Err(Why::TooManyPixels), "65,535 a side");
    }

    #[test]
    fn what_is_broken_off_is_damaged() {
        let photo = photo();
        assert_eq!(small(&photo[..photo.len() / 3]), Err(Why::Damaged));
        let png = file(RgbImage::new(90, 90), ImageFormat::Png);
        assert_eq!(small(&png[..png.len() / 2]), Err(Why::Damaged));
        assert_eq!(small(b"<svg onload=\"alert(1)\"/>"), Err(Why::Damaged));
        assert_eq!(small(b""), Err(Why::Damaged));
    }
}
