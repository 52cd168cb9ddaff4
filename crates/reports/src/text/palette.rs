//! The few colours of the terminal, each with its purpose.

use anstyle::{AnsiColor, Style};

/// A style per purpose.
#[derive(Clone, Debug)]
pub struct Palette {
    /// Names of inputs and headings.
    pub title: Style,
    /// What stands beside the figures: labels, rules, remarks.
    pub dim: Style,
    /// Names of formats and fields.
    pub name: Style,
    /// Error and graver.
    pub error: Style,
    /// Warnings.
    pub warn: Style,
    /// Info and notice.
    pub info: Style,
    /// Debug, trace and no level.
    pub faint: Style,
    /// Incidents that are critical.
    pub critical: Style,
    /// Incidents that are high.
    pub high: Style,
    /// Incidents that are medium.
    pub medium: Style,
    /// Incidents that are low.
    pub low: Style,
    /// Slots of figures: numbers, durations, sizes.
    pub figure: Style,
    /// Slots of names that programs make: hashes, ids.
    pub id: Style,
    /// Slots that say where: addresses, hosts, paths.
    pub place: Style,
    /// Slots of any other value.
    pub value: Style,
}

impl Palette {
    /// No colours.
    pub const fn plain() -> Palette {
        let none = Style::new();
        Palette {
            title: none,
            dim: none,
            name: none,
            error: none,
            warn: none,
            info: none,
            faint: none,
            critical: none,
            high: none,
            medium: none,
            low: none,
            figure: none,
            id: none,
            place: none,
            value: none,
        }
    }

    /// The colours of the terminal's own sixteen, so that they suit its background.
    pub const fn coloured() -> Palette {
        Palette {
            title: Style::new().bold(),
            dim: Style::new().dimmed(),
            name: AnsiColor::Cyan.on_default(),
            error: AnsiColor::Red.on_default(),
            warn: AnsiColor::Yellow.on_default(),
            info: AnsiColor::Green.on_default(),
            faint: AnsiColor::BrightBlack.on_default(),
            critical: AnsiColor::Red.on_default().bold().invert(),
            high: AnsiColor::Red.on_default().bold(),
            medium: AnsiColor::Yellow.on_default().bold(),
            low: AnsiColor::Blue.on_default().bold(),
            figure: AnsiColor::Cyan.on_default(),
            id: AnsiColor::Magenta.on_default(),
            place: AnsiColor::Green.on_default(),
            value: AnsiColor::Blue.on_default(),
        }
    }

    /// The style of a slot, by the name of its type.
    pub fn slot(&self, kind: &str) -> Style {
        match kind {
            "number" | "duration" | "size" | "percentage" | "time" => self.figure,
            "hex" | "uuid" | "hash" | "mac" | "id" => self.id,
            "ip" | "url" | "path" | "mail" | "host" => self.place,
            _ => self.value,
        }
    }

    /// The style of a severity, by its name in reports.
    pub fn severity(&self, name: &str) -> Style {
        match name {
            "critical" => self.critical,
            "high" => self.high,
            "medium" => self.medium,
            _ => self.low,
        }
    }

    /// The style of a level, by its name in reports.
    pub fn level(&self, name: &str) -> Style {
        match name {
            "error" | "critical" | "fatal" => self.error,
            "warn" => self.warn,
            "info" | "notice" => self.info,
            _ => self.faint,
        }
    }
}
