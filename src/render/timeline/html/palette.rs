//! Colours, for a bright page and for a dark one.
//!
//! Colour is never the only sign of anything; and every text can be read on what it stands on: the
//! test below computes the contrast of each pair by
//! [WCAG 2.2, 1.4.3](https://www.w3.org/TR/WCAG22/#contrast-minimum).

use std::fmt::Write as _;

/// Names, and the colour on a bright and on a dark page.
const COLOURS: [(&str, &str, &str); 31] = [
    ("page", "#f5f6f8", "#0f141a"),
    ("paper", "#ffffff", "#171d25"),
    ("box", "#ffffff", "#1e2631"),
    ("ink", "#1b2129", "#e8ecf1"),
    ("soft", "#56606c", "#a4afbc"),
    ("line", "#cdd4dc", "#38434f"),
    ("edge", "#7b8794", "#7d8a98"),
    ("link", "#0b57a8", "#7fb8f5"),
    ("data", "#0b57a8", "#7fb8f5"),
    ("ends", "#7a3aa6", "#d3a4f2"),
    ("acks", "#5b6672", "#9aa6b3"),
    ("bad", "#b3261e", "#ff9b90"),
    ("badbox", "#fff4f3", "#3a1f1f"),
    ("wait", "#8a4b00", "#f2b866"),
    ("waitbar", "#fff0d4", "#40301a"),
    ("said", "#0d6254", "#7fd8c4"),
    ("step", "#e6ebf2", "#242e3a"),
    ("listen", "#cfe2ff", "#1d3a63"),
    ("listen-ink", "#0b3269", "#d5e5ff"),
    ("syn", "#fbe3a6", "#54400c"),
    ("syn-ink", "#573b00", "#ffe6ae"),
    ("established", "#c3ebcd", "#17472a"),
    ("established-ink", "#0a4520", "#ccf3d8"),
    ("closing", "#ffd8c0", "#5c2f14"),
    ("closing-ink", "#682500", "#ffdcc8"),
    ("peer", "#e6d6fb", "#432a66"),
    ("peer-ink", "#40167f", "#e9dcff"),
    ("time-wait", "#d9dee5", "#3a4653"),
    ("time-wait-ink", "#2f3843", "#e3e9f0"),
    ("other", "#d3e9ea", "#1f4648"),
    ("other-ink", "#0b4346", "#d0eff0"),
];

/// The colours as variables of the style sheet, and the classes of the states. On paper everything is
/// bright.
pub(super) fn variables() -> String {
    let mut bright = String::from(":root{color-scheme:light dark;");
    let mut dark = String::from("@media screen and (prefers-color-scheme:dark){:root{");
    for (name, on_bright, on_dark) in COLOURS {
        let _ = write!(bright, "--{name}:{on_bright};");
        let _ = write!(dark, "--{name}:{on_dark};");
    }
    let mut out = format!("{bright}}}\n{dark}}}}}\n");
    for state in STATES {
        let _ = writeln!(
            out,
            ".s-{state}{{fill:var(--{state})}}.chip.s-{state}{{background:var(--{state});\
             color:var(--{state}-ink)}}svg .i-{state}{{fill:var(--{state}-ink)}}"
        );
    }
    out
}

/// The colour of a state.
pub(super) fn state(name: &str) -> &'static str {
    match name {
        "LISTEN" => "listen",
        "SYN-SENT" | "SYN-RECEIVED" => "syn",
        "ESTABLISHED" => "established",
        "FIN-WAIT-1" | "FIN-WAIT-2" | "CLOSING" => "closing",
        "CLOSE-WAIT" | "LAST-ACK" => "peer",
        "TIME-WAIT" => "time-wait",
        _ => "other",
    }
}

/// The colours of states, each with one for text on it.
const STATES: [&str; 7] = ["listen", "syn", "established", "closing", "peer", "time-wait", "other"];

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let byte = u8::from_str_radix(&colour[at..at + 2], 16).expect("two digits");
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn colour(name: &str) -> (&'static str, &'static str) {
        let found = COLOURS.iter().find(|(known, ..)| *known == name);
        found.map(|(_, bright, dark)| (*bright, *dark)).expect("a colour of that name")
    }

    fn least(ink: &str, ground: &str) -> f64 {
        let (ink, ground) = (colour(ink), colour(ground));
        contrast(ink.0, ground.0).min(contrast(ink.1, ground.1))
    }

    #[test]
    fn every_text_can_be_read() {
        let mut pairs = vec![("bad", "badbox"), ("ink", "badbox"), ("soft", "badbox")];
        for ink in ["ink", "soft", "link", "data", "ends", "acks", "bad", "wait", "said"] {
            pairs.extend(["page", "paper", "box"].map(|ground| (ink, ground)));
        }
        pairs.extend(["ink", "soft"].map(|ink| (ink, "step")));
        for (ink, ground) in pairs {
            assert!(least(ink, ground) >= 4.5, "{ink} on {ground}: {:.2}", least(ink, ground));
        }
        for state in STATES {
            let ink = format!("{state}-ink");
            assert!(least(&ink, state) >= 4.5, "{state}: {:.2}", least(&ink, state));
        }
    }

    #[test]
    fn every_sign_can_be_seen() {
        for sign in ["edge", "data", "ends", "acks", "bad", "wait"] {
            assert!(least(sign, "paper") >= 3.0, "{sign}: {:.2}", least(sign, "paper"));
        }
    }
}
