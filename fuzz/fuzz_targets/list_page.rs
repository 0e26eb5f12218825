//! A page of a listing is read as plain quick-xml events read it, or it is an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quick_xml::{Reader, events::Event};
use sts3::{Operation, s3::ListObjectsV2};

fuzz_target!(|body: &[u8]| {
    let Ok(page) = ListObjectsV2::new("bucket").parse(http::Response::new(body.to_vec())) else { return };
    let plain = read(body).expect("what we read, quick-xml reads");
    let ours: Vec<_> = page.objects().map(|object| (object.key.to_owned(), Some(object.size))).collect();
    let decode = |text: &str| match plain.is_encoded {
        true => {
            let decoded = form_urlencoded::parse(format!("k={}", text.replace('&', "%26")).as_bytes())
                .next()
                .map(|(_, value)| value.into_owned());
            decoded.unwrap_or_default()
        }
        false => text.to_owned(),
    };
    let theirs: Vec<_> = plain.objects.iter().map(|(key, size)| (decode(key), Some(size.unwrap_or(0)))).collect();
    assert_eq!(ours, theirs);
    let prefixes: Vec<_> = plain.prefixes.iter().map(|prefix| decode(prefix)).collect();
    assert_eq!(page.common_prefixes().collect::<Vec<_>>(), prefixes);
    assert_eq!(Some(page.is_truncated), plain.is_truncated);
    let mut compact = page.clone();
    compact.compact();
    assert!(compact == page);
});

#[derive(Default)]
struct Plain {
    objects: Vec<(String, Option<u64>)>,
    prefixes: Vec<String>,
    is_truncated: Option<bool>,
    is_encoded: bool,
}

/// By the path of local names: the simplest reading there is.
fn read(body: &[u8]) -> Option<Plain> {
    let mut reader = Reader::from_reader(body);
    reader.config_mut().expand_empty_elements = true;
    let (mut plain, mut path, mut text) = (Plain::default(), Vec::<String>::new(), String::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                text.clear();
                if path.len() == 2 && path[1] == "Contents" {
                    plain.objects.push((String::new(), None));
                }
            }
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::CData(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(character) => text.push(character),
                None => text.push(match reference.as_ref() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    _ => return None,
                }),
            },
            Event::End(_) => {
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                match names[..] {
                    [_, "Contents", "Key"] => plain.objects.last_mut()?.0 = text.clone(),
                    [_, "Contents", "Size"] => plain.objects.last_mut()?.1 = text.trim().parse().ok(),
                    [_, "CommonPrefixes", "Prefix"] => plain.prefixes.push(text.clone()),
                    [_, "IsTruncated"] => plain.is_truncated = text.trim().parse().ok(),
                    [_, "EncodingType"] => plain.is_encoded = !text.is_empty(),
                    _ => {}
                }
                path.pop();
                text.clear();
            }
            Event::Eof => return Some(plain),
            _ => {}
        }
    }
}
