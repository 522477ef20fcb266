import { describe, expect, it } from 'vitest'

import { ATTEMPTS_MAX, LIMITED_ATTEMPTS_MAX, rateLimitDelayMs, retryDelayMs } from '../../../src/core/calendly/retry.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const failed = { method: 'GET', status: 503, isStrangers: false, headers: {}, attempt: 1, nowMs: NOW, jitter: 0.5 }

describe('retryDelayMs', () => {
  it.each([
    ['GET', 429, 60_000],
    ['GET', 500, 375],
    ['GET', 502, 375],
    ['GET', 503, 375],
    ['GET', 504, 375],
    ['GET', null, 375],
    ['DELETE', 503, 375],
    ['DELETE', null, 375],
    ['POST', 429, 60_000],
    ['POST', 500, null],
    ['POST', 503, null],
    ['POST', null, null],
    ['GET', 400, null],
    ['GET', 401, null],
    ['GET', 403, null],
    ['GET', 404, null],
    ['GET', 409, null],
    ['GET', 501, null],
    ['GET', 408, 375],
    ['GET', 519, null],
    ['GET', 520, 375],
    ['GET', 522, 375],
    ['DELETE', 524, 375],
    ['GET', 525, null],
    ['POST', 408, null],
    ['POST', 520, null],
    ['DELETE', 410, null],
    ['DELETE', 404, null],
  ] as const)('retryDelayMs after %s %s is %s', (method, status, delayMs) => {
    expect(retryDelayMs({ ...failed, method, status })).toBe(delayMs)
  })

  it.each([
    ['GET', 200, 375],
    ['GET', 401, 375],
    ['GET', 404, 375],
    ['GET', 429, 375],
    ['DELETE', 404, 375],
    ['DELETE', 200, 375],
    ['POST', 200, null],
    ['POST', 429, null],
    ['POST', 404, null],
  ] as const)('retryDelayMs after %s and %s of somebody other than Calendly is %s', (method, status, delayMs) => {
    expect(retryDelayMs({ ...failed, method, status, isStrangers: true })).toBe(delayMs)
  })

  it('retryDelayMs doubles the back-off and stops at 8 s', () => {
    const delays = [1, 2, 3].map((attempt) => retryDelayMs({ ...failed, attempt, jitter: 1 }))
    expect(delays).toEqual([500, 1000, 2000])
  })

  it('retryDelayMs halves the back-off at most', () => {
    expect(retryDelayMs({ ...failed, jitter: 0 })).toBe(250)
  })

  it('retryDelayMs gives up after the last attempt', () => {
    expect(retryDelayMs({ ...failed, attempt: ATTEMPTS_MAX })).toBeNull()
    expect(retryDelayMs({ ...failed, status: 429, attempt: LIMITED_ATTEMPTS_MAX })).toBeNull()
  })

  it('retryDelayMs takes Retry-After of a 503 without jitter', () => {
    expect(retryDelayMs({ ...failed, headers: { 'retry-after': '7' }, jitter: 0.1 })).toBe(7000)
  })
})

