//! The console's sign-in endpoint, in both directions.
//!
//! - `federation`: from temporary credentials to a link that opens the AWS console.
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>
//! - `create_oauth2_token`: from a sign-in to the console (`aws login`) to keys for programs, renewed every quarter of an hour;
//!   `dpop` (feature `login`) makes the proof that each renewal carries, by the key of the sign-in.
//!   <https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html>

mod create_oauth2_token;
#[cfg(feature = "login")]
mod dpop;
mod federation;

#[cfg(feature = "login")]
pub use self::dpop::DpopKey;
pub use self::{
    create_oauth2_token::{CreateOAuth2Token, LoginToken},
    federation::{GetSigninToken, LoginUrl, login_url},
};
