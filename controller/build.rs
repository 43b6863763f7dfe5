//! Bundles the scripts and styles of the pages with npm and esbuild and writes them as Rust into `OUT_DIR`.
//!
//! Everything happens on a copy in `OUT_DIR`: a build never writes into the source tree. `npm ci` runs only when the
//! lock file or Node changed; a type error in the scripts fails the build.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What the bundle is made of, beside `src`.
const FILES: [&str; 5] = [".npmrc", "build.mjs", "package-lock.json", "package.json", "tsconfig.json"];
/// The oldest Node.js that esbuild and npm of the lock file run on.
const NODE_MAJOR: u32 = 20;
const NODE_NEEDED: &str = "Node.js 20 or newer is needed to build the pages: apt-get install nodejs npm";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=messages");
    println!("cargo::rerun-if-changed=web");
    if let Err(message) = bundle() {
        for line in message.lines() {
            println!("cargo::error={line}");
        }
        std::process::exit(1);
    }
}

fn bundle() -> Result<(), String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    let out = out_dir();
    let work = out.join("web");
    copy_sources(&source, &work)
        .map_err(|error| format!("cannot copy {} to {}: {error}", source.display(), work.display()))?;
    let node = node_version()?;
    install(&work, &node)?;
    run(&work, "node", ["node_modules/typescript/bin/tsc", "--noEmit"])?;
    run(&work, "node", [OsStr::new("build.mjs"), out.join("assets").as_os_str()])?;
    write_table(&out).map_err(|error| format!("cannot write the table of assets into {}: {error}", out.display()))
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its directory by this variable only")]
fn out_dir() -> PathBuf {
    std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts").into()
}

fn copy_sources(source: &Path, work: &Path) -> io::Result<()> {
    fs::create_dir_all(work)?;
    for file in FILES {
        fs::copy(source.join(file), work.join(file))?;
    }
    // A file that was renamed or deleted must not live on in the copy.
    let target = work.join("src");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    fs::create_dir_all(&target)?;
    for entry in fs::read_dir(source.join("src"))? {
        let entry = entry?;
        fs::copy(entry.path(), target.join(entry.file_name()))?;
    }
    Ok(())
}

/// `v20.20.2`, or what to do about it when it is missing or too old.
fn node_version() -> Result<String, String> {
    let version = run(Path::new("."), "node", ["--version"]).map_err(|_| NODE_NEEDED.to_owned())?;
    let version = version.trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|digits| digits.parse::<u32>().ok());
    if major.is_some_and(|major| major >= NODE_MAJOR) {
        Ok(version)
    } else {
        Err(format!("{NODE_NEEDED} (found {version})"))
    }
}

/// `npm ci`, unless what it installed last time came from the same lock file.
fn install(work: &Path, node: &str) -> Result<(), String> {
    let lock =
        fs::read_to_string(work.join("package-lock.json")).map_err(|error| format!("package-lock.json: {error}"))?;
    let stamp = work.join("installed.stamp");
    let wanted = format!("{node}\n{lock}");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && work.join("node_modules").exists() {
        return Ok(());
    }
    run(work, "npm", ["ci", "--no-progress"]).map_err(|error| {
        format!("{error}\nThe first build fetches esbuild, TypeScript, htmx and uPlot from the npm registry: is it reachable?")
    })?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

#[expect(clippy::disallowed_types, reason = "a build script bundles the pages by npm; the product starts no program")]
fn run<A: AsRef<OsStr>>(dir: &Path, program: &str, arguments: impl IntoIterator<Item = A>) -> Result<String, String> {
    let output = std::process::Command::new(program).args(arguments).current_dir(dir).output();
    let output = output.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => NODE_NEEDED.to_owned(),
        _ => format!("cannot start {program}: {error}"),
    })?;
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(told(&output.stdout));
    }
    Err(format!("{program} failed ({}):\n{}{}", output.status, told(&output.stdout), told(&output.stderr)))
}

/// Writes `assets.rs`: a name for each asset, and the table of their bytes.
fn write_table(out: &Path) -> io::Result<()> {
    let mut names = String::new();
    let mut rows = String::new();
    for line in fs::read_to_string(out.join("assets/manifest.txt"))?.lines() {
        let mut words = line.splitn(3, ' ');
        let (Some(name), Some(file), Some(content_type)) = (words.next(), words.next(), words.next()) else {
            return Err(io::Error::other(format!("manifest.txt has {line:?}")));
        };
        let constant = name.to_uppercase().replace(['.', '-'], "_");
        writeln!(names, "/// Where browsers find `{name}`.\npub const {constant}: &str = \"/assets/{file}\";")
            .map_err(io::Error::other)?;
        writeln!(
            rows,
            "    Embedded {{ file: {file:?}, content_type: {content_type:?}, identity: include_bytes!(\"assets/{file}\"), \
             gzip: include_bytes!(\"assets/{file}.gz\"), brotli: include_bytes!(\"assets/{file}.br\") }},"
        )
        .map_err(io::Error::other)?;
    }
    fs::write(out.join("assets.rs"), format!("{names}\nstatic EMBEDDED: &[Embedded] = &[\n{rows}];\n"))
}
