// What is different between two audits.

import { expect, test } from 'vitest'
import { changesBetween, seen } from '../../../src/core/audit/changes.ts'
import type { Finding } from '../../../src/core/audit/surroundings.ts'
import { next } from '../../../src/core/errors/advice.ts'

const finding = (message: string, uris: readonly string[]): Finding => ({
  code: 'RETRYING',
  severity: 'warning',
  message,
  count: 1,
  uris,
  fix: next('webhooks', 'list'),
  fixNeedsReview: true,
})

test('changesBetween takes a finding for the same whatever its message counts and in whatever order', () => {
  const before = [seen(finding('23 hours left', ['a', 'b']))]
  expect(changesBetween(before, [finding('22 hours left', ['b', 'a'])])).toEqual({ appeared: [], gone: [] })
})

test('changesBetween tells another subscription, and what is there no more', () => {
  const [old, fresh] = [finding('one', ['a']), finding('one', ['b'])]
  expect(changesBetween([seen(old)], [fresh])).toEqual({ appeared: [fresh], gone: [seen(old)] })
})

test('changesBetween tells findings without subscriptions apart by what they say', () => {
  const [one, two] = [finding('sales has none', []), finding('ops has none', [])]
  expect(changesBetween([seen(one)], [one, two])).toEqual({ appeared: [two], gone: [] })
})
