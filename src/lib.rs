//! sts3
