// Bundles src/ into dist/: small files, loaded when they are needed.
// Two passes: esbuild splits only ES modules, and Node starts faster with CommonJS (see src/README.md, decision 2).
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  legalComments: 'none',
  define: { CALRECONNECT_VERSION: JSON.stringify(version) },
  // Native code cannot be bundled.
  external: ['better-sqlite3', '@napi-rs/keyring'],
  logLevel: 'warning',
})

mkdirSync(`${root}/dist`, { recursive: true })
await Promise.all(
  outputFiles.map(async (file) => {
    const { code } = await transform(file.text, {
      format: 'cjs',
      platform: 'node',
      target: 'node20.18',
      minify: true,
      keepNames: true,
      legalComments: 'none',
      supported: { 'dynamic-import': false },
      // A bundled package that looks for files beside itself finds none, and has its own way then.
      define: { 'import.meta.url': 'undefined' },
      logLevel: 'warning',
    })
    writeFileSync(`${root}/dist/${basename(file.path)}`, code)
  }),
)
writeFileSync(`${root}/dist/package.json`, '{ "type": "commonjs" }\n')

// What an earlier build left goes last, so that a build does not pull the ground from under a program that is starting.
const built = new Set(['package.json', ...outputFiles.map((file) => basename(file.path))])
for (const name of readdirSync(`${root}/dist`)) if (!built.has(name)) rmSync(`${root}/dist/${name}`, { force: true })
