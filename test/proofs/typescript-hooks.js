// A module loader hook: TypeScript in, JavaScript out. The sources' erasable syntax needs no more than that.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  const text = await readFile(fileURLToPath(url), 'utf8')
  const { code } = await transform(text, { loader: 'ts', format: 'esm', target: 'node20.18', sourcemap: 'inline', sourcefile: url })
  return { format: 'module', source: code, shortCircuit: true }
}
