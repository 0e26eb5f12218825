//! Random ids as protocols want them: UUIDs of version 4. <https://www.rfc-editor.org/rfc/rfc9562#section-5.4>

/// The id of sixteen random bytes, of which six bits say what it is.
pub(crate) fn version_4(mut random: [u8; 16]) -> String {
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut random;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let digits = format!("{:032x}", u128::from_be_bytes(random));
    let mut id = String::with_capacity(36);
    for (at, digit) in digits.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}

#[cfg(test)]
mod tests {
    // By Python: `uuid.UUID(bytes=bytes(range(16)), version=4)`, and of sixteen bytes 0xff.
    #[test]
    fn version_and_variant_are_set_and_the_rest_is_as_given() {
        let counted: [u8; 16] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        assert_eq!(super::version_4(counted), "00010203-0405-4607-8809-0a0b0c0d0e0f");
        assert_eq!(super::version_4([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
