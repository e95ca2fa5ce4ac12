#!/usr/bin/env node
// A committed file, because npm links a bin only when it exists at install time and dist/ is built later.
const { existsSync } = require("node:fs");
const { join } = require("node:path");
const cli = join(__dirname, "..", "dist", "cli.js");
if (!existsSync(cli)) {
  console.error("corpuslab is not built yet. Run: npm run build");
  process.exit(1);
}
require(cli).main(process.argv);
