//! The scenes, in the order in which `netlab demo list` has them.

use super::TOUR;
use super::stage::{Curtain, Stage};
use super::{
    backlog, blocking, buffers, byte_stream, calls, clients, close, datagram, duplex, handshake,
    layers, ports, raw, refused, stream, time_wait, types,
};
use crate::error::Failure;

/// A scene.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows, in a line for the list.
    pub line: &'static str,
    /// The title of its page.
    pub title: &'static str,
    /// What happens, in one or two sentences.
    pub about: &'static str,
    /// Plays it.
    pub play: fn(&mut Stage) -> Result<Curtain, Failure>,
}

/// All scenes.
pub const SCENES: &[Scene] = &[
    stream::SCENE,
    datagram::SCENE,
    raw::SCENE,
    types::SCENE,
    calls::SCENE,
    handshake::SCENE,
    close::SCENE,
    time_wait::SCENE,
    byte_stream::SCENE,
    buffers::SCENE,
    blocking::SCENE,
    backlog::SCENE,
    clients::SCENE,
    duplex::SCENE,
    refused::SCENE,
    ports::SCENE,
    layers::SCENE,
];

/// The scene of that name, or the tour; `Time_Wait` is `time-wait`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Scene> {
    let wanted = spelt(name);
    SCENES.iter().chain([&TOUR]).find(|scene| scene.name == wanted)
}

/// A name as it is spelt in the list: small letters, with hyphens.
#[must_use]
pub fn spelt(name: &str) -> String {
    name.trim().to_lowercase().replace(['_', ' '], "-")
}
