//! The exit status is 0 if the signature of the S3 documentation's listing comes out right, without `std`.

#![no_std]
#![no_main]
#![deny(unsafe_code)]

use sts3_sigv4::{Credentials, Request, Scope, Signer, Timestamp};

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

fn is_signed_right() -> bool {
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let request = Request::new("GET", "/")
        .query("max-keys=2&prefix=J")
        .headers(&[("host", "examplebucket.s3.amazonaws.com")]);
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let Some(time) = Timestamp::parse("20130524T000000Z") else { return false };
    let expected = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
    signer.sign(&request, time).is_ok_and(|signed| signed.signature().as_str() == expected)
}

/// The symbol that the C runtime calls; the one thing here that safe Rust cannot name.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn main() -> i32 {
    i32::from(!is_signed_right())
}