describe('rateLimitDelayMs', () => {
  it.each([
    [{}, 60_000],
    [{ 'x-ratelimit-reset': '12' }, 12_000],
    [{ 'x-ratelimit-reset': '12', 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, 60_000],
    [{ 'retry-after': '-5' }, 60_000],
    [{ 'retry-after': 'soon', 'x-ratelimit-reset': '9' }, 9_000],
    [{ 'x-ratelimit-reset': String(NOW / 1000 + 20) }, 20_000],
    [{ 'x-ratelimit-reset': '999999999' }, 86_400_000],
    [{ 'x-ratelimit-reset': '' }, 60_000],
    [{ 'x-ratelimit-reset': String(NOW + 20_500) }, 20_500],
    [{ 'retry-after': String(NOW / 1000 + 20) }, 20_000],
    [{ 'retry-after': String(NOW - 1) }, 0],
    [{ 'retry-after': 'Sunday, 22-Nov-26 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sun Nov 22 12:00:30 2026' }, 30_000],
    [{ 'retry-after': 'Sun Nov  1 12:00:30 2026' }, 0],
    [{ 'retry-after': '2026-11-22T12:00:07Z' }, 7_000],
    [{ 'retry-after': '2026-11-22T12:00:07.500Z' }, 7_500],
    [{ 'retry-after': '2026-11-22T14:00:07+02:00' }, 7_000],
    [{ 'x-ratelimit-reset': '2026-11-22 12:00:07' }, 7_000],
    [{ 'retry-after': '2036-11-22T12:00:00Z' }, 86_400_000],
    [{ 'retry-after': '2026-13-45T99:00:00Z' }, 60_000],
    [{ 'retry-after': '99999999999999999999' }, 60_000],
    [{ 'ratelimit-reset': '13' }, 13_000],
    [{ 'ratelimit-reset': '13', 'x-ratelimit-reset': '60' }, 13_000],
    [{ ratelimit: '"default";r=0;t=21' }, 21_000],
    [{ ratelimit: '"burst";r=0;t=21, "day";r=900;t=3600' }, 21_000],
    [{ ratelimit: '"burst";r=0;t=21, "day";r=0;t=3600' }, 3_600_000],
    [{ ratelimit: 'limit=100, remaining=0, reset=31' }, 31_000],
    [{ ratelimit: '"default";t=5' }, 5_000],
    [{ ratelimit: '"default";r=3;t=5' }, 5_000],
    [{ ratelimit: '"default"' }, 60_000],
    [{ ratelimit: '"default";r=0;t=21', 'retry-after': '2' }, 2_000],
    // Whose clock is wrong makes no difference.
    [{ 'retry-after': 'Sun, 22 Nov 2026 15:00:30 GMT', date: 'Sun, 22 Nov 2026 15:00:00 GMT' }, 30_000],
  ])('rateLimitDelayMs of %j is %i', (headers, delayMs) => {
    expect(rateLimitDelayMs(headers as Record<string, string>, NOW)).toBe(delayMs)
  })
})

const LATER_MS = NOW + 90_000
const iso = (ms: number) => new Date(ms).toISOString()

it.each<[string, Record<string, string>, number]>([
  ['a fraction of a second', { 'retry-after': '1.25' }, 1_250],
  ['nine digits of a fraction', { 'retry-after': '1.000000001' }, 1_001],
  ['blanks around', { 'retry-after': ' 3 ' }, 3_000],
  ['Unix seconds from 2024 on', { 'retry-after': '1704067200' }, 0],
  ['what is just less, a delay, a day at most', { 'retry-after': '1704067199' }, 86_400_000],
  ['Unix milliseconds', { 'retry-after': String(LATER_MS) }, 90_000],
  ['Unix milliseconds of long ago', { 'retry-after': '1704067200000' }, 0],
  ['an ISO time', { 'retry-after': iso(LATER_MS) }, 90_000],
  ['an ISO time in lower case', { 'retry-after': iso(LATER_MS).toLowerCase() }, 90_000],
  ['an ISO time without a zone, which means UTC', { 'retry-after': iso(LATER_MS).slice(0, 19) }, 90_000],
  ['an ISO time without seconds', { 'retry-after': iso(NOW + 120_000).slice(0, 16) }, 120_000],
  ['an ISO time with a blank', { 'retry-after': iso(LATER_MS).replace('T', ' ') }, 90_000],
  ['an ISO time with an offset', { 'retry-after': `${iso(LATER_MS + 3_600_000).slice(0, 19)}+01:00` }, 90_000],
  ['text before an ISO time: the window', { 'retry-after': `x${iso(LATER_MS)}` }, 60_000],
  ['text behind an ISO time: the window', { 'retry-after': `${iso(LATER_MS)}x` }, 60_000],
  ['a day without a time: the window', { 'retry-after': '2027-01-01' }, 60_000],
  ['a time that is none: the window', { 'retry-after': '2027-13-45T99:00:00Z' }, 60_000],
  [
    'an HTTP date by the clock of who names it',
    { date: ` ${new Date(LATER_MS - 5_000).toUTCString()} `, 'retry-after': new Date(LATER_MS).toUTCString() },
    5_000,
  ],
  ['a policy at the beginning', { ratelimit: 't=7' }, 7_000],
  ['the policy that is used up', { ratelimit: '"a";r=0;t=30, "b";r=9;t=3600' }, 30_000],
  ['the longest of those that are used up', { ratelimit: '"a";t=30;r=0, "b";r=0;t=40, "c";r=0;t=35' }, 40_000],
  ['a policy that says nothing of what is left', { ratelimit: '"a";t=30, "b";r=9;t=3600' }, 30_000],
  ['the longest, where none is used up', { ratelimit: '"a";r=1;t=30, "b";r=9;t=50' }, 50_000],
  ['the older form', { ratelimit: 'limit=10, remaining=0, reset=30' }, 30_000],
  ['the older form with something left', { ratelimit: 'limit=10,remaining=3,reset=20' }, 20_000],
  ['a policy beyond 2,000 characters: the window', { ratelimit: `${'x'.repeat(2_000)};t=30` }, 60_000],
  ['a parameter that only ends like one: the window', { ratelimit: 'burst=30;xt=5' }, 60_000],
])('rateLimitDelayMs heeds %s', (_what, headers, ms) => {
  expect(rateLimitDelayMs(headers, NOW)).toBe(ms)
})
