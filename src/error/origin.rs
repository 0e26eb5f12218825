use std::fmt;

/// Where a setting stands, for messages: whoever is to correct it finds it there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A variable of the environment.
    Variable(&'static str),
    /// A line of a shared file.
    #[non_exhaustive]
    Line {
        /// The file's path.
        file: String,
        /// The line's number, from 1.
        line: u32,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::Line { file, line } => write!(f, "{file} line {line}"),
        }
    }
}
