//! A model and who answers for it: keys in, signatures beside models out, and the word of a key about a model.
//!
//! A model says what counts as normal, so whoever can change one can hide whatever they like. Who takes models from
//! elsewhere has them signed where they are learned, and names the one key whose models are read.
//!
//! A signature is Ed25519 over the bytes of the model: 64 bytes in a file beside it, named as the model and `.sig`. Keys
//! are PEM: PKCS#8 for the secret one and SubjectPublicKeyInfo for the other, as RFC 8410 lays them out. So OpenSSL and
//! whatever holds the keys of a company can sign and check as well.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use thiserror::Error;

use crate::model_file::{ModelFileError, read_model_file, replace_file};

/// What stands before the 32 bytes of a secret key in PKCS#8.
const BEFORE_SECRET: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// What stands before the 32 bytes of a public key in SubjectPublicKeyInfo.
const BEFORE_PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// Bytes of a key, without what stands before it.
const KEY: usize = 32;
/// Bytes of a signature.
const SIGNATURE: usize = 64;
/// Bytes of a key's file at most.
const LARGEST: u64 = 64 << 10;

/// Why something could not be signed or is not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// The system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No key of that kind.
    #[error("`{}` is no {kind} Ed25519 key in PEM\nhint: `logsift model key NAME` makes a pair of keys", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Which half was wanted.
        kind: &'static str,
    },
    /// No randomness is to be had.
    #[error("the system gives no random numbers, so there is no new key")]
    Random,
    /// There is no signature.
    #[error(
        "`{}` is not signed: there is no `{}`\nhint: whoever learned it signs it with `logsift model sign`; without \
         --require-signed it is read as it is", model.display(), signature.display()
    )]
    Unsigned {
        /// The model.
        model: PathBuf,
        /// Where its signature would be.
        signature: PathBuf,
    },
    /// The signature is of something else.
    #[error(
        "`{}` is not what the owner of `{}` signed\nhint: it was changed or replaced since, or somebody else signed it",
        model.display(), key.display()
    )]
    Forged {
        /// The model.
        model: PathBuf,
        /// The public key.
        key: PathBuf,
    },
}

/// Makes a pair of keys: `NAME.key`, which only its owner may read, and `NAME.pub`. Files that exist stay as they are.
pub fn make_keys(name: &Path) -> Result<[PathBuf; 2], SigningError> {
    let mut seed = [0; KEY];
    SystemRandom::new().fill(&mut seed).map_err(|_| SigningError::Random)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| SigningError::Random)?;
    let [secret, public] = [with(name, "key"), with(name, "pub")];
    let of_public = pem("PUBLIC KEY", &[&BEFORE_PUBLIC, pair.public_key().as_ref()].concat());
    create(&secret, &pem("PRIVATE KEY", &[&BEFORE_SECRET, &seed[..]].concat()), true)?;
    if let Err(error) = create(&public, &of_public, false) {
        // One half is of no use, and the name stays free.
        let _ = fs::remove_file(&secret);
        return Err(error);
    }
    Ok([secret, public])
}

/// Signs a model with a secret key. Gives the file of the signature; an older one is replaced.
pub fn sign(model: &Path, key: &Path) -> Result<PathBuf, SigningError> {
    let wrong = || SigningError::Key { path: key.to_owned(), kind: "secret" };
    let text = read_key(key)?;
    let der = PrivatePkcs8KeyDer::from_pem_slice(&text).map_err(|_| wrong())?;
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).map_err(|_| wrong())?;
    let bytes = read_model_file(model, None)?;
    let signature = with(model, "sig");
    replace_file(&signature, pair.sign(&bytes).as_ref())?;
    Ok(signature)
}

/// The one whose signature models must have.
#[derive(Clone, Debug)]
pub struct Signer {
    path: PathBuf,
    key: [u8; KEY],
}

impl Signer {
    /// The owner of a public key.
    pub fn of_key(path: &Path) -> Result<Signer, SigningError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(&read_key(path)?).ok();
        let key = der.as_ref().and_then(|der| der.strip_prefix(&BEFORE_PUBLIC)?.try_into().ok());
        let key = key.ok_or_else(|| SigningError::Key { path: path.to_owned(), kind: "public" })?;
        Ok(Signer { path: path.to_owned(), key })
    }

    /// The file of the key.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether these bytes of a model are what was signed.
    pub(crate) fn check(&self, model: &Path, bytes: &[u8]) -> Result<(), SigningError> {
        let path = with(model, "sig");
        let mut signature = Vec::new();
        let read =
            File::open(&path).and_then(|file| file.take(SIGNATURE as u64 + 1).read_to_end(&mut signature));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SigningError::Unsigned { model: model.to_owned(), signature: path });
            }
            Err(source) => return Err(SigningError::Io { action: "read", path, source }),
        }
        let forged = |_| SigningError::Forged { model: model.to_owned(), key: self.path.clone() };
        UnparsedPublicKey::new(&ED25519, self.key).verify(bytes, &signature).map_err(forged)
    }
}

