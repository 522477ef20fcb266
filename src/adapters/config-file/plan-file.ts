// Writes a plan to a file and reads it again. JSON, replaced as a whole, refused when it is anything else.

import { advise, next } from '../../core/errors/advice.ts'
import { statSync } from 'node:fs'
import * as v from 'valibot'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import type { Plan, Step } from '../../core/plan/model.ts'
import type { PlanSeal } from '../../core/plan/seal.ts'
import type { SealedPlanFile } from '../../core/ports/files.ts'
import type { PlanFile } from '../../core/plan/saved-plan.ts'
import { createFile, replaceFile } from '../files/write-file.ts'
import { PLAN_FILE_KIND, PlanFileSchema } from './plan-file-schema.ts'
import type { PlanFileDocument, StepDocument, SubscriptionDocument } from './plan-file-schema.ts'
import { readTextFile, reasonOf } from './text-file.ts'

/** Nothing in them is secret. */
const READABLE = 0o644
const BYTES_MAX = 64 * 1024 * 1024

/** @throws FILE_UNREADABLE when it is no plan file, or of a version that is not known here */
export async function readPlanFile(file: string, signal?: AbortSignal): Promise<SealedPlanFile> {
  return parsePlanFile(file, await readTextFile(file, BYTES_MAX, signal))
}

/** As `readPlanFile`, of its text. @throws FILE_UNREADABLE */
export function parsePlanFile(file: string, text: string): SealedPlanFile {
  const parsed = v.safeParse(PlanFileSchema, parseJson(text), { abortEarly: true })
  if (!parsed.success) {
    const [issue] = parsed.issues
    const path = v.getDotPath(issue)
    throw new CalreconnectError('FILE_UNREADABLE', `${file} is not a plan${path === null ? '' : ` (${path}: ${issue.message})`}`, {
      hint: advise`Write one with ${next('webhooks', 'plan', '--out', 'PLAN')}; a YAML file is applied with -f`,
    })
  }
  const { made_at: madeAt, plans, seal } = parsed.output
  const read: PlanFile = {
    version: 1,
    madeAt,
    plans: plans.map(({ plan, before }) => ({ plan: planFrom(plan), before: before.map(subscriptionFrom) })),
  }
  return { ...read, seal: seal ? { keyId: seal.key_id, mac: seal.mac } : null, text: JSON.stringify(documentOf(read)) }
}

/** Another plan is replaced; a file that is anything else is not. @throws FILE_UNREADABLE, USAGE */
export async function writePlanFile(
  file: string,
  planFile: PlanFile,
  sealed: (text: string) => Promise<PlanSeal | null> = async () => null,
): Promise<void> {
  await refuseOthers(file)
  const document = documentOf(planFile)
  const seal = await sealed(JSON.stringify(document))
  const whole = { ...document, seal: seal === null ? null : { key_id: seal.keyId, mac: seal.mac } }
  try {
    replaceFile(file, `${JSON.stringify(whole, null, 2)}\n`, { mode: READABLE })
  } catch (error) {
    throw unwritable(file, error)
  }
}

/** Writes a file that must not be there yet. @throws USAGE when it is, FILE_UNREADABLE */
export async function writeNewFile(file: string, text: string): Promise<void> {
  let isNew: boolean
  try {
    isNew = createFile(file, text, { mode: READABLE })
  } catch (error) {
    throw unwritable(file, error)
  }
  if (!isNew) throw new CalreconnectError('USAGE', `${file} exists already and is not overwritten`, { hint: 'Name another file' })
}

function unwritable(file: string, cause: unknown): CalreconnectError {
  const isNowhere = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
  return new CalreconnectError('FILE_UNWRITABLE', `Cannot write ${file}: ${isNowhere ? 'there is no such folder' : reasonOf(cause)}`, {
    cause,
  })
}

