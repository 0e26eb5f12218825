use super::{Profile, Settings};

impl Profile {
    /// The endpoints of the `services` section that the profile names: each service as the section calls it (`s3`,
    /// `elastic_beanstalk`), and its URL.
    pub fn service_endpoints(&self) -> impl Iterator<Item = (&str, &str)> {
        let settings = self.services.iter().flat_map(Settings::all);
        settings.filter_map(|(name, url)| Some((name.strip_suffix(".endpoint_url")?, url)))
    }
}
