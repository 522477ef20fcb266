// How subscriptions accumulated: by the time at which those that are there were created, and by what earlier audits counted.

import type { Subscription } from '../calendly/model.ts'
import { createdAtMs } from '../plan/standing.ts'

/** One day, week (from Monday) or month. */
export interface HistoryPoint {
  /** The first day, `YYYY-MM-DD`, UTC. */
  readonly date: string
  /** Of those that are there now, how many were created in it. */
  readonly created: number
  /** How many there were at its end: counted by an audit where one was run, else what is known to have been there. */
  readonly total: number
}

/** What an audit counted. */
export interface Snapshot {
  readonly atMs: number
  readonly total: number
}

type Unit = 'day' | 'week' | 'month'

const DAY_MS = 86_400_000
/** Up to so many days are shown by day, */
const DAILY_DAYS_MAX = 31
/** up to so many by week, and more by month. */
const WEEKLY_DAYS_MAX = 26 * 7
/** Ten years of months; older ones are counted into the first. */
const POINTS_MAX = 120

/**
 * One point for each day, week or month (whichever suits the span) from the first creation or snapshot to the last, without gaps.
 * The last point's total is the present count.
 */
export function history(observed: readonly Subscription[], snapshots: readonly Snapshot[] = []): HistoryPoint[] {
  // Some may not tell when they were made.
  const created = observed.map(createdAtMs).filter((ms) => ms > 0)
  const times = [...created, ...snapshots.map(({ atMs }) => atMs)].sort((a, b) => a - b)
  const [first, ...later] = times
  if (first === undefined) return []
  const last = later.at(-1) ?? first
  const unit = unitFor(last - first)
  const starts = startsOf(first, last, unit).slice(-POINTS_MAX)
  const counted = [...snapshots].sort((a, b) => a.atMs - b.atMs)
  return starts.map((startMs, index) => {
    const from = index === 0 ? Number.NEGATIVE_INFINITY : startMs
    const next = starts[index + 1]
    const until = next ?? Number.POSITIVE_INFINITY
    const date = new Date(startMs).toISOString().slice(0, 10)
    const total = next === undefined ? observed.length : totalAt(until, created, counted)
    return { date, created: countBetween(created, from, until), total }
  })
}

/** What the last snapshot before `untilMs` counted and what came after it; without one, what is there now and was there then. */
function totalAt(untilMs: number, created: readonly number[], counted: readonly Snapshot[]): number {
  const last = counted.findLast(({ atMs }) => atMs < untilMs)
  if (last === undefined) return countBetween(created, Number.NEGATIVE_INFINITY, untilMs)
  return last.total + countBetween(created, last.atMs, untilMs)
}

function countBetween(times: readonly number[], fromMs: number, untilMs: number): number {
  return times.filter((time) => time >= fromMs && time < untilMs).length
}

function unitFor(spanMs: number): Unit {
  const days = spanMs / DAY_MS
  if (days <= DAILY_DAYS_MAX) return 'day'
  return days <= WEEKLY_DAYS_MAX ? 'week' : 'month'
}

function startsOf(firstMs: number, lastMs: number, unit: Unit): number[] {
  const starts: number[] = []
  for (let startMs = startOf(firstMs, unit); startMs <= lastMs; startMs = nextStart(startMs, unit)) starts.push(startMs)
  return starts
}

function startOf(timeMs: number, unit: Unit): number {
  const date = new Date(timeMs)
  const daysBack = { day: 0, week: (date.getUTCDay() + 6) % 7, month: date.getUTCDate() - 1 }[unit]
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() - daysBack)
}

function nextStart(startMs: number, unit: Unit): number {
  const date = new Date(startMs)
  if (unit === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
  return startMs + (unit === 'week' ? 7 : 1) * DAY_MS
}
