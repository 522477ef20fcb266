import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('no command is put together from text anywhere else', () => {
  const src = fileURLToPath(new URL('../../../src', import.meta.url))
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  // Help texts show commands; a template that puts something into one, or a hint that begins with one, does not quote.
  const put = /`[^`\n]*\bcalreconnect [a-z][^`\n]*\$\{/
  const hinted = /\bhint: ['"`]calreconnect /
  const found = files.flatMap((file) =>
    readFileSync(join(src, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => ((put.test(line) && !/^\s+\$ /.test(line)) || hinted.test(line) ? [`${file}:${index + 1}`] : [])),
  )
  expect(found).toEqual([])
})
