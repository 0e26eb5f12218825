//! Reading a page of 1,000 objects, beside rusty-s3's reader and bare quick-xml events, in one process.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench parse`

use std::{fmt::Write, hint::black_box};

use quick_xml::{Reader, events::Event};
use sts3::{Operation, http, s3::ListObjectsV2};
use sts3_benches::{Contender, measure, print};

/// A page as AWS sends it: 330 to 340 kB.
fn page() -> String {
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>demo</Name><Prefix></Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>\
         <IsTruncated>true</IsTruncated><NextContinuationToken>1abcdef</NextContinuationToken>",
    );
    for number in 0..1000_u64 {
        let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let _ = write!(
            body,
            "<Contents><Key>logs/2026/01/02/03-04-05-{mixed:016x}.json.gz</Key>\
             <LastModified>2026-11-24T02:26:30.000Z</LastModified><ETag>&quot;{mixed:016x}{mixed:016x}&quot;</ETag>\
             <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>\
             <Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
            mixed % 1_000_000
        );
    }
    body.push_str("</ListBucketResult>");
    body
}

fn events(body: &str) -> usize {
    let mut reader = Reader::from_str(body);
    let mut count = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return count,
            Ok(event) => {
                black_box(&event);
                count += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn main() {
    let body = page();
    println!("page: {} bytes", body.len());
    let operation = ListObjectsV2::new("demo");
    // A response owns its body: the copy is a part of the time, as it is for nobody else.
    let ours = || {
        let page = operation.parse(http::Response::new(body.clone().into_bytes())).expect("a page");
        assert_eq!(page.objects().len(), 1000);
        page
    };
    let theirs = || {
        let page = rusty_s3::actions::ListObjectsV2::parse_response(&body).expect("a page");
        assert_eq!(page.contents.len(), 1000);
        page
    };
    let contenders = vec![
        Contender::new("sts3, objects that borrow", ours),
        Contender::new("sts3, and all of them owned", || {
            let page = ours();
            page.objects().map(|object| object.to_owned()).collect::<Vec<_>>()
        }),
        Contender::new("rusty-s3 0.11 parse_response", theirs),
        Contender::new("quick-xml, events alone", || events(&body)),
    ];
    print("A page of 1,000 objects", &measure(contenders, 100, 20));
}
