//! Opens a container of Azure Blob Storage.

use std::sync::Arc;

use http::Method;
use http::header::CONTENT_LENGTH;
use object_store::azure::{
    AzureAuthorizer, AzureConfigKey, AzureCredentialProvider, MicrosoftAzure, MicrosoftAzureBuilder,
};
use object_store::client::{HttpRequest, HttpRequestBody};

use super::super::error::{Reason, root_cause};
use super::super::http::{Client, Endpoint, Renewable, Tuning, generic, is_plain_name, refused_credentials, unusable};
use super::keys::AccountKeys;
use crate::model::config::StoreConfig;
use crate::model::credentials::AzureKeys;

/// An open container.
#[derive(Debug)]
pub(in super::super) struct Azure {
    pub(in super::super) objects: Arc<MicrosoftAzure>,
    pub(in super::super) client: Client,
    /// `None`: the platform gives them.
    pub(in super::super) keys: Option<Arc<dyn Renewable>>,
    credentials: AzureCredentialProvider,
    account: String,
    /// URL of the container, without a slash behind it.
    pub(super) url: String,
}

const EXAMPLE: &str = "https://ACCOUNT.blob.core.windows.net";

/// What the hosts of Microsoft's own endpoints have behind the account: the public cloud, China, the government of the US.
const VENDORS: [&str; 3] = [".blob.core.windows.net", ".blob.core.chinacloudapi.cn", ".blob.core.usgovcloudapi.net"];

/// The account that a host of Microsoft's names.
fn account_of(host: &str) -> Option<&str> {
    VENDORS.iter().find_map(|domain| host.strip_suffix(domain)).filter(|account| !account.contains('.'))
}

/// Whether the config means Microsoft's own servers.
pub(in super::super) fn is_vendors(config: &StoreConfig) -> bool {
    let Some(endpoint) = &config.endpoint else { return true };
    Endpoint::parse(endpoint, EXAMPLE).is_ok_and(|endpoint| account_of(&endpoint.host).is_some())
}

/// Opens `container`; makes no request.
///
/// # Errors
/// What in the config cannot be used.
pub(in super::super) fn open(
    container: &str,
    config: &StoreConfig,
    credentials: Option<AzureKeys>,
) -> Result<Azure, Reason> {
    if !is_plain_name(container) {
        return Err(unusable(format!("{container:?} is no container's name")));
    }
    let named = credentials.as_ref().and_then(|keys| keys.account_name.as_deref());
    let (endpoint, account) = place(config.endpoint.as_deref(), named)?;
    let url = format!("{endpoint}/{container}");
    let tuning = Tuning::new(&endpoint, config)?;
    let client = tuning.client()?;
    let builder = MicrosoftAzureBuilder::new()
        .with_endpoint(endpoint)
        .with_account(&account)
        .with_container_name(container)
        .with_retry(tuning.retry)
        .with_client_options(tuning.options)
        .with_http_connector(tuning.connector);
    let (builder, keys) = authenticated(builder, credentials)?;
    let objects = builder.build().map_err(|error| unusable(root_cause(&error)))?;
    let credentials = Arc::clone(objects.credentials());
    Ok(Azure { objects: Arc::new(objects), client, keys, credentials, account, url })
}

/// Where the account is asked, and what it is called.
fn place(endpoint: Option<&str>, named: Option<&str>) -> Result<(String, String), Reason> {
    if let Some(name) = named.filter(|name| !is_account(name)) {
        // Someone may have put a key in its place.
        let length = name.chars().count();
        return Err(refused_credentials(format!("the account's name ({length} characters) is none of Azure's")));
    }
    let Some(endpoint) = endpoint else {
        let account = named.ok_or_else(|| {
            unusable(format!("nothing names the storage account; write `endpoint: {EXAMPLE}` or give its credentials"))
        })?;
        return Ok((format!("https://{account}.blob.core.windows.net"), account.to_owned()));
    };
    let endpoint = Endpoint::parse(endpoint, EXAMPLE)?;
    let account = match (account_of(&endpoint.host), named) {
        (Some(account), Some(named)) if account != named => {
            return Err(unusable(format!("the endpoint is that of account {account:?}, the credentials of {named:?}")));
        }
        (Some(account), _) => account,
        (None, Some(named)) => named,
        (None, None) => {
            return Err(unusable(format!("nothing names the storage account: {:?} does not", endpoint.host)));
        }
    };
    Ok((endpoint.url(), account.to_owned()))
}

