//! What borrows from a page, as the command prints it: one object like an `OwnedObject`, a page with its objects.

use serde::{
    Serialize, Serializer,
    ser::{SerializeSeq, SerializeStruct},
};

use super::{Object, Page};

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.to_owned().serialize(to)
    }
}

struct Sequence<F>(F);

impl<T: Serialize, I: Iterator<Item = T>, F: Fn() -> I> Serialize for Sequence<F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut sequence = to.serialize_seq(None)?;
        for element in (self.0)() {
            sequence.serialize_element(&element)?;
        }
        sequence.end()
    }
}

impl Serialize for Page {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut page = to.serialize_struct("Page", 14)?;
        page.serialize_field("name", &self.name)?;
        page.serialize_field("prefix", &self.prefix)?;
        page.serialize_field("delimiter", &self.delimiter)?;
        page.serialize_field("max_keys", &self.max_keys)?;
        page.serialize_field("key_count", &self.key_count)?;
        page.serialize_field("is_truncated", &self.is_truncated)?;
        page.serialize_field("continuation_token", &self.continuation_token)?;
        page.serialize_field("next_continuation_token", &self.next_continuation_token)?;
        page.serialize_field("start_after", &self.start_after)?;
        page.serialize_field("marker", &self.marker)?;
        page.serialize_field("next_marker", &self.next_marker)?;
        page.serialize_field("request_charged", &self.request_charged)?;
        page.serialize_field("objects", &Sequence(|| self.objects()))?;
        page.serialize_field("common_prefixes", &Sequence(|| self.common_prefixes()))?;
        page.end()
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Operation,
        iam::{CreateUser, GetRole, GetUser},
        s3::{
            DeleteObject, HeadBucket, HeadObject, ListBuckets, ListObjectVersions, ListObjects,
            ListObjectsV2, PutObject,
        },
        sts::{
            AssumeRole, AssumeRoleWithSaml, AssumeRoleWithWebIdentity, AssumeRoot, GetCallerIdentity,
            GetFederationToken, GetSessionToken,
        },
    };

    /// Compiles if each does.
    macro_rules! serialize {
        ($($operation:ty),* $(,)?) => {$(
            const _: fn(&<$operation as Operation>::Output) -> Result<serde_json::Value, serde_json::Error> =
                |output| serde_json::to_value(output);
        )*};
    }

    // `GetObject` gives the HTTP answer itself, and texts are texts.
    serialize! {
        AssumeRole, AssumeRoleWithSaml, AssumeRoleWithWebIdentity, AssumeRoot, CreateUser, DeleteObject, GetCallerIdentity,
        GetFederationToken, GetRole, GetSessionToken, GetUser, HeadBucket, HeadObject, ListBuckets, ListObjectVersions,
        ListObjects, ListObjectsV2, PutObject,
    }

    /// The headers are those of S3's reference for HeadObject.
    #[test]
    fn what_is_told_of_an_object_is_serialized_under_its_fields_names() {
        let answer = http::Response::builder()
            .header("content-length", "434234")
            .header("etag", "\"fba9dede5f27731c9771645a39863328\"")
            .header("x-amz-version-id", "3HL4kqCxf3vjVBH40Nrjfkd");
        let info = HeadObject::new("logs", "a").parse(answer.body(Vec::new()).unwrap()).unwrap();
        let expected = serde_json::json!({
            "size": 434_234,
            "e_tag": "\"fba9dede5f27731c9771645a39863328\"",
            "last_modified": null,
            "content_type": null,
            "version_id": "3HL4kqCxf3vjVBH40Nrjfkd",
        });
        assert_eq!(serde_json::to_value(info).unwrap(), expected);
    }
}
