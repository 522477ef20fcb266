// The container recipe: built where there is an engine, else held to what makes it safe.

import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { cliHome } from '../../support/cli.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const engine = ['docker', 'podman'].find((name) => spawnSync(name, ['info'], { timeout: 20_000 }).status === 0) ?? null
if (engine === null) console.warn('container.test.ts: no container engine answers here, so the image is not built')

const lines = readFileSync(`${ROOT}/.ci/Containerfile`, 'utf8')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => ({ instruction: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1).trim() }))
const all = (instruction: string): string[] => lines.filter((line) => line.instruction === instruction).map(({ rest }) => rest)

test('the container recipe names its base whole, runs no install script, ends as another user than root, and writes to its volume only', () => {
  expect(all('FROM')).toEqual([expect.stringMatching(/^[\w.-]+\/[\w./-]+:\d[\w.-]*$/)])
  expect(all('RUN').filter((run) => run.includes('npm install') && !run.includes('--ignore-scripts'))).toEqual([])
  expect(all('USER')).toEqual(['node'])
  const at = (instruction: string): number => lines.findLastIndex((line) => line.instruction === instruction)
  expect(at('USER')).toBeGreaterThan(at('RUN'))
  expect(all('VOLUME')).toEqual(['/data'])
  for (const place of all('ENV')
    .join(' ')
    .matchAll(/CALRECONNECT_(?:DB|CONFIG_DIR)=(\S+)/g))
    expect(place[1]).toMatch(/^\/data/)
  // As a list: a shell between would swallow signals, and the store is not closed.
  expect(JSON.parse(all('ENTRYPOINT')[0] ?? '')).toEqual(['calreconnect'])
  expect(all('ADD')).toEqual([])
  expect(
    lines.map(({ instruction }) => instruction).filter((one) => !/^(?:FROM|COPY|RUN|ENV|VOLUME|USER|WORKDIR|ENTRYPOINT|CMD)$/.test(one)),
  ).toEqual([])
})

test('help ci tells the same recipe', async () => {
  const home = cliHome()
  const { stdout } = await home.run(['help', 'ci'])
  home.remove()
  for (const line of ['VOLUME /data', 'USER node', 'ENTRYPOINT ["calreconnect"]']) expect(stdout).toContain(line)
})

// Not a skipped test: where nobody can build images there is nothing that somebody forgot to install.
if (engine !== null)
  test('the image runs read-only and as nobody in particular', { timeout: 600_000 }, () => {
    const run = (...args: readonly string[]) => execFileSync(engine, args, { cwd: ROOT, encoding: 'utf8' })
    execFileSync('npm', ['pack', '--ignore-scripts'], { cwd: ROOT })
    run('build', '-f', '.ci/Containerfile', '-t', 'calreconnect-test', '.')
    expect(
      run('run', '--rm', '--read-only', '--user', '12345:0', '--tmpfs', '/data:mode=0770', 'calreconnect-test', 'status', '--json'),
    ).toContain('"ok":true')
  })
