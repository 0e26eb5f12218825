//! `url::Url` at the border (feature `url`): endpoints come in as such, and links go out. Presigned URLs: `tests/presign.rs`.

#![cfg(feature = "url")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sts3::endpoint::BaseUrl;
use url::Url;

fn endpoint(text: &str) -> Result<BaseUrl, String> {
    let url = Url::parse(text).unwrap();
    let owned = BaseUrl::try_from(url.clone()).map_err(|error| error.to_string());
    let borrowed = BaseUrl::try_from(&url).map_err(|error| error.to_string());
    assert_eq!(owned, borrowed, "{text}");
    borrowed
}

/// `url` writes a scheme's default port and the case of a host as the URL standard has them: neither changes the address.
#[test]
fn an_endpoint_s_url_comes_in_as_from_its_text() {
    for (text, expected) in [
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("https://S3.Example:443/", "https://s3.example"),
        ("http://[::1]:9000/base/", "http://[::1]:9000/base"),
        ("https://gateway.example/prod/v1", "https://gateway.example/prod/v1"),
    ] {
        assert_eq!(endpoint(text).unwrap().to_string(), expected);
        assert_eq!(endpoint(text).unwrap(), text.parse().unwrap(), "{text}");
    }
}

#[test]
fn what_no_endpoint_may_have_is_refused_and_no_password_is_shown() {
    for (text, problem) in [
        ("http://user:hush@127.0.0.1:9000", "user name or password"),
        ("https://user@s3.example", "user name or password"),
        ("https://s3.example/?token=hush", "query or fragment"),
        ("https://s3.example/?", "query or fragment"),
        ("https://s3.example/#hush", "query or fragment"),
        ("https://s3.example/#", "query or fragment"),
        ("ftp://s3.example/", "http:// or https://"),
        ("data:hush", "http"),
    ] {
        let refused = endpoint(text).unwrap_err();
        assert!(refused.contains(problem) && !refused.contains("hush"), "{text}: {refused}");
    }
}

/// The path of a key in a URL of one's own is no place for changes: it is part of what is signed.
#[test]
fn an_endpoint_goes_out_as_a_url_unless_that_would_change_it() {
    for text in ["https://s3.example", "http://127.0.0.1:9000", "http://[::1]:9000/base"] {
        let base: BaseUrl = text.parse().unwrap();
        let url = Url::try_from(&base).unwrap();
        assert_eq!(BaseUrl::try_from(&url).unwrap(), base, "{text}");
    }
    // <https://url.spec.whatwg.org/#concept-ipv4-parser> and #single-dot-path-segment.
    for text in ["http://127.1:9000", "https://s3.example/a/../b", "https://s3.example/%2e/b"] {
        let refused = Url::try_from(&text.parse::<BaseUrl>().unwrap()).unwrap_err().to_string();
        assert!(refused.contains("would be changed"), "{text}: {refused}");
    }
}

/// `String: From<Url>`: the client's setters of URLs, which check them when it is built, take both.
#[cfg(feature = "client")]
#[test]
fn a_client_takes_urls_where_it_takes_texts() {
    use sts3::{Client, ClientBuilder, Credentials, endpoint::Service};

    let url = |text: &str| Url::parse(text).unwrap();
    let setters: [fn(ClientBuilder, Url) -> ClientBuilder; 3] = [
        |builder, url| builder.endpoint_url(url),
        |builder, url| builder.only_endpoint_url(url),
        |builder, url| builder.service_url(Service::S3, url),
    ];
    for set in setters {
        let build = |text| {
            let keys = Credentials::new("AKIDEXAMPLE", "secret");
            set(Client::builder().region("us-east-1").credentials(keys), url(text)).build()
        };
        let client = build("https://s3.example/base/").unwrap();
        let target = client.caller().endpoint().target(Service::S3, None).unwrap();
        assert_eq!(target.url.authority(), "s3.example");
        let refused = build("https://user:hush@s3.example/").unwrap_err().to_string();
        assert!(refused.contains("password") && !refused.contains("hush"), "{refused}");
    }
}

#[cfg(feature = "providers")]
#[test]
fn a_sign_in_link_becomes_a_url_with_the_same_parameters() {
    use sts3::{Endpoint, Region, signin};

    let endpoint = Endpoint::new(Region::new("eu-west-1").unwrap());
    let page = "https://eu-west-1.console.aws.amazon.com/s3/?a=b c&d=+#e'f";
    let link = signin::login_url(&endpoint, &"T k+/=".into(), Some(page), None).unwrap();
    let url = Url::try_from(&link).unwrap();
    assert_eq!(url.host_str(), Some("eu-west-1.signin.aws.amazon.com"));
    assert_eq!(url.path(), "/federation");
    let parameters: Vec<_> = url.query_pairs().collect();
    let expected = [("Action", "login"), ("Destination", page), ("SigninToken", "T k+/=")];
    assert_eq!(parameters, expected.map(|(name, value)| (name.into(), value.into())));
}
