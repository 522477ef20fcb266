// A random story from a seed: commands, what goes wrong meanwhile, what other people do, and after each step the invariants.
// The same seed tells the same story. Throws at the first invariant that does not hold, with the story so far.

import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { identityOf } from '../../../src/core/calendly/identity.ts'
import type { Scope } from '../../../src/core/calendly/model.ts'
import type { Plan } from '../../../src/core/plan/model.ts'
import type { DesiredWebhook } from '../../../src/core/connection/model.ts'
import type { Subscription as EmulatedRow } from '../../../src/emulator/entities.ts'
import { isManaged } from '../../../src/core/plan/standing.ts'
import { observe } from '../../../src/operations/observe/observe.ts'
import { seededChance } from '../../support/chance.ts'
import {
  applyCommand,
  type Command,
  createCommand,
  type Done,
  deleteCommand,
  type Lists,
  pruneCommand,
  reconnectCommand,
  recreateCommand,
  restoreCommand,
  stepsOf,
  wholeReconnectCommand,
} from './commands.ts'
import { untruth, untruthOfStatus } from './truth.ts'
import {
  ACCOUNT,
  Died,
  ELSEWHERE,
  GROUP,
  HOME,
  type Installation,
  type Mishaps,
  openWorld,
  OWNER,
  type Process,
  type World,
} from '../../support/webhook-world.ts'

const STEPS_MAX = 9
/** Reruns of a command until it goes through, when nothing goes wrong any more. */
const RERUNS_MAX = 2
/** Of two installations at one URL, in turn. */
const TURNS = 6
/** By then a POST without an outcome is surely over. */
const LONG_AFTER_MS = 11 * 60_000

/** Two of the spellings mean the same; the slash does not. */
const URLS = ['https://hooks.example.com/a', 'https://HOOKS.example.com/a', 'https://hooks.example.com/a/', 'https://b.example.com/b?x=1']
const EVENT_SETS = [['invitee.created', 'invitee.canceled'], ['invitee.created'], ['event_type.created', 'invitee.created']]
const SCOPES: readonly Scope[] = ['organization', 'organization', 'organization', 'user', 'group']

interface Outcome {
  readonly text: string
  /** Null: it threw. */
  readonly done: Done | null
}

export interface Told {
  /** How often each thing happened. */
  readonly counts: ReadonlyMap<string, number>
}

export async function tellStory(seed: number): Promise<Told> {
  // Two readings of what a callback URL must be unique in; test/integration/limits has the others.
  const world = await openWorld(seed, { switches: { conflict_span: seed % 3 === 0 ? 'owner' : 'creator' } })
  const story = new Story(world, seed)
  try {
    await story.tell()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(
      `${message}\nReplay: CALRECONNECT_MODEL_SEED=${seed} npx vitest run --config test/vitest.config.ts test/integration/model\n${story.lines.join('\n')}`,
      { cause: error },
    )
  } finally {
    await world.close()
  }
  return { counts: story.counts }
}

class Story {
  readonly lines: string[] = []
  readonly counts = new Map<string, number>()
  readonly #world: World
  readonly #chance: () => number
  #foreignMade = 0
  /** What was wished for last: others like to be at the same place. */
  #wished: DesiredWebhook | null = null

  constructor(world: World, seed: number) {
    this.#world = world
    this.#chance = seededChance(seed)
  }

