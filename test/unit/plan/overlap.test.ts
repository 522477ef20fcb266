import { expect, test } from 'vitest'
import { nextOverlapUrl } from '../../../src/core/plan/overlap.ts'

test('nextOverlapUrl steps over URLs that have a subscription already', () => {
  const taken = ['https://X.test:443/hook?calreconnect=1', 'https://x.test/hook?calreconnect=2', 'https://x.test/hook?calreconnect=4']
  expect(nextOverlapUrl('https://x.test/hook', taken)).toBe('https://x.test/hook?calreconnect=3')
})
