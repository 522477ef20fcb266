// `npm run race -- --rounds 1000` and its like: runs test/proofs/NAME.ts. Node 20 reads no TypeScript, so esbuild takes the types out.

import { register } from 'node:module'

register('./typescript-hooks.js', import.meta.url)

const [name = '', ...args] = process.argv.slice(2)
const { main } = await import(`./${name}.ts`)
process.exitCode = await main(args)
