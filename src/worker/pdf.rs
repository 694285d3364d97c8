//! A page of a PDF as an image.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{self, Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use image::{DynamicImage, RgbImage};

use super::encode::{Looks, encode};
use super::wire::{Answer, Why};

/// How wide a page is drawn, in pixels: twice what it takes on a screen, for screens of fine pixels.
const WIDTH: f32 = 1_400.0;
/// Most pixels of a page: a poster comes out narrower.
const MOST_PIXELS: f32 = 6_000_000.0;
/// Tallest page, in pixels.
const MOST_HEIGHT: f32 = 8_000.0;
/// A stamp is not blown up to the size of a page.
const MOST_SCALE: f32 = 4.0;

/// Draws the page of this number, the first being one.
pub(super) fn page(document: Vec<u8>, number: u32) -> Result<Answer, Why> {
    let pdf = Pdf::new(document).map_err(|why| match why {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Why::Protected,
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => Why::Damaged,
    })?;
    let pages = pdf.pages();
    if pages.is_empty() {
        return Err(Why::Damaged);
    }
    let at = number.checked_sub(1).ok_or(Why::NoSuchPage)? as usize;
    let image = draw(pages.get(at).ok_or(Why::NoSuchPage)?)?;
    encode(image, Looks::Sharp, u32::try_from(pages.len()).unwrap_or(u32::MAX))
}

fn draw(page: &Page<'_>) -> Result<DynamicImage, Why> {
    let (width, height) = page.render_dimensions();
    let scale = scale(width, height).ok_or(Why::Damaged)?;
    #[expect(clippy::cast_sign_loss, reason = "it is at least one")]
    let side = |length: f32| (length * scale).round().clamp(1.0, MOST_HEIGHT) as u16;
    let (columns, rows) = (side(width), side(height));
    // As hayro draws by itself, but without asking the system how many cores there are.
    let settings = vello_cpu::RenderSettings { num_threads: 0, ..Default::default() };
    let mut context = RenderContext::new_with(columns, rows, settings);
    let to = Affine::scale(scale.into()) * page.initial_transform(true).to_kurbo();
    let (cache, how) = (RenderCache::new(), RenderSettings::default());
    render_into(page, &cache, &InterpreterSettings::default(), &how, &mut context, to);
    context.flush();
    let mut pixels = Pixmap::new(columns, rows);
    let paper = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..Default::default() };
    context.render_with(&mut pixels, &mut Resources::default(), paper);
    // On white paper nothing is transparent.
    let rgb: Vec<u8> = pixels.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    let image = RgbImage::from_raw(columns.into(), rows.into(), rgb).ok_or(Why::Damaged)?;
    Ok(image.into())
}

/// Pixels for a point of the page, so that it fits; none for a page without area.
fn scale(width: f32, height: f32) -> Option<f32> {
    let area = width * height;
    if !area.is_finite() || width < 1.0 || height < 1.0 {
        return None;
    }
    let fits = [WIDTH / width, MOST_HEIGHT / height, (MOST_PIXELS / area).sqrt(), MOST_SCALE];
    Some(fits.into_iter().fold(f32::INFINITY, f32::min))
}
