/*
 * Preloaded into every `sf` (NODE_OPTIONS=--require): what Node has once found and compiled it takes from a file, as Node 22 can by
 * itself. The CLI loads a thousand modules for each command; a quarter of a command's CPU time goes there.
 *
 * usage: COMPILED=FILE NODE_OPTIONS="--require .../compiled.cjs" sf ...
 */
"use strict";
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");
const { isMainThread } = require("node:worker_threads");

const LENGTH = 4; // bytes before the table that tell its size

/** What is known: `scripts` maps a file to [its size, where its code begins, where it ends], `paths` is Node's table of files found. */
function read(file) {
  try {
    const bytes = fs.readFileSync(file);
    const end = LENGTH + bytes.readUInt32LE(0);
    return { ...JSON.parse(bytes.toString("utf8", LENGTH, end)), code: bytes.subarray(end) };
  } catch {
    return { scripts: {}, paths: {}, code: Buffer.alloc(0) }; // the first command, or a file cut short: all is compiled again
  }
}

/** Add the fresh scripts, with those of their functions that ran. Commands that end at once do not harm each other: the last one stays. */
function write(file, known, fresh) {
  const scripts = {};
  const parts = [];
  let at = 0;
  const keep = (name, size, code) => {
    scripts[name] = [size, at, (at += code.length)];
    parts.push(code);
  };
  for (const [name, [size, from, to]] of Object.entries(known.scripts)) {
    if (!fresh.has(name)) keep(name, size, known.code.subarray(from, to));
  }
  for (const [name, { script, size }] of fresh) keep(name, size, script.createCachedData());
  const table = Buffer.from(JSON.stringify({ scripts, paths: Module._pathCache }));
  const length = Buffer.alloc(LENGTH);
  length.writeUInt32LE(table.length);
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, Buffer.concat([length, table, ...parts]));
  fs.renameSync(draft, file);
}

function install(file) {
  const known = read(file);
  const fresh = new Map();
  Object.assign(Module._pathCache, known.paths);
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, filename, ...more) {
    // code from a cache cannot import(), and only Node itself reads past a first line with #!
    if (content.startsWith("#!") || content.includes("import(")) return compile.call(this, content, filename, ...more);
    const [size, from, to] = known.scripts[filename] ?? [];
    const cachedData = size === content.length ? known.code.subarray(from, to) : undefined;
    let script;
    try {
      script = new vm.Script(Module.wrap(content), { filename, cachedData });
    } catch {
      return compile.call(this, content, filename, ...more); // an ES module, or an error that Node words better
    }
    if (cachedData === undefined || script.cachedDataRejected) fresh.set(filename, { script, size: content.length });
    const wrapped = script.runInThisContext();
    return wrapped.call(this.exports, this.exports, Module.createRequire(filename), this, filename, path.dirname(filename));
  };
  process.on("exit", () => {
    if (fresh.size > 0) write(file, known, fresh);
  });
}

if (isMainThread && process.env.COMPILED) {
  if (Module.enableCompileCache) Module.enableCompileCache(path.dirname(process.env.COMPILED));
  else install(process.env.COMPILED);
}
