//! Pull parsing of the services' XML answers.
//!
//! [`Xml`] walks a document element by element: [`child`](Xml::child) enters the next child of the current
//! element, which the caller then reads with [`text`](Xml::text), walks with further `child` calls, or leaves
//! with [`skip`](Xml::skip). Names are compared without namespace prefix. A document that ends early, nests
//! deeper than [`MAX_DEPTH`], or brings a DOCTYPE (the way to entity bombs) is an error, so a cut answer is
//! never taken for a short one.

use std::fmt;

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

use super::reference::character;
use crate::Error;

/// AWS answers nest at most eight levels deep.
const MAX_DEPTH: usize = 32;

/// The start of an element.
pub struct Element<'a>(BytesStart<'a>);

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Element").field(&self.name()).finish()
    }
}

impl Element<'_> {
    /// The name without namespace prefix.
    pub fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }
}

/// An XML document that is read from its beginning to its end; nothing of it is kept.
///
/// ```
/// use sts3::wire::Xml;
///
/// fn queue_urls(body: &[u8]) -> Result<Vec<String>, sts3::Error> {
///     let mut xml = Xml::new(body, "a list of queues")?;
///     xml.root_named("Queues")?;
///     let mut urls = Vec::new();
///     while let Some(element) = xml.child()? {
///         match element.name() {
///             "QueueUrl" => urls.push(xml.text()?),
///             _ => xml.skip()?,
///         }
///     }
///     xml.finish()?;
///     Ok(urls)
/// }
///
/// let body = b"<Queues><QueueUrl>a</QueueUrl><Owner><Id>1</Id></Owner><QueueUrl>b</QueueUrl></Queues>";
/// assert_eq!(queue_urls(body)?, ["a", "b"]);
/// assert!(queue_urls(&body[..40]).is_err());
/// # Ok::<(), sts3::Error>(())
/// ```
pub struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    document: &'static str,
    depth: usize,
}

impl fmt::Debug for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Xml").field("document", &self.document).finish_non_exhaustive()
    }
}

