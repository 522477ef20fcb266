// The accumulation as an SVG of bars. Widths are in per cent, so that it fits a phone and a page with letters of the same size.
// Knows nothing of the page around it but its CSS classes.

import type { HistoryPoint } from '../../../core/audit/history.ts'
import { html } from './html-text.ts'

/** Pixels. */
const HEIGHT = 280
const TOP = 26
const BOTTOM = 34
const LEFT = 46
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM
/** A few points do not become a few slabs. */
const SLOTS_MIN = 10
const BAR_SHARE = 0.72
const TICKS_MAX = 5
const DATES_MAX = 4
/** Up to so many bars have room for their value, on a phone too. */
const VALUES_MAX = 12

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** One bar for each point: its height is the total, its upper part what is new. @param unit what a point stands for */
export function accumulationPlot(history: readonly HistoryPoint[], unit: 'day' | 'week' | 'month'): string {
  const totalMax = Math.max(...history.map(({ total }) => total), 1)
  const step = tickStep(totalMax)
  const top = Math.ceil(totalMax / step) * step
  const scale: Scale = { slots: Math.max(history.length, SLOTS_MIN), pixelsEach: PLOT_HEIGHT / top }
  const dates = labelled(history.length, scale)
  const values = valued(history, totalMax)
  return [
    `<svg class="plot" width="100%" height="${HEIGHT}" role="img" aria-labelledby="plot-title plot-text" data-top="${top}">`,
    '<title id="plot-title">Accumulation of webhook subscriptions</title>',
    `<desc id="plot-text">${html(description(history, unit))}</desc>`,
    ...ticks(step, top, scale),
    ...history.map((point, at) => bar(point, at, scale)),
    ...history.map((point, at) => (values.has(at) ? valueLabel(point, at, scale) : '')),
    ...history.map((point, at) => (dates.has(at) ? dateLabel(point, at, scale, unit) : '')),
    '</svg>',
  ]
    .filter((line) => line !== '')
    .join('\n')
}

interface Scale {
  readonly slots: number
  /** Pixels for one subscription. */
  readonly pixelsEach: number
}

function ticks(step: number, top: number, { pixelsEach }: Scale): string[] {
  return Array.from({ length: Math.round(top / step) + 1 }, (_, at) => {
    const y = round(TOP + PLOT_HEIGHT - at * step * pixelsEach)
    return (
      `<line class="${at === 0 ? 'axis' : 'grid'}" x1="${LEFT}" x2="100%" y1="${y}" y2="${y}"/>` +
      `<text class="tick" x="${LEFT - 8}" y="${y}" dy="0.32em" text-anchor="end">${(at * step).toLocaleString('en-US')}</text>`
    )
  })
}

function bar({ date, created, total }: HistoryPoint, at: number, { slots, pixelsEach }: Scale): string {
  const share = 100 / slots
  const left = share * (at + (1 - BAR_SHARE) / 2)
  const shape = (css: string, value: number, height: number): string => {
    const y = TOP + PLOT_HEIGHT - total * pixelsEach
    const place = `x="${round(left)}%" y="${round(y)}" width="${round(share * BAR_SHARE)}%" height="${round(height)}"`
    return `<rect class="${css}" data-date="${date}" data-value="${value}" ${place} ${shifted(left)}/>`
  }
  // Of what was created by then, an earlier count may have seen less than is there now.
  const fresh = Math.min(created, total)
  const text = `${date}: ${total} in all, ${created} new`
  const freshPart = fresh === 0 ? '' : shape('created', fresh, fresh * pixelsEach)
  return `<g><title>${text}</title>${shape('total', total, total * pixelsEach)}${freshPart}</g>`
}

function valueLabel({ total }: HistoryPoint, at: number, { slots, pixelsEach }: Scale): string {
  const x = (100 / slots) * (at + 0.5)
  const y = round(TOP + PLOT_HEIGHT - total * pixelsEach - 6)
  return `<text class="value" x="${round(x)}%" y="${y}" ${shifted(x)} text-anchor="middle">${total.toLocaleString('en-US')}</text>`
}

function dateLabel({ date }: HistoryPoint, at: number, { slots }: Scale, unit: 'day' | 'week' | 'month'): string {
  const x = (100 / slots) * (at + 0.5)
  const anchor = at === slots - 1 ? 'end' : 'middle'
  const edge = at === slots - 1 ? 100 : x
  const [year = '', month = '', day = ''] = date.split('-')
  const name = MONTHS[Number(month) - 1] ?? month
  const text = unit === 'month' ? `${name} ${year}` : `${Number(day)} ${name}`
  return `<text class="tick" x="${round(edge)}%" y="${HEIGHT - 12}" ${shifted(edge)} text-anchor="${anchor}">${text}</text>`
}

/** `percent` of the plot's width, right of the axis, where SVG knows only per cent of the whole width. */
function shifted(percent: number): string {
  return `transform="translate(${round(LEFT * (1 - percent / 100))} 0)"`
}

/** 1, 2 or 5 times a power of ten, and never less than 1: there is no half of a subscription. */
function tickStep(totalMax: number): number {
  const rough = totalMax / TICKS_MAX
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? power * 10
}

/** Evenly spread, the first and the last among them. */
function labelled(points: number, { slots }: Scale): ReadonlySet<number> {
  // A few bars stand in a part of the width, where fewer dates have room side by side on a phone.
  const labels = Math.min(points, DATES_MAX, 1 + Math.floor((DATES_MAX * (points - 1)) / slots))
  if (labels < 2) return new Set([0])
  return new Set(Array.from({ length: labels }, (_, at) => Math.round((at * (points - 1)) / (labels - 1))))
}

/** All where there is room, else the highest and the last. */
function valued(history: readonly HistoryPoint[], totalMax: number): ReadonlySet<number> {
  if (history.length <= VALUES_MAX) return new Set(history.keys())
  const highest = history.findIndex(({ total }) => total === totalMax)
  const last = history.length - 1
  return new Set(last - highest < history.length / VALUES_MAX ? [last] : [highest, last])
}

function description(history: readonly HistoryPoint[], unit: string): string {
  const first = history[0]
  const last = history.at(-1)
  if (first === undefined || last === undefined) return 'No subscriptions.'
  return `By ${unit}, from ${first.total} in the ${unit} of ${first.date} to ${last.total} in that of ${last.date}. The table below the plot has every value.`
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
