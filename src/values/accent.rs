//! The firm's color. Its hue is kept; how light it is, is ours, so that text on it can always be read.
//!
//! Pages derive their colors in CSS (`tokens.css`); mails cannot, so the same is computed here.

use super::plain_value;

/// Name and color of the choices offered first.
pub const PRESETS: [(&str, &str); 8] = [
    ("Spruce", "#2c6b57"),
    ("Ink", "#2b4a7a"),
    ("Plum", "#6d3d6f"),
    ("Brick", "#9a4632"),
    ("Ochre", "#8a6414"),
    ("Slate", "#4a5560"),
    ("Rose", "#a33a5e"),
    ("Teal", "#0f6a73"),
];

const MAX_CHROMA: f64 = 0.12; // as in tokens.css
const FILL: f64 = 0.47;
const FILL_DARK: f64 = 0.53;

/// A color as `#rrggbb`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Accent(String);

plain_value!(Accent);

impl Default for Accent {
    /// Spruce.
    fn default() -> Self {
        let [(_, spruce), ..] = PRESETS;
        Self(spruce.to_owned())
    }
}

impl Accent {
    /// The color, with or without its #.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let typed = typed.trim();
        let digits = typed.strip_prefix('#').unwrap_or(typed);
        if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(Self(format!("#{}", digits.to_ascii_lowercase())))
        } else {
            Err("Write the color as # and six digits or letters a to f, like #2c6b57")
        }
    }

    /// `#rrggbb`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `#rrggbb`.
    pub fn hex(&self) -> &str {
        &self.0
    }

    /// The ground of a button in a mail; takes white text.
    pub fn mail_fill(&self) -> String {
        self.fill(FILL)
    }

    /// The same for mail programs that ask for dark colors; takes white text too.
    pub fn mail_fill_dark(&self) -> String {
        self.fill(FILL_DARK)
    }

    /// The color at this lightness, a little darker if white text needs it.
    fn fill(&self, mut lightness: f64) -> String {
        let (chroma, hue) = self.chroma_and_hue();
        loop {
            let fill = in_gamut(lightness, chroma.min(MAX_CHROMA), hue);
            // Ends: at lightness 0 the color is black, which has a contrast of 21.
            if contrast_with_white(fill) >= 4.5 {
                let [r, g, b] = fill;
                return format!("#{r:02x}{g:02x}{b:02x}");
            }
            lightness = (lightness - 0.005).max(0.0);
        }
    }

    fn chroma_and_hue(&self) -> (f64, f64) {
        let byte = |at: usize| u8::from_str_radix(&self.0[at..at + 2], 16).expect("parsed as hex");
        let [_, a, b] = oklab([byte(1), byte(3), byte(5)]);
        (a.hypot(b), b.atan2(a))
    }
}

