//! Who this is, and how its console writes.

use super::{Finding, Level};
use crate::endpoint;
use crate::event::{Host, safe};
use crate::socket;

/// How netlab writes, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Console {
    /// The locale of the environment: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that says something.
    pub locale: Option<String>,
    /// Columns of the terminal; none without one.
    pub columns: Option<u16>,
    /// `--ascii` was given.
    pub ascii: bool,
}

/// Columns that netlab's pages have.
const COLUMNS: u16 = 80;

/// Who this is.
pub(super) fn machine(host: &Host) -> Finding {
    let system = endpoint::system_name();
    let text = format!(
        "you are {} on {}; netlab {}",
        host.name,
        safe(system.as_bytes()),
        env!("CARGO_PKG_VERSION")
    );
    let why = "Two machines take part. Say which is which before you compare what they show.";
    Finding::new("machine", Level::Ok, text, why)
}

/// Whether the console shows what netlab writes.
pub(super) fn console(console: &Console) -> Finding {
    let why = "A socket carries bytes. Which characters they are is agreed upon elsewhere: here, \
               between netlab and this terminal.";
    let found = |level, text: String| Finding::new("console", level, text, why);
    let page = match console.columns {
        None => "no terminal: pages are 80 columns wide".to_owned(),
        Some(columns) => format!("{columns} columns"),
    };
    let narrow = console.columns.is_some_and(|columns| columns < COLUMNS);
    // On Windows a program hands over characters, not bytes: the code page has no say.
    let unicode = cfg!(windows) || console.locale.as_deref().is_some_and(is_utf8);
    let locale = console.locale.as_deref().unwrap_or("none");
    let locale = safe(locale.as_bytes());
    if !console.ascii && !unicode {
        let text = format!("the console is not set to UTF-8 (its locale is {locale}); {page}");
        return found(Level::Warn, text)
            .remedy(
                "add --ascii to every netlab command when lines and arrows look wrong, or set a \
                 UTF-8 locale: export LC_ALL=C.UTF-8",
            )
            .matter("the console is not UTF-8");
    }
    let writes = if console.ascii { "ASCII only, as you asked" } else { "the console is UTF-8" };
    if narrow {
        return found(Level::Warn, format!("{writes}, but it has only {page}"))
            .remedy("make the window wider: netlab's tables are made for 80 columns")
            .matter("the window is narrow");
    }
    found(Level::Ok, format!("{writes}; {page}"))
}

/// Whether a locale's character set is UTF-8, in any spelling.
fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// With fewer descriptors a server runs out of sockets.
const FEW: u64 = 256;

/// How many sockets this program may have at a time, where that is few.
pub(super) fn descriptors() -> Option<Finding> {
    let limit = socket::raise_descriptor_limit()?;
    let why = "Every socket is a file descriptor, and a process may have so many open at a time.";
    (limit < FEW).then(|| {
        let text = format!("a program may have only {limit} files and sockets open here");
        Finding::new("descriptors", Level::Warn, text, why)
            .remedy("raise the limit in this shell: ulimit -n 1024")
            .matter("few sockets may be open")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_judged_by_its_locale_and_its_width() {
        let look = |locale: Option<&str>, columns, ascii| {
            let locale = locale.map(str::to_owned);
            console(&Console { locale, columns, ascii })
        };
        for good in ["C.UTF-8", "de_DE.utf8", "en_US.UTF8@x"] {
            assert_eq!(look(Some(good), Some(80), false).level, Level::Ok, "{good}");
        }
        let narrow = look(Some("C.UTF-8"), Some(79), false);
        assert_eq!((narrow.level, narrow.matter.as_str()), (Level::Warn, "the window is narrow"));
        if cfg!(not(windows)) {
            for bad in [None, Some("C"), Some("POSIX"), Some("zh_CN.GB18030")] {
                let found = look(bad, None, false);
                assert_eq!(found.level, Level::Warn, "{bad:?}");
                assert!(found.remedy.is_some_and(|remedy| remedy.contains("--ascii")));
                assert_eq!(look(bad, None, true).level, Level::Ok, "{bad:?}");
            }
        }
        let hostile = look(Some("\u{1b}[31mC"), None, false);
        assert!(!hostile.text.contains('\u{1b}'), "{hostile:?}");
    }
}
