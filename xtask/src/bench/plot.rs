//! Plots as SVG: lines over two logarithmic axes, a panel for each database.

use std::fmt::Write as _;

/// Panels beside one another, with the same axes.
pub(super) struct Figure {
    pub(super) title: String,
    pub(super) across: &'static str,
    pub(super) up: &'static str,
    pub(super) panels: Vec<Panel>,
}

/// One database's lines: their names and points.
pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) lines: Vec<(&'static str, Vec<(f64, f64)>)>,
}

const WIDTH: f64 = 250.0;
const HEIGHT: f64 = 240.0;
const GAP: f64 = 64.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 62.0;
const BOTTOM: f64 = 92.0;
/// How a variant is drawn, the same in all plots.
struct Style {
    variant: &'static str,
    colour: &'static str,
    shape: Shape,
    is_filled: bool,
}

#[derive(Clone, Copy)]
enum Shape {
    Disc,
    Square,
    Diamond,
}

const fn style(
    variant: &'static str,
    colour: &'static str,
    shape: Shape,
    is_filled: bool,
) -> Style {
    Style {
        variant,
        colour,
        shape,
        is_filled,
    }
}

/// Colours that people tell apart whose eyes see fewer of them (Okabe and Ito), with marks that
/// differ too.
const STYLES: &[Style] = &[
    style("plain", "#6b6b6b", Shape::Disc, true),
    style("hand", "#0072b2", Shape::Square, false),
    style("tuned", "#cc79a7", Shape::Diamond, false),
    style("disabled", "#56b4e9", Shape::Diamond, true),
    style("buffered", "#d55e00", Shape::Disc, false),
    style("buffered_declared", "#009e73", Shape::Square, true),
    style("immediate", "#d55e00", Shape::Disc, true),
    style("immediate_declared", "#009e73", Shape::Diamond, true),
];

/// Those that have no style of their own look alike.
const OTHER: Style = style("", "#000000", Shape::Disc, true);

impl Style {
    fn of(variant: &str) -> &'static Self {
        let found = STYLES.iter().find(|style| style.variant == variant);
        found.unwrap_or(&OTHER)
    }

    /// Draws the mark of a point.
    fn mark(&self, out: &mut String, x: f64, y: f64) {
        let colour = self.colour;
        let fill = if self.is_filled { colour } else { "white" };
        let shape = match self.shape {
            Shape::Disc => format!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="3.5""#),
            Shape::Square => {
                let (left, top) = (x - 3.5, y - 3.5);
                format!(r#"<rect x="{left:.1}" y="{top:.1}" width="7" height="7""#)
            }
            Shape::Diamond => {
                let top = y - 4.5;
                format!(r#"<path d="M{x:.1} {top:.1}l4.5 4.5l-4.5 4.5l-4.5 -4.5z""#)
            }
        };
        let _ = writeln!(
            out,
            r#"{shape} fill="{fill}" stroke="{colour}" stroke-width="1.5"/>"#
        );
    }
}

/// An axis: powers of ten from one to another.
#[derive(Clone, Copy)]
struct Axis {
    low: i32,
    high: i32,
    length: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>, length: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| *value > 0.0) {
            low = low.min(value.log10());
            high = high.max(value.log10());
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        #[expect(clippy::cast_possible_truncation, reason = "powers of ten are small")]
        let (low, high) = (low.floor() as i32, high.ceil() as i32);
        let high = high.max(low + 1);
        Self { low, high, length }
    }

    fn place(self, value: f64) -> f64 {
        (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low) * self.length
    }

    fn powers(self) -> impl Iterator<Item = (f64, String)> {
        (self.low..=self.high).map(|power| (10f64.powi(power), label(power)))
    }

    /// The places between two powers of ten.
    fn between(self) -> impl Iterator<Item = f64> {
        (self.low..self.high)
            .flat_map(|power| (2..10).map(move |times| f64::from(times) * 10f64.powi(power)))
    }
}