/// The same name with an ending more.
fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(ending);
    name.into()
}

fn read_key(path: &Path) -> Result<Vec<u8>, SigningError> {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut text));
    read.map_err(|source| SigningError::Io { action: "read", path: path.to_owned(), source })?;
    Ok(text)
}

fn pem(label: &str, der: &[u8]) -> String {
    // Both keys are shorter than a line may be.
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn create(path: &Path, text: &str, is_secret: bool) -> Result<(), SigningError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_secret {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = is_secret;
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| SigningError::Io { action: "create", path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &[u8] = b"not even a model: what is in it is not judged here";

    fn signed() -> (tempfile::TempDir, PathBuf, [PathBuf; 2]) {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("app.model");
        fs::write(&model, MODEL).unwrap();
        let keys = make_keys(&folder.path().join("team")).unwrap();
        assert_eq!(sign(&model, &keys[0]).unwrap(), folder.path().join("app.model.sig"));
        (folder, model, keys)
    }

    #[test]
    fn what_was_signed_is_read_and_with_one_bit_changed_it_is_not() {
        let (_folder, model, [_, public]) = signed();
        let signer = Signer::of_key(&public).unwrap();
        assert_eq!(read_model_file(&model, Some(&signer)).unwrap(), MODEL);
        for bit in 0..MODEL.len() * 8 {
            let mut changed = MODEL.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(signer.check(&model, &changed), Err(SigningError::Forged { .. })), "bit {bit}");
        }
        let signature = fs::read(with(&model, "sig")).unwrap();
        for bit in 0..SIGNATURE * 8 {
            let mut changed = signature.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            fs::write(with(&model, "sig"), &changed).unwrap();
            assert!(signer.check(&model, MODEL).is_err(), "bit {bit} of the signature");
        }
        for changed in [&signature[..63], &[&signature[..], b"\n"].concat(), b""] {
            fs::write(with(&model, "sig"), changed).unwrap();
            assert!(signer.check(&model, MODEL).is_err(), "{} bytes", changed.len());
        }
    }

    #[test]
    fn what_nobody_or_somebody_else_signed_is_refused() {
        let (folder, model, [_, public]) = signed();
        let other = make_keys(&folder.path().join("other")).unwrap();
        sign(&model, &other[0]).unwrap();
        let signer = Signer::of_key(&public).unwrap();
        let error = read_model_file(&model, Some(&signer)).unwrap_err().to_string();
        assert!(error.contains("not what the owner of") && error.contains("team.pub"), "{error}");
        fs::remove_file(with(&model, "sig")).unwrap();
        let error = read_model_file(&model, Some(&signer)).unwrap_err().to_string();
        assert!(error.contains("is not signed") && error.contains("app.model.sig"), "{error}");
        assert_eq!(read_model_file(&model, None).unwrap(), MODEL);
    }

    #[test]
    fn keys_are_told_from_other_files_and_never_overwritten() {
        let (folder, model, [secret, public]) = signed();
        for (file, kind) in [(&public, "secret"), (&model, "secret")] {
            let error = sign(&model, file).unwrap_err();
            assert!(matches!(error, SigningError::Key { kind: said, .. } if said == kind), "{error}");
        }
        for file in [&secret, &model] {
            assert!(matches!(Signer::of_key(file), Err(SigningError::Key { kind: "public", .. })));
        }
        let before = fs::read(&secret).unwrap();
        assert!(make_keys(&folder.path().join("team")).is_err());
        assert_eq!(fs::read(&secret).unwrap(), before);
        // A half that is there already costs the name, and no new secret lies about.
        fs::write(folder.path().join("half.pub"), "mine").unwrap();
        assert!(make_keys(&folder.path().join("half")).is_err());
        assert!(!folder.path().join("half.key").exists());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_secret() {
        use std::os::unix::fs::PermissionsExt;

        let (_folder, _, [secret, public]) = signed();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
        assert_eq!(mode(&secret), 0);
        assert_ne!(mode(&public), 0);
    }

    /// The first test vector of RFC 8032, in the form of RFC 8410.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let folder = tempfile::tempdir().unwrap();
        let (model, key) = (folder.path().join("empty"), folder.path().join("rfc.key"));
        let seed: Vec<u8> = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        fs::write(&model, "").unwrap();
        fs::write(&key, pem("PRIVATE KEY", &[&BEFORE_SECRET[..], &seed].concat())).unwrap();
        let signature = fs::read(sign(&model, &key).unwrap()).unwrap();
        let expected = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b\
                        d25bf5f0595bbe24655141438e7a100b";
        assert_eq!(signature, hex(expected));
    }

    fn hex(digits: &str) -> Vec<u8> {
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    }
}