  async tell(): Promise<void> {
    for (let each = 0; each < 3; each += 1) this.#someoneElse()
    await this.#step(reconnectCommand(this.#desired()))
    const steps = 3 + this.#below(STEPS_MAX - 2)
    for (let each = 0; each < steps; each += 1) {
      if (this.#chance() < 0.5) this.#someoneElse()
      if (this.#chance() < 0.15) this.#world.pass(LONG_AFTER_MS)
      await this.#episode()
    }
    await this.#end()
  }

  async #episode(): Promise<void> {
    const kind = this.#below(12)
    if (kind === 0) return this.#absence()
    if (kind === 1) return this.#rivalry()
    return this.#step(await this.#command())
  }

  /**
   * Somebody makes the owner a plain user or moves them to another organization, and nobody tells us. Whatever runs meanwhile takes nothing
   * that it may not; `reconnect` does what can be done, and names what stays; and when they are back, all is right again.
   */
  async #absence(): Promise<void> {
    this.#calm()
    const { control } = this.#world.emulator
    const moves = this.#chance() < 0.5
    if (moves) control.moveUser(OWNER, ELSEWHERE, this.#pick(['owner', 'user']))
    else control.setRole(OWNER, 'user')
    this.lines.push(moves ? '(moved elsewhere)' : '(made a plain user)')
    this.#count(moves ? 'moved' : 'demoted')
    await this.#attempt(await this.#command(), {})
    await this.#checkTruth({ lists: false })
    const before = this.#world.rows()
    const desired = this.#desired()
    const outcome = await this.#outcomeOf(wholeReconnectCommand(desired), {})
    if (outcome.done !== null) await this.#checkStranded(outcome.done.stranded ?? [], before)
    await this.#checkTruth({ lists: false })
    this.#calm()
    this.lines.push(`(back, as the owner)`)
    await this.#converge(wholeReconnectCommand(desired))
  }

  /** What was ours in an organization that the owner has left, and is there still, is named. */
  async #checkStranded(stranded: readonly string[], before: readonly EmulatedRow[]): Promise<void> {
    const here = this.#world.emulator.info.organizationUri
    const there = new Set(this.#world.rows().map(({ uri }) => uri))
    const process = await this.#world.start()
    try {
      const own = (await process.store.subscriptions.known(ACCOUNT)).filter(isManaged).map(({ uri }) => uri)
      const left = before.filter(({ uri, organization, scope }) => {
        return own.includes(uri) && there.has(uri) && organization !== here && scope === 'organization'
      })
      const unsaid = left.find(({ uri }) => !stranded.includes(uri))
      if (unsaid !== undefined) throw new Error(`reconnect does not say that ${unsaid.uri} stays in the organization that was left`)
      this.#count('stranded', left.length)
    } finally {
      await process.end()
    }
  }

  /**
   * A second installation wants the same URL. The two do not replace each other for ever, no key that either believes in is wrong, and
   * whoever insists has it.
   */
  async #rivalry(): Promise<void> {
    this.#calm()
    const desired = this.#desired()
    const command = wholeReconnectCommand(desired)
    await this.#converge(command)
    const outcomes: string[] = []
    for (let turn = 0; turn < TURNS; turn += 1) {
      const installation: Installation = turn % 2 === 0 ? 'second' : 'ours'
      this.lines.push(`(the turn of ${installation})`)
      outcomes.push((await this.#outcomeOf(command, {}, installation)).text)
    }
    this.#count('rivalries')
    if (this.#isOwnElsewhere(command)) return
    const [last, lastButOne] = [outcomes.at(-1) ?? '', outcomes.at(-2) ?? '']
    if (![last, lastButOne].some((text) => text.includes('CONTESTED'))) {
      throw new Error(`two installations replace each other for ever: ${outcomes.join(' / ')}`)
    }
    await this.#converge(wholeReconnectCommand(desired, { takeOver: true }))
  }

  /** What the commands that only look say is so. */
  async #checkTruth({ lists = true } = {}): Promise<void> {
    const process = await this.#world.start()
    try {
      const lie = lists ? await untruth(process, this.#world) : await untruthOfStatus(process, this.#world)
      if (lie !== null) throw new Error(`Not so: ${lie}`)
      this.#count('truths')
    } finally {
      await process.end()
    }
  }

  /** One command that may go wrong, and mostly again until it goes through. */
  async #step(command: Command): Promise<void> {
    const goesWrong = this.#chance() < 0.75
    const isHidden = this.#world.rows().some(({ hiddenLists }) => hiddenLists > 0)
    const mishaps = goesWrong ? this.#mishaps() : {}
    const wentThrough = await this.#attempt(command, mishaps)
    this.#calm()
    // Whatever went wrong: what it called done is done.
    if (wentThrough && mishaps.meanwhile === undefined) await this.#checkDone(command, isHidden ? 'behind' : 'complete', false)
    // Somebody may want the very same, just now.
    if (goesWrong && !wentThrough && this.#chance() < 0.4) this.#makeForeign(this.#wished)
    // A crash that nobody noticed: the next command meets what it left.
    if (goesWrong && this.#chance() < 0.35) return
    await this.#converge(command)
  }

  async #converge(command: Command): Promise<void> {
    let left = RERUNS_MAX
    while (!(await this.#attempt(command, {}))) {
      // A place that was lost twice is somebody else's until a person insists.
      if (command.insisting !== undefined && this.lines.at(-1)?.includes('CONTESTED') === true) {
        this.#count('contested')
        return this.#converge(command.insisting())
      }
      if (this.#isOwnElsewhere(command)) return
      left -= 1
      if (left === 0) throw new Error(`${command.name} does not go through`)
    }
    await this.#checkDone(command, 'complete', true)
    await this.#checkTruth()
    this.#count('converged')
  }

  /**
   * Calendly is thought to take a URL once from one user, whatever the scope. Where another is in the way at the place itself and one of the
   * owner's own in another scope, nobody can tell which of the two it was: nothing is deleted, and a person decides.
   */
  #isOwnElsewhere({ name, wanted }: Command): boolean {
    const last = this.lines.at(-1) ?? ''
    const isOwn = (row: EmulatedRow): boolean => row.creator === this.#world.emulator.info.userUri
    const found =
      // Or half-way: it was put back, since another is in the way that no list shows.
      /CALENDLY_CONFLICT|PARTIAL .*has a subscription/.test(last) &&
      (name === 'restore'
        ? // What it makes again was of another scope, perhaps; only its backups tell.
          this.#world.rows().some(isOwn)
        : wanted.some(({ callbackUrl, scope }) =>
            this.#world.rows().some((row) => isOwn(row) && row.callbackUrl === callbackUrl && row.scope !== scope),
          ))
    if (found) this.#count('own elsewhere')
    return found
  }

  async #checkDone(command: Command, lists: Lists, isQuiet: boolean): Promise<void> {
    const process = await this.#world.start()
    try {
      const flaw =
        (await command.flaw(process, this.#world, lists)) ?? (isQuiet ? ((await command.more?.(process, this.#world)) ?? null) : null)
      if (flaw !== null) throw new Error(`After ${command.name}: ${flaw}`)
    } finally {
      await process.end()
    }
  }

  /** True: it went through. */
  async #attempt(command: Command, mishaps: Mishaps): Promise<boolean> {
    const { text } = await this.#outcomeOf(command, mishaps)
    return text === 'done' || text.startsWith('nothing to')
  }

  async #outcomeOf(command: Command, mishaps: Mishaps, installation: Installation = 'ours'): Promise<Outcome> {
    const process = await this.#world.start(mishaps, installation)
    const shown: Plan[] = []
    const runsBefore = new Set((await process.store.runs.list({ limit: 1000 })).map(({ id }) => id))
    this.#count(command.name.split(' ', 1)[0] ?? '')
    let outcome = 'done'
    let done: Done | null = null
    try {
      done = await command.run(process, (plan) => shown.push(plan))
      if (done.failed.length > 0) outcome = `failed: ${done.failed.map(({ error }) => `${error.code} ${error.message}`).join(', ')}`
    } catch (error) {
      outcome = outcomeOf(error)
    }
    this.lines.push(`  ${command.name} -> ${outcome} after ${process.passed()} points`)
    this.#count(outcome.split(':', 1)[0] ?? '')
    this.#world.emulator.control.faults.clear()
    await process.end()
    const next = await this.#world.start({}, installation)
    try {
      const made = (await next.store.runs.list({ limit: 1000 })).filter(({ id }) => !runsBefore.has(id))
      await this.#checkDeletions(next, command, { shown, made: made.map(({ id }) => id) })
      await this.#checkKeys(next)
      const { integrity } = await next.store.info()
      if (integrity !== 'ok') throw new Error(`the store is damaged: ${integrity}`)
    } finally {
      await next.end()
    }
    return { text: outcome, done }
  }

  /** Nothing goes that no plan named, that was not shown where a question was asked, or that is others' and was not meant. */
  async #checkDeletions(
    { store }: Process,
    command: Command,
    { shown, made }: { readonly shown: readonly Plan[]; readonly made: readonly string[] },
  ): Promise<void> {
    const removed = this.#world.takeRemoved()
    if (removed.length === 0) return
    const planned = new Set<string | null>()
    for (const id of made) {
      const recorded = await store.runs.get(id)
      const steps = [...(recorded?.run.plan.steps ?? []), ...(recorded?.steps.map(({ step }) => step) ?? [])]
      for (const { action, uri } of steps) if (action === 'delete' || action === 'replace') planned.add(uri)
      for (const { step, backup } of recorded?.steps ?? []) {
        if (step.action === 'delete' && backup === null) throw new Error(`${step.uri} was deleted without a backup`)
      }
    }
    const agreed = new Set(shown.flatMap(({ steps }) => steps.flatMap(({ action, uri }) => (action === 'keep' ? [] : [uri]))))
    for (const row of removed) {
      const what = `${row.scope} ${row.callbackUrl} (${row.uri})`
      // What is in the way of a connection's own place is replaced when the POST meets it: it is at that very identity.
      if (!planned.has(row.uri) && !command.mayDelete(row)) throw new Error(`${command.name} deleted ${what}, which no plan names`)
      if (shown.length > 0 && !agreed.has(row.uri) && !isPlaceMade(shown, row)) {
        throw new Error(`${command.name} deleted ${what}, which was not shown: ${shown.map(stepsOf).join('; ')}`)
      }
      if (this.#world.isForeign(row) && !command.mayDelete(row)) throw new Error(`${command.name} deleted ${what}, which others made`)
    }
    this.#count('deletions', removed.length)
  }

  /** What the store takes for a subscription's key is what Calendly signs with, at every moment. */
  async #checkKeys({ store }: Process): Promise<void> {
    for (const row of this.#world.rows()) {
      const stored = await store.subscriptions.signingKey(row.uri)
      if (stored !== null && stored.reveal() !== row.signingKey) throw new Error(`the key that is stored for ${row.uri} is not its own`)
    }
  }

  /** All is quiet, time has passed, and one last reconnect: nothing may be left open. */
  async #end(): Promise<void> {
    this.#world.pass(LONG_AFTER_MS)
    const process = await this.#world.start()
    const desired = (await process.session()).connection?.desired ?? this.#desired()
    await process.end()
    await this.#converge(reconnectCommand(desired))
    const last = await this.#world.start()
    try {
      await observe(last.deps, await last.session(), { group: GROUP })
      const open = await last.store.runs.unsettledCreates(ACCOUNT)
      if (open.length > 0)
        throw new Error(`left open in the journal: ${open.map(({ callbackUrl, scope }) => `${scope} ${callbackUrl}`).join(', ')}`)
    } finally {
      await last.end()
    }
  }

  /** Some misfortunes do not come alone. */
  #mishaps(): Mishaps {
    const first = this.#mishap()
    return this.#chance() < 0.3 ? { ...this.#intruder(), ...first } : first
  }

