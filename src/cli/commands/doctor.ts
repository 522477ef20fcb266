// `doctor`: whether everything that this tool needs is as it should be, and what mends what is not.

import { dirname } from 'node:path'
import type { Command } from 'commander'
import type { DoctorPorts } from '../../operations/doctor/doctor.ts'
import type { CompletionPlace } from '../../operations/doctor/machine.ts'
import { redirectUriOf } from '../context/account-ports.ts'
import type { Context } from '../context.ts'
import { existingStore } from '../context/existing-store.ts'
import { setting } from '../input/environment.ts'
import { apiUrl, authUrl, isPostgresUrl } from '../input/settings.ts'
import { VERSION } from '../version.ts'

const EXAMPLES = `
Examples:
  $ calreconnect doctor
  $ calreconnect doctor --account owner@example.com
  $ calreconnect doctor --fix
  $ calreconnect doctor --jq '.data.checks[] | select(.status == "failed") | .name'

Exits 0 when nothing failed, else with the code of what stands in the way of the most: the store (9), reaching Calendly (6), the
authorization (4), a refusal (5), unfinished runs (8), subscriptions (3), settings (2). Warnings leave it at 0.`

export function addDoctor(parent: Command, ctx: Context): void {
  parent
    .command('doctor')
    .description('Check Node.js, store, network, clock, token, scopes, role and subscriptions: one line each, with what mends it.')
    .option('--fix', 'mend what is safe to mend: who may read the store, what became of unfinished runs, a missing completion')
    .option('--receiver', "ask each connection's receiver, too: an unsigned OPTIONS")
    .addHelpText('after', EXAMPLES)
    // --fix is heard where the store is opened as well (makes-store.ts).
    .action((flags: DoctorFlags) => runDoctor(ctx, flags))
}

interface DoctorFlags {
  readonly fix?: boolean
  readonly receiver?: boolean
}

async function runDoctor(ctx: Context, flags: DoctorFlags): Promise<void> {
  const [{ diagnose }, { worstOf }, { renderDiagnosis }] = await Promise.all([
    import('../../operations/doctor/doctor.ts'),
    import('../../core/doctor/check.ts'),
    import('../render/doctor.ts'),
  ])
  const diagnosis = await diagnose(await portsOf(ctx, flags))
  ctx.show(diagnosis, renderDiagnosis, worstOf(diagnosis.checks))
}

async function portsOf(ctx: Context, { fix = false, receiver = false }: DoctorFlags): Promise<DoctorPorts> {
  const probes = await ctx.probes()
  const redirectUri = (): URL => redirectUriOf(ctx, {})
  return {
    probes,
    version: VERSION,
    storePath: () => ctx.storePath(),
    store: () => existingStore(ctx),
    storeKeys: () => ctx.storeKeys(),
    storeInServer: ctx.globals.db !== null && isPostgresUrl(ctx.globals.db.text),
    folderOf: dirname,
    redirectUri,
    extraCertificates: setting(ctx.env, 'NODE_EXTRA_CA_CERTS'),
    caFile: ctx.globals.cacert,
    apiUrl: () => apiUrl(ctx.env),
    authUrl: () => authUrl(ctx.env),
    remoteAdvice: () => ctx.remoteAdvice({ port: Number(redirectUri().port), canPaste: false }),
    canPrompt: ctx.canPrompt,
    completion: () => completionHere(ctx),
    fix,
    accounts: () => accountsOf(ctx),
    async account(name) {
      const [{ audit }, progress] = [await import('../../operations/audit/audit.ts'), await ctx.progress()]
      const store = name === null ? null : await ctx.store()
      return {
        session: () => ctx.session(name === null ? {} : { name }),
        audit: (session) => audit({ store, progress }, session, { failOn: 'error', totalMax: null, perUrlMax: null, allowHosts: [] }),
        journal: store,
        settle: fix && store !== null ? { subscriptions: store.subscriptions, runs: store.runs, progress } : null,
        askReceiver: receiver ? (url) => probes.askReceiver(url) : null,
      }
    },
  }
}

async function completionHere({ env }: Context): Promise<CompletionPlace | null> {
  const [{ contentOf, placeOf, shellOf, writeScript }, { completionScript }] = await Promise.all([
    import('../completion/place.ts'),
    import('../completion/scripts.ts'),
  ])
  const shell = shellOf(env['SHELL'])
  if (shell === null) return null
  const { path } = placeOf(shell, env)
  const there = await contentOf(path)
  return { shell, path, isCurrent: there === null ? null : there === completionScript(shell), install: () => writeScript(path, shell) }
}

/** The one that is named or in use; without one all that are connected, or should be. */
async function accountsOf(ctx: Context): Promise<readonly string[] | null> {
  if (ctx.usesEnvironmentToken()) return null
  const { connections } = await ctx.store()
  const all = await connections.list()
  const { resolveConnection } = await import('../../core/connection/query.ts')
  if (ctx.globals.account !== null) return [resolveConnection(all, ctx.globals.account, null).name]
  const inUse = await connections.inUse()
  if (inUse !== null) return [inUse]
  return all.filter(({ isActive, needsConnect }) => isActive || needsConnect !== null).map(({ name }) => name)
}
