//! Charts as inline SVG: stacked bars, drawn with classes only, so that one style sheet colours them
//! for light, dark and paper.

use std::fmt::Write as _;

use super::html::escape;

/// Stacked bars over labels.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// Under the bars, one each.
    pub labels: Vec<String>,
    /// What the bars are made of, from below.
    pub series: Vec<Series>,
}

/// One part of every bar.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it counts.
    pub name: &'static str,
    /// One value for each label.
    pub values: Vec<u64>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 44.0;
const BOTTOM: f64 = 26.0;
const TOP: f64 = 8.0;

impl Chart {
    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|series| series.values.iter().all(|value| *value == 0))
    }

    /// The chart as a figure with a caption and a legend.
    pub(super) fn svg(&self) -> String {
        let total = |at: usize| -> u64 {
            self.series.iter().filter_map(|series| series.values.get(at)).sum()
        };
        let highest = (0..self.labels.len()).map(total).max().unwrap_or_default().max(1);
        let (step, top) = ticks(highest);
        #[expect(clippy::cast_precision_loss, reason = "pixels need no more")]
        let y = |value: u64| HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value as f64 / top as f64;
        #[expect(clippy::cast_precision_loss, reason = "a few dozen bars")]
        let slot = (WIDTH - LEFT) / self.labels.len().max(1) as f64;
        let mut svg = format!(
            "<figure class=\"chart\"><figcaption>{}</figcaption>\
             <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(&self.title),
            escape(&self.title)
        );
        let mut put = |text: std::fmt::Arguments<'_>| {
            let _ = svg.write_fmt(text);
        };
        let mut tick = 0;
        while tick <= top {
            let at = y(tick);
            put(format_args!(
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>"
            ));
            put(format_args!(
                "<text class=\"axis end\" x=\"{:.1}\" y=\"{:.1}\">{tick}</text>",
                LEFT - 6.0,
                at + 3.5
            ));
            tick += step;
        }
        // As many labels as have room; the bars themselves tell theirs on pointing at them.
        let every = self.labels.len().div_ceil(9).max(1);
        for (at, label) in self.labels.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "a few dozen bars")]
            let x = LEFT + slot * at as f64;
            let mut below = 0;
            for (number, series) in self.series.iter().enumerate() {
                let value = series.values.get(at).copied().unwrap_or_default();
                if value == 0 {
                    continue;
                }
                let (from, to) = (y(below), y(below + value));
                below += value;
                put(format_args!(
                    "<rect class=\"s{number}\" x=\"{:.1}\" y=\"{to:.1}\" width=\"{:.1}\" \
                     height=\"{:.1}\"><title>{}: {} {value}</title></rect>",
                    x + slot * 0.15,
                    slot * 0.7,
                    (from - to).max(0.5),
                    escape(label),
                    escape(series.name),
                ));
            }
            if at % every == 0 {
                // The last one would run over the edge.
                let middle = (x + slot / 2.0).min(WIDTH - 32.0);
                put(format_args!(
                    "<text class=\"axis mid\" x=\"{middle:.1}\" y=\"{:.1}\">{}</text>",
                    HEIGHT - 8.0,
                    escape(label)
                ));
            }
        }
        svg.push_str("</svg>");
        if self.series.len() > 1 {
            svg.push_str("<ul class=\"legend\">");
            for (number, series) in self.series.iter().enumerate() {
                let sum: u64 = series.values.iter().sum();
                let name = escape(series.name);
                let _ = write!(
                    svg,
                    "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"s{number}\" \
                     width=\"10\" height=\"10\"/></svg> {name} <b>{sum}</b></li>"
                );
            }
            svg.push_str("</ul>");
        }
        svg.push_str("</figure>");
        svg
    }
}

/// A round step, and the first multiple of it that nothing exceeds.
fn ticks(highest: u64) -> (u64, u64) {
    let mut step = 1;
    for factor in [2, 5, 10].into_iter().cycle() {
        if highest.div_ceil(step) <= 5 {
            break;
        }
        // 1, 2, 5, 10, 20, 50, …
        step = match factor {
            2 => step * 2,
            5 => step / 2 * 5,
            _ => step / 5 * 10,
        };
    }
    (step, highest.div_ceil(step) * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for (highest, expect) in [
            (1, (1, 1)),
            (5, (1, 5)),
            (6, (2, 6)),
            (23, (5, 25)),
            (99, (20, 100)),
            (1001, (500, 1500)),
        ] {
            assert_eq!(ticks(highest), expect, "{highest}");
        }
        assert!(ticks(u64::MAX / 4).1 >= u64::MAX / 4);
    }

    #[test]
    fn a_chart_escapes_its_texts() {
        let chart = Chart {
            title: "<b>&".into(),
            labels: vec!["\"x\"".into()],
            series: vec![Series { name: "a", values: vec![3] }],
        };
        let svg = chart.svg();
        assert!(svg.contains("&lt;b&gt;&amp;") && svg.contains("&quot;x&quot;: a 3"), "{svg}");
    }
}
