/// How a service's signatures differ from the others'.
///
/// [`Rules::for_service`] is what [`Signer`](crate::Signer) uses unless told otherwise; the fields are open
/// so that test vectors and unusual servers can be matched exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// Encode the path, which is already percent-encoded on the wire, once more. Every service but S3, which
    /// signs the encoding of the decoded path: the object key, however it is spelled on the wire.
    pub double_encode_path: bool,
    /// Remove `.` and `..` segments and repeated slashes from the path. Every service but S3, whose keys may
    /// contain them.
    pub normalize_path: bool,
    /// Read a `+` in the query as a blank, as in a form. S3, as SeaweedFS and Ceph verify it; for the other
    /// services it is the plus that RFC 3986 sees in it, as awscrt signs it.
    pub plus_is_blank: bool,
    /// Send and sign `x-amz-content-sha256`. Mandatory for S3.
    pub content_sha256_header: bool,
    /// Presigned URLs sign `UNSIGNED-PAYLOAD` instead of the body's hash. S3.
    pub presign_unsigned_payload: bool,
    /// Accept `UNSIGNED-PAYLOAD` in place of the payload's hash. S3, and the few others that take bodies of any length.
    pub unsigned_payload: bool,
    /// Accept the `STREAMING-…` forms in place of the payload's hash. S3.
    pub chunked_payload: bool,
    /// Whether the session token is part of what is signed.
    pub token: TokenPlacement,
}

/// Whether the session token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenPlacement {
    /// The token is sent and signed: nearly every service.
    Signed,
    /// The token is added after signing, as a few services want it (AWS IoT).
    AddedAfterSigning,
}

impl Rules {
    /// The rules of every service that has none of its own.
    pub const STANDARD: Self = Self {
        double_encode_path: true,
        normalize_path: true,
        plus_is_blank: false,
        content_sha256_header: false,
        presign_unsigned_payload: false,
        unsigned_payload: false,
        chunked_payload: false,
        token: TokenPlacement::Signed,
    };

    /// S3 signs the object key, encoded once by SigV4's rule, and folds no dots and no slashes; and always states
    /// the payload's hash.
    pub const S3: Self = Self {
        double_encode_path: false,
        normalize_path: false,
        plus_is_blank: true,
        content_sha256_header: true,
        presign_unsigned_payload: true,
        unsigned_payload: true,
        chunked_payload: true,
        token: TokenPlacement::Signed,
    };

    /// The rules that go with a scope's service name.
    pub fn for_service(name: &str) -> Self {
        match name {
            "s3" | "s3express" | "s3-outposts" | "s3-object-lambda" => Self::S3,
            // botocore leaves the payloads of PostContent, PutObject, PutSnapshotBlock and UploadReadSetPart unsigned.
            "lex" | "mediastore" | "ebs" | "omics" => Self { unsigned_payload: true, ..Self::STANDARD },
            // "VPC Lattice does not support payload signing. You must send an x-amz-content-sha256 header with the value
            // set to "UNSIGNED-PAYLOAD""
            // (<https://docs.aws.amazon.com/vpc-lattice/latest/ug/sigv4-authenticated-requests.html>).
            "vpc-lattice-svcs" => Self { unsigned_payload: true, ..Self::STANDARD },
            _ => Self::STANDARD,
        }
    }

    /// The same rules with another treatment of the session token.
    #[must_use]
    pub const fn with_token(mut self, token: TokenPlacement) -> Self {
        self.token = token;
        self
    }
}
