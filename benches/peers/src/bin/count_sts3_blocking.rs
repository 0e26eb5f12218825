//! Counts the keys of a bucket with sts3 and without async: the bare count, nothing printed but the number.

fn main() -> Result<(), sts3::Error> {
    let name = std::env::args().nth(1).expect("a bucket");
    let client = sts3::blocking::Client::from_environment()?.build()?;
    let mut count = 0;
    for page in client.list_objects_v2(&name).pages() {
        count += page?.objects().len();
    }
    println!("{count}");
    Ok(())
}
