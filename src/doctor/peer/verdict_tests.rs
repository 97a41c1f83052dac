//! What the answers of a partner mean.

use std::io::{self, ErrorKind};

use super::*;

const SHORT: Duration = Duration::from_micros(300);
const LONG: Duration = Duration::from_millis(3500);

fn evidence(tcp: Tcp, echo: EchoAnswer, router: Router) -> Evidence {
    Evidence {
        name: "10.0.73.221".into(),
        address: ([10, 0, 73, 221], 6000).into(),
        near: true,
        own: false,
        tcp,
        echo,
        router,
        way: Way::Router(([10, 0, 0, 1], 0).into(), "eth0".into()),
        link: Some("eth0".into()),
    }
}

fn concluded(tcp: Tcp, echo: EchoAnswer, router: Router) -> (Level, String, String) {
    let found = partner(&evidence(tcp, echo, router), &[]);
    (found.level, found.text, found.next.or(found.remedy).unwrap_or_default())
}

#[test]
fn whoever_answers_is_reachable() {
    let silence = (EchoAnswer::Silence, Router::NotAsked);
    let (level, text, remedy) = concluded(Tcp::Connected(SHORT), silence.0, silence.1);
    assert!(level == Level::Ok && text.contains("listens on port 6000"), "{text}");
    assert_eq!(remedy, "netlab tcp-client 10.0.73.221 6000");
    let (level, text, remedy) = concluded(Tcp::Refused(SHORT), silence.0, silence.1);
    assert!(level == Level::Ok && text.contains("alive; nobody listens"), "{text}");
    assert!(remedy.contains("netlab tcp-server 6000"), "{remedy}");
    assert_eq!(concluded(Tcp::Reset, silence.0, silence.1).0, Level::Warn);
}

#[test]
fn silence_has_a_place() {
    let tcp = Tcp::Silent(LONG);
    let router = IpAddr::from([10, 0, 0, 1]);
    let (level, text, remedy) = concluded(tcp, EchoAnswer::Reply(SHORT), Router::NotAsked);
    assert!(level == Level::Fail && text.contains("alive, but TCP port 6000"), "{text}");
    assert!(remedy.contains("firewall"), "{remedy}");
    let (_, text, remedy) = concluded(tcp, EchoAnswer::Silence, Router::Answers(router));
    assert!(text.contains("but the router answers") && remedy.contains("hotspot"), "{text}");
    let (_, text, _) = concluded(tcp, EchoAnswer::Silence, Router::Silent(router));
    assert!(text.contains("none from the router either"), "{text}");
    let (_, text, _) = concluded(tcp, EchoAnswer::Impossible, Router::Unaskable);
    assert!(text.ends_with("no answer at all"), "{text}");
    let found = partner(&evidence(tcp, EchoAnswer::Impossible, Router::Unaskable), &[]);
    assert!(found.details[0].contains("TCP alone decides"), "{found:?}");
}

#[test]
fn what_the_system_says_is_told_in_its_place() {
    let failed = |kind| Tcp::Failed(OsError::from(&io::Error::from(kind)));
    let no_way = Evidence {
        way: Way::Nowhere,
        near: false,
        ..evidence(failed(ErrorKind::NetworkUnreachable), EchoAnswer::Silence, Router::NotAsked)
    };
    assert!(partner(&no_way, &[]).text.contains("no way there"));
    assert_eq!(way(&no_way).level, Level::Fail, "the reason is no comfort");
    let heard = Evidence { tcp: Tcp::Refused(SHORT), ..no_way };
    assert_eq!(way(&heard).level, Level::Ok, "a way that works is one");
    let nobody = failed(ErrorKind::HostUnreachable);
    let router = Router::Answers([10, 0, 0, 1].into());
    let found = partner(&evidence(nobody, EchoAnswer::Silence, router), &[]);
    assert!(found.text.ends_with("nobody on eth0 has that address"), "{found:?}");
    assert!(found.details.iter().any(|detail| detail.contains("ARP")), "{found:?}");
    let far = Evidence { near: false, ..evidence(nobody, EchoAnswer::Silence, router) };
    let from = [10, 9, 9, 9].into();
    let told = EchoAnswer::Trouble(Trouble::HostUnreachable, from);
    let found = partner(&Evidence { echo: told, ..far }, &[]);
    assert!(found.text.contains("the router 10.9.9.9 finds nobody"), "{found:?}");
}

#[test]
fn this_machine_is_no_partner() {
    for tcp in [Tcp::Refused(SHORT), Tcp::Connected(SHORT)] {
        let own = Evidence { own: true, ..evidence(tcp, EchoAnswer::Silence, Router::NotAsked) };
        let found = partner(&own, &[]);
        assert!(!found.text.contains("partner") && found.remedy.is_none(), "{found:?}");
        let next = found.next.expect("one goes on");
        assert!(next.starts_with("in a second terminal: netlab tcp-"), "{next}");
    }
}

/// A system that tells of no routes is not said to have none.
#[test]
fn what_the_system_keeps_to_itself_is_not_made_up() {
    let silence = evidence(Tcp::Silent(LONG), EchoAnswer::Silence, Router::Unaskable);
    let found = way(&Evidence { near: false, way: Way::Untold, ..silence });
    assert!(found.level == Level::Ok && found.text.ends_with("by a router"), "{found:?}");
}
