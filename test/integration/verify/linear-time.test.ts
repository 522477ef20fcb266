// Bodies on which a careless search for the cause of a mismatch would take minutes.

import { describe, expect, test } from 'vitest'
import { inflate } from '../../../src/adapters/captures/inflate.ts'
import { verifyDelivery } from '../../../src/core/signature/verdict.ts'
import { chunked, GIVEN_KEY, HEADER, SIGNED_AT } from '../../support/deliveries.ts'

describe('verifyDelivery takes linear time over', () => {
  // Each took seconds to minutes while something looked again from every byte on.
  test.each<[string, Buffer]>([
    ['64 KiB of newlines and an x', Buffer.from(`${'\n'.repeat(65_536)}x`)],
    ['1 MiB of carriage returns and an x', Buffer.from(`${'\r'.repeat(1_048_576)}x`)],
    ['1 MiB of spaces and an x', Buffer.from(`${' '.repeat(1_048_576)}x`)],
    ['1 MiB of zeros', Buffer.alloc(1_048_576)],
    ['1 MiB of quotes', Buffer.from('"'.repeat(1_048_576))],
    ['1 MiB of backslashes', Buffer.from('\\'.repeat(1_048_576))],
    ['1 MiB of ampersands', Buffer.from(`&quot;${'&'.repeat(1_048_576)}`)],
    ['1 MiB of percent signs', Buffer.from(`%7b${'%'.repeat(1_048_576)}`)],
    ['1 MiB of hex digits and an x', Buffer.from(`${'0'.repeat(1_048_576)}x`)],
    ['1 MiB of base64', Buffer.from('QUFB'.repeat(262_144))],
    ['1 MiB of chunks', chunked(Buffer.alloc(1_048_576), 1)],
    ['nested lists', Buffer.from('['.repeat(500_000))],
    ['a wide object', Buffer.from(JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, n]))))],
    ['10 MB', Buffer.alloc(10_000_000, 'x')],
  ])('%s', (_what, rawBody) => {
    const delivery = { rawBody, header: HEADER, keys: [GIVEN_KEY], nowMs: SIGNED_AT * 1000, toleranceSeconds: null, inflate }
    expect(verifyDelivery(delivery).reason).toBe('wrong_key')
  })
})
