//! A demo: what became of the same lines on two ways, side by side.

use comfy_table::Row;

use super::page::Page;
use super::style::{Ink, Markup};
use super::table;

/// What came back over TCP and over UDP.
#[derive(Clone, Debug, Default)]
pub struct Contrast {
    /// The lines that were sent, over both.
    pub sent: Vec<String>,
    /// What came back over TCP, in the order of arrival.
    pub tcp: Vec<String>,
    /// What came back over UDP, in the order of arrival.
    pub udp: Vec<String>,
    /// With how many calls the client sent over TCP, and the server received; the same over UDP.
    pub calls: [(usize, usize); 2],
}

impl Page {
    /// The lines side by side, and what it comes to.
    pub fn contrast(&mut self, contrast: &Contrast) {
        let style = self.style;
        let mut table = table::empty(&style);
        table.set_header(["Sent", "Came back over TCP", "Came back over UDP"]);
        for (number, line) in contrast.sent.iter().enumerate() {
            let cell = |came: &[String]| came.get(number).cloned().unwrap_or_default();
            let udp = contrast.udp.get(number);
            let note = udp.filter(|_| contrast.is_overtaken(number));
            let udp = match (udp, note) {
                (Some(line), Some(_)) => format!("{line}  (overtaken)"),
                (Some(line), None) => line.clone(),
                (None, _) => String::new(),
            };
            table.add_row(Row::from(vec![line.clone(), cell(&contrast.tcp), udp]));
        }
        self.out.line("");
        self.out.line(&table.to_string());
        if style.markup == Markup::Markdown {
            self.out.line("");
        }
        self.result("TCP", &contrast.sent, &contrast.tcp);
        self.result("UDP", &contrast.sent, &contrast.udp);
        let extra = contrast.calls[0].0.saturating_sub(contrast.sent.len());
        let own = if extra > 0 {
            format!(" ({extra} for its name and its goodbye)")
        } else {
            String::new()
        };
        let [(tcp_sends, tcp_receives), (udp_sends, udp_receives)] = contrast.calls;
        for text in [
            format!(
                "TCP: {tcp_sends} send at the client{own}, {tcp_receives} recv at the server: a \
                 stream has no borders"
            ),
            format!(
                "UDP: {udp_sends} sendto at the client, {udp_receives} recvfrom at the server: one \
                 datagram each"
            ),
        ] {
            self.out.line(&style.paint(Ink::Dim, &style.paragraph("  ", 7, &text)));
        }
        self.out.flush();
    }

    fn result(&mut self, name: &str, sent: &[String], came: &[String]) {
        let lost: Vec<&str> =
            sent.iter().filter(|line| !came.contains(line)).map(String::as_str).collect();
        let mut sorted: Vec<&String> = sent.iter().filter(|line| came.contains(line)).collect();
        sorted.truncate(came.len());
        let in_order = sorted.iter().copied().eq(came.iter());
        let order = if in_order { "in order" } else { "not in order" };
        let missing =
            if lost.is_empty() { String::new() } else { format!("; lost: {}", lost.join(", ")) };
        let text = format!("{name}: {} of {} lines, {order}{missing}", came.len(), sent.len());
        let ink = if in_order && lost.is_empty() { Ink::Good } else { Ink::Warn };
        self.out.line(&self.style.paint(ink, &self.style.paragraph("  ", 7, &text)));
    }
}

impl Contrast {
    /// Whether a later line came back before the one in this place.
    fn is_overtaken(&self, place: usize) -> bool {
        let number = |line: &String| self.sent.iter().position(|sent| sent == line);
        let own = self.udp.get(place).and_then(number);
        self.udp.iter().take(place).any(|before| number(before) > own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_after_a_later_line_was_overtaken() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let contrast =
            Contrast { sent: lines("1 2 3 4 5"), udp: lines("1 3 2 5"), ..Contrast::default() };
        let overtaken: Vec<bool> = (0..4).map(|place| contrast.is_overtaken(place)).collect();
        assert_eq!(overtaken, [false, false, true, false]);
    }
}
