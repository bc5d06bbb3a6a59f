//! The document of the API (`docs/openapi.json`) and the pages that show it, Swagger UI. `build.rs`
//! compresses them; they are compiled in and sent as they are.

use std::io::{self, Read as _};

use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CONTENT_ENCODING, Encoding, Header as _, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::read::GzDecoder;

use super::call::Reply;
use super::error::{Kind, Problem};

/// Where the document is served.
pub const DOCUMENT_PATH: &str = "/api/v1/openapi.json";

/// A file, compressed by `build.rs`.
#[derive(Debug, Clone, Copy)]
pub struct Packed {
    content_type: &'static str,
    gzip: &'static [u8],
}

macro_rules! packed {
    ($name:literal, $content_type:expr) => {
        Packed {
            content_type: $content_type,
            gzip: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz")),
        }
    };
}

/// The document of the API.
pub static DOCUMENT: Packed = packed!("openapi.json", "application/json");

/// The page and what it loads.
fn file(name: &str) -> Option<Packed> {
    Some(match name {
        "" | "index.html" => packed!("index.html", "text/html; charset=utf-8"),
        "index.css" => packed!("index.css", CSS),
        "swagger-ui.css" => packed!("swagger-ui.css", CSS),
        "swagger-ui-bundle.js" => packed!("swagger-ui-bundle.js", JAVASCRIPT),
        "swagger-ui-standalone-preset.js" => {
            packed!("swagger-ui-standalone-preset.js", JAVASCRIPT)
        }
        "favicon-16x16.png" => packed!("favicon-16x16.png", PNG),
        "favicon-32x32.png" => packed!("favicon-32x32.png", PNG),
        _ => return None,
    })
}

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const PNG: &str = "image/png";

/// Starts Swagger UI; its own file would show an example.
const INITIALIZER: &str = r##"window.onload = function () {
  window.ui = SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl],
    layout: "StandaloneLayout",
  });
};
"##;

impl Packed {
    /// What is in it.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn bytes(self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        GzDecoder::new(self.gzip).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The file as a reply: compressed for those who accept that.
    fn reply(self, req: &HttpRequest) -> Reply {
        let supported = [Encoding::gzip(), Encoding::identity()];
        // the middleware has refused what can't be read or accepts neither
        let accepted = AcceptEncoding::parse(req)
            .ok()
            .filter(|_| req.headers().contains_key(ACCEPT_ENCODING))
            .and_then(|accepted| accepted.negotiate(supported.iter()));
        let mut reply = HttpResponse::Ok();
        reply
            .content_type(self.content_type)
            .insert_header((VARY, "accept-encoding"));
        if accepted == Some(Encoding::gzip()) {
            reply.insert_header((CONTENT_ENCODING, "gzip"));
            return Ok(reply.body(self.gzip));
        }
        Ok(reply.body(self.bytes().map_err(Problem::internal)?))
    }
}

/// The document of the API.
pub(super) async fn document(req: HttpRequest) -> Reply {
    DOCUMENT.reply(&req)
}

/// A file of the pages that show it.
pub(super) async fn page(req: HttpRequest, name: web::Path<String>) -> Reply {
    if name.as_str() == "swagger-initializer.js" {
        return Ok(HttpResponse::Ok()
            .content_type(JAVASCRIPT)
            .body(INITIALIZER));
    }
    let found = file(&name).ok_or_else(|| Problem::new(Kind::NotFound))?;
    found.reply(&req)
}
