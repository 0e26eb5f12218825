//! The file with the certificate of a sandbox's authority, for those who must trust it.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{failure::Failure, output::Target};

/// A file with a certificate. One that nobody asked for is removed in the end.
#[derive(Debug)]
pub(crate) struct CaFile {
    path: PathBuf,
    is_temporary: bool,
}

impl CaFile {
    /// At this path, or in the system's folder for temporary files, where nobody else may read it.
    pub(crate) fn write(certificate: &str, path: Option<&Path>) -> Result<Self, Failure> {
        let failed =
            |error: io::Error| Failure::System(format!("cannot write the CA's certificate: {error}"));
        match path {
            Some(path) => {
                // The command may work in another folder.
                let path = std::path::absolute(path).map_err(failed)?;
                let mut target = Target::new(Some(&path)).map_err(failed)?;
                target.write_all(certificate.as_bytes()).map_err(failed)?;
                target.complete().map_err(failed)?;
                Ok(Self { path, is_temporary: false })
            }
            None => temporary(certificate).map_err(failed),
        }
    }

    /// As a variable holds it.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        let text = self.path.to_str().map(str::to_owned);
        text.ok_or_else(|| {
            Failure::Usage("--ca-out: the path must be text, as AWS_CA_BUNDLE holds it".into())
        })
    }
}

fn temporary(certificate: &str) -> io::Result<CaFile> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let name = format!("sts3-sandbox-ca-{}.pem", hex::encode(bytes));
    let path = std::path::absolute(std::env::temp_dir().join(name))?;
    let mut options = OpenOptions::new();
    // Never through a link, never what somebody else has put there.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path)?;
    let kept = CaFile { path, is_temporary: true };
    file.write_all(certificate.as_bytes())?;
    Ok(kept)
}

impl Drop for CaFile {
    fn drop(&mut self) {
        if self.is_temporary {
            // Left behind, it is a certificate that nothing uses any more.
            let _ = fs::remove_file(&self.path);
        }
    }
}
