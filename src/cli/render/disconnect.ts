// What `disconnect` did, or would do, as people read it.

import { advise, hintText, NO_INVOCATION, type Hint } from '../../core/errors/advice.ts'
import { strandedText } from '../../core/connection/whereabouts.ts'
import type { Step } from '../../core/plan/model.ts'
import type { DisconnectResult, DisconnectResults } from '../../operations/disconnect/disconnect.ts'
import { isDisconnected, type PreparedDisconnect } from '../../operations/disconnect/prepare.ts'
import { connectCommand } from '../../core/connection/usable.ts'
import { type DroppableColumn, fittingColumns } from './table/fitting-columns.ts'
import { renderTable } from './table/table.ts'
import { printable } from '../../core/secrets/visible.ts'
import { shown, type View } from './view.ts'
import { count, eventFamilies, idOf, listOf, shortId } from './words.ts'

const WORDS: Readonly<Record<string, string>> = {
  refresh_token: 'the refresh token at Calendly',
  access_token: 'the access token at Calendly',
  stored_tokens: 'the tokens and keys stored here',
}

export function renderDisconnect({ results }: DisconnectResults, view: View, prepared: readonly PreparedDisconnect[]): string {
  const already = new Set(prepared.filter(({ connection }) => isDisconnected(connection)).map(({ connection }) => connection.name))
  return results
    .flatMap((result) =>
      already.has(result.account) ? [`Nothing to do: ${printable(result.account)} is disconnected already`] : resultLines(result, view),
    )
    .join('\n')
}

/** The plan, before anything is done. */
export function renderDisconnectPlan({ results }: DisconnectResults, view: View): string {
  return results.map((result) => planText(result, view)).join('\n')
}

/** What the person must still do or know. */
export function disconnectHints({ results }: DisconnectResults, prepared: readonly PreparedDisconnect[]): readonly Hint[] {
  const gone = prepared.filter(({ connection }) => isDisconnected(connection))
  const kept = prepared.reduce((sum, one) => sum + (gone.includes(one) ? 0 : one.staying.length), 0)
  const earlier = gone.flatMap(({ staying }) => staying)
  const isPersonal = prepared.some(({ connection }) => connection.auth === 'personal_access_token' && connection.isActive)
  const heirs = results.flatMap(({ webhooksHandedOver }) => webhooksHandedOver).filter(({ toNeedsConnect }) => toNeedsConnect)
  return [
    ...[...new Set(heirs.map(({ to }) => to))].map(
      (to) => advise`${printable(to)}, to whom a shared webhook is left, must be connected again: ${connectCommand(to)}`,
    ),
    ...(kept === 0 ? [] : [`${count(kept, 'webhook')} stay at Calendly and go on delivering; their signing keys are forgotten here`]),
    ...(earlier.length === 0
      ? []
      : [
          `As far as is known here, ${listOf(earlier)} ${earlier.length === 1 ? 'is' : 'are'} still at Calendly, left by an earlier disconnect`,
        ]),
    ...(isPersonal ? ['A personal access token can only be revoked at https://calendly.com/integrations/api_webhooks'] : []),
    ...(results.some(({ cleared, left }) => cleared && left.length > 0)
      ? ['What may be left behind at Calendly can be removed there, under Integrations']
      : []),
  ]
}

function resultLines(result: DisconnectResult, { paint, invocation = NO_INVOCATION }: View): readonly string[] {
  const name = paint.bold(printable(result.account))
  const did = [
    ...(result.webhooksDeleted.length === 0 ? [] : [`${count(result.webhooksDeleted.length, 'webhook')} deleted`]),
    ...handOverWords(result.webhooksHandedOver),
    ...(result.tokensRevoked.length === 0 ? [] : [`${listOf(result.tokensRevoked)} token revoked`]),
    ...(result.cleared ? ['forgotten here'] : []),
  ]
  const head = result.cleared
    ? `${paint.green('✓')} Disconnected ${name}: ${did.join(', ')}`
    : `${paint.red('✗')} ${name} is not disconnected${did.length === 0 ? '' : `: ${did.join(', ')}`}`
  const label = result.cleared ? 'May be left behind' : 'Left to do'
  const stranded = new Map((result.stranded ?? []).map((one) => [one.uri, hintText(strandedText(one), invocation)]))
  return [
    head,
    ...(result.change === undefined ? [] : [`  ${printable(result.change.text)}`]),
    ...result.left.map((item) => `  ${paint.yellow(label)}: ${printable(stranded.get(item) ?? WORDS[item] ?? item)}`),
  ]
}

function handOverWords(handedOver: DisconnectResult['webhooksHandedOver']): readonly string[] {
  const heirs = [...new Set(handedOver.map(({ to }) => printable(to)))]
  return heirs.length === 0 ? [] : [`${count(handedOver.length, 'shared webhook')} left to ${listOf(heirs)}`]
}

function planText(result: DisconnectResult, view: View): string {
  const steps = result.plan?.steps ?? []
  const name = view.paint.bold(printable(result.account))
  if (result.left.length === 0) return `${name} is disconnected already`
  const tokens = result.left.filter((item) => item.endsWith('_token')).length
  const handOver = result.webhooksHandedOver
    .map(({ callbackUrl, to }) => `leave ${shown(callbackUrl, view)} to ${printable(to)}, `)
    .join('')
  const summary = `${name}: delete ${count(steps.length, 'webhook')}, ${handOver}${tokens === 0 ? '' : `revoke ${count(tokens, 'token')}, `}forget what is stored here${outOfReach(result, view)}`
  if (steps.length === 0) return summary
  return `${summary}\n${stepsTable(steps, view)}`
}

/** What a plan cannot do, and why. */
function outOfReach({ plan, left, stranded = [], error }: DisconnectResult, { invocation = NO_INVOCATION }: View): string {
  const planned = new Set((plan?.steps ?? []).map(({ uri }) => uri))
  const texts = new Map(stranded.map((one) => [one.uri, hintText(strandedText(one), invocation)]))
  const items = left.filter((item) => !planned.has(item) && WORDS[item] === undefined)
  const why = error === undefined ? 'cannot be reached' : error.message
  return items.map((item) => `\n  Out of reach: ${printable(texts.get(item) ?? `${item}: ${why}`)}`).join('')
}

function stepsTable(steps: readonly Step[], view: View): string {
  const short = shortId(steps.map(({ uri }) => idOf(uri ?? '')))
  const columns: readonly DroppableColumn<Step>[] = [
    { header: 'delete', cell: ({ uri }) => short(idOf(uri ?? '')), value: ({ uri }) => idOf(uri ?? '') },
    { header: 'scope', cell: ({ scope }) => scope },
    { header: 'callback url', cell: ({ callbackUrl }) => callbackUrl, shrinks: true },
    { header: 'events', cell: ({ events }) => eventFamilies(events), value: ({ events }) => events.join(','), shrinks: true, dropsAt: 1 },
  ]
  return renderTable(view, fittingColumns(view, columns, steps), steps)
}
