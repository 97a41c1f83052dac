//! Real packets, captured between two hosts and a router whose second link takes 1,300 bytes.

/// The data of these pings counts up, so the rest of a long packet need not be written down.
pub struct Captured {
    /// What it is.
    pub what: &'static str,
    /// Its first bytes, hexadecimal.
    begins: &'static str,
    /// Bytes of all of it.
    length: usize,
}

pub const CAPTURED: [Captured; 16] = [
    Captured {
        what: "echo request",
        length: 84,
        begins: "450000540402400040011f0a0a4d01020a4d02020800c896461d0001e77a026b000000003a92060000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
    },
    Captured {
        what: "echo reply",
        length: 84,
        begins: "45000054cc2700003f0197e40a4d02020a4d01020000d096461d0001e77a026b000000003a9206000000000010111213",
    },
    Captured {
        what: "echo request",
        length: 31,
        begins: "4500001f0403400040011f3e0a4d01020a4d02020800afdf461e0001000102",
    },
    Captured {
        what: "time exceeded",
        length: 112,
        begins: "45c00070c466000040019eca0a4d01010a4d01020b00f4ff00000000450000540404400001015e080a4d01020a4d02020800de7a461f0001e77a026b0000000024ac06000000000010111213",
    },
    Captured {
        what: "destination unreachable",
        length: 576,
        begins: "45c00240c467000040019cf90a4d01010a4d010203040eb500000514450005940000400040011dcc0a4d01020a4d02020800fb2346200001e77a026b000000005bb806000000000010111213",
    },
    Captured {
        what: "destination unreachable",
        length: 62,
        begins: "45c0003ecc9200003f0196cf0a4d02020a4d01020303dde3000000004500002262f040003f11c13d0a4d01020a4d0202c3680009000e17bd68656c6c6f0a",
    },
    Captured {
        what: "echo reply",
        length: 124,
        begins: "4f00007cceb000003f01e2d00a4d02020a4d01020727180a4d01020a4d02010a4d02020a4d02020a4d01010000000000000000000000000000000000000063bd462c0001ef7a026b000000009c5c09000000000010111213",
    },
    Captured {
        what: "IPv4 fragment",
        length: 148,
        begins: "45000094040600a040015e260a4d01020a4d0202f8f9fafbfcfdfeff00010203",
    },
    Captured {
        what: "echo request",
        length: 104,
        begins: "600488dc00403a40fd770001000000000000000000000002fd7700020000000000000000000000028000b3cc46230001e87a026b00000000dae406000000000010111213",
    },
    Captured {
        what: "echo reply",
        length: 51,
        begins: "600fbcb7000b3a3ffd770002000000000000000000000002fd77000100000000000000000000000281003b9d46240001000102",
    },
    Captured {
        what: "time exceeded",
        length: 152,
        begins: "60034e6d00703a40fd770001000000000000000000000001fd7700010000000000000000000000020300deb800000000600488dc00403a01fd770001000000000000000000000002fd770002000000000000000000000002800055b146250001e87a026b0000000038fe06000000000010111213",
    },
    Captured {
        what: "packet too big",
        length: 1280,
        begins: "6003481304d83a40fd770001000000000000000000000001fd7700010000000000000000000000020200af4200000514600488dc05803a40fd770001000000000000000000000002fd7700020000000000000000000000028000e21746270001e87a026b00000000fa0b07000000000010111213",
    },
    Captured {
        what: "destination unreachable",
        length: 102,
        begins: "600fe4bd003e3a3ffd770002000000000000000000000002fd77000100000000000000000000000201040d74000000006004a9ef000e113ffd770001000000000000000000000002fd770002000000000000000000000002a0d70009000efb1568656c6c6f0a",
    },
    Captured {
        what: "destination unreachable",
        length: 152,
        begins: "600ea6d400703a40fd770001000000000000000000000001fd7700010000000000000000000000020103b2d7000000006009b67700403a3ffd770001000000000000000000000002fd7700020000000000000000000000998000cbee462b0001ec7a026b00000000bc2308000000000010111213",
    },
    Captured {
        what: "neighbour advertisement",
        length: 72,
        begins: "6000000000203afffd770001000000000000000000000001fd7700010000000000000000000000028800f876e0000000fd7700010000000000000000000000010201ba4a9e1e4c54",
    },
    Captured {
        what: "IPv6 fragment",
        length: 208,
        begins: "600488dc00a82c40fd770001000000000000000000000002fd7700020000000000000000000000023a0004e01dd51468d8d9dadb",
    },
];

impl Captured {
    pub fn bytes(&self) -> Vec<u8> {
        let pairs = (0..self.begins.len()).step_by(2);
        let byte = |at| u8::from_str_radix(&self.begins[at..at + 2], 16).expect("hexadecimal");
        let mut bytes: Vec<u8> = pairs.map(byte).collect();
        while bytes.len() < self.length {
            let last = bytes.last().map_or(0, |last: &u8| *last);
            bytes.push(last.wrapping_add(1));
        }
        bytes
    }
}

pub fn captured(index: usize) -> Vec<u8> {
    CAPTURED[index].bytes()
}
