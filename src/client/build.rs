//! From settings to a client: each value is checked here, before anything is sent.

use std::{mem, path::Path};

use super::{builder::ClientBuilder, send::Client};
use crate::{
    Endpoint, Error, InvalidInput, Region,
    endpoint::BaseUrl,
    runtime::{
        Caller, Files, SystemFiles,
        default::{self, HttpSettings},
    },
};

/// A system's whole bundle has a quarter of a mebibyte.
const MAX_CA_BUNDLE: u64 = 16 * 1024 * 1024;

impl ClientBuilder {
    /// Build the client. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] names the setting: the region is missing or no region's name, a URL is none, a service has
    /// two URLs, a time limit or the number of attempts is zero, the CA bundle cannot be used; there are neither
    /// [`credentials`](Self::credentials) nor the wish to be [`anonymous`](Self::anonymous); transport or clock are
    /// missing in a build without a runtime.
    pub fn build(self) -> Result<Client, Error> {
        let endpoint = self.checked_endpoint()?;
        self.policy.check()?;
        if self.credentials.is_none() && !self.is_anonymous {
            let choices = "are missing: `credentials` takes keys, a role or a chain, `from_environment` finds what the \
                           command line tools use, and `anonymous` sends requests unsigned";
            return Err(InvalidInput::new("credentials", choices).into());
        }
        let transport = match &self.transport {
            Some(transport) => transport.clone(),
            None => default::transport(&self.http_settings()?)?,
        };
        let clock = match self.clock {
            Some(clock) => clock,
            None => default::clock()?,
        };
        let mut caller = Caller::new(transport, clock, endpoint, self.policy);
        caller = caller.with_random(match self.random {
            Some(random) => random,
            None => default::random()?,
        });
        if let Some(processes) = self.processes {
            caller = caller.with_processes(processes);
        }
        if let Some(files) = self.files {
            caller = caller.with_files(files);
        }
        if let Some(observer) = self.observer {
            caller = caller.with_observer(observer);
        }
        Ok(Client { caller, credentials: self.credentials })
    }

    fn checked_endpoint(&self) -> Result<Endpoint, InvalidInput> {
        let region = match &self.region {
            Some(region) => region.read()?,
            None if self.has_endpoint_url() => Region::us_east_1(),
            None => return Err(Region::missing()),
        };
        let mut endpoint = Endpoint::new(region)
            .with_addressing(self.addressing)
            .with_global_sts(self.global_sts)
            .with_global_s3(self.global_s3)
            .with_accelerate(self.accelerate)
            .with_fips(self.fips)
            .with_dual_stack(self.dual_stack)
            .with_plain_http(self.allow_http);
        if let Some(url) = &self.endpoint_url {
            endpoint = endpoint.with_url(url.read::<BaseUrl>()?).with_url_origin(None, url.origin.clone());
        }
        for (at, (service, _)) in self.service_urls.iter().enumerate() {
            if self.service_urls.iter().take(at).any(|(earlier, _)| earlier == service) {
                let problem =
                    format!("of {} is set twice: one of them would be ignored", service.signing_name());
                return Err(InvalidInput::new("service URL", problem));
            }
        }
        for (service, url) in &self.configured_urls {
            endpoint = endpoint.with_service_url(service.clone(), url.read::<BaseUrl>()?);
            let is_replaced = self.service_urls.iter().any(|(other, _)| other == service);
            let origin = url.origin.clone().filter(|_| !is_replaced);
            endpoint = endpoint.with_url_origin(Some(service.clone()), origin);
        }
        for (service, url) in &self.service_urls {
            let url = url.parse::<BaseUrl>().map_err(|error| {
                InvalidInput::new("service URL", format!("of {}: {}", service.signing_name(), error.problem))
            })?;
            endpoint = endpoint.with_service_url(service.clone(), url);
        }
        Ok(endpoint)
    }

    /// What the transport that ships is told.
    pub(crate) fn http_settings(&self) -> Result<HttpSettings, InvalidInput> {
        let mut http = self.http.clone();
        // A build without TLS has no use for it.
        let has_tls = cfg!(any(feature = "rustls-ring", feature = "native-tls"));
        if let Some(file) = self.ca_file.as_ref().filter(|_| has_tls) {
            let files: &dyn Files = self.files.as_deref().unwrap_or(&SystemFiles);
            let mut pem = files.read(Path::new(&file.value), MAX_CA_BUNDLE).map_err(|error| {
                file.fault(format!("is {}: cannot read the CA bundle: {error}", file.value.escape_debug()))
            })?;
            // Certificates are no secret: taken out, they are neither copied nor wiped.
            http.ca_bundle = Some(mem::take(&mut *pem));
        }
        Ok(http)
    }
}
