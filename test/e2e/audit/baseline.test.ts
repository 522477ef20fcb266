// An organization that starts with hundreds of findings: what is there is accepted, what is new fails; and metrics of it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { auditHome, type AuditHome } from '../../support/audit-cli.ts'

let home: AuditHome
afterEach(() => home.close())

test('webhooks audit --baseline accepts what --write-baseline saw, and fails on what is new', async () => {
  home = await auditHome({ subscriptions: [{ count: 3, callback_url: 'https://twice.example.com/' }] })
  const file = join(home.cli.folder, 'accepted.json')
  const audit = (...args: string[]) => home.cli.json(['webhooks', 'audit', ...args], { env: home.token })
  expect((await audit()).code).toBe(3)
  const written = await audit('--write-baseline', file)
  expect([written.code, written.envelope.data.findings.length]).toEqual([0, 1])
  const accepted = await audit('--baseline', file)
  expect([accepted.code, accepted.envelope.data.findings]).toEqual([0, []])
  home.emulator.control.add({ subscriptions: [{ callback_url: 'https://dead.example.com/', state: 'disabled' }] })
  const fresh = await audit('--baseline', file)
  expect([fresh.code, fresh.envelope.data.findings.map(({ code }: { code: string }) => code)]).toEqual([3, ['DISABLED']])
  home.emulator.control.add({ subscriptions: [{ callback_url: 'https://twice.example.com/' }] })
  const grown = await audit('--baseline', file)
  expect(grown.envelope.data.findings.map(({ code }: { code: string }) => code)).toEqual(['DUPLICATE', 'DISABLED'])
  expect((await audit('--baseline', join(home.cli.folder, 'package.json'))).code).toBe(2)
  expect(JSON.parse(readFileSync(file, 'utf8')).version).toBe(1)
})

test('webhooks audit --format openmetrics has totals, every code that was judged, and an end', async () => {
  home = await auditHome({
    subscriptions: [
      { count: 4, callback_url: 'https://t{n}.ngrok.app/' },
      { callback_url: 'https://dead.example.com/', state: 'disabled' },
    ],
  })
  const { stdout } = await home.cli.run(['webhooks', 'audit', '--format', 'openmetrics'], { env: home.token })
  const lines = stdout.trimEnd().split('\n')
  expect(lines.at(-1)).toBe('# EOF')
  expect(lines).toContain('calreconnect_webhook_subscriptions{state="active",scope="organization",host="ngrok.app"} 4')
  expect(lines).toContain('calreconnect_webhook_findings{code="DISABLED",severity="error"} 1')
  expect(lines).toContain('calreconnect_webhook_findings{code="RETRYING",severity="warning"} 0')
  expect(lines).toContain('calreconnect_webhook_oldest_retry_seconds 0')
  expect(lines.filter((line) => !/^(# (TYPE|UNIT|HELP|EOF)|calreconnect_[a-z_]+(\{[^}]*\})? [\d.]+$)/.test(line))).toEqual([])
})