/// 10, 1,000, 0.01.
fn label(power: i32) -> String {
    if power < 0 {
        return format!("{:.*}", power.unsigned_abs() as usize, 10f64.powi(power));
    }
    let digits = format!("1{}", "0".repeat(power.unsigned_abs() as usize));
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Figure {
    pub(super) fn svg(&self) -> String {
        let points = || {
            self.panels
                .iter()
                .flat_map(|it| &it.lines)
                .flat_map(|it| &it.1)
        };
        let across = Axis::over(points().map(|point| point.0), WIDTH);
        let up = Axis::over(points().map(|point| point.1), HEIGHT);
        #[expect(clippy::cast_precision_loss, reason = "three panels")]
        let count = self.panels.len().max(1) as f64;
        let width = LEFT + count * (WIDTH + GAP);
        let height = TOP + HEIGHT + BOTTOM;
        let mut out = String::new();
        let _ = writeln!(
            out,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#222">
<rect width="100%" height="100%" fill="white"/>
<text x="{LEFT}" y="24" font-size="16" font-weight="bold">{}</text>"##,
            self.title
        );
        let mut left = LEFT;
        for (at, panel) in self.panels.iter().enumerate() {
            let _ = writeln!(out, r#"<g transform="translate({left} {TOP})">"#);
            panel.draw(&mut out, across, up, at == 0);
            out.push_str("</g>\n");
            left += WIDTH + GAP;
        }
        let _ = writeln!(
            out,
            r#"<text x="{}" y="{}" text-anchor="middle">{}</text>
<text transform="translate(14 {}) rotate(-90)" text-anchor="middle">{}</text>"#,
            LEFT + (width - LEFT - GAP) / 2.0,
            TOP + HEIGHT + 42.0,
            self.across,
            TOP + HEIGHT / 2.0,
            self.up,
        );
        self.legend(&mut out);
        out.push_str("</svg>\n");
        out
    }

    fn legend(&self, out: &mut String) {
        let Some(panel) = self.panels.first() else {
            return;
        };
        let mut left = LEFT;
        let base = TOP + HEIGHT + 72.0;
        for (name, _) in &panel.lines {
            let style = Style::of(name);
            let _ = writeln!(
                out,
                r#"<line x1="{left}" y1="{base}" x2="{}" y2="{base}" stroke="{}" stroke-width="2"/>"#,
                left + 26.0,
                style.colour,
            );
            style.mark(out, left + 13.0, base);
            let name = name.replace('_', ", ");
            let _ = writeln!(
                out,
                r#"<text x="{}" y="{}">{name}</text>"#,
                left + 32.0,
                base + 4.0
            );
            #[expect(clippy::cast_precision_loss, reason = "a name is short")]
            let length = name.len() as f64;
            left += 56.0 + 6.6 * length;
        }
    }
}

impl Panel {
    fn draw(&self, out: &mut String, across: Axis, up: Axis, is_first: bool) {
        for value in up.between() {
            let y = HEIGHT - up.place(value);
            let _ = writeln!(
                out,
                r##"<line x1="0" x2="{WIDTH}" y1="{y:.1}" y2="{y:.1}" stroke="#f0f0f0"/>"##
            );
        }
        for (value, text) in up.powers() {
            let y = HEIGHT - up.place(value);
            let _ = writeln!(
                out,
                r##"<line x1="0" x2="{WIDTH}" y1="{y:.1}" y2="{y:.1}" stroke="#ccc"/>"##
            );
            if is_first {
                let _ = writeln!(
                    out,
                    r#"<text x="-8" y="{:.1}" text-anchor="end">{text}</text>"#,
                    y + 4.0
                );
            }
        }
        for (value, text) in across.powers() {
            let x = across.place(value);
            let _ = writeln!(
                out,
                r##"<line x1="{x:.1}" x2="{x:.1}" y1="0" y2="{HEIGHT}" stroke="#ccc"/>
<text x="{x:.1}" y="{}" text-anchor="middle" font-size="11">{text}</text>"##,
                HEIGHT + 17.0
            );
        }
        let _ = writeln!(
            out,
            r##"<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#666"/>
<text x="{}" y="-10" text-anchor="middle" font-weight="bold">{}</text>"##,
            WIDTH / 2.0,
            self.title
        );
        for (name, points) in &self.lines {
            let style = Style::of(name);
            let places: Vec<(f64, f64)> = points
                .iter()
                .map(|&(x, y)| (across.place(x), HEIGHT - up.place(y)))
                .collect();
            let line: Vec<String> = places
                .iter()
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            let _ = writeln!(
                out,
                r#"<polyline points="{}" fill="none" stroke="{}" stroke-width="2"/>"#,
                line.join(" "),
                style.colour
            );
            for (x, y) in places {
                style.mark(out, x, y);
            }
        }
    }
}
