// Bundles src/ into dist/: small files, loaded when they are needed.
// Two passes: esbuild splits only ES modules, and Node starts faster with CommonJS (see src/README.md, decision 2).
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { licenceTexts } from './licenses.js'
import { manualPage } from './man.js'
import { linesOf } from './source-lines.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
const target = 'node20.18'

/**
 * The prompts' library listens to every signal through signal-exit and patches the process for it. Signals are main.ts's own, and a prompt
 * is ended by the program's.
 *
 * Parts of undici that are never reached from here, and would be a third of the package: HTTP/2 is not asked for, bodies are text, and
 * the parser is there twice, with SIMD and without; undici takes the one without where the other does not load.
 *
 * pg would take a native driver or Cloudflare's sockets where they are. They are not.
 *
 * The Model Context Protocol's SDK brings a validator of JSON Schema for what it asks clients. Nothing is asked.
 */
const leftOut = {
  name: 'left-out',
  setup(plan) {
    const parts = /(?:^|\/)(?:client-h2|fetch\/body|llhttp_simd-wasm)\.js$/
    plan.onResolve({ filter: parts }, ({ path, importer }) => (importer.includes('undici') ? { path, namespace: 'left-out' } : undefined))
    plan.onResolve({ filter: /\/ajv-provider\.js$/ }, ({ path }) => ({ path, namespace: 'left-out' }))
    plan.onResolve({ filter: /^pg-(?:native|cloudflare)$/ }, ({ path }) => ({ path, namespace: 'left-out' }))
    plan.onResolve({ filter: /^signal-exit$/ }, ({ path }) => ({ path, namespace: 'left-out' }))
    plan.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents:
        path === 'signal-exit'
          ? 'exports.onExit = () => () => {}'
          : path.includes('ajv-provider')
            ? 'export class AjvJsonSchemaValidator {}'
            : path.includes('client-h2')
              ? 'module.exports = undefined'
              : `throw new Error('${basename(path)} is not part of this build')`,
    }))
  },
}

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  // Threads are started from files of their own.
  entryPoints: ['src/main.ts', 'src/adapters/captures/archive-worker.ts'],
  entryNames: '[name]',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  write: false,
  metafile: true,
  sourcemap: 'external',
  sourcesContent: false,
  format: 'esm',
  platform: 'node',
  target,
  legalComments: 'none',
  define: { CALRECONNECT_VERSION: JSON.stringify(version) },
  // Native code cannot be bundled. jq is a megabyte of WebAssembly, which few runs need.
  external: ['better-sqlite3', '@napi-rs/keyring', 'jq-wasm'],
  plugins: [leftOut],
  logLevel: 'warning',
})

const scripts = outputFiles.filter(({ path }) => path.endsWith('.js'))
const mapOf = (path) => outputFiles.find((file) => file.path === `${path}.map`).text

mkdirSync(`${root}/dist`, { recursive: true })
const lines = {}
await Promise.all(
  scripts.map(async ({ path, text }) => {
    const hasOwnPlace = text.includes('import.meta.url')
    const first = `${text}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(mapOf(path)).toString('base64')}`
    const { code, map } = await transform(first, {
      format: 'cjs',
      platform: 'node',
      target,
      minify: true,
      keepNames: true,
      sourcemap: 'external',
      sourcefile: basename(path),
      sourcesContent: false,
      legalComments: 'none',
      supported: { 'dynamic-import': false },
      define: { 'import.meta.url': 'ownUrl' },
      banner: hasOwnPlace ? 'const ownUrl=require("node:url").pathToFileURL(__filename).href;' : '',
      logLevel: 'warning',
    })
    writeFileSync(`${root}/dist/${basename(path)}`, code)
    lines[basename(path)] = linesOf(JSON.parse(map))
  }),
)
writeFileSync(`${root}/dist/package.json`, '{ "type": "commonjs" }\n')
// Read when a bug's stack is printed, and never else.
writeFileSync(`${root}/dist/lines.json`, JSON.stringify(lines))
writeFileSync(`${root}/dist/LICENSES.txt`, licenceTexts(root, metafile))
// For the tests: what is loaded when. Not part of the package.
writeFileSync(`${root}/dist/meta.json`, JSON.stringify(metafile))

// What an earlier build left goes last, so that a build does not pull the ground from under a program that is starting.
const built = new Set([
  'package.json',
  'lines.json',
  'meta.json',
  'LICENSES.txt',
  'calreconnect.1',
  ...scripts.map(({ path }) => basename(path)),
])
for (const name of readdirSync(`${root}/dist`)) if (!built.has(name)) rmSync(`${root}/dist/${name}`, { force: true })
// Last, since the built program itself tells what is in it. Its date is that of the newest release: the same sources give the same page.
writeFileSync(`${root}/dist/calreconnect.1`, manualPage(root, { version, date: releaseDate() }))

function releaseDate() {
  const dated = /^## \S+ \((\d{4}-\d\d-\d\d)\)/m.exec(readFileSync(`${root}/CHANGELOG.md`, 'utf8'))
  return dated?.[1] ?? '1970-01-01'
}
