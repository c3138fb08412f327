#!/usr/bin/env node
/*
 * The command of the installed package; a checkout runs bin/clew. Every Node can read this file, down to its syntax, so
 * that one that is too old is told so in a line, and not by a stack trace out of the sources.
 *
 * From 24.15 on neither node:sqlite nor the stripping of types warns that it is experimental. So nothing is silenced
 * here: what Node still says is about the user's own modules.
 */
"use strict";

var version = process.versions.node.split(".");
var major = Number(version[0]);
var minor = Number(version[1]);

if (major > 24 || (major === 24 && minor >= 15)) {
  require("../dist/src/cli/main.js");
} else {
  var found = "needs Node.js 24.15 or newer and found " + process.version;
  process.stderr.write("clew: " + found + "; put a newer one in the PATH\n");
  process.exitCode = 6;
}
