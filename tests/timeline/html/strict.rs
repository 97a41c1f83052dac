//! A reader of pages that knows only what netlab writes: every other element or attribute is one that
//! somebody smuggled in.

const ELEMENTS: [&str; 45] = [
    "html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer", "nav",
    "article", "figure", "h1", "h2", "h3", "p", "ul", "li", "code", "span", "strong", "div", "dl",
    "dt", "dd", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "a", "svg",
    "defs", "pattern", "g", "path", "rect", "circle", "text", "tspan", "hr",
];

const ATTRIBUTES: [&str; 31] = [
    "lang",
    "charset",
    "name",
    "content",
    "class",
    "style",
    "id",
    "role",
    "tabindex",
    "href",
    "scope",
    "open",
    "aria-label",
    "aria-hidden",
    "viewBox",
    "width",
    "height",
    "x",
    "y",
    "rx",
    "cx",
    "cy",
    "r",
    "d",
    "transform",
    "text-anchor",
    "patternUnits",
    "patternTransform",
    "title",
    "colspan",
    "rowspan",
];

const ENTITIES: [&str; 5] = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];

/// Whether a letter is one that text must not have: it moves the cursor, or turns the reading.
pub fn moves(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || letter.is_control() && letter != '\n'
}

/// Reads a page and fails at the first thing that does not belong there.
#[track_caller]
pub fn is_strict(page: &str) {
    assert!(!page.contains(moves), "{:?}", page.chars().find(|letter| moves(*letter)));
    let mut rest = page.strip_prefix("<!doctype html>").expect("a document type");
    let mut open: Vec<&str> = Vec::new();
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        is_text(text);
        let end = end_of(tag);
        let inside = &tag[1..end];
        rest = &tag[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{inside}");
            continue;
        }
        let whole = inside.ends_with('/');
        let inside = inside.trim_end_matches('/');
        let (name, attributes) = inside.split_once([' ', '\n']).unwrap_or((inside, ""));
        assert!(ELEMENTS.contains(&name), "an element {name}");
        are_known(attributes);
        if name == "style" {
            let (rules, after) = rest.split_once("</style>").expect("an end of the rules");
            assert!(!rules.contains('<') && !rules.contains("@import"), "{rules}");
            rest = after;
        } else if !whole && name != "meta" {
            open.push(name);
        }
    }
    is_text(rest);
    assert!(open.is_empty(), "{open:?}");
}

/// Where a tag ends: a sign in a quoted value ends nothing.
fn end_of(tag: &str) -> usize {
    let mut quoted = false;
    let found = tag.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'>' && !quoted
    });
    found.unwrap_or_else(|| panic!("a tag without an end: {}", &tag[..tag.len().min(80)]))
}

fn are_known(attributes: &str) {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let end = rest.find(['=', ' ', '\n']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        assert!(ATTRIBUTES.contains(&name), "an attribute {name} in {attributes}");
        rest = after.trim_start();
        let Some(value) = rest.strip_prefix("=\"") else { continue };
        let (value, after) = value.split_once('"').expect("an end of the value");
        is_text(value);
        assert!(name != "href" || value.starts_with('#'), "a link to {value}");
        assert!(name != "style" || !value.contains(['(', '@']), "a rule {value}");
        rest = after.trim_start();
    }
}

/// Text in which every sign of HTML is written as an entity.
fn is_text(text: &str) {
    assert!(!text.contains(['<', '>']), "{text}");
    for (at, _) in text.match_indices('&') {
        let known = ENTITIES.iter().any(|entity| text[at..].starts_with(entity));
        assert!(known, "{}", &text[at..]);
    }
}

#[test]
fn it_finds_what_does_not_belong_there() {
    let page = |inside: &str| format!("<!doctype html><p class=\"a\">{inside}</p>");
    is_strict(&page("one &amp; <code>two</code>"));
    for bad in ["<script>", "<b>x</b>", "<code onclick=\"x\">x</code>", "&x", "</div>", "\u{1b}[m"]
    {
        let page = page(bad);
        assert!(std::panic::catch_unwind(|| is_strict(&page)).is_err(), "{bad}");
    }
}
