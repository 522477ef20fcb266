// `webhooks audit` as CI runs it: exits, formats, files, and what it leaves alone.

import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterEach, describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { auditSchema } from '../../../src/cli/schemas/audit.ts'
import { type AuditHome, auditHome } from '../../support/audit-cli.ts'
import { junitProblems, parseXml } from '../../support/junit-schema.ts'

let home: AuditHome
afterEach(() => home.close())

const DISABLED = { subscriptions: [{ callback_url: 'https://a.example.com/hook', state: 'disabled' }] }
const WARNED = { subscriptions: [{ callback_url: 'http://a.example.com/hook' }] }

function audit(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  return home.cli.run(['webhooks', 'audit', ...args], { env: { ...home.token, ...env } })
}

describe('webhooks audit exits', () => {
  test.each([
    ['0 when clean', {}, [], 0],
    ['3 at an error', DISABLED, [], 3],
    ['0 at a warning', WARNED, [], 0],
    ['3 at a warning with --fail-on warning', WARNED, ['--fail-on', 'warning'], 3],
    ['3 at a code that --fail-on names', WARNED, ['--fail-on', 'disabled,insecure_url'], 3],
    ['0 at an error that --fail-on does not name', DISABLED, ['--fail-on', 'DUPLICATE'], 0],
    ['2 for an unknown flag', {}, ['--nonsense'], 2],
    ['2 for an unknown code', {}, ['--fail-on', 'NONSENSE'], 2],
    ['2 for an unknown format', {}, ['--format', 'pdf'], 2],
    ['2 for a limit that is no number', {}, ['--max-total', 'many'], 2],
    ['2 for a host that is a URL', {}, ['--allow-host', 'https://example.com/'], 2],
    ['2 for a file in no folder', {}, ['--out', 'no-such-folder/report.html'], 2],
    ['2 for --json with another format on stdout', {}, ['--json', '--format', 'html'], 2],
  ])('webhooks audit ends with %s', async (_, seed, args, code) => {
    home = await auditHome(seed)
    expect((await audit(args)).code).toBe(code)
  })

  test('webhooks audit ends with 4 when the token is bad, and 6 when nobody answers, in every format', async () => {
    home = await auditHome()
    const bad = { CALENDLY_TOKEN: 'not-a-token' }
    const nobody = { CALENDLY_API_URL: 'http://127.0.0.1:9', CALENDLY_AUTH_URL: 'http://127.0.0.1:9' }
    for (const format of ['human', 'junit', 'github', 'markdown', 'html']) {
      const refused = await audit(['--format', format], bad)
      expect([format, refused.code, refused.stdout]).toEqual([format, 4, ''])
    }
    for (const args of [['--format', 'json'], ['--json']]) {
      const refused = await audit(args, bad)
      expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([
        4,
        { ok: false, data: null, error: { code: 'CALENDLY_UNAUTHENTICATED' } },
      ])
      const unreachable = await audit([...args, '--max-wait', '0'], nobody)
      expect([unreachable.code, JSON.parse(unreachable.stdout)]).toMatchObject([6, { ok: false, data: null, error: { code: 'NETWORK' } }])
    }
    expect((await audit(['--max-wait', '0'], nobody)).code).toBe(6)
  })

  test('webhooks audit ends with 6, and without a report, when one page of many cannot be had', async () => {
    home = await auditHome({ subscriptions: [{ count: 250, callback_url: 'https://h{n}.example.com/' }] })
    home.emulator.control.addFaults([
      { method: 'GET', path: '/webhook_subscriptions', action: 'status', status: 502, times: null, after: 2 },
    ])
    const { code, stdout } = await audit(['--max-wait', '0'])
    expect([code, stdout]).toEqual([6, ''])
  })
})