impl<'a> Xml<'a> {
    /// Start reading; `document` names what is expected, for errors.
    ///
    /// # Errors
    /// [`Error::Parse`]: the document is not well formed, or not UTF-8, or empty.
    pub fn new(body: &'a [u8], document: &'static str) -> Result<Self, Error> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::parse(document, "the body is empty"));
        }
        let text = std::str::from_utf8(body).map_err(|error| {
            Error::parse(document, format!("invalid UTF-8 at byte {}", error.valid_up_to()))
        })?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Ok(Self { reader, document, depth: 0 })
    }

    /// Enter the root element.
    ///
    /// # Errors
    /// [`Error::Parse`]: the document is not well formed, or has no root element.
    pub fn root(&mut self) -> Result<Element<'a>, Error> {
        self.child()?.ok_or_else(|| self.error("it has no root element"))
    }

    /// Enter the root element, which must be called `name`.
    ///
    /// # Errors
    /// [`Error::Parse`]: the document is not well formed, or has another root.
    pub fn root_named(&mut self, name: &str) -> Result<(), Error> {
        let root = self.root()?;
        if root.name() == name {
            return Ok(());
        }
        let found: String = root.name().chars().take(40).collect();
        Err(self.error(format!("the root element is `{}`, not `{name}`", found.escape_debug())))
    }

    /// Enter the next child of the current element; `None` at the current element's end, which is thereby left.
    ///
    /// # Errors
    /// [`Error::Parse`]: the document is not well formed, ends before the element, or nests too deep.
    pub fn child(&mut self) -> Result<Option<Element<'a>>, Error> {
        loop {
            match self.event()? {
                Event::Start(start) => {
                    if self.depth == MAX_DEPTH {
                        return Err(self.error(format!("elements nest deeper than {MAX_DEPTH}")));
                    }
                    self.depth += 1;
                    return Ok(Some(Element(start)));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(None);
                }
                Event::Eof => return Err(self.cut()),
                // White space between elements, or text where none belongs: not ours to judge.
                _ => {}
            }
        }
    }

    /// The text of the element just entered, which is thereby left. White space is significant in keys and is
    /// kept. A child element is an error.
    ///
    /// # Errors
    /// [`Error::Parse`]: the document is not well formed, or an element stands where text belongs.
    pub fn text(&mut self) -> Result<String, Error> {
        let mut text = String::new();
        loop {
            match self.event()? {
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => text.push(self.resolve(&reference)?),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(text);
                }
                Event::Start(start) => {
                    let name = start.local_name().into_inner().escape_debug().to_string();
                    return Err(self.error(format!("element `{name}` where text belongs")));
                }
                Event::Eof => return Err(self.cut()),
                _ => {}
            }
        }
    }

    /// The text of the element just entered, read as a number, a flag or a time; `what` names that for errors.
    ///
    /// # Errors
    /// [`Error::Parse`]: the document is not well formed, or `read` does not take the text.
    pub fn parsed<T>(&mut self, read: impl FnOnce(&str) -> Option<T>, what: &str) -> Result<T, Error> {
        let text = self.text()?;
        read(text.trim()).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            self.error(format!("`{}` is not {what}", shown.escape_debug()))
        })
    }

    /// Leave the element just entered, whatever it holds.
    ///
    /// # Errors
    /// [`Error::Parse`]: the document is not well formed, or ends before the element.
    pub fn skip(&mut self) -> Result<(), Error> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.child()?;
        }
        Ok(())
    }

    /// After the root's end: nothing but comments and white space may follow.
    ///
    /// # Errors
    /// [`Error::Parse`]: the document is not well formed, or something follows its end.
    pub fn finish(mut self) -> Result<(), Error> {
        loop {
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Start(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(self.error("something follows its end"));
                }
                Event::Text(text) if !text.trim_ascii().is_empty() => {
                    return Err(self.error("text follows its end"));
                }
                _ => {}
            }
        }
    }

    /// An error about this document.
    pub fn error(&self, problem: impl Into<String>) -> Error {
        Error::parse(self.document, problem)
    }

    fn cut(&self) -> Error {
        self.error(format!("it ends in the middle, after {} bytes", self.reader.buffer_position()))
    }

    fn event(&mut self) -> Result<Event<'a>, Error> {
        match self.reader.read_event() {
            Ok(Event::DocType(_)) => Err(self.error("it has a DOCTYPE, which no AWS answer has")),
            // Also where the text is not wanted: a document with an unknown entity is not well formed.
            Ok(Event::GeneralRef(reference)) => {
                self.resolve(&reference)?;
                Ok(Event::GeneralRef(reference))
            }
            Ok(event) => Ok(event),
            Err(error) => {
                let at = self.reader.error_position();
                Err(self.error(format!("{error} (at byte {at})")))
            }
        }
    }

    /// The five named entities and character references; there can be no others without a DOCTYPE.
    fn resolve(&self, reference: &BytesRef<'_>) -> Result<char, Error> {
        character(reference)
            .ok_or_else(|| self.error(format!("unknown entity `&{};`", reference.escape_debug())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_text(body: &str) -> Result<String, Error> {
        let mut xml = Xml::new(body.as_bytes(), "a test")?;
        xml.root()?;
        let text = xml.text()?;
        xml.finish()?;
        Ok(text)
    }

    #[test]
    fn text_keeps_white_space_and_resolves_references() {
        assert_eq!(only_text("<k> a &amp;&lt;&#x41;&#13; </k>").unwrap(), " a &<A\r ");
        assert_eq!(only_text("<p:k xmlns:p='urn:x'><![CDATA[<&>]]>x</p:k>").unwrap(), "<&>x");
        assert_eq!(only_text("<?xml version='1.0'?><k/><!-- end -->\n").unwrap(), "");
    }

    #[test]
    fn a_document_cut_at_any_byte_is_an_error() {
        let whole = "<?xml version=\"1.0\"?><a xmlns=\"urn:x\"><b>t&amp;t</b><c/><d><![CDATA[x]]></d></a>";
        let walk = |body: &str| {
            let mut xml = Xml::new(body.as_bytes(), "a test")?;
            xml.root()?;
            xml.skip()?;
            xml.finish()
        };
        walk(whole).unwrap();
        for end in 0..whole.len() {
            assert!(walk(&whole[..end]).is_err(), "cut at {end}: {}", &whole[..end]);
        }
    }

    #[test]
    fn hostile_documents_are_errors() {
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        for body in [
            "",
            "   ",
            "not xml",
            "<a></b>",
            "<a>&undefined;</a>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>x</a>",
            "<a>text</a><b/>",
            "<a>text</a>tail",
            "<a><b>inner</b></a>",
            "<a>&#xFFFFFFFF;</a>",
            "<a>&#0;</a>",
            &deep,
        ] {
            let problem = only_text(body).or_else(|_| {
                let mut xml = Xml::new(body.as_bytes(), "a test")?;
                xml.root()?;
                xml.skip()?;
                xml.finish().map(|()| String::new())
            });
            // `<a><b>…` is well formed, only not text; everything else is refused either way.
            assert!(problem.is_err() || body == "<a><b>inner</b></a>", "{body}");
            assert!(only_text(body).is_err(), "{body}");
        }
        assert!(Xml::new(b"<a>\xff</a>", "a test").is_err());
    }
}
