// Plans that were shown to an agent, by number. What is applied is what was shown: the plan is made anew first, and one that differs is refused.

import { randomUUID } from 'node:crypto'
import type { OwnEnvelope, RunOwn } from './own-command.ts'

interface Shown {
  readonly args: readonly string[]
  readonly steps: string
  /** Subscriptions that are deleted: named one by one when it is applied, so that nothing else can be. */
  readonly apply: readonly string[]
}

const PLANS_MAX = 100

type Step = Readonly<Record<string, unknown>>

export class ShownPlans {
  readonly #run: RunOwn
  readonly #plans = new Map<string, Shown>()

  constructor(run: RunOwn) {
    this.#run = run
  }

  /** The plan of a dry run, numbered; null where there is nothing to do. */
  keep(args: readonly string[], envelope: OwnEnvelope): string | null {
    const steps = stepsOf(envelope)
    if (!steps.some(({ action }) => action !== 'keep')) return null
    const id = randomUUID()
    this.#plans.set(id, { args, steps: fingerprint(steps), apply: applying(args, steps) })
    const [oldest] = this.#plans.keys()
    if (this.#plans.size > PLANS_MAX && oldest !== undefined) this.#plans.delete(oldest)
    return id
  }

  /** Once: what was applied is no plan any more. */
  async apply(id: string): Promise<OwnEnvelope> {
    const shown = this.#plans.get(id)
    if (shown === undefined) return refused('PLAN_STALE', `No plan of this session has the id ${id}: ask for a plan, and show it`)
    this.#plans.delete(id)
    const now = await this.#run(shown.args)
    if (!now.ok) return now
    if (fingerprint(stepsOf(now)) !== shown.steps)
      return refused('PLAN_STALE', 'What is at Calendly has changed since that plan was shown: ask for it anew')
    return this.#run(shown.apply)
  }
}

/** The command that does what a dry run showed. */
function applying(args: readonly string[], steps: readonly Step[]): readonly string[] {
  const own = args.filter((word) => word !== '--dry-run')
  if (args[1] !== 'prune') return args[0] === 'reconnect' ? own : [...own.slice(0, 2), '--yes', ...own.slice(2)]
  const whose = own.filter((word) => word.startsWith('--account='))
  return ['webhooks', 'delete', '--yes', ...whose, '--', ...steps.flatMap(({ uri }) => (typeof uri === 'string' ? [uri] : []))]
}

function stepsOf({ data }: OwnEnvelope): readonly Step[] {
  const results = member(data, 'results')
  const plans = Array.isArray(results) ? results.map((one) => member(one, 'plan')) : [member(data, 'plan')]
  return plans.flatMap((plan) => {
    const steps = member(plan, 'steps')
    return Array.isArray(steps) ? steps.filter((step): step is Step => typeof step === 'object' && step !== null) : []
  })
}

/** What a plan does, whenever it was made. */
function fingerprint(steps: readonly Step[]): string {
  return JSON.stringify(
    steps.map((step) => [step['action'], step['uri'], step['callback_url'], step['scope'], step['events'], step['created_at']]),
  )
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : null
}

function refused(code: string, message: string): OwnEnvelope {
  return { ok: false, data: null, error: { code, message, hint: null } }
}
