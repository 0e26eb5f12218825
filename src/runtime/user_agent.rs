/// What requests say of their sender, with the application's name if it has given one.
pub(super) fn user_agent(app_id: Option<&str>) -> String {
    let own = concat!("sts3/", env!("CARGO_PKG_VERSION"));
    app_id.map_or(own.to_owned(), |id| format!("{own} app/{id}"))
}

/// A name of an application as the SDKs take it (`AWS_SDK_UA_APP_ID`): at most 50 characters, those that are not
/// allowed written as `-`.
pub(super) fn app_id(id: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c) { c } else { '-' };
    id.chars().take(50).map(allowed).collect()
}
