//! What to say when packets cannot be captured: never the end of a run, and always a way to get them.

use super::raw::{grant, quoted, ungranted};
use super::{Exit, Explained, Facts, Program};
use crate::event::{OsError, errno};

/// No packets. `error` is what the system said; none where netlab captures on no system like this.
pub(super) fn refused(error: Option<OsError>, filter: &str, facts: &Facts) -> Explained {
    let binary = facts.binary.as_deref().unwrap_or("netlab");
    let mut told = Explained {
        what: String::new(),
        knows: vec![
            "the run goes on: calls, endpoints and messages are all there, and only the packets are \
             missing"
                .to_owned(),
        ],
        causes: Vec::new(),
        command: String::new(),
        errno: error.and_then(errno::find).copied(),
        number: error.and_then(|error| error.number),
        exit: Exit::NotPermitted,
    };
    let Some(error) = error else {
        told.what = String::from("none: netlab captures no packets on this system");
        told.causes.push(format!(
            "capturing has to be built for each system: use Wireshark beside netlab, with the display \
             filter {filter}"
        ));
        told.command = format!("wireshark -k -Y \"{filter}\"");
        return told;
    };
    let asked =
        if cfg!(target_os = "linux") { "socket(AF_PACKET, SOCK_RAW)" } else { "open(/dev/bpf)" };
    let name = error.name();
    told.what = match name.as_str() {
        "EPERM" | "EACCES" => format!("none: {asked} = -1 {name}: not permitted"),
        _ => format!("none: {asked} = -1 {name}: the system refused"),
    };
    told.knows.push(if cfg!(target_os = "linux") {
        "whoever captures sees what every program of this machine says, so it is for root, and for \
         programs with the capability CAP_NET_RAW"
            .to_owned()
    } else {
        "whoever captures sees what every program of this machine says, so it is for root"
            .to_owned()
    });
    let again = match facts.program {
        // What stands behind the dashes is for the other program.
        Program::Trace => format!("{} trace --packets -- PROGRAM", quoted(binary)),
        program => format!("{} {} --packets", quoted(binary), program.command()),
    };
    if cfg!(target_os = "linux") {
        told.causes.extend(ungranted(&again));
        told.command = grant(binary);
    } else {
        told.causes.push("netlab was started without sudo".to_owned());
        told.command = format!("sudo {again}");
    }
    told
}
