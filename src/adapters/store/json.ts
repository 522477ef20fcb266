// JSON columns: written by this store, so their outline is all that is checked when they are read.

import type { Plan, Step } from '../../core/plan/model.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import type { DesiredWebhook } from '../../core/connection/model.ts'
import { damaged } from './store-errors.ts'

/** @throws STORE_DAMAGED */
export function fromJson<T>(text: string, fits: (value: unknown) => value is T, path: string, column: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw damaged(path, `${column} is no JSON`, cause)
  }
  if (!fits(value)) throw damaged(path, `${column} has an unknown shape`)
  return value
}

export const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

export const isPlan = (value: unknown): value is Plan => isRecord(value) && value['version'] === 1 && Array.isArray(value['steps'])

export const isStep = (value: unknown): value is Step =>
  isRecord(value) && typeof value['action'] === 'string' && typeof value['callbackUrl'] === 'string'

export const isSubscription = (value: unknown): value is Subscription =>
  isRecord(value) && typeof value['uri'] === 'string' && typeof value['callbackUrl'] === 'string'

export const isDesired = (value: unknown): value is DesiredWebhook =>
  isRecord(value) && typeof value['callbackUrl'] === 'string' && isTexts(value['events'])

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
