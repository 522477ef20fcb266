// Bundles src/ into dist/: one small file per command, loaded when it is needed.
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

rmSync(`${root}/dist`, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  minify: true,
  keepNames: true,
  sourcemap: false,
  legalComments: 'none',
  define: { CALRECONNECT_VERSION: JSON.stringify(version) },
  // Native code cannot be bundled; `open` looks for a script beside itself.
  external: ['better-sqlite3', '@napi-rs/keyring', 'open'],
  // CommonJS packages in the bundle still call require() for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
})
