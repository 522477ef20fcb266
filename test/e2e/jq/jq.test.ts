// `--jq`: jq itself over the document of --json, whatever the command.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmulatedCli, emulatedCli } from '../../support/connected.ts'

let cli: EmulatedCli
beforeAll(async () => {
  cli = await emulatedCli()
  await cli.connect('--callback-url', 'https://hooks.example.com/a')
})
afterAll(() => cli.close())

test('--jq gives strings as they are and anything else as compact JSON, one result a line', async () => {
  const { code, stdout, stderr } = await cli.run([
    'webhooks',
    'list',
    '--jq',
    '.data.webhooks[] | .callback_url, .events, (.retry_started_at // "none")',
  ])
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: 'https://hooks.example.com/a\n["invitee.created","invitee.canceled"]\nnone\n',
    stderr: '',
  })
})

test('--jq may stand anywhere, with --json or without, and as one word', async () => {
  for (const args of [
    ['--jq', '.command', 'status'],
    ['status', '--jq=.command'],
    ['status', '--json', '--jq', '.command'],
  ]) {
    expect([args, (await cli.run(args)).stdout]).toEqual([args, 'status\n'])
  }
})

test('--jq filters what every kind of command prints', async () => {
  for (const args of [
    ['doctor'],
    ['api', 'GET', '/users/me'],
    ['webhooks', 'audit'],
    ['schema'],
    ['help', 'ci'],
    ['completion', 'bash'],
    ['log'],
  ]) {
    const { code, stdout } = await cli.run([...args, '--jq', '[.schema_version, .ok, (.data | type)]'])
    expect([args, code, stdout]).toEqual([args, 0, '[1,true,"object"]\n'])
  }
})

test('--jq refuses an expression that is none before anything is done', async () => {
  cli.emulator.control.requests.clear()
  for (const expression of ['.data[', 'foo(1)', ') | (', '']) {
    const { code, stdout, stderr } = await cli.run(['webhooks', 'recreate', '--yes', '--jq', expression])
    expect([expression, code, stdout, stderr.startsWith('Error: --jq')]).toEqual([expression, 2, '', true])
  }
  expect(cli.emulator.control.requests.list()).toEqual([])
})

test('--jq that cannot be applied ends with 2 and says why; the exit code of a command that failed stays its own', async () => {
  const bad = await cli.run(['status', '--jq', '.command.x'])
  expect([bad.code, bad.stdout, /^Error: --jq could not be applied: Cannot index string/m.test(bad.stderr)]).toEqual([2, '', true])
  const failed = await cli.run(['token', '-a', 'nobody', '--jq', '.error.code, .data'])
  expect([failed.code, failed.stdout, failed.stderr.startsWith('Error: No connected account')]).toEqual([
    4,
    'ACCOUNT_UNKNOWN\nnull\n',
    true,
  ])
})

test('--jq behind -- belongs to the other program', async () => {
  const { code, stdout } = await cli.run(['exec', '--', 'echo', '--jq', '.x'])
  expect([code, stdout]).toEqual([0, '--jq .x\n'])
})

test('--jq that never ends is ended by Ctrl-C, once', async () => {
  const running = cli.start(['status', '--jq', 'def forever: forever; forever'])
  // Nothing tells that it has begun but that it uses its processor: some time after it would have been done.
  const begun = await cli.run(['status', '--jq', '.ok'])
  expect(begun.stdout).toBe('true\n')
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect(running.child.exitCode).toBe(null)
  running.child.kill('SIGINT')
  expect((await running.done).signal).toBe('SIGINT')
})
