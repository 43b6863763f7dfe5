// Bundles the scripts and styles of the pages: `node build.mjs OUT`.
//
// Writes OUT/NAME-HASH.EXT with a .br and a .gz beside each, and OUT/manifest.txt: one line `NAME FILE CONTENT-TYPE` for
// each asset, which build.rs turns into Rust. Called by build.rs on a copy of this directory, so the source tree stays
// clean.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = process.argv[2];
if (out === undefined) {
  console.error("usage: node build.mjs OUT");
  process.exit(2);
}
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const types = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const { metafile } = await build({
  // One pair for every page, one more for the pages that draw graphs: uPlot is as heavy as all the rest together. And a
  // script for the pages that ask for passkeys.
  entryPoints: ["src/app.ts", "src/app.css", "src/graph.ts", "src/graph.css", "src/passkey.ts", "src/icon.svg"],
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "esm",
  target: ["es2022", "chrome105", "firefox115", "safari16"],
  legalComments: "none",
  loader: { ".svg": "copy" },
  outdir: out,
  entryNames: "[name]-[hash]",
  metafile: true,
  logLevel: "warning",
});

const lines = [];
for (const [path, output] of Object.entries(metafile.outputs)) {
  const file = basename(path);
  const extension = file.slice(file.lastIndexOf(".") + 1);
  const bytes = readFileSync(join(out, file));
  const size = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_QUALITY]: 11 };
  writeFileSync(join(out, `${file}.br`), brotliCompressSync(bytes, { params: size }));
  writeFileSync(join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  const entry = output.entryPoint ?? file.replace(/-[0-9A-Z]{8}\./, ".");
  lines.push(`${basename(entry).replace(/\.ts$/, ".js")} ${file} ${types[extension]}`);
}
writeFileSync(join(out, "manifest.txt"), `${lines.sort().join("\n")}\n`);