async function refuseOthers(file: string): Promise<void> {
  // Devices and pipes hold nothing that could be lost, and reading one may wait for ever.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) return
  const { text, missing } = await readTextFile(file, BYTES_MAX).then(
    (text) => ({ text, missing: false }),
    (error: unknown) => {
      const cause = error instanceof Error ? error.cause : null
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return { text: '', missing: true }
      throw error
    },
  )
  if (missing || text.trim() === '' || v.is(v.object({ kind: v.literal(PLAN_FILE_KIND) }), parseJson(text))) return
  throw new CalreconnectError('USAGE', `${file} exists and is not a plan, so it is not overwritten`, { hint: 'Pass another file to --out' })
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

function documentOf({ madeAt, plans }: PlanFile): PlanFileDocument {
  return {
    kind: PLAN_FILE_KIND,
    version: 1,
    made_at: madeAt,
    plans: plans.map(({ plan, before }) => ({
      plan: {
        version: 1,
        account: plan.account,
        organization_uri: plan.organizationUri,
        made_at: plan.madeAt,
        steps: plan.steps.map(stepDocument),
      },
      before: before.map(subscriptionDocument),
    })),
  }
}

function planFrom({
  version,
  account,
  organization_uri: organizationUri,
  made_at: madeAt,
  steps,
}: PlanFileDocument['plans'][number]['plan']): Plan {
  return { version, account, organizationUri, madeAt, steps: steps.map(stepFrom) }
}

function stepDocument(step: Step): StepDocument {
  switch (step.action) {
    case 'create':
      return { action: step.action, uri: null, state: null, created_at: null, ...definition(step), scope: step.scope }
    case 'replace': {
      const { overlap, replacedUrl: replaced_url } = step
      return { action: step.action, ...existing(step), ...definition(step), scope: step.scope, overlap, replaced_url }
    }
    case 'keep':
      return { action: step.action, ...existing(step), ...definition(step) }
    case 'delete':
      return { action: step.action, ...existing(step), ...definition(step) }
  }
}

function definition({ callbackUrl: callback_url, scope, organization, user, group, why, events }: Step) {
  return { callback_url, scope, organization, user, group, why, events: [...events] }
}

function existing({ uri, state, createdAt }: Pick<Subscription, 'uri' | 'state' | 'createdAt'>) {
  return { uri, state, created_at: createdAt }
}

function stepFrom(document: StepDocument): Step {
  const { callback_url: callbackUrl, scope, organization, user, group, why, events } = document
  const spec = { callbackUrl, scope, organization, user, group, why, events }
  switch (document.action) {
    case 'create':
      return { action: 'create', uri: null, state: null, createdAt: null, ...spec, scope: document.scope }
    case 'replace': {
      const { uri, state, created_at: createdAt, overlap, replaced_url: replacedUrl } = document
      return { action: 'replace', uri, state, createdAt, ...spec, scope: document.scope, overlap, replacedUrl }
    }
    case 'keep':
    case 'delete': {
      const { action, uri, state, created_at: createdAt } = document
      return { action, uri, state, createdAt, ...spec }
    }
  }
}

function subscriptionDocument(one: Subscription): SubscriptionDocument {
  const { uri, state, scope, organization, user, group, creator } = one
  return {
    uri,
    state,
    scope,
    organization,
    user,
    group,
    creator,
    callback_url: one.callbackUrl,
    created_at: one.createdAt,
    updated_at: one.updatedAt,
    retry_started_at: one.retryStartedAt,
    events: [...one.events],
  }
}

function subscriptionFrom(document: SubscriptionDocument): Subscription {
  const { uri, state, scope, organization, user, group, creator, events } = document
  return {
    uri,
    state,
    scope,
    organization,
    user,
    group,
    creator,
    events,
    callbackUrl: document.callback_url,
    createdAt: document.created_at,
    updatedAt: document.updated_at,
    retryStartedAt: document.retry_started_at,
  }
}
