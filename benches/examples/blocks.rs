use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::time::Instant;
fn main(){ let t="x".repeat(940); let mut s="y".repeat(137).into_bytes(); let key = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
 for _ in 0..3 {
 let n=1_000_000; let st=Instant::now(); for _ in 0..n { std::hint::black_box(Sha256::digest(std::hint::black_box(t.as_bytes()))); std::hint::black_box(key.clone().chain_update(std::hint::black_box(&s)).finalize().into_bytes()); } println!("independent {:?}", st.elapsed()/n);
 let st=Instant::now(); for _ in 0..n { let h=Sha256::digest(std::hint::black_box(t.as_bytes())); s[100..132].copy_from_slice(&h); std::hint::black_box(key.clone().chain_update(std::hint::black_box(&s)).finalize().into_bytes()); } println!("dependent {:?}", st.elapsed()/n);
 let st=Instant::now(); for _ in 0..n { std::hint::black_box(Sha256::digest(std::hint::black_box(t.as_bytes()))); } println!("digest {:?}", st.elapsed()/n);
 let st=Instant::now(); for _ in 0..n { std::hint::black_box(key.clone().chain_update(std::hint::black_box(&s)).finalize().into_bytes()); } println!("hmac {:?}", st.elapsed()/n);
 let st=Instant::now(); for _ in 0..n { let mut h=Sha256::new(); h.update(std::hint::black_box(t.as_bytes())); std::hint::black_box(h.finalize());  } println!("digest upd {:?}", st.elapsed()/n);
 }}
