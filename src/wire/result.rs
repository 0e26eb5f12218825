//! The frame around every answer of the Query protocol: `<{Action}Response><{Action}Result>…`.

use super::xml::Xml;
use crate::Error;

/// Read `<{Action}Response><{Action}Result>`, handing each child of the result to `read`. Children that `read`
/// does not want (it returns `false`) are skipped.
///
/// # Errors
/// [`Error::Parse`]: it is not such a document, or `read` failed.
pub fn read(
    body: &[u8],
    document: &'static str,
    result_name: &str,
    mut read: impl FnMut(&str, &mut Xml<'_>) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut xml = Xml::new(body, document)?;
    xml.root_named(document)?;
    let mut found = false;
    while let Some(element) = xml.child()? {
        if element.name() != result_name {
            xml.skip()?;
            continue;
        }
        found = true;
        while let Some(child) = xml.child()? {
            if !read(child.name(), &mut xml)? {
                xml.skip()?;
            }
        }
    }
    if !found {
        return Err(xml.error(format!("it has no {result_name}")));
    }
    xml.finish()
}

/// The same for an answer that holds secrets: its bytes are wiped when it has been read.
pub(crate) fn read_secret(
    response: http::Response<Vec<u8>>,
    document: &'static str,
    result_name: &str,
    read: impl FnMut(&str, &mut Xml<'_>) -> Result<bool, Error>,
) -> Result<(), Error> {
    let body = zeroize::Zeroizing::new(response.into_body());
    self::read(&body, document, result_name, read)
}

/// The text of the one element that the result must hold.
pub(crate) fn only(
    body: &[u8],
    document: &'static str,
    result_name: &str,
    element: &'static str,
) -> Result<String, Error> {
    let mut found = None;
    read(body, document, result_name, |name, xml| {
        let wanted = name == element;
        if wanted {
            found = Some(xml.text()?);
        }
        Ok(wanted)
    })?;
    found.ok_or_else(|| Error::parse(document, format!("it has no {element}")))
}
