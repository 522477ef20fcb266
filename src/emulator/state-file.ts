// The state file of `--state`: written whole to a temporary file, synced and renamed, so that a kill at any moment leaves either
// the old or the new one. Knows nothing of requests.
import { open, readFile, rename, stat } from 'node:fs/promises'
import * as v from 'valibot'
import { BadInput } from './seed-schema.ts'
import { restoreState, type Snapshot, type State } from './state.ts'

const list = v.array(v.record(v.string(), v.unknown()))
const SnapshotSchema = v.strictObject({
  version: v.literal(2),
  nowMs: v.number(),
  secret: v.string(),
  organizations: list,
  users: list,
  memberships: list,
  groups: list,
  apps: list,
  grants: list,
  personalAccessTokens: list,
  codes: list,
  subscriptions: list,
  eventTypes: list,
  meetings: list,
  noShows: list,
  routingForms: list,
  submissions: list,
  invitations: list,
  activities: list,
  deliveries: list,
})

/** Reads a state file; null if there is none. @throws BadInput if it is not one of ours */
export async function loadState(path: string): Promise<{ state: State; nowMs: number } | null> {
  const text = await readText(path)
  if (text === null) return null
  const snapshot = parse(text)
  if (!isSnapshot(snapshot)) throw new BadInput('state file', '', `${path} was not written by this version of the emulator`)
  return { state: restoreState(snapshot), nowMs: snapshot.nowMs }
}

/** Saves after changes; requests that wait for a save at the same time share one. */
export class StateFile {
  readonly #path: string
  #savedChanges = -1
  #saving: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  /** Resolves when everything up to now is on disk. */
  save(state: State, nowMs: number): Promise<void> {
    // After a failed save the next one tries all the same; the failure was told to those who waited for it.
    const next = () => this.#saveIfChanged(state, nowMs)
    this.#saving = this.#saving.then(next, next)
    return this.#saving
  }

  async #saveIfChanged(state: State, nowMs: number): Promise<void> {
    if (state.changes === this.#savedChanges) return
    const changes = state.changes
    const temporary = `${this.#path}.${process.pid}.tmp`
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(JSON.stringify(state.snapshot(nowMs)))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, this.#path)
    this.#savedChanges = changes
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    // Opening a pipe that nobody writes to would never end.
    if (!(await stat(path)).isFile()) throw new BadInput('state file', '', `${path} is no file`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The envelope is checked; the rows are our own writing. */
function isSnapshot(value: unknown): value is Snapshot {
  return v.is(SnapshotSchema, value)
}