// Björn Ottosson, "A perceptual color space for image processing" (2020).
const RGB_TO_CONES: Matrix = [
    [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
    [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
    [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
];
const CONES_TO_LAB: Matrix = [
    [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
    [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
    [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
];
const LAB_TO_CONES: Matrix = [
    [1.0, 0.396_337_777_4, 0.215_803_757_3],
    [1.0, -0.105_561_345_8, -0.063_854_172_8],
    [1.0, -0.089_484_177_5, -1.291_485_548_0],
];
const CONES_TO_RGB: Matrix = [
    [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
    [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
    [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
];

type Matrix = [[f64; 3]; 3];

fn times(matrix: &Matrix, vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(factor, value)| factor * value).sum())
}

/// Lightness, and the two axes of color.
fn oklab(rgb: [u8; 3]) -> [f64; 3] {
    let cones = times(&RGB_TO_CONES, rgb.map(to_linear));
    times(&CONES_TO_LAB, cones.map(f64::cbrt))
}

/// Linear sRGB of a lightness, chroma and hue; outside 0..=1 where a screen cannot show it.
fn oklch_to_linear(lightness: f64, chroma: f64, hue: f64) -> [f64; 3] {
    let cones = times(&LAB_TO_CONES, [lightness, chroma * hue.cos(), chroma * hue.sin()]);
    times(&CONES_TO_RGB, cones.map(|cone| cone.powi(3)))
}

/// The color with as much of its chroma as a screen can show; lightness and hue stay.
fn in_gamut(lightness: f64, chroma: f64, hue: f64) -> [u8; 3] {
    let fits = |chroma: f64| {
        oklch_to_linear(lightness, chroma, hue).iter().all(|c| (-0.000_1..=1.000_1).contains(c))
    };
    if fits(chroma) {
        return oklch_to_linear(lightness, chroma, hue).map(from_linear);
    }
    let (mut most, mut least_too_much) = (0.0, chroma);
    for _ in 0..20 {
        let middle = f64::midpoint(most, least_too_much);
        if fits(middle) { most = middle } else { least_too_much = middle }
    }
    oklch_to_linear(lightness, most, hue).map(from_linear)
}

fn to_linear(byte: u8) -> f64 {
    let c = f64::from(byte) / 255.0;
    if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

fn from_linear(c: f64) -> u8 {
    let c = c.clamp(0.0, 1.0);
    let c = if c <= 0.003_130_8 { c * 12.92 } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
    let byte = (c * 255.0).round() as u8;
    byte
}

/// WCAG 2.2: the ratio of white to the relative luminance of the color.
fn contrast_with_white(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = rgb.map(to_linear);
    1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
}

#[cfg(test)]
mod tests {
    use super::{Accent, MAX_CHROMA, PRESETS, contrast_with_white, in_gamut, oklab};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    fn rgb(hex: &str) -> [u8; 3] {
        [1, 3, 5].map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
    }

    #[test]
    fn a_color_is_a_hash_and_six_digits() {
        assert_eq!(Accent::parse(" 2C6B57 ").unwrap().hex(), "#2c6b57");
        assert_eq!(Accent::default().as_str(), "#2c6b57");
        for odd in ["", "#abc", "#12345g", "red", "#1234567", "#2c6b57;}", "é12345", "##12345"] {
            assert!(Accent::parse(odd).is_err(), "{odd}");
        }
        for (name, hex) in PRESETS {
            assert_eq!(Accent::parse(hex).unwrap().hex(), hex, "{name}");
        }
    }

    #[test]
    fn the_conversion_is_the_published_one() {
        let [l, a, b] = oklab([255, 0, 0]);
        assert!(
            (l - 0.627_96).abs() < 1e-4
                && (a - 0.224_86).abs() < 1e-4
                && (b - 0.125_85).abs() < 1e-4
        );
        let [l, a, b] = oklab([255, 255, 255]);
        assert!((l - 1.0).abs() < 1e-6 && a.abs() < 1e-6 && b.abs() < 1e-6);
    }

    #[test]
    fn white_text_can_be_read_on_every_hue_and_chroma() {
        for degree in 0..360_u16 {
            for step in 0..=12_u8 {
                let chroma = MAX_CHROMA * f64::from(step) / 12.0;
                for lightness in [super::FILL, super::FILL_DARK] {
                    let fill = in_gamut(lightness, chroma, f64::from(degree).to_radians());
                    assert!(
                        contrast_with_white(fill) >= 4.5,
                        "{degree}° {chroma} {lightness}: {fill:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn gray_stays_gray() {
        let [r, g, b] = rgb(&Accent::parse("#808080").unwrap().mail_fill());
        assert!(r == g && g == b);
    }

    proptest! {
        #[test]
        fn any_color_gives_fills_for_white_text_of_its_own_hue(r: u8, g: u8, b: u8) {
            let accent = Accent::parse(&format!("#{r:02x}{g:02x}{b:02x}")).unwrap();
            for fill in [accent.mail_fill(), accent.mail_fill_dark()] {
                prop_assert!(contrast_with_white(rgb(&fill)) >= 4.5);
                let (chroma, hue) = Accent::parse(&fill).unwrap().chroma_and_hue();
                let (_, typed_hue) = accent.chroma_and_hue();
                let turn = (hue - typed_hue).cos();
                prop_assert!(chroma < 0.03 || turn > 0.98, "{} {fill}", accent.hex());
            }
        }

        #[test]
        fn any_text_is_answered(text in ".*") {
            if let Ok(accent) = Accent::parse(&text) {
                prop_assert_eq!(Accent::parse(accent.as_str()), Ok(accent));
            }
        }
    }
}
