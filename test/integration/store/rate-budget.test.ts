import { expect, test } from 'vitest'
import { standingClock, storeProcess } from '../../support/store.ts'
import { onEveryEngine } from '../../support/engines.ts'

onEveryEngine((engine) => {
  test('take grants up to the limit, then says how long until the oldest is out of the window', async () => {
    const clock = standingClock(1_000)
    const { budget } = await engine.open({ clock })
    const taken: number[] = []
    for (let each = 0; each < 4; each++) {
      taken.push(await budget.take('api', 3, 60_000))
      clock.pass(10)
    }
    expect(taken).toEqual([0, 0, 0, 59_970])
    clock.pass(59_960 - 1)
    expect(await budget.take('api', 3, 60_000)).toBe(1)
    clock.pass(1)
    expect(await budget.take('api', 3, 60_000)).toBe(0)
    expect(await budget.take('api', 3, 60_000)).toBe(10)
  })

  test('take counts each bucket by itself', async () => {
    const { budget } = await engine.open({ clock: standingClock() })
    expect([await budget.take('a', 1, 1_000), await budget.take('b', 1, 1_000), await budget.take('a', 1, 1_000)]).toEqual([0, 0, 1_000])
  })

  test('take with a smaller limit waits until enough are out of the window', async () => {
    const clock = standingClock()
    const { budget } = await engine.open({ clock })
    for (let each = 0; each < 5; each++) {
      await budget.take('a', 5, 1_000)
      clock.pass(100)
    }
    expect(await budget.take('a', 2, 1_000)).toBe(800)
  })

  test('take survives a clock that was set back', async () => {
    const clock = standingClock()
    const { budget } = await engine.open({ clock })
    await budget.take('a', 1, 1_000)
    clock.pass(-3_600_000)
    expect(await budget.take('a', 1, 1_000)).toBe(0)
  })

  test('take keeps to the limit in every window, whatever the pattern', async () => {
    const clock = standingClock(0)
    const { budget } = await engine.open({ clock })
    const granted: number[] = []
    for (let each = 0; granted.length < 200; each++) {
      const waitMs = await budget.take('api', 7, 500)
      if (waitMs === 0) granted.push(clock.nowMs())
      clock.pass(waitMs === 0 ? (each * 37) % 11 : waitMs)
    }
    expect(mostIn(granted, 500)).toBe(7)
  })

  test('take by four processes is never above the limit', async () => {
    const path = engine.newPath()
    const args = { path, limit: 10, windowMs: 400, times: 12 }
    const processes = await Promise.all(Array.from({ length: 4 }, () => storeProcess('take', args)))
    const ends = await Promise.all(processes.map(({ ended }) => ended))
    const granted = ends.flatMap(({ lines }) => lines.map((line) => line.split(' ').map(Number)))
    expect(granted.length).toBe(48)
    // A grant happened between the two times of its line: eleven that surely lie within one window would be too many.
    for (const [beforeMs = 0] of granted)
      expect(granted.filter(([before = 0, after = 0]) => before >= beforeMs && after < beforeMs + 400).length).toBeLessThanOrEqual(10)
  })

  /** The most that fall into any window. */
  function mostIn(timesMs: readonly number[], windowMs: number): number {
    return Math.max(...timesMs.map((startMs) => timesMs.filter((ms) => ms >= startMs && ms < startMs + windowMs).length))
  }
})