describe('webhooks audit', () => {
  test('webhooks audit with CALENDLY_TOKEN sends GET requests only, opens no store, and says what does not apply', async () => {
    home = await auditHome(DISABLED)
    const { envelope, stderr } = await home.cli.json(['webhooks', 'audit'], { env: home.token })
    expect(new Set(home.emulator.requests().map(({ method }) => method))).toEqual(new Set(['GET']))
    expect(existsSync(join(home.cli.folder, 'data'))).toBe(false)
    expect(stderr).toContain('KEY_UNKNOWN, CONTESTED, DRIFT and MISSING do not apply with CALENDLY_TOKEN alone')
    expect(envelope.data.not_judged).toContainEqual({ code: 'DRIFT', why: 'no_store' })
  })

  test('webhooks audit --json gives data that fits its schema, with findings and without', async () => {
    home = await auditHome({ subscriptions: [...DISABLED.subscriptions, ...WARNED.subscriptions] })
    for (const args of [[], ['--fail-on', 'DRIFT']]) {
      const { code, envelope } = await home.cli.json(['webhooks', 'audit', ...args], { env: home.token })
      expect(v.parse(auditSchema, envelope.data)).toEqual(envelope.data)
      expect([code, envelope.ok, envelope.error?.code ?? null]).toEqual(args.length === 0 ? [3, false, 'FINDINGS'] : [0, true, null])
    }
  })

  test('webhooks audit --format json is the envelope of --json', async () => {
    home = await auditHome(DISABLED)
    const [byFormat, byFlag] = [await audit(['--format', 'json']), await audit(['--json'])]
    expect([byFormat.code, JSON.parse(byFormat.stdout)]).toEqual([byFlag.code, JSON.parse(byFlag.stdout)])
  })

  test('webhooks audit --out writes every format whole, leaves nothing else, and keeps stdout empty', async () => {
    home = await auditHome(DISABLED)
    const starts = {
      human: 'Webhook audit',
      json: '{',
      junit: '<?xml',
      github: '::error',
      markdown: '## Webhook audit',
      html: '<!doctype html>',
      openmetrics: '# TYPE calreconnect_webhook_subscriptions gauge',
    }
    for (const [format, start] of Object.entries(starts)) {
      const file = join(home.cli.folder, `report.${format}`)
      const { code, stdout } = await audit(['--format', format, '--out', file])
      expect([format, code, stdout, readFileSync(file, 'utf8').slice(0, start.length)]).toEqual([format, 3, '', start])
    }
    expect(
      readdirSync(home.cli.folder)
        .filter((name) => name.startsWith('report'))
        .sort(),
    ).toEqual(
      Object.keys(starts)
        .map((format) => `report.${format}`)
        .sort(),
    )
    expect(junitProblems(parseXml(readFileSync(join(home.cli.folder, 'report.junit'), 'utf8')))).toEqual([])
  })

  test('webhooks audit --out replaces what a link points to and keeps the link; --json stays on stdout beside it', async () => {
    home = await auditHome()
    const [target, link] = [join(home.cli.folder, 'real.html'), join(home.cli.folder, 'link.html')]
    writeFileSync(target, 'old')
    symlinkSync(target, link)
    const { envelope } = await home.cli.json(['webhooks', 'audit', '--format', 'html', '--out', link], { env: home.token })
    expect(envelope.ok).toBe(true)
    expect(readFileSync(target, 'utf8')).toContain('<!doctype html>')
    expect(statSync(link).isFile()).toBe(true)
  })

  test('webhooks audit --format github appends its table to the step summary', async () => {
    home = await auditHome(DISABLED)
    const file = join(home.cli.folder, 'summary.md')
    writeFileSync(file, 'before\n')
    await audit(['--format', 'github'], { GITHUB_STEP_SUMMARY: file })
    expect(readFileSync(file, 'utf8')).toMatch(/^before\n## Webhook audit: 1 error found in 1 subscription\n[^]*\| error \| `DISABLED` \|/)
    const without = await audit(['--format', 'github'], { GITHUB_STEP_SUMMARY: join(home.cli.folder, 'no-such-folder', 'summary.md') })
    expect([without.code, without.stdout.startsWith('::error title=')]).toEqual([3, true])
  })

  test('webhooks audit of a stored connection counts in the store, and asks Calendly by GET only', async () => {
    home = await auditHome()
    await home.connect()
    const before = home.emulator.requests().length
    expect(await home.findings()).toEqual([])
    expect(
      new Set(
        home.emulator
          .requests()
          .slice(before)
          .map(({ method }) => method),
      ),
    ).toEqual(new Set(['GET']))
  })
})

describe('webhooks audit --help', () => {
  test('webhooks audit --help has a GitHub workflow and a cron line that run as they are written', async () => {
    home = await auditHome(DISABLED)
    const { stdout } = await audit(['--help'])
    const [, block = ''] = /calendly-webhooks\.yml:\n([^]*?)\n\n/.exec(stdout) ?? []
    const workflow = parseYaml(block.replaceAll(/^ {2}/gm, ''))
    const [install, step] = workflow.jobs.audit.steps
    expect(install.run).toBe('npm install --global ${{ vars.CALRECONNECT_TARBALL }}')
    expect(step.env).toEqual({ CALENDLY_TOKEN: '${{ secrets.CALENDLY_TOKEN }}' })
    const job = await home.shell(step.run, { ...home.token, GITHUB_ACTIONS: 'true' })
    expect([job.code, job.stdout.split('\n')[0]?.slice(0, 44)]).toEqual([3, '::error title=Calendly webhooks%3A DISABLED:'])

    const [, line = ''] = /^ {2}\d+ \d+ \* \* \* {2}(.*)$/m.exec(stdout) ?? []
    expect(line).not.toContain('%')
    writeFileSync(join(home.cli.folder, '.calendly-token'), `${home.emulator.info.personalAccessToken}\n`)
    const mail = await home.shell(line)
    expect(mail.stdout).toContain('is disabled: nothing is delivered')
    for (const { uri } of home.emulator.control.subscriptions()) home.emulator.control.removeSubscription(uri)
    expect(await home.shell(line)).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })
})
