import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildFailure, build as bundle, type Plugin } from 'esbuild';
import { type CompiledCatalog, compileCatalog, type Problem } from './src/lib/jobs/catalog.ts';
import type { Catalog } from './src/lib/jobs/job.ts';

/**
 * Makes dist/functions.js, which package.json's `main` names to the Functions host, and dist/cli.js, which
 * bin/nightshift.js runs. Every dependency is inside them but what their hosts provide, so a deployment needs
 * no node_modules and a cold start reads few files.
 *
 *   node build.ts [--project <directory with jobs/>] [--out <directory>]
 */

const root = import.meta.dirname;

const ENTRIES = [
  // The Functions worker provides @azure/functions-core; on npm there is no such package.
  { out: 'functions', entry: 'src/functions/index.ts', external: ['@azure/functions-core'] },
  // The command checks job files with libpg-query, whose WASM file stands beside its JavaScript in node_modules.
  { out: 'cli', entry: 'src/cli/main.ts', external: ['libpg-query'] },
];

/** CommonJS dependencies (pg, @azure/functions) call require, which an ES module does not have of its own. */
const REQUIRE_FOR_COMMONJS = [
  `import { createRequire as createRequireForBundle } from 'node:module';`,
  'const require = createRequireForBundle(import.meta.url);',
].join('\n');

const catalogModule = (catalog: Catalog): Plugin => ({
  name: 'catalog',
  setup(build) {
    build.onResolve({ filter: /^nightshift:catalog$/ }, ({ path }) => ({ path, namespace: 'catalog' }));
    // V8 reads a large JSON string about twice as fast as the same object written as a literal.
    build.onLoad({ filter: /.*/, namespace: 'catalog' }, () => ({
      contents: `export default JSON.parse(${JSON.stringify(JSON.stringify(catalog))});`,
    }));
  },
});

/** pg offers a native binding that nobody installs here; the code is what its loader takes for "not there". */
const withoutPgNative: Plugin = {
  name: 'without-pg-native',
  setup(build) {
    build.onResolve({ filter: /^pg-native$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
      contents: `throw Object.assign(new Error('${path} is not part of this bundle'), { code: 'MODULE_NOT_FOUND' });`,
      loader: 'js',
    }));
  },
};

async function bundleEntry(entry: (typeof ENTRIES)[number], catalog: Catalog, outDirectory: string) {
  const result = await bundle({
    absWorkingDir: root,
    entryPoints: { [entry.out]: entry.entry },
    outdir: outDirectory,
    bundle: true,
    // Commands are imported when they are chosen: each becomes a chunk that other commands do not load.
    splitting: true,
    chunkNames: `${entry.out}-[name]-[hash]`,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external: entry.external,
    loader: { '.sql': 'text' },
    banner: { js: REQUIRE_FOR_COMMONJS },
    plugins: [catalogModule(catalog), withoutPgNative],
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  });
  return result.outputFiles;
}

/** Writes beside and renames, entries last: a host that loads meanwhile sees the old bundle or the new one. */
async function replaceFiles(outDirectory: string, files: readonly { path: string; contents: Uint8Array }[]) {
  await mkdir(outDirectory, { recursive: true });
  const entriesLast = files.toSorted((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)));
  for (const { path, contents } of entriesLast) {
    const unfinished = `${path}.${process.pid}.tmp`;
    await writeFile(unfinished, contents);
    await rename(unfinished, path);
  }
  const current = new Set(files.map((file) => basename(file.path)));
  for (const name of await readdir(outDirectory)) {
    if (name.endsWith('.js') && !current.has(name)) await rm(join(outDirectory, name), { force: true });
  }
}

/** What is in the bundle, for `nightshift diff`: a pipeline keeps it, and shows what the next deployment changes. */
const catalogFile = (catalog: Catalog, outDirectory: string) => ({
  path: join(outDirectory, 'catalog.json'),
  contents: Buffer.from(`${JSON.stringify(catalog, null, 2)}\n`),
});

const isEntry = (path: string) => ENTRIES.some((entry) => basename(path) === `${entry.out}.js`);

export async function build(projectDirectory: string, outDirectory: string): Promise<CompiledCatalog> {
  const compiled = await compileCatalog(projectDirectory);
  if (!compiled.ok) return compiled;
  const bundles = await Promise.all(
    ENTRIES.map((entry) => bundleEntry(entry, compiled.catalog, outDirectory)),
  );
  await replaceFiles(outDirectory, [catalogFile(compiled.catalog, outDirectory), ...bundles.flat()]);
  return compiled;
}

const show = (problem: Problem) =>
  console.error(`${problem.file}:${problem.line}:${problem.column}: ${problem.message}`);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { project: { type: 'string' }, out: { type: 'string' } } });
  const started = performance.now();
  const project = resolve(values.project ?? root);
  const out = resolve(values.out ?? join(project, 'dist'));
  const result = await build(project, out);
  if (!result.ok) {
    result.problems.forEach(show);
    process.exitCode = 1;
    return;
  }
  result.warnings.forEach(show);
  const count = `${result.catalog.jobs.length} ${result.catalog.jobs.length === 1 ? 'job' : 'jobs'}`;
  const took = Math.round(performance.now() - started);
  console.log(`Built ${relative(dirname(out), out)}/ with ${count} in ${took} ms.`);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    // What esbuild finds wrong with the sources it has printed itself, with file and line.
    if (!isBuildFailure(error)) throw error;
    process.exitCode = 1;
  });
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && 'warnings' in error;
}
