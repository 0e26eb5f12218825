//! Where requests go, beside botocore's endpoint resolver (`fixtures/endpoints`): every region, service and
//! flag.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use sts3::{
    Endpoint, Region,
    endpoint::{Addressing, Service},
};

/// URL and signing region, or none where botocore has none either.
fn ours(region: &str, service: Service, bucket: Option<&str>, flags: &[&str]) -> Option<(String, String)> {
    let is_global = flags.contains(&"global");
    let endpoint = Endpoint::new(Region::new(region).unwrap())
        .with_fips(flags.contains(&"fips"))
        .with_dual_stack(flags.contains(&"dual-stack"))
        .with_accelerate(flags.contains(&"accelerate"))
        .with_global_sts(is_global)
        .with_global_s3(is_global);
    let target = endpoint.target(service, bucket).ok()?;
    Some((format!("{}{}", target.url, target.path_prefix), target.region.to_string()))
}

#[test]
fn every_public_endpoint_is_botocore_s() {
    let text = std::fs::read_to_string("fixtures/endpoints/expected.tsv").unwrap();
    let mut rows = 0;
    for row in text.lines() {
        let [region, service, bucket, flags, url, signing] =
            row.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let service = match service {
            "sts" => Service::Sts,
            "iam" => Service::Iam,
            "s3" => Service::S3,
            "sso" => Service::Sso,
            "sso-oidc" => Service::SsoOidc,
            "signin" => Service::Signin,
            other => panic!("{other}"),
        };
        let bucket = Some(bucket).filter(|bucket| *bucket != "-");
        let expected = (url != "error").then(|| (url.to_owned(), signing.to_owned()));
        let flags: Vec<&str> = flags.split('+').collect();
        assert_eq!(ours(region, service, bucket, &flags), expected, "{row}");
        rows += 1;
    }
    assert!(rows >= 3744, "{rows}");
}

#[test]
fn a_url_of_one_s_own_takes_no_flags_of_public_endpoints() {
    let own = Endpoint::new(Region::us_east_1()).with_url("http://localhost:9000".parse().unwrap());
    assert!(own.target(Service::Sts, None).is_ok());
    for endpoint in [own.clone().with_fips(true), own.with_dual_stack(true)] {
        let problem = endpoint.target(Service::Sts, None).unwrap_err().to_string();
        assert!(problem.contains("endpoint URL cannot be FIPS or dual-stack"), "{problem}");
    }
}

#[test]
fn path_style_stands_beside_all_flags() {
    let endpoint = Endpoint::new(Region::new("eu-west-1").unwrap()).with_addressing(Addressing::Path);
    let target = endpoint.with_fips(true).with_dual_stack(true).target(Service::S3, Some("demo")).unwrap();
    assert_eq!(target.url.to_string(), "https://s3-fips.dualstack.eu-west-1.amazonaws.com");
    assert_eq!(target.path_prefix, "/demo");
}
