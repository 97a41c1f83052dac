//! A header as the RFCs draw it: fields one after the other, each so many bits wide.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::event::{Field, FieldValue};

/// One field of a layout.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    name: &'static str,
    bits: usize,
    kind: Kind,
}

/// What is in a field, and what that means.
#[derive(Clone, Copy)]
enum Kind {
    Number(fn(u64) -> String),
    V4(&'static str),
    V6(&'static str),
}

/// A number of at most 64 bits, whose meaning depends on it.
pub(super) const fn number(name: &'static str, bits: usize, meaning: fn(u64) -> String) -> Slot {
    Slot { name, bits, kind: Kind::Number(meaning) }
}

/// An IPv4 address.
pub(super) const fn v4(name: &'static str, meaning: &'static str) -> Slot {
    Slot { name, bits: 32, kind: Kind::V4(meaning) }
}

/// An IPv6 address.
pub(super) const fn v6(name: &'static str, meaning: &'static str) -> Slot {
    Slot { name, bits: 128, kind: Kind::V6(meaning) }
}

impl Slot {
    /// The field of this slot with a value.
    fn field(self, offset: usize, value: FieldValue) -> Field {
        let meaning = match (self.kind, &value) {
            (Kind::Number(meaning), FieldValue::Number(number)) => meaning(*number),
            (Kind::V4(meaning) | Kind::V6(meaning), _) => meaning.to_owned(),
            (Kind::Number(_), _) => String::new(),
        };
        Field { name: self.name, offset, bits: self.bits, value, meaning }
    }

    fn read(self, bytes: &[u8], offset: usize) -> Option<FieldValue> {
        let at = bytes.get(offset / 8..)?;
        Some(match self.kind {
            Kind::Number(_) => FieldValue::Number(bits(bytes, offset, self.bits)?),
            Kind::V4(_) => FieldValue::Address(Ipv4Addr::from(*at.first_chunk::<4>()?).into()),
            Kind::V6(_) => FieldValue::Address(Ipv6Addr::from(*at.first_chunk::<16>()?).into()),
        })
    }
}

/// Reads the fields of a header that begins with the first byte. A field that is not whole, and what
/// would follow it, is left out.
pub(super) fn read(slots: &[Slot], bytes: &[u8]) -> Vec<Field> {
    let fields = placed(slots);
    fields.map_while(|(slot, at)| Some(slot.field(at, slot.read(bytes, at)?))).collect()
}

/// The fields of a header that nobody gave: values where they are known, by the fields' names.
pub(super) fn unseen(
    slots: &[Slot],
    meaning: &str,
    known: impl Fn(&'static str) -> Option<FieldValue>,
) -> Vec<Field> {
    let field = |(slot, at): (Slot, usize)| {
        let value = known(slot.name).unwrap_or(FieldValue::Unseen);
        let field = slot.field(at, value);
        if field.value == FieldValue::Unseen {
            return Field { meaning: meaning.to_owned(), ..field };
        }
        field
    };
    placed(slots).map(field).collect()
}

/// Bytes behind the fields that were read, as one field more; nothing if there are none.
pub(super) fn rest(name: &'static str, bytes: &[u8], meaning: String, fields: &mut Vec<Field>) {
    let offset = fields.last().map_or(0, |field| field.offset + field.bits);
    if let Some(rest) = bytes.get(offset / 8..).filter(|rest| !rest.is_empty()) {
        let value = FieldValue::Bytes(rest.to_vec());
        fields.push(Field { name, offset, bits: rest.len() * 8, value, meaning });
    }
}

/// Every slot with its offset in bits.
fn placed(slots: &[Slot]) -> impl Iterator<Item = (Slot, usize)> {
    slots.iter().scan(0, |next, slot| {
        let at = *next;
        *next += slot.bits;
        Some((*slot, at))
    })
}

/// `count` bits as a number, the first one the most significant.
fn bits(bytes: &[u8], offset: usize, count: usize) -> Option<u64> {
    (offset..offset + count).try_fold(0, |number, bit| {
        let byte = bytes.get(bit / 8)?;
        Some(number << 1 | u64::from(byte >> (7 - bit % 8) & 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_most_significant() {
        assert_eq!(bits(&[0x45, 0x80], 0, 4), Some(4));
        assert_eq!(bits(&[0x45, 0x80], 4, 5), Some(0b0_1011));
        assert_eq!(bits(&[0xff; 8], 0, 64), Some(u64::MAX));
        assert_eq!(bits(&[0x45, 0x80], 9, 8), None);
    }

    #[test]
    fn a_cut_header_has_the_fields_that_are_whole() {
        let slots =
            [number("a", 4, |_| String::new()), v4("b", ""), number("c", 4, |_| "c".into())];
        assert_eq!(read(&slots, &[0; 3]).len(), 1);
        assert_eq!(read(&slots, &[]), []);
    }
}