  #mishap(): Mishaps {
    const kind = this.#below(10)
    if (kind < 4) {
      const diesAt = 1 + this.#below(this.#chance() < 0.5 ? 14 : 40)
      this.lines.push(`(dies at point ${diesAt})`)
      return { diesAt }
    }
    if (kind < 8) return this.#fault()
    if (kind === 8) return this.#intruder()
    const interruptedAt = 1 + this.#below(30)
    this.lines.push(`(Ctrl-C at point ${interruptedAt})`)
    return { interruptedAt }
  }

  #intruder(): Mishaps {
    const at = 1 + this.#below(30)
    this.lines.push(`(somebody else acts at point ${at})`)
    return { meanwhile: { at, act: () => this.#someoneElse() } }
  }

  #fault(): Mishaps {
    const method = this.#pick(['GET', 'POST', 'POST', 'DELETE', 'DELETE', '*'])
    const action = this.#pick(['drop_before', 'drop_after', 'drop_after', 'status', 'status', 'half_body', 'stall', 'stall_after'])
    const fault = {
      method,
      path: '/webhook_subscriptions*',
      action,
      after: this.#below(3),
      times: this.#pick([1, 1, 2, 6]),
      ...(action === 'status'
        ? this.#pick([
            { status: 500, body: { title: 'Internal Server Error', message: 'no' } },
            { status: 503 },
            { status: 429, headers: { 'x-ratelimit-reset': '30' } },
            { status: 403, body: { title: 'Permission Denied', message: 'no' } },
            // Not Calendly's, but of somebody on the way: HTML.
            { status: 200 },
            { status: 404 },
            { status: 403 },
          ])
        : {}),
    }
    const stalls = action.startsWith('stall')
    this.#world.emulator.control.addFaults([stalls ? { ...fault, times: 1 } : fault])
    this.lines.push(`(fault ${JSON.stringify(fault)})`)
    return stalls ? { impatient: true } : {}
  }

  /** Faults and lags are over. */
  #calm(): void {
    const { control, info } = this.#world.emulator
    control.faults.clear()
    if (info.organizationUri === this.#world.home) control.setRole(OWNER, 'owner')
    else control.moveUser(OWNER, HOME, 'owner')
    for (const row of this.#world.rows()) control.setSubscription(row.uri, { hiddenLists: 0 })
  }

  #someoneElse(): void {
    const { control, info } = this.#world.emulator
    const rows = this.#world.rows()
    const row = rows.length === 0 ? undefined : this.#pick(rows)
    const deed = this.#pick(['make', 'make', 'make', 'remove', 'disable', 'lag', 'demote'])
    this.lines.push(`(others ${deed}${row === undefined || deed === 'make' ? '' : ` ${row.callbackUrl}`})`)
    this.#count(`others ${deed}`)
    if (deed === 'make') this.#makeForeign(this.#chance() < 0.4 ? this.#wished : null)
    else if (deed === 'demote') control.setRole(info.userUri, 'user')
    else if (row === undefined) return
    else if (deed === 'remove') this.#world.others(() => control.removeSubscription(row.uri))
    else if (deed === 'disable') control.setSubscription(row.uri, { state: 'disabled' })
    else control.setSubscription(row.uri, { hiddenLists: 1 + this.#below(3) })
  }

  /** Where Calendly would let somebody: no text of a URL twice at one owner. */
  #makeForeign(like: DesiredWebhook | null): void {
    const { callbackUrl, events, scope } = like ?? this.#randomWebhook()
    const user = this.#pick(['owner@example.com', 'other@example.com'])
    const owner = { organization: {}, user: { user }, group: { group: GROUP } }[scope]
    const taken = this.#world
      .rows()
      .some(
        (row) =>
          row.callbackUrl === callbackUrl &&
          row.scope === scope &&
          (scope !== 'user' || row.user?.endsWith(user === 'owner@example.com' ? 'OWNER00000000001' : 'OTHER00000000001')),
      )
    if (taken) return
    this.lines.push(`(others make ${scope} ${callbackUrl} ${events.join('+')})`)
    this.#foreignMade += 1
    const seed = {
      id: `FOREIGN${String(this.#foreignMade).padStart(9, '0')}`,
      callback_url: callbackUrl,
      events,
      scope,
      creator: 'other@example.com',
      ...owner,
    }
    this.#world.emulator.control.add({ subscriptions: [seed] })
  }

  async #command(): Promise<Command> {
    const kind = this.#below(20)
    if (kind < 7) return reconnectCommand(this.#desired())
    if (kind < 10) return createCommand(this.#desired())
    if (kind < 12) {
      // Only what we may see.
      const rows = this.#world.rows().filter(({ user }) => user === null || user === this.#world.emulator.info.userUri)
      if (rows.length > 0) return deleteCommand([...new Set([this.#pick(rows).uri, this.#pick(rows).uri])])
    }
    if (kind < 14) return this.#prune()
    const process = await this.#world.start()
    try {
      const hasDesired = ((await process.session()).connection?.desired ?? null) !== null
      if (kind < 16 && hasDesired) return recreateCommand(this.#chance() < 0.5)
    } finally {
      await process.end()
    }
    if (kind < 18) return restoreCommand()
    const [one, other] = [this.#desired(), this.#desired()]
    return applyCommand(samePlace(one, other) ? [one] : [one, other])
  }

  #prune(): Command {
    const flag = () => this.#chance() < 0.4
    return pruneCommand({
      duplicates: flag(),
      disabled: flag(),
      superseded: flag(),
      creatorGone: false,
      includeForeign: this.#chance() < 0.25,
      allButCurrent: false,
      urlGlobs: this.#chance() < 0.25 ? [this.#pick(['https://b.example.com/*', '*/a/', 'https://nobody.example.com/*'])] : [],
      olderThanMs: null,
      keep: this.#chance() < 0.2 ? 1 : null,
    })
  }

  #desired(): DesiredWebhook {
    this.#wished = this.#randomWebhook()
    return this.#wished
  }

  #randomWebhook(): DesiredWebhook {
    const scope = this.#pick(SCOPES)
    return { callbackUrl: this.#pick(URLS), events: this.#pick(EVENT_SETS), scope, group: scope === 'group' ? GROUP : null }
  }

  #pick<T>(from: readonly T[]): T {
    const picked = from[this.#below(from.length)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }

  #below(limit: number): number {
    return Math.floor(this.#chance() * limit)
  }

  #count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by)
  }
}

function isPlaceMade(shown: readonly Plan[], row: EmulatedRow): boolean {
  return shown.some(({ steps }) => steps.some((step) => step.action !== 'delete' && identityOf(step) === identityOf(row)))
}

function samePlace(a: DesiredWebhook, b: DesiredWebhook): boolean {
  return a.scope === b.scope && new URL(a.callbackUrl).href === new URL(b.callbackUrl).href
}

/** What a command that threw tells; a bug is thrown on. */
function outcomeOf(error: unknown): string {
  if (error instanceof Died) return 'died'
  if (!(error instanceof CalreconnectError)) throw error
  if (error.exit === 'bug' || error.exit === 'store') throw error
  // Nothing was ever deleted that could be restored; nothing with that name is there any more.
  if (error.code === 'USAGE' && /deleted anything|deleted nothing/.test(error.message)) return `nothing to restore`
  if (error.code === 'CALENDLY_NOT_FOUND') return 'nothing to delete'
  return `threw: ${error.code} ${error.message}`
}
