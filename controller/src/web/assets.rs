//! Scripts, styles and the icon: bundled by the build script, embedded, and sent as small as the browser takes them.
//!
//! Names carry a hash of their content, so browsers may keep them for ever; a new build has new names.

/// What an answer with an asset says about caching: its name changes with its content.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// Where assets live.
pub const PREFIX: &str = "/assets/";

struct Embedded {
    file: &'static str,
    content_type: &'static str,
    identity: &'static [u8],
    gzip: &'static [u8],
    brotli: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// How the bytes of an asset are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// As they are.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
}

impl Encoding {
    /// The value of `Content-Encoding`; none for plain bytes.
    pub fn header(self) -> Option<&'static str> {
        match self {
            Encoding::Identity => None,
            Encoding::Gzip => Some("gzip"),
            Encoding::Brotli => Some("br"),
        }
    }

    /// The smallest encoding that an `Accept-Encoding` header (RFC 9110 §12.5.3) allows. Of the weights only 0, a
    /// refusal, matters: whoever takes brotli at all gets it.
    pub fn choose(accept_encoding: Option<&str>) -> Encoding {
        let accepts = |name: &str| {
            accept_encoding.unwrap_or_default().split(',').any(|offer| {
                let mut parts = offer.split(';').map(str::trim);
                let is_named = parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case(name));
                let is_refused = parts.any(|weight| {
                    let weight = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="));
                    weight.and_then(|weight| weight.trim().parse::<f64>().ok()).is_some_and(|weight| weight <= 0.0)
                });
                is_named && !is_refused
            })
        };
        if accepts("br") {
            Encoding::Brotli
        } else if accepts("gzip") {
            Encoding::Gzip
        } else {
            Encoding::Identity
        }
    }
}

/// One asset as it is sent. The answer also needs `Vary: Accept-Encoding` and [`CACHE_CONTROL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// The bytes, packed as `encoding` says.
    pub bytes: &'static [u8],
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// How the bytes are packed.
    pub encoding: Encoding,
}

/// The asset at `path`, with or without [`PREFIX`], as small as `accept_encoding` allows. `None` when there is none.
pub fn asset(path: &str, accept_encoding: Option<&str>) -> Option<Asset> {
    let file = path.strip_prefix(PREFIX).unwrap_or(path);
    let found = EMBEDDED.iter().find(|embedded| embedded.file == file)?;
    let encoding = Encoding::choose(accept_encoding);
    let bytes = match encoding {
        Encoding::Identity => found.identity,
        Encoding::Gzip => found.gzip,
        Encoding::Brotli => found.brotli,
    };
    Some(Asset { bytes, content_type: found.content_type, encoding })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// All assets as files, for looking at pages outside the controller.
    pub(crate) fn files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
        EMBEDDED.iter().map(|embedded| (embedded.file, embedded.identity))
    }

    #[test]
    fn every_name_in_the_templates_leads_to_an_asset() {
        for path in [APP_JS, APP_CSS, GRAPH_JS, GRAPH_CSS, ICON_SVG] {
            let found = asset(path, None).expect(path);
            assert!(!found.bytes.is_empty(), "{path} is empty");
        }
        assert_eq!(asset("/assets/app.js", None), None);
        assert_eq!(asset("/assets/../assets.rs", None), None);
    }

    #[test]
    fn the_smallest_encoding_the_browser_takes_is_chosen() {
        assert_eq!(Encoding::choose(Some("gzip, deflate, br, zstd")), Encoding::Brotli);
        assert_eq!(Encoding::choose(Some("gzip;q=0.5, br;q=0")), Encoding::Gzip);
        assert_eq!(Encoding::choose(Some("deflate")), Encoding::Identity);
        assert_eq!(Encoding::choose(None), Encoding::Identity);
        let gzip = asset(APP_JS, Some("gzip")).expect("the asset exists");
        assert_eq!(gzip.bytes[..2], [0x1f, 0x8b], "the magic of RFC 1952");
    }

    #[test]
    fn the_first_page_stays_light_enough_for_a_phone_on_a_bad_line() {
        let packed = |path| asset(path, Some("gzip")).expect("the asset exists").bytes.len();
        let total = packed(APP_JS) + packed(APP_CSS) + packed(ICON_SVG);
        assert!(total <= 22 * 1024, "scripts and styles of every page are {total} bytes by gzip");
    }

    #[test]
    fn no_asset_evaluates_text_or_points_outside() {
        for (file, bytes) in files() {
            let text = std::str::from_utf8(bytes).expect("assets are text");
            let points_outside =
                text.replace("http://www.w3.org/", "").contains("http://") || text.contains("https://");
            assert!(!points_outside, "{file} points outside");
            assert!(!text.contains("eval("), "{file} has eval");
        }
    }
}
