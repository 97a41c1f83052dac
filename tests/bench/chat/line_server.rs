//! The peer that is no installed program: the chat server of the teaching texts, in one file.
//!
//! One `poll` loop, a small receive buffer, and one blocking send per line and recipient. It is
//! what a careful reading of a chapter on `poll` leads to, and so the measure of what netlab
//! gains by sending many lines at once.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd;

use memchr::memchr;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// The argument that turns the benchmark's own binary into this server.
pub const ARGUMENT: &str = "--line-server";

struct Speaker {
    number: usize,
    stream: TcpStream,
    partial: Vec<u8>,
}

/// Serves until it is killed.
pub fn serve(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let mut speakers: Vec<Speaker> = Vec::new();
    let mut arrivals = 0;
    loop {
        let (arrived, ready) = wait(&listener, &speakers)?;
        for &index in &ready {
            if !hear(&mut speakers, index) {
                // The place stays taken until this round is over: other indices are in use.
                speakers[index].number = 0;
            }
        }
        speakers.retain(|speaker| speaker.number > 0);
        if arrived {
            arrivals += 1;
            speakers.push(Speaker {
                number: arrivals,
                stream: listener.accept()?.0,
                partial: Vec::new(),
            });
        }
    }
}

/// Waits; returns whether somebody arrived and whose sockets have something to read.
fn wait(listener: &TcpListener, speakers: &[Speaker]) -> io::Result<(bool, Vec<usize>)> {
    let streams = speakers.iter().map(|speaker| speaker.stream.as_fd());
    let mut polled: Vec<PollFd> = std::iter::once(listener.as_fd())
        .chain(streams)
        .map(|socket| PollFd::new(socket, PollFlags::POLLIN))
        .collect();
    poll(&mut polled, PollTimeout::NONE)?;
    let mut ready = polled.iter().map(|entry| entry.any().unwrap_or(true));
    let arrived = ready.next().unwrap_or(false);
    let indices = ready.enumerate().filter_map(|(index, yes)| yes.then_some(index));
    Ok((arrived, indices.collect()))
}

/// Receives once and passes complete lines on; false when the speaker is gone.
fn hear(speakers: &mut [Speaker], index: usize) -> bool {
    let mut buffer = [0; 2048];
    let speaker = &mut speakers[index];
    let Ok(length @ 1..) = speaker.stream.read(&mut buffer) else {
        return false;
    };
    let mut text = std::mem::take(&mut speaker.partial);
    text.extend_from_slice(&buffer[..length]);
    let mut rest = text.as_slice();
    while let Some(end) = memchr(b'\n', rest) {
        let (line, after) = rest.split_at(end + 1);
        pass_on(speakers, index, line);
        rest = after;
    }
    speakers[index].partial = rest.to_vec();
    true
}

fn pass_on(speakers: &mut [Speaker], from: usize, line: &[u8]) {
    let mut message = format!("{}: ", speakers[from].number).into_bytes();
    message.extend_from_slice(line);
    for (index, speaker) in speakers.iter_mut().enumerate() {
        if index != from {
            // Whoever is gone is noticed at the next read.
            drop(speaker.stream.write_all(&message));
        }
    }
}
