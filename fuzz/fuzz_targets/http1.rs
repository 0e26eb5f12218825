//! Any answer is read or refused, the same in pieces of any size. A body is no longer than what was sent; one in chunks
//! ends only where a chunk of no bytes does.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sts3::runtime::read_answer;

#[derive(Arbitrary, Debug)]
struct Input {
    /// How the body is framed, where the head is not the fuzzer's own.
    framing: u8,
    pieces: [u8; 2],
    bytes: Vec<u8>,
}

fuzz_target!(|input: Input| {
    let head: &[u8] = match input.framing % 4 {
        0 => b"",
        1 => b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        2 => b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
        _ => b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length:",
    };
    let answer = [head, &input.bytes].concat();
    let whole = read_answer(&answer, answer.len().max(1));
    for piece in input.pieces {
        assert_eq!(read_answer(&answer, usize::from(piece).max(1)).ok(), whole.clone().ok());
    }
    let Ok(Some(body)) = whole else { return };
    assert!(body.len() <= input.bytes.len());
    match input.framing % 4 {
        1 => assert!(answer.windows(2).any(|pair| pair[0] == b'0' && b"0;\r \t".contains(&pair[1]))),
        2 => assert_eq!(body, input.bytes[..5]),
        _ => {}
    }
});
