//! Every command that a card names exists.
#![cfg(test)]

use clap::Parser;
use netlab::card::{all, exact, fill};
use netlab::cli::Cli;
use pulldown_cmark::{Event, Options, Parser as Markdown, Tag, TagEnd};

/// The commands of netlab in a card's code, spans and blocks alike.
fn commands(markdown: &str) -> Vec<String> {
    let (mut lines, mut block) = (Vec::new(), false);
    for event in Markdown::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => block = true,
            Event::End(TagEnd::CodeBlock) => block = false,
            Event::Text(text) if !block => drop(text),
            Event::Code(text) | Event::Text(text) => {
                lines.extend(text.lines().map(|line| line.trim().to_owned()));
            }
            _ => {}
        }
    }
    lines.retain(|line| line.starts_with("netlab "));
    lines
}

/// The command without what stands behind it: a few spaces and a remark, or another program.
fn alone(command: &str) -> &str {
    let command = command.split("   ").next().unwrap_or_default();
    command.split(" | ").next().unwrap_or_default()
}

#[test]
fn the_commands_of_cards_can_be_run() {
    let mut count = 0;
    for card in all() {
        for command in commands(&fill(card.body, |_| None)) {
            count += 1;
            let command = alone(&command);
            let words: Vec<&str> = command.split_whitespace().collect();
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{}: {command:?} cannot be read: {error}", card.slug)
            }
            if let ["netlab", "explain", rest @ ..] = &words[..] {
                let word = rest.join(" ");
                assert!(exact(&word).is_some(), "{}: there is no card {word:?}", card.slug);
            }
        }
    }
    assert!(count > 60, "{count} commands were found");
}

/// A reader has no host 10.0.73.221 and no server on port 6000: a card says whose address it is, and
/// what to start first.
#[test]
fn a_command_that_needs_somebody_else_says_so() {
    for card in all() {
        let markdown = fill(card.body, |_| None);
        for command in commands(&markdown) {
            let command = command.as_str();
            let line = markdown.lines().find(|line| line.contains(command)).unwrap_or_default();
            let slug = card.slug;
            let (_, rest) = alone(command).split_once(' ').unwrap_or_default();
            if rest.contains("10.0.73.221") && !rest.starts_with("subnet ") {
                assert!(markdown.contains("your partner's address"), "{slug}: {line}");
            }
            let own = ["localhost", "127.0.0.1"].iter().any(|own| rest.contains(own));
            if own && (rest.starts_with("tcp-client") || rest.starts_with("udp-client")) {
                let server = rest.replace("client", "server");
                let server = server.split(' ').next().unwrap_or_default();
                let alone =
                    ["connect-ex", "--connect", "6009"].iter().any(|why| rest.contains(why));
                assert!(alone || markdown.contains(server), "{slug}: {line}");
            }
        }
    }
}