fn is_account(name: &str) -> bool {
    (3..=24).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// What the platform tells a workload about its own identity. Account keys are not among it: those in the environment may be
/// another store's.
const IDENTITY: [(AzureConfigKey, &str); 4] = [
    (AzureConfigKey::FederatedTokenFile, "AZURE_FEDERATED_TOKEN_FILE"),
    (AzureConfigKey::ClientId, "AZURE_CLIENT_ID"),
    (AzureConfigKey::AuthorityId, "AZURE_TENANT_ID"),
    (AzureConfigKey::AuthorityHost, "AZURE_AUTHORITY_HOST"),
];

fn authenticated(
    builder: MicrosoftAzureBuilder,
    credentials: Option<AzureKeys>,
) -> Result<(MicrosoftAzureBuilder, Option<Arc<dyn Renewable>>), Reason> {
    let Some(credentials) = credentials else {
        let known = IDENTITY.into_iter().filter_map(|(key, name)| Some((key, std::env::var(name).ok()?)));
        return Ok((known.fold(builder, |builder, (key, value)| builder.with_config(key, value)), None));
    };
    let keys = Arc::new(AccountKeys::new(&credentials)?);
    Ok((builder.with_credentials(keys.provider()), Some(keys)))
}

impl Azure {
    /// An authorized request of our own; `change` may add to it what the signature covers.
    pub(super) async fn request(
        &self,
        method: Method,
        url: &str,
        body: HttpRequestBody,
        change: impl FnOnce(&mut HttpRequest) -> object_store::Result<()>,
    ) -> object_store::Result<HttpRequest> {
        let length = body.content_length();
        let mut request = HttpRequest::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = url.parse().map_err(generic)?;
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
        change(&mut request)?;
        let credential = self.credentials.get_credential().await?;
        AzureAuthorizer::new(&credential, &self.account).try_authorize(&mut request)?;
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(endpoint: Option<&str>, named: Option<&str>) -> Result<(String, String), String> {
        place(endpoint, named).map_err(|reason| reason.said)
    }

    #[test]
    fn the_account_is_named_by_the_endpoint_or_the_credentials() {
        let own = "https://scans.blob.core.windows.net";
        let chinese = "https://scans.blob.core.chinacloudapi.cn";
        for (endpoint, named, url) in [
            (None, Some("scans"), own),
            (Some(own), None, own),
            (Some(own), Some("scans"), own),
            (Some(chinese), None, chinese),
            (Some("http://127.0.0.1:10000/scans/"), Some("scans"), "http://127.0.0.1:10000/scans"),
        ] {
            assert_eq!(found(endpoint, named), Ok((url.to_owned(), "scans".to_owned())), "{endpoint:?} {named:?}");
        }
        assert!(found(None, None).unwrap_err().contains("endpoint"));
        assert!(found(Some("http://127.0.0.1:10000"), None).unwrap_err().contains("127.0.0.1"));
        assert!(found(Some(own), Some("other")).unwrap_err().contains("other"));
        let pasted = found(
            None,
            Some("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="),
        );
        assert!(!pasted.unwrap_err().contains("Eby8"));
    }

    #[test]
    fn only_microsofts_own_servers_are_relied_on_undeclared() {
        let config =
            |endpoint: Option<&str>| StoreConfig { endpoint: endpoint.map(str::to_owned), ..StoreConfig::at("az://c") };
        assert!(is_vendors(&config(None)));
        assert!(is_vendors(&config(Some("https://scans.blob.core.windows.net"))));
        assert!(!is_vendors(&config(Some("http://127.0.0.1:10000/devstoreaccount1"))));
        assert!(!is_vendors(&config(Some("https://scans.blob.core.windows.net.example.com"))));
    }

    #[test]
    fn credentials_that_cannot_be_sent_are_refused_and_not_shown() {
        for (key, sas) in
            [(Some("no base64!"), None), (None, Some("no query")), (None, None), (Some("a2V5"), Some("sv=1&sig=s"))]
        {
            let (account_key, sas_token) = (key.map(str::to_owned), sas.map(str::to_owned));
            let keys = AzureKeys { account_name: Some("scans".to_owned()), account_key, sas_token };
            let reason = open("c", &StoreConfig::at("az://c"), Some(keys)).unwrap_err();
            assert_eq!(reason.code, crate::model::failure::Code::CredentialsRejected, "{}", reason.said);
            assert!(!reason.said.contains("base64!") && !reason.said.contains("query\""), "{}", reason.said);
        }
    }
}
