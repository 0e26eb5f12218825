use sigv4::Secret;

use super::VERSION;
use crate::{
    Error,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form::Form, limits, result},
};

/// What an `Encoded authorization failure message` says: which policy refused what. Needs
/// `sts:DecodeAuthorizationMessage`.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>
///
/// ```
/// use sts3::{Operation, sts::DecodeAuthorizationMessage};
///
/// let body = "<DecodeAuthorizationMessageResponse><DecodeAuthorizationMessageResult><DecodedMessage>{&quot;allowed&quot;:false}</DecodedMessage>\
///     </DecodeAuthorizationMessageResult></DecodeAuthorizationMessageResponse>";
/// let operation = DecodeAuthorizationMessage::new("the text behind `Encoded authorization failure message:`");
/// assert_eq!(operation.parse(http::Response::new(body.into()))?, "{\"allowed\":false}");
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DecodeAuthorizationMessage {
    encoded_message: Secret,
}

impl DecodeAuthorizationMessage {
    /// The encoded text: 1 to 10,240 characters.
    pub fn new(encoded_message: impl Into<String>) -> Self {
        Self { encoded_message: Secret::new(encoded_message) }
    }
}

impl Operation for DecodeAuthorizationMessage {
    /// The message in JSON.
    type Output = String;

    fn name(&self) -> &str {
        "DecodeAuthorizationMessage"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        limits::length("EncodedMessage", self.encoded_message.expose(), 1..=10_240)?;
        let mut form = Form::new(self.name(), VERSION);
        form.field("EncodedMessage", self.encoded_message.expose());
        Ok(UnsignedRequest::form(form))
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<String, Error> {
        const DOCUMENT: &str = "DecodeAuthorizationMessageResponse";
        result::only(response.body(), DOCUMENT, "DecodeAuthorizationMessageResult", "DecodedMessage")
    }
}
