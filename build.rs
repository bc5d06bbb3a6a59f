//! What is compiled in beside the code: translations and migrations, by macros whose files cargo does
//! not know of, and the pages and the document of the API, compressed. Packages get a smaller table
//! of relocations.

use std::borrow::Cow;
use std::error::Error;
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

/// The files of Swagger UI that its page loads; `web::api_docs` lists them too.
const SWAGGER_UI: [&str; 7] = [
    "index.html",
    "index.css",
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
];

const DOCUMENT: &str = "docs/openapi.json";

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["build.rs", "config/locales", "migrations", DOCUMENT] {
        println!("cargo::rerun-if-changed={path}");
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    compress(&fs::read(DOCUMENT)?, &out.join("openapi.json.gz"))?;
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.map(Cow::into_owned))
        .collect::<Result<_, _>>()?;
    for wanted in SWAGGER_UI {
        let ending = format!("/dist/{wanted}");
        // the folder above carries a version; other folders have a `dist` deeper down
        let name = names
            .iter()
            .find(|name| name.ends_with(&ending) && name.matches('/').count() == 2)
            .ok_or_else(|| format!("Swagger UI has no {wanted}"))?;
        let mut bytes = Vec::new();
        archive.by_name(name)?.read_to_end(&mut bytes)?;
        compress(&bytes, &out.join(format!("{wanted}.gz")))?;
    }
    pack_relocations(&out)
}

fn compress(bytes: &[u8], to: &Path) -> Result<(), Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    fs::write(to, encoder.finish()?)?;
    Ok(())
}

/// Has the linker write relocations as bitmaps (`DT_RELR`), a twentieth of their size. The program
/// then needs glibc 2.36 (Debian 12), so that only the profile of packages does it.
fn pack_relocations(out: &Path) -> Result<(), Box<dyn Error>> {
    let is_dist = out.iter().any(|part| part == "dist");
    let is_glibc = std::env::var("CARGO_CFG_TARGET_OS")? == "linux"
        && std::env::var("CARGO_CFG_TARGET_ENV")? == "gnu";
    if is_dist && is_glibc {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    Ok(())
}
