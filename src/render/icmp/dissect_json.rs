//! A packet taken apart, in JSON.

use serde_json::{Value, json};

use super::dissect::{hex, left_to_the_kernel};
use crate::event::{Checksum, Dissection, Field, FieldValue, Header, Witness};

/// The fields of a `dissection`.
pub(in crate::render) fn json(d: &Dissection) -> Value {
    json!({
        "direction": d.direction.name(),
        "what": d.what,
        "witness": witness(d.witness),
        "headers": d.headers.iter().map(|h| header(h, d.witness)).collect::<Vec<_>>(),
        "payload": hex(&d.payload, ""),
        "payload_length": d.payload_length,
    })
}

/// A word for how netlab came by the bytes.
const fn witness(witness: Witness) -> &'static str {
    match witness {
        Witness::Transmitted => "transmitted",
        Witness::HandedOver => "handed over",
        Witness::Built => "built",
        Witness::Received => "received",
        Witness::ReceivedInPart => "received in part",
    }
}

fn header(header: &Header, witness: Witness) -> Value {
    json!({
        "name": header.name,
        "source": header.source,
        "offset": header.offset,
        "fields": header.fields.iter().map(field).collect::<Vec<_>>(),
        "checksum": header.checksum.as_ref().map(|sum| checksum(sum, witness)),
    })
}

fn field(field: &Field) -> Value {
    let value = match &field.value {
        FieldValue::Number(number) => json!(number),
        FieldValue::Address(address) => json!(address.to_string()),
        FieldValue::Bytes(bytes) => json!(hex(bytes, "")),
        FieldValue::Unseen => Value::Null,
    };
    json!({
        "name": field.name,
        "offset_bits": field.offset,
        "bits": field.bits,
        "value": value,
        "meaning": field.meaning,
    })
}

/// `right` is null where the kernel has yet to fill the checksum in.
fn checksum(sum: &Checksum, witness: Witness) -> Value {
    let part = |(name, words): &(&str, Vec<u16>)| json!({ "part": name, "words": words });
    let left_open = left_to_the_kernel(sum, witness);
    json!({
        "covers": sum.covers,
        "pseudo_header": sum.pseudo_header.iter().map(part).collect::<Vec<_>>(),
        "words": sum.words,
        "place": sum.place,
        "sum": sum.sum,
        "folded": sum.folded,
        "computed": sum.computed,
        "on_the_wire": sum.on_the_wire,
        "right": (!left_open).then(|| sum.is_right()),
    })
}
