//! Certificates for the mail server of the tests, made anew for each.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::version::{TLS12, TLS13};

/// A certificate of a server with its key, and a file in which its issuer's certificate is.
pub struct Certificate {
    der: CertificateDer<'static>,
    key: Vec<u8>,
    folder: TempDir,
}

impl Certificate {
    /// For a name, by an authority of its own, whose certificate is in the file.
    pub fn issued(name: &str) -> Self {
        Self::by_authority(&server(name))
    }

    /// Like [`Certificate::issued`], but no longer valid.
    pub fn expired(name: &str) -> Self {
        let mut params = server(name);
        params.not_after = date_time_ymd(2020, 1, 1);
        Self::by_authority(&params)
    }

    /// Signed by itself and marked as an authority, as `openssl req -x509` makes it.
    pub fn signed_by_itself(name: &str) -> Self {
        let mut params = server(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().clone();
        Self::kept(der.clone(), &key, &der)
    }

    fn by_authority(params: &CertificateParams) -> Self {
        let mut authority = server("ca.example");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let signing = KeyPair::generate().unwrap();
        let root = authority.self_signed(&signing).unwrap().der().clone();
        let issuer = Issuer::new(authority, signing);
        let key = KeyPair::generate().unwrap();
        let der = params.signed_by(&key, &issuer).unwrap().der().clone();
        Self::kept(der, &key, &root)
    }

    fn kept(der: CertificateDer<'static>, key: &KeyPair, root: &CertificateDer<'_>) -> Self {
        let folder = TempDir::new().unwrap();
        let text = STANDARD.encode(root);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
        Self {
            der,
            key: key.serialize_der(),
            folder,
        }
    }

    /// The file for `mail.smtp.ca_file`.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server that shows it and speaks any version of TLS.
    pub fn server(&self) -> Arc<ServerConfig> {
        self.server_of(&[&TLS13, &TLS12])
    }

    /// A server that shows it and speaks TLS 1.2 only.
    pub fn old_server(&self) -> Arc<ServerConfig> {
        self.server_of(&[&TLS12])
    }

    fn server_of(
        &self,
        versions: &[&'static tokio_rustls::rustls::SupportedProtocolVersion],
    ) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::Pkcs8(self.key.clone().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.der.clone()], key);
        Arc::new(config.unwrap())
    }
}

fn server(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}
